/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session objects: made, found, copied and changed by the rules, while others do the same. */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE key_bytes[256] = "bytes of keys";

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

/* ---- C_CreateObject --------------------------------------------------------------------------------- */

/* Every type of secret key: lengths that it has and that it has not (0: none such). */
static const struct type {
	CK_KEY_TYPE type;
	CK_ULONG good[3];
	CK_ULONG bad[3];
} types[] = {
	{ CKK_GENERIC_SECRET, { 1, 33, 256 }, { 0 } },
	{ CKK_AES, { 16, 24, 32 }, { 15, 17, 33 } },
	{ CKK_AES_XTS, { 32, 64 }, { 16, 48, 65 } },
	{ CKK_DES, { 8 }, { 7, 9, 16 } },
	{ CKK_DES2, { 16 }, { 8, 15, 24 } },
	{ CKK_DES3, { 24 }, { 16, 23, 25 } },
	{ CKK_RC2, { 1, 13, 128 }, { 129 } },
	{ CKK_RC4, { 1, 5, 256 }, { 0 } },
	{ CKK_CHACHA20, { 32 }, { 16, 31, 33 } },
	{ CKK_HKDF, { 1, 32, 256 }, { 0 } },
	{ CKK_MD5_HMAC, { 1, 16, 200 }, { 0 } },
	{ CKK_SHA_1_HMAC, { 1, 20, 200 }, { 0 } },
	{ CKK_SHA224_HMAC, { 1, 28, 200 }, { 0 } },
	{ CKK_SHA256_HMAC, { 1, 32, 200 }, { 0 } },
	{ CKK_SHA384_HMAC, { 1, 48, 200 }, { 0 } },
	{ CKK_SHA512_HMAC, { 1, 64, 200 }, { 0 } },
	{ CKK_SHA3_224_HMAC, { 1, 28, 200 }, { 0 } },
	{ CKK_SHA3_256_HMAC, { 1, 32, 200 }, { 0 } },
	{ CKK_SHA3_384_HMAC, { 1, 48, 200 }, { 0 } },
	{ CKK_SHA3_512_HMAC, { 1, 64, 200 }, { 0 } },
};

static CK_RV create(CK_KEY_TYPE type, CK_ULONG len, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, { CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_VALUE, key_bytes, len } };

	return env.f->C_CreateObject(env.session, templ, 3, key);
}

START_TEST(every_type_of_secret_key_is_created_by_its_lengths)
{
	const struct type *type = &types[_i];
	CK_OBJECT_HANDLE key = 0;
	CK_BYTE check[4];

	env_start_logged_in();
	for (size_t i = 0; i < 3 && type->good[i] != 0; i++) {
		CK_ULONG size = 0;

		env_ok(create(type->type, type->good[i], &key));
		ck_assert_uint_eq(env_number(key, CKA_CLASS), CKO_SECRET_KEY);
		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), type->type);
		ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), type->good[i]);
		ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
		ck_assert_uint_eq(env_attribute(key, CKA_CHECK_VALUE, check, sizeof(check)), 3);
		ck_assert(!env_flag(key, CKA_LOCAL) && !env_flag(key, CKA_TOKEN) && env_flag(key, CKA_PRIVATE));
		ck_assert(!env_flag(key, CKA_ALWAYS_SENSITIVE) && !env_flag(key, CKA_NEVER_EXTRACTABLE));
		env_ok(env.f->C_GetObjectSize(env.session, key, &size));
		ck_assert_uint_ge(size, type->good[i]);
	}
	key = 77;
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, create(type->type, 0, &key));
	for (size_t i = 0; i < 3 && type->bad[i] != 0; i++)
		env_rv(CKR_ATTRIBUTE_VALUE_INVALID, create(type->type, type->bad[i], &key));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(creating_refuses_what_the_module_says_itself)
{
	CK_KEY_TYPE aes = CKK_AES;
	CK_KEY_TYPE unknown = CKK_CAMELLIA;
	CK_ULONG number = 16;
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		CK_RV rv;
		bool is_number;
	} wrong[] = {
		{ CKA_UNIQUE_ID, CKR_ATTRIBUTE_READ_ONLY, false },
		{ CKA_LOCAL, CKR_ATTRIBUTE_READ_ONLY, false },
		{ CKA_ALWAYS_SENSITIVE, CKR_ATTRIBUTE_READ_ONLY, false },
		{ CKA_NEVER_EXTRACTABLE, CKR_ATTRIBUTE_READ_ONLY, false },
		{ CKA_KEY_GEN_MECHANISM, CKR_ATTRIBUTE_READ_ONLY, true },
		{ CKA_TRUSTED, CKR_ATTRIBUTE_READ_ONLY, false },
		{ CKA_VALUE_LEN, CKR_TEMPLATE_INCONSISTENT, true },
		{ CKA_MODULUS_BITS, CKR_TEMPLATE_INCONSISTENT, true },
		{ CKA_TOKEN, CKR_SESSION_READ_ONLY, false },
		{ 0x7fff1234, CKR_ATTRIBUTE_TYPE_INVALID, false },
	};
	CK_ATTRIBUTE templ[] = { CLASS, { CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_VALUE, key_bytes, 16 }, { 0, NULL,
													     0 } };
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		templ[3] = wrong[i].is_number ? (CK_ATTRIBUTE){ wrong[i].type, &number, sizeof(number) }
					      : (CK_ATTRIBUTE){ wrong[i].type, &yes, sizeof(yes) };
		ck_assert_msg(env.f->C_CreateObject(env.session, templ, 4, &key) == wrong[i].rv, "0x%lx",
			      wrong[i].type);
	}
	templ[1].pValue = &unknown;
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_CreateObject(env.session, templ, 3, &key));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(a_private_key_needs_a_login)
{
	CK_KEY_TYPE aes = CKK_AES;
	CK_ATTRIBUTE templ[] = { CLASS, { CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_VALUE, key_bytes, 16 },
				 FLAG(CKA_PRIVATE, yes) };
	CK_OBJECT_HANDLE key = 77;

	env_start();
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_CreateObject(env.session, templ, 4, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(env.f->C_CreateObject(env.session, templ, 3, &key));
	ck_assert(!env_flag(key, CKA_PRIVATE));
	env_stop();
}
END_TEST

/* ---- CKA_UNIQUE_ID ---------------------------------------------------------------------------------- */

static size_t found_by(const CK_ATTRIBUTE *wanted, CK_OBJECT_HANDLE *handles, CK_ULONG room)
{
	CK_ATTRIBUTE templ = *wanted;
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, &templ, 1));
	env_ok(env.f->C_FindObjects(env.session, handles, room, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return count;
}

START_TEST(a_unique_id_is_one_objects)
{
	CK_BYTE ids[4][64];
	size_t lens[4];
	CK_OBJECT_HANDLE keys[4] = { 0 };
	CK_OBJECT_HANDLE found = 0;
	CK_ATTRIBUTE change = { CKA_UNIQUE_ID, ids, 3 };

	env_start_logged_in();
	keys[0] = env_import(CKK_AES, key_bytes, 16);
	keys[1] = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_CopyObject(env.session, keys[0], NULL, 0, &keys[2]));
	env_ok(env.f->C_CopyObject(env.session, keys[2], NULL, 0, &keys[3]));
	for (size_t i = 0; i < 4; i++) {
		lens[i] = env_attribute(keys[i], CKA_UNIQUE_ID, ids[i], sizeof(ids[i]));
		ck_assert_uint_gt(lens[i], 0);
		for (size_t j = 0; j < i; j++)
			ck_assert(lens[i] != lens[j] || memcmp(ids[i], ids[j], lens[i]) != 0);
	}
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(found_by(&(CK_ATTRIBUTE){ CKA_UNIQUE_ID, ids[i], lens[i] }, &found, 1), 1);
		ck_assert_uint_eq(found, keys[i]);
	}
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, keys[0], &change, 1));
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_CopyObject(env.session, keys[0], &change, 1, &found));
	env_stop();
}
END_TEST

/* ---- C_FindObjects ---------------------------------------------------------------------------------- */

START_TEST(a_session_key_is_found_by_each_of_its_attributes)
{
	static const CK_ATTRIBUTE_TYPE attributes[] = {
		CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_UNIQUE_ID, CKA_VALUE, CKA_CHECK_VALUE, CKA_TRUSTED,
		CKA_KEY_TYPE, CKA_ID, CKA_SENSITIVE, CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP, CKA_SIGN, CKA_VERIFY,
		CKA_DERIVE, CKA_START_DATE, CKA_END_DATE, CKA_VALUE_LEN, CKA_EXTRACTABLE, CKA_LOCAL, CKA_NEVER_EXTRACTABLE,
		CKA_ALWAYS_SENSITIVE, CKA_KEY_GEN_MECHANISM, CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE,
		CKA_WRAP_WITH_TRUSTED, CKA_ALLOWED_MECHANISMS,
	};
	CK_KEY_TYPE aes = CKK_AES;
	CK_MECHANISM_TYPE allowed[] = { CKM_AES_CBC, CKM_AES_GCM };
	CK_DATE day = { "2026", "11", "21" };
	CK_ATTRIBUTE templ[] = { CLASS, { CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_VALUE, key_bytes, 32 },
				 { CKA_LABEL, key_bytes, 9 }, { CKA_ID, key_bytes, 3 },
				 { CKA_START_DATE, &day, sizeof(day) },
				 { CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed) } };
	CK_OBJECT_HANDLE key = 0;
	CK_OBJECT_HANDLE handles[64];

	env_start_logged_in();
	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	for (size_t i = 0; i < ENV_COUNT(attributes); i++) {
		CK_BYTE value[80];
		CK_ATTRIBUTE wanted = { attributes[i], value, env_attribute(key, attributes[i], value, sizeof(value)) };
		size_t count = found_by(&wanted, handles, ENV_COUNT(handles));
		bool found = false;

		for (size_t j = 0; j < count; j++)
			found = found || handles[j] == key;
		ck_assert_msg(found, "0x%lx", attributes[i]);
		/* and not by another value of it, nor by its beginning */
		if (wanted.ulValueLen == 0)
			continue;
		value[0] ^= 1;
		count = found_by(&wanted, handles, ENV_COUNT(handles));
		for (size_t j = 0; j < count; j++)
			ck_assert_msg(handles[j] != key, "0x%lx", attributes[i]);
		value[0] ^= 1;
		wanted.ulValueLen--;
		count = found_by(&wanted, handles, ENV_COUNT(handles));
		for (size_t j = 0; j < count; j++)
			ck_assert_msg(handles[j] != key, "0x%lx", attributes[i]);
	}
	env_stop();
}
END_TEST

START_TEST(a_value_that_is_not_shown_is_not_found)
{
	CK_ATTRIBUTE sensitive = FLAG(CKA_SENSITIVE, yes);
	CK_ATTRIBUTE wanted = { CKA_VALUE, key_bytes, 16 };
	CK_OBJECT_HANDLE found;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	ck_assert_uint_eq(found_by(&wanted, &found, 1), 1);
	env_ok(env.f->C_SetAttributeValue(env.session, key, &sensitive, 1));
	ck_assert_uint_eq(found_by(&wanted, &found, 1), 0);
	env_stop();
}
END_TEST

START_TEST(session_objects_and_those_of_the_card_are_found_together)
{
	CK_BYTE id = ENV_P256;
	CK_ATTRIBUTE set_id = { CKA_ID, &id, 1 };
	CK_OBJECT_HANDLE handles[8];
	CK_OBJECT_HANDLE key;
	size_t before;
	bool found = false;

	env_start_logged_in();
	before = found_by(&set_id, handles, 8);
	ck_assert_uint_ge(before, 3); /* private key, public key, certificate */
	key = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_SetAttributeValue(env.session, key, &set_id, 1));
	ck_assert_uint_eq(found_by(&set_id, handles, 8), before + 1);
	for (size_t i = 0; i < before + 1; i++)
		found = found || handles[i] == key;
	ck_assert(found);
	env_ok(env.f->C_DestroyObject(env.session, key));
	ck_assert_uint_eq(found_by(&set_id, handles, 8), before);
	env_stop();
}
END_TEST

START_TEST(what_goes_during_a_search_is_not_told_and_what_comes_is_not_in_it)
{
	CK_ATTRIBUTE wanted = CLASS;
	CK_OBJECT_HANDLE keys[6];
	CK_OBJECT_HANDLE handles[8];
	CK_SESSION_HANDLE other;
	CK_ULONG count = 0;

	env_start_logged_in();
	for (size_t i = 0; i < 6; i++)
		keys[i] = env_import(CKK_AES, key_bytes, 16);
	other = env_session(0);
	env_ok(env.f->C_FindObjectsInit(env.session, &wanted, 1));
	env_ok(env.f->C_FindObjects(env.session, handles, 2, &count));
	ck_assert_uint_eq(count, 2);
	for (size_t i = 0; i < 6; i++)
		if (keys[i] != handles[0] && keys[i] != handles[1] && i % 2 == 0)
			env_ok(env.f->C_DestroyObject(other, keys[i]));
	(void)env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_FindObjects(env.session, handles, 8, &count));
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(env_number(handles[i], CKA_CLASS), CKO_SECRET_KEY);
	ck_assert_uint_lt(count, 4);
	ck_assert_uint_ge(count, 1);
	env_ok(env.f->C_FindObjects(env.session, handles, 8, &count));
	ck_assert_uint_eq(count, 0);
	env_ok(env.f->C_FindObjectsFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(logging_out_in_a_search_hides_what_is_private)
{
	CK_ATTRIBUTE wanted = CLASS;
	CK_OBJECT_HANDLE handles[8];
	CK_ULONG count = 0;

	env_start_logged_in();
	for (size_t i = 0; i < 4; i++)
		(void)env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_FindObjectsInit(env.session, &wanted, 1));
	env_ok(env.f->C_Logout(env.session));
	env_ok(env.f->C_FindObjects(env.session, handles, 8, &count));
	ck_assert_uint_eq(count, 0);
	env_ok(env.f->C_FindObjectsFinal(env.session));
	env_stop();
}
END_TEST

/* ---- C_CopyObject, C_SetAttributeValue -------------------------------------------------------------- */

START_TEST(a_copy_may_be_stricter_and_never_freer)
{
	CK_ATTRIBUTE strict[] = { FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no), FLAG(CKA_WRAP_WITH_TRUSTED, yes),
				  FLAG(CKA_COPYABLE, no) };
	CK_ATTRIBUTE free_again[] = { FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes), FLAG(CKA_WRAP_WITH_TRUSTED,
												no) };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;
	CK_OBJECT_HANDLE more = 77;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	for (size_t i = 0; i < 3; i++) {
		env_ok(env.f->C_CopyObject(env.session, key, &strict[i], 1, &copy));
		env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_CopyObject(env.session, copy, &free_again[i], 1, &more));
		env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, copy, &free_again[i], 1));
		env_ok(env.f->C_SetAttributeValue(env.session, copy, &strict[i], 1));
		/* the key it comes from stays as it was */
		ck_assert_int_eq(env_flag(key, strict[i].type), free_again[i].pValue == &yes);
	}
	env_ok(env.f->C_CopyObject(env.session, key, &strict[3], 1, &copy));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_CopyObject(env.session, copy, NULL, 0, &more));
	ck_assert_uint_eq(more, 77);
	env_stop();
}
END_TEST

START_TEST(a_copy_belongs_to_the_session_that_made_it)
{
	CK_SESSION_HANDLE other;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	other = env_session(0);
	env_ok(env.f->C_CopyObject(other, key, NULL, 0, &copy));
	ck_assert_uint_eq(env_number(copy, CKA_VALUE_LEN), 16);
	env_ok(env.f->C_CloseSession(other));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_DestroyObject(env.session, copy));
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 16);
	env_stop();
}
END_TEST

START_TEST(attributes_that_are_settled_stay)
{
	static const CK_ATTRIBUTE_TYPE settled[] = {
		CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_KEY_TYPE, CKA_VALUE, CKA_VALUE_LEN, CKA_LOCAL, CKA_MODIFIABLE,
		CKA_DESTROYABLE, CKA_TRUSTED, CKA_ALLOWED_MECHANISMS, CKA_KEY_GEN_MECHANISM, CKA_ALWAYS_SENSITIVE,
		CKA_NEVER_EXTRACTABLE, CKA_UNIQUE_ID,
	};
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	for (size_t i = 0; i < ENV_COUNT(settled); i++) {
		CK_ATTRIBUTE change = { settled[i], &yes, sizeof(yes) };

		ck_assert_msg(env.f->C_SetAttributeValue(env.session, key, &change, 1) == CKR_ATTRIBUTE_READ_ONLY,
			      "0x%lx",
			      settled[i]);
	}
	env_stop();
}
END_TEST

/* ---- two threads ------------------------------------------------------------------------------------ */

struct race {
	pthread_barrier_t start;
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;
	bool over;
};

static void *free_it(void *argument)
{
	struct race *race = argument;
	CK_ATTRIBUTE change = FLAG(CKA_SENSITIVE, no);
	CK_OBJECT_HANDLE copy;

	for (;;) {
		(void)pthread_barrier_wait(&race->start);
		if (race->over)
			return NULL;
		(void)env.f->C_SetAttributeValue(race->session, race->key, &change, 1);
		(void)env.f->C_CopyObject(race->session, race->key, &change, 1, &copy);
		(void)pthread_barrier_wait(&race->start);
	}
}

START_TEST(a_key_that_became_sensitive_stays_so_whoever_else_changes_it)
{
	CK_ATTRIBUTE change = FLAG(CKA_SENSITIVE, yes);
	struct race race = { .over = false };
	pthread_t thread;

	env_start_logged_in();
	race.session = env_session(0);
	ck_assert_int_eq(pthread_barrier_init(&race.start, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, free_it, &race), 0);
	for (int i = 0; i < 3000; i++) {
		race.key = env_import(CKK_AES, key_bytes, 16);
		(void)pthread_barrier_wait(&race.start);
		env_ok(env.f->C_SetAttributeValue(env.session, race.key, &change, 1));
		(void)pthread_barrier_wait(&race.start);
		ck_assert(env_flag(race.key, CKA_SENSITIVE));
		env_ok(env.f->C_DestroyObject(env.session, race.key));
	}
	race.over = true;
	(void)pthread_barrier_wait(&race.start);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&race.start);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, every_type_of_secret_key_is_created_by_its_lengths, 0, (int)ENV_COUNT(types));
	tcase_add_test(tc, creating_refuses_what_the_module_says_itself);
	tcase_add_test(tc, a_private_key_needs_a_login);
	tcase_add_test(tc, a_unique_id_is_one_objects);
	tcase_add_test(tc, a_session_key_is_found_by_each_of_its_attributes);
	tcase_add_test(tc, a_value_that_is_not_shown_is_not_found);
	tcase_add_test(tc, session_objects_and_those_of_the_card_are_found_together);
	tcase_add_test(tc, what_goes_during_a_search_is_not_told_and_what_comes_is_not_in_it);
	tcase_add_test(tc, logging_out_in_a_search_hides_what_is_private);
	tcase_add_test(tc, a_copy_may_be_stricter_and_never_freer);
	tcase_add_test(tc, a_copy_belongs_to_the_session_that_made_it);
	tcase_add_test(tc, attributes_that_are_settled_stay);
	tcase_add_test(tc, a_key_that_became_sensitive_stays_so_whoever_else_changes_it);
}

TEST_MAIN("pkcs11/objects", add)
