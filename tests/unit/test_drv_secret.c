/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv_key_store.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

/* ---- the caller's callback -------------------------------------------------------------------------- */

/* A caller's secret, as its handle points to it. */
struct callers_secret {
	BYTE index;
	DWORD err;
	void (*meanwhile)(const struct callers_secret *secret);
};

static struct {
	unsigned calls;
	DWORD flags;
	PCARD_DATA card_data;
} seen;

static DWORD WINAPI get_agreement(PCARD_DATA card_data, PVOID handle, BYTE *ret_index, DWORD flags)
{
	const struct callers_secret *secret = handle;

	seen.calls++;
	seen.flags |= flags;
	seen.card_data = card_data;
	if (secret->meanwhile != NULL)
		secret->meanwhile(secret);
	if (secret->err != ERROR_SUCCESS)
		return secret->err;
	*ret_index = secret->index;
	return ERROR_SUCCESS;
}

static void set_up(void)
{
	harness_open();
	memset(&seen, 0, sizeof(seen));
	harness_card->pfnCspGetDHAgreement = get_agreement;
}

static void add_agreement(struct harness_list *list, const struct callers_secret *const *secret)
{
	harness_param(list, KDF_SECRET_HANDLE, secret, sizeof(*secret));
}
static void add_key(struct harness_list *list, const CARD_KEY_HANDLE *key)
{
	harness_param(list, CARD_EXT_KDF_SESSION_KEY, key, sizeof(*key));
}

/* ---- what the joined secret is ---------------------------------------------------------------------- */

static CARD_KEY_HANDLE generic(struct span value)
{
	return harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, value);
}

/* Z of container 0, then of 1 and of 2, and between them a key of three bytes. */
struct scene {
	struct harness_base agreed;
	struct harness_base joined; /* one key of all the bytes */
	struct callers_secret second;
	struct callers_secret third;
	const struct callers_secret *second_handle;
	const struct callers_secret *third_handle;
	CARD_KEY_HANDLE key;
	struct harness_list list;
};

static void prepare(struct scene *s)
{
	uint8_t bytes[256];
	size_t len = fake_own_z(0, bytes);

	memset(s, 0, sizeof(*s));
	len += fake_own_z(1, bytes + len);
	memcpy(bytes + len, "key", 3);
	len += 3;
	len += fake_own_z(2, bytes + len);
	s->agreed = HARNESS_INDEX(harness_agree(0));
	s->joined = (struct harness_base){ .from_key = true, .key = generic(span_of(bytes, len)) };
	s->second.index = harness_agree(1);
	s->third.index = harness_agree(2);
	s->second_handle = &s->second;
	s->third_handle = &s->third;
	s->key = generic(span_of("key", 3));
}

static void add_further(struct scene *s, struct harness_list *list)
{
	add_agreement(list, &s->second_handle);
	add_key(list, &s->key);
	add_agreement(list, &s->third_handle);
}

/* Bytes, or no bytes and the code. */
static DWORD derive(const struct harness_base *base, LPCWSTR kdf, struct harness_list *list, struct secret *ret_bytes)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = kdf, .pParameterList = &list->desc };
	const DWORD err = harness_derive_from(*base, &info);

	ck_assert_int_eq(err == ERROR_SUCCESS, info.pbDerivedKey != NULL);
	if (err == ERROR_SUCCESS)
		ck_assert(secret_set(ret_bytes, span_of(info.pbDerivedKey, info.cbDerivedKey)));
	harness_free(info.pbDerivedKey);
	return err;
}

/* Those whose Z is a key of a cipher, which nothing may be joined to. */
static bool wants_a_cipher_key(const struct kdf_ops *ops)
{
	return ops == &kdf_encrypt || ops == &kdf_sp800_108_counter || ops == &kdf_sp800_108_feedback ||
	       ops == &kdf_sp800_108_pipeline;
}

START_TEST(each_kdf_takes_the_secrets_joined_in_list_order)
{
	struct scene s;

	prepare(&s);
	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct kdf_ops *ops = kdf_row(row);
		struct harness_list plain = { .desc = { .cBuffers = 0 } };
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		AUTO_SECRET expected = SECRET_INIT;

		harness_fill(ops, &plain);
		harness_fill(ops, &list);
		add_further(&s, &list);
		if (wants_a_cipher_key(ops)) {
			ck_assert_code(harness_refuses(s.agreed, ops->name, &list), SCARD_E_INVALID_PARAMETER);
			continue;
		}
		ck_assert_code(derive(&s.joined, ops->name, &plain, &expected), ERROR_SUCCESS);
		harness_gives(s.agreed, ops->name, &list, secret_span(&expected));
	}
	ck_assert_uint_eq(seen.flags, 0);
	ck_assert_ptr_eq(seen.card_data, harness_card);
}
END_TEST

START_TEST(the_order_is_the_lists_and_one_secret_may_come_twice)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;
	uint8_t bytes[256];
	size_t len = fake_own_z(0, bytes);

	prepare(&s);
	add_key(&list, &s.key);
	add_agreement(&list, &s.second_handle);
	add_key(&list, &s.key);
	add_agreement(&list, &s.second_handle);
	for (size_t i = 0; i < 2; i++) {
		memcpy(bytes + len, "key", 3);
		len += 3;
		len += fake_own_z(1, bytes + len);
	}
	harness_gives(s.agreed, CARD_EXT_KDF_JOIN, &list, span_of(bytes, len));
}
END_TEST

START_TEST(a_session_key_is_joined_likewise_and_nothing_is_a_base_too)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;
	const struct harness_base nothing = HARNESS_KEY(0);

	prepare(&s);
	add_key(&list, &s.key);
	harness_gives(HARNESS_KEY(s.key), CARD_EXT_KDF_JOIN, &list, span_of("keykey", 6));
	harness_gives(nothing, CARD_EXT_KDF_JOIN, &list, span_of("key", 3));
}
END_TEST

START_TEST(a_key_that_something_is_joined_to_is_no_ciphers_key_any_more)
{
	static const uint8_t value[16] = { 1 };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	const CARD_KEY_HANDLE half = generic(span_of(value, 8));
	const struct harness_base aes = { .from_key = true,
					  .key = harness_import(CARD_AES_ALGORITHM, span_of(value, sizeof(value))) };

	harness_fill(&kdf_encrypt, &list);
	add_key(&list, &half); /* 24 bytes: as long as an AES key */
	ck_assert_code(harness_refuses(aes, CARD_EXT_KDF_ENCRYPT_DATA, &list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(all_the_agreements_and_keys_live_on)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;
	CARD_EXT_KEY_INFO info;
	uint8_t z[66];

	prepare(&s);
	add_further(&s, &list);
	for (size_t i = 0; i < 3; i++) {
		AUTO_SECRET bytes = SECRET_INIT;

		ck_assert_code(derive(&s.agreed, CARD_EXT_KDF_JOIN, &list, &bytes), ERROR_SUCCESS);
	}
	ck_assert_uint_eq(seen.calls, 6);
	harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, NULL, s.second.index, span_of(z, fake_own_z(1, z)));
	harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, NULL, s.third.index, span_of(z, fake_own_z(2, z)));
	ck_assert_code(harness_keys()->pfnKeyInfo(harness_card, s.key, &info), ERROR_SUCCESS);
}
END_TEST

START_TEST(a_joined_derivation_sends_no_card_command)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	AUTO_SECRET bytes = SECRET_INIT;
	struct scene s;

	prepare(&s);
	add_further(&s, &list);
	fake_reset_counts();
	ck_assert_code(derive(&s.agreed, CARD_EXT_KDF_JOIN, &list, &bytes), ERROR_SUCCESS);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

/* ---- what goes wrong -------------------------------------------------------------------------------- */

START_TEST(without_a_callback_a_callers_secret_is_a_wrong_parameter)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;

	prepare(&s);
	add_agreement(&list, &s.second_handle);
	harness_card->pfnCspGetDHAgreement = NULL;
	ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(s.joined, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_callbacks_own_code_comes_back)
{
	static const DWORD codes[] = { SCARD_E_NO_MEMORY, SCARD_E_INVALID_HANDLE, SCARD_E_CANCELLED, 5, 0xFFFFFFFF };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;

	prepare(&s);
	add_further(&s, &list);
	for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
		s.second.err = codes[i];
		seen.calls = 0;
		ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), codes[i]);
		ck_assert_uint_eq(seen.calls, HARNESS_FORMS); /* the third was not asked for */
	}
}
END_TEST

START_TEST(an_index_that_is_not_alive_is_a_wrong_parameter)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;

	prepare(&s);
	add_agreement(&list, &s.second_handle);
	ck_assert_code(harness_card->pfnCardDestroyDHAgreement(harness_card, s.second.index, 0), ERROR_SUCCESS);
	for (unsigned i = 0; i < 256; i++) {
		if (i == s.agreed.index || i == s.third.index)
			continue;
		s.second.index = (BYTE)i;
		ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(the_callback_is_not_asked_when_anything_else_is_wrong)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct scene s;

	prepare(&s);
	add_agreement(&list, &s.second_handle);
	harness_param(&list, KDF_HMAC_KEY, "k", 1);
	ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	s.agreed.index = 99;
	list.desc.cBuffers = 1;
	ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

START_TEST(a_handle_of_another_size_is_a_wrong_parameter)
{
	static const ULONG types[] = { KDF_SECRET_HANDLE, CARD_EXT_KDF_SESSION_KEY };
	static const uint8_t bytes[16];
	struct scene s;

	prepare(&s);
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		for (size_t len = 0; len <= sizeof(bytes); len++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			harness_param(&list, types[i], bytes, len);
			if (len == sizeof(ULONG_PTR))
				continue;
			ck_assert_code(harness_refuses(s.agreed, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
		}
	}
	ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

/* ---- the callback calls us -------------------------------------------------------------------------- */

/* Every kind of function: card, agreements, derivation, keys; and the agreement itself is made only now. */
static void use_the_table(const struct callers_secret *secret)
{
	uint8_t z[66];
	BYTE more;

	(void)secret;
	harness_login();
	more = harness_agree(2);
	harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, NULL, more, span_of(z, fake_own_z(2, z)));
	ck_assert_code(harness_card->pfnCardDestroyDHAgreement(harness_card, more, 0), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, generic(span_of("x", 1))), ERROR_SUCCESS);
}

START_TEST(a_callback_may_use_the_table)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	AUTO_SECRET expected = SECRET_INIT;
	struct scene s;

	prepare(&s);
	add_further(&s, &list);
	ck_assert_code(derive(&s.agreed, BCRYPT_KDF_HASH, &list, &expected), ERROR_SUCCESS);
	s.second.meanwhile = use_the_table;
	s.third.meanwhile = use_the_table;
	harness_gives(s.agreed, BCRYPT_KDF_HASH, &list, secret_span(&expected));
}
END_TEST

static BYTE first_agreement;

static void end_the_first(const struct callers_secret *secret)
{
	(void)secret;
	ck_assert_code(harness_card->pfnCardDestroyDHAgreement(harness_card, first_agreement, 0), ERROR_SUCCESS);
}

START_TEST(a_callback_that_ends_the_first_agreement_does_not_disturb)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	AUTO_SECRET expected = SECRET_INIT;
	AUTO_SECRET got = SECRET_INIT;
	struct scene s;

	prepare(&s);
	add_agreement(&list, &s.second_handle);
	ck_assert_code(derive(&s.agreed, BCRYPT_KDF_HASH, &list, &expected), ERROR_SUCCESS);
	first_agreement = s.agreed.index;
	s.second.meanwhile = end_the_first;
	ck_assert_code(derive(&s.agreed, BCRYPT_KDF_HASH, &list, &got), ERROR_SUCCESS);
	ck_assert(secret_equal(secret_span(&expected), secret_span(&got)));
	s.second.meanwhile = NULL;
	ck_assert_code(derive(&s.agreed, BCRYPT_KDF_HASH, &list, &got), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* ---- contexts --------------------------------------------------------------------------------------- */

static DWORD WINAPI not_to_be_called(PCARD_DATA card_data, PVOID handle, BYTE *ret_index, DWORD flags)
{
	(void)card_data, (void)handle, (void)ret_index, (void)flags;
	ck_abort_msg("the member is not the caller's before version 5");
	return ERROR_SUCCESS;
}

/* A version 4 caller's structure ends before the callback; it gets at derivation only through another's table. */
START_TEST(a_context_of_version_four_has_no_callback_and_one_of_five_does)
{
	for (DWORD version = CARD_DATA_VERSION_FOUR; version <= CARD_DATA_VERSION_SEVEN; version++) {
		const struct callers_secret secret = { .err = SCARD_E_NO_ACCESS };
		const struct callers_secret *handle = &secret;
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		CARD_DERIVE_KEY info = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH, .pParameterList = &list.desc };
		CARD_DATA other = harness_unacquired();
		const bool five = version >= CARD_DATA_VERSION_FIVE;

		other.dwVersion = version;
		other.pfnCspGetDHAgreement = five ? get_agreement : not_to_be_called;
		ck_assert_code(CardAcquireContext(&other, 0), ERROR_SUCCESS);
		add_agreement(&list, &handle);
		ck_assert_code(harness_keys()->pfnKeyDerive(&other, 0, &info),
			       five ? SCARD_E_NO_ACCESS : SCARD_E_INVALID_PARAMETER);
		ck_assert(other.pfnCspGetDHAgreement == (five ? get_agreement : not_to_be_called));
		ck_assert_code(other.pfnCardDeleteContext(&other), ERROR_SUCCESS);
	}
	ck_assert_uint_eq(seen.calls, 3);
}
END_TEST

START_TEST(stale_and_foreign_keys_are_no_handles)
{
	static const struct {
		ULONG type;
		LPCWSTR kdf;
	} cases[] = {
		{ CARD_EXT_KDF_SESSION_KEY, BCRYPT_KDF_HASH },
		{ CARD_EXT_KDF_SALT_KEY, BCRYPT_KDF_HMAC },
		{ CARD_EXT_KDF_SALT_KEY, BCRYPT_KDF_HKDF },
	};
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, 3 };
	const struct harness_base base = { .index = harness_agree(0) };
	CARD_KEY_HANDLE handles[] = { generic(span_of("key", 3)), 0, 0, 1, ~(CARD_KEY_HANDLE)0 };
	CARD_DATA other = harness_unacquired();
	BYTE blob[sizeof(header) + 3] = { 0 };

	memcpy(blob, &header, sizeof(header));
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, handles[0]), ERROR_SUCCESS);
	ck_assert_code(CardAcquireContext(&other, 0), ERROR_SUCCESS);
	ck_assert_code(other.pfnMDImportSessionKey(&other, BCRYPT_KEY_DATA_BLOB, CARD_EXT_GENERIC_SECRET_ALGORITHM,
						   &handles[1], blob, sizeof(blob)),
		       ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(handles); i++) {
		for (size_t c = 0; c < ARRAY_COUNT(cases); c++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			harness_name(&list, BCRYPT_SHA256_ALGORITHM);
			harness_param(&list, cases[c].type, &handles[i], sizeof(handles[i]));
			ck_assert_code(harness_refuses(base, cases[c].kdf, &list), SCARD_E_INVALID_HANDLE);
		}
	}
	ck_assert_code(other.pfnCardDeleteContext(&other), ERROR_SUCCESS);
	ck_assert_uint_eq(key_store_count(), 0);
}
END_TEST

/* ---- salt keys -------------------------------------------------------------------------------------- */

START_TEST(a_salt_key_counts_as_its_bytes)
{
	static const struct {
		LPCWSTR kdf;
		ULONG type;
	} cases[] = { { BCRYPT_KDF_HMAC, KDF_HMAC_KEY }, { BCRYPT_KDF_HKDF, KDF_HKDF_SALT } };
	const struct harness_base base = { .index = harness_agree(0) };
	const CARD_KEY_HANDLE salt = generic(span_of("salt", 4));

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct harness_list by_bytes = { .desc = { .cBuffers = 0 } };
		struct harness_list by_key = { .desc = { .cBuffers = 0 } };
		AUTO_SECRET expected = SECRET_INIT;

		harness_name(&by_bytes, BCRYPT_SHA256_ALGORITHM);
		harness_name(&by_key, BCRYPT_SHA256_ALGORITHM);
		harness_param(&by_bytes, cases[i].type, "salt", 4);
		harness_param(&by_key, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
		ck_assert_code(derive(&base, cases[i].kdf, &by_bytes, &expected), ERROR_SUCCESS);
		harness_gives(base, cases[i].kdf, &by_key, secret_span(&expected));
		/* one of them says what the salt is */
		harness_param(&by_key, cases[i].type, "salt", 4);
		ck_assert_code(harness_refuses(base, cases[i].kdf, &by_key), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(a_kdf_without_salt_refuses_a_salt_key)
{
	const struct harness_base base = { .index = harness_agree(0) };
	const CARD_KEY_HANDLE salt = generic(span_of("salt", 4));
	unsigned takers = 0;

	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct kdf_ops *ops = kdf_row(row);
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		if ((ops->optional & KDF_BIT(CARD_EXT_KDF_SALT_KEY)) != 0) {
			takers++;
			continue;
		}
		harness_fill(ops, &list);
		harness_param(&list, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
		ck_assert_code(harness_refuses(base, ops->name, &list), SCARD_E_INVALID_PARAMETER);
	}
	ck_assert_uint_eq(takers, 2); /* HMAC, HKDF */
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_kdf_takes_the_secrets_joined_in_list_order);
	tcase_add_test(tc, the_order_is_the_lists_and_one_secret_may_come_twice);
	tcase_add_test(tc, a_session_key_is_joined_likewise_and_nothing_is_a_base_too);
	tcase_add_test(tc, a_key_that_something_is_joined_to_is_no_ciphers_key_any_more);
	tcase_add_test(tc, all_the_agreements_and_keys_live_on);
	tcase_add_test(tc, a_joined_derivation_sends_no_card_command);
	tcase_add_test(tc, without_a_callback_a_callers_secret_is_a_wrong_parameter);
	tcase_add_test(tc, the_callbacks_own_code_comes_back);
	tcase_add_test(tc, an_index_that_is_not_alive_is_a_wrong_parameter);
	tcase_add_test(tc, the_callback_is_not_asked_when_anything_else_is_wrong);
	tcase_add_test(tc, a_handle_of_another_size_is_a_wrong_parameter);
	tcase_add_test(tc, a_callback_may_use_the_table);
	tcase_add_test(tc, a_callback_that_ends_the_first_agreement_does_not_disturb);
	tcase_add_test(tc, a_context_of_version_four_has_no_callback_and_one_of_five_does);
	tcase_add_test(tc, stale_and_foreign_keys_are_no_handles);
	tcase_add_test(tc, a_salt_key_counts_as_its_bytes);
	tcase_add_test(tc, a_kdf_without_salt_refuses_a_salt_key);
}

TEST_MAIN("minidriver/drv_secret", add)
