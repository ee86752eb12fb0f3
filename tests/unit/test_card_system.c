/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the card service without a card: nothing to reach, and the configuration. */
#include "config.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/ossl.h"
#include "card/card.h"
#include "tests/unit/test.h"

static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
static const struct card_ops *ops;
static char conf_path[] = "/tmp/test_card_system_XXXXXX";

static void write_conf(const char *text)
{
	FILE *file;
	int fd;

	(void)snprintf(conf_path, sizeof(conf_path), "/tmp/test_card_system_XXXXXX");
	fd = mkstemp(conf_path);
	ck_assert_int_ge(fd, 0);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	(void)fclose(file);
	ck_assert_int_eq(setenv("OPENSC_CONF", conf_path, 1), 0);
}

static void setup(void)
{
	ops = card_default_ops();
	ck_assert_int_eq(setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1), 0);
}

static void teardown(void)
{
	(void)unlink(conf_path);
	(void)unsetenv("OPENSC_CONF");
}

static struct card_system *open_system(void)
{
	struct card_system *system = NULL;

	ck_assert_int_eq(ops->system_open(&params, &system), CE_OK);
	ck_assert_ptr_nonnull(system);
	return system;
}

START_TEST(a_service_that_is_not_running_means_no_readers)
{
	struct card_system *system = open_system();
	struct card_reader_info info;
	struct card *card = NULL;
	size_t count = 99;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ops->readers_refresh(system, &count), CE_OK);
		ck_assert_uint_eq(count, 0);
	}
	ck_assert_int_eq(ops->reader_info(system, 0, &info), CE_NO_READER);
	ck_assert_int_eq(ops->reader_info(system, CRD_NO_INDEX, &info), CE_NO_READER);
	ck_assert_int_eq(ops->connect(system, 0, &card), CE_NO_READER);
	ck_assert_ptr_null(card);
	ops->system_close(system);
}
END_TEST

START_TEST(nothing_is_closed_or_disconnected_without_harm)
{
	ops->system_close(NULL);
	ops->disconnect(NULL);
}
END_TEST

START_TEST(an_argument_that_is_missing_is_refused)
{
	const struct card_system_params nameless = { .app_name = NULL };
	struct card_system *system = NULL;

	ck_assert_int_eq(ops->system_open(NULL, &system), CE_INVALID_ARGUMENT);
	ck_assert_int_eq(ops->system_open(&nameless, &system), CE_INVALID_ARGUMENT);
	ck_assert_int_eq(ops->system_open(&params, NULL), CE_INVALID_ARGUMENT);
	ck_assert_ptr_null(system);
}
END_TEST

START_TEST(a_missing_pcsc_library_is_a_missing_service)
{
	struct card_system *system = NULL;

	write_conf("app default { reader_driver pcsc { provider_library = /nonexistent/libpcsc.so; } }\n");
	ck_assert_int_eq(ops->system_open(&params, &system), CE_NO_SERVICE);
	ck_assert_ptr_null(system);
	ck_assert_ptr_null(ossl_context());
}
END_TEST

START_TEST(a_switch_comes_from_our_block_then_from_default_then_from_the_caller)
{
	struct card_system *system;

	write_conf("app default { minidriver { both = false; theirs = true; } framework pkcs15 { stray = true; } }\n"
		   "app minidriver-pkcs11 { minidriver { both = true; off = false; } }\n"
		   "app other { minidriver { foreign = true; } }\n");
	system = open_system();
	ck_assert(ops->config_bool(system, "both", false));
	ck_assert(ops->config_bool(system, "theirs", false));
	ck_assert(!ops->config_bool(system, "off", true));
	ck_assert(!ops->config_bool(system, "foreign", false));
	ck_assert(!ops->config_bool(system, "stray", false));
	ck_assert(ops->config_bool(system, "absent", true));
	ck_assert(!ops->config_bool(system, "absent", false));
	ck_assert(ops->config_bool(system, "", true));
	ops->system_close(system);
}
END_TEST

START_TEST(without_a_configuration_the_caller_decides)
{
	struct card_system *system;

	ck_assert_int_eq(setenv("OPENSC_CONF", "/nonexistent/opensc.conf", 1), 0);
	system = open_system();
	ck_assert(ops->config_bool(system, "anything", true));
	ck_assert(!ops->config_bool(system, "anything", false));
	ops->system_close(system);
}
END_TEST

static unsigned alive, made;

static unsigned long count_create(void **ret)
{
	*ret = malloc(1);
	alive++;
	made++;
	return *ret == NULL;
}

static unsigned long count_destroy(void *mutex)
{
	free(mutex);
	alive--;
	return 0;
}

static unsigned long count_nothing(void *mutex)
{
	return mutex == NULL;
}

START_TEST(libopensc_locks_with_the_applications_mutexes)
{
	const struct lock_functions functions = { count_create, count_destroy, count_nothing, count_nothing };
	struct card_system *system;

	lock_use_functions(&functions);
	system = open_system();
	ck_assert_uint_ge(made, 2); /* ours, and libopensc's own */
	ops->system_close(system);
	ck_assert_uint_eq(alive, 0);
	lock_use_functions(NULL);
}
END_TEST

START_TEST(the_applications_openssl_context_is_back_after_each_call)
{
	OSSL_LIB_CTX *mine = OSSL_LIB_CTX_new();
	OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(mine);
	struct card_system *system = open_system();
	size_t count;

	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(NULL), mine);
	ck_assert_int_eq(ops->readers_refresh(system, &count), CE_OK);
	ck_assert(ops->config_bool(system, "x", true));
	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(NULL), mine);
	ops->system_close(system);
	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(before), mine);
	OSSL_LIB_CTX_free(mine);
	ck_assert_ptr_null(ossl_context());
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_service_that_is_not_running_means_no_readers);
	tcase_add_test(tc, nothing_is_closed_or_disconnected_without_harm);
	tcase_add_test(tc, an_argument_that_is_missing_is_refused);
	tcase_add_test(tc, a_missing_pcsc_library_is_a_missing_service);
	tcase_add_test(tc, a_switch_comes_from_our_block_then_from_default_then_from_the_caller);
	tcase_add_test(tc, without_a_configuration_the_caller_decides);
	tcase_add_test(tc, libopensc_locks_with_the_applications_mutexes);
	tcase_add_test(tc, the_applications_openssl_context_is_back_after_each_call);
}

TEST_MAIN("card/system", add)
