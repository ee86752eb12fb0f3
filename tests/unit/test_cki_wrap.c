/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wrapping and unwrapping, the chain of calls that NSS makes, and copying and changing session keys. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

static const uint8_t kek_bytes[16] = "0123456789abcdef";
static const uint8_t key_bytes[32] = "a key of just thirty-two bytes..";

static CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
static CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };

/* By OpenSSL alone. */
static size_t wrap_outside(const char *cipher, const uint8_t *kek, const uint8_t *data, size_t len, uint8_t *out)
{
	EVP_CIPHER *algorithm = EVP_CIPHER_fetch(NULL, cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int got = 0;

	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, algorithm, NULL, kek, NULL), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &got, data, (int)len), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(algorithm);
	return (size_t)got;
}

static CK_RV unwrap(CK_OBJECT_HANDLE kek, CK_MECHANISM *mechanism, uint8_t *wrapped, size_t len, CK_KEY_TYPE *type,
		    CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(*type) };

	return env.f->C_UnwrapKey(env.session, mechanism, kek, wrapped, len, templ, 2, key);
}

static void expect_value(CK_OBJECT_HANDLE key, const uint8_t *value, size_t len)
{
	CK_BYTE got[64];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, value, len);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), len);
}

START_TEST(nss_opens_a_message_in_five_sessions)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE kek_templ[] = { CLASS, TYPE(aes), FLAG(CKA_WRAP, yes), { CKA_VALUE_LEN, &len, sizeof(len) } };
	CK_ATTRIBUTE bulk_templ[] = { CLASS, TYPE(aes), FLAG(CKA_UNWRAP, yes) };
	CK_SESSION_HANDLE first;
	CK_SESSION_HANDLE second;
	CK_SESSION_HANDLE third;
	CK_OBJECT_HANDLE kek = 0;
	CK_OBJECT_HANDLE bulk = 0;
	CK_BYTE iv[16] = "sixteen bytes iv";
	CK_BYTE text[32] = "thirty-two bytes of plain text..";
	CK_BYTE cipher[32];
	CK_BYTE got[32];
	CK_BYTE last[16];
	CK_ULONG got_len = sizeof(got);
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_MECHANISM_INFO info;
	uint8_t wrapped[40];
	uint8_t kek_outside[32];
	struct env_peer peer;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int written = 0;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	env_kdf("X963KDF", "SHA256", &peer, "info", 4, kek_outside, sizeof(kek_outside));
	ck_assert_uint_eq(wrap_outside("AES-256-WRAP", kek_outside, key_bytes, 32, wrapped), 40);
	EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key_bytes, iv);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, cipher, &written, text, sizeof(text)), 1);
	EVP_CIPHER_CTX_free(ctx);

	first = env.session = env_session(0);
	env_ok(env_derive(&peer, CKD_SHA256_KDF, "info", 4, kek_templ, 4, &kek));
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_AES_KEY_WRAP, &info));
	second = env_session(0);
	env_ok(env.f->C_UnwrapKey(second, &kw, kek, wrapped, sizeof(wrapped), bulk_templ, 3, &bulk));
	env_ok(env.f->C_DestroyObject(first, kek));
	ck_assert_uint_eq(env_number(bulk, CKA_KEY_TYPE), CKK_AES);
	expect_value(bulk, key_bytes, 32);
	third = env_session(0);
	env_ok(env.f->C_DecryptInit(third, &cbc, bulk));
	env_ok(env.f->C_DecryptUpdate(third, cipher, sizeof(cipher), got, &got_len));
	ck_assert_uint_eq(got_len, 32);
	ck_assert_mem_eq(got, text, 32);
	got_len = sizeof(last);
	env_ok(env.f->C_DecryptFinal(third, last, &got_len));
	ck_assert_uint_eq(got_len, 0);
	env_ok(env.f->C_CloseSession(third));
	env_ok(env.f->C_DestroyObject(second, bulk));
	env_peer_free(&peer);
	env_stop();
}
END_TEST

START_TEST(keys_are_unwrapped_by_both_rfcs)
{
	uint8_t wrapped[64];
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 0;
	size_t len;

	env_start_logged_in();
	kek = env_import(CKK_AES, kek_bytes, 16);
	for (size_t size = 16; size <= 32; size += 8) {
		len = wrap_outside("AES-128-WRAP", kek_bytes, key_bytes, size, wrapped);
		env_ok(unwrap(kek, &kw, wrapped, len, &aes, &key));
		expect_value(key, key_bytes, size);
	}
	for (size_t size = 1; size <= 32; size++) {
		len = wrap_outside("AES-128-WRAP-PAD", kek_bytes, key_bytes, size, wrapped);
		env_ok(unwrap(kek, &kwp, wrapped, len, &generic, &key));
		expect_value(key, key_bytes, size);
	}
	ck_assert(!env_flag(key, CKA_ALWAYS_SENSITIVE));
	ck_assert(!env_flag(key, CKA_NEVER_EXTRACTABLE));
	ck_assert(!env_flag(key, CKA_LOCAL));
	env_stop();
}
END_TEST

START_TEST(unwrapping_refuses_precisely)
{
	uint8_t wrapped[64];
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE des;
	CK_OBJECT_HANDLE key = 77;
	CK_ULONG short_len = 16;
	CK_ATTRIBUTE no_type[] = { CLASS };
	CK_ATTRIBUTE token[] = { CLASS, TYPE(aes), FLAG(CKA_TOKEN, yes) };
	CK_ATTRIBUTE bad_len[] = { CLASS, TYPE(aes), { CKA_VALUE_LEN, &short_len, sizeof(short_len) } };
	CK_MECHANISM bad_param = { CKM_AES_KEY_WRAP, wrapped, 7 };
	CK_MECHANISM not_wrapping = { CKM_AES_OFB, NULL, 0 };
	size_t len;

	env_start_logged_in();
	kek = env_import(CKK_AES, kek_bytes, 16);
	des = env_import(CKK_GENERIC_SECRET, kek_bytes, 16);
	len = wrap_outside("AES-128-WRAP", kek_bytes, key_bytes, 32, wrapped);
	env_rv(CKR_UNWRAPPING_KEY_HANDLE_INVALID, unwrap(4711, &kw, wrapped, len, &aes, &key));
	env_rv(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, unwrap(des, &kw, wrapped, len, &aes, &key));
	env_rv(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, unwrap(env.key, &kw, wrapped, len, &aes, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, unwrap(kek, &bad_param, wrapped, len, &aes, &key));
	env_rv(CKR_MECHANISM_INVALID, unwrap(kek, &not_wrapping, wrapped, len, &aes, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(kek, &kw, wrapped, len - 1, &aes, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(kek, &kw, wrapped, 16, &aes, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(kek, &kw, wrapped, 0, &aes, &key));
	env_rv(CKR_ARGUMENTS_BAD, unwrap(kek, &kw, NULL, 40, &aes, &key));
	env_rv(CKR_TEMPLATE_INCOMPLETE, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, no_type, 1, &key));
	env_rv(CKR_SESSION_READ_ONLY, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, token, 3, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, bad_len, 3, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, token, 2, NULL));
	wrapped[3] ^= 1;
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(kek, &kw, wrapped, len, &aes, &key));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(wrapping_follows_the_two_call_convention)
{
	uint8_t expected[48];
	uint8_t wrapped[48];
	CK_ULONG len = 0;
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	kek = env_import(CKK_AES, kek_bytes, 16);
	key = env_import(CKK_GENERIC_SECRET, key_bytes, 32);
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, key, NULL, &len));
	ck_assert_uint_eq(len, 40);
	len = 39;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	ck_assert_uint_eq(len, 40);
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	ck_assert_uint_eq(wrap_outside("AES-128-WRAP", kek_bytes, key_bytes, 32, expected), len);
	ck_assert_mem_eq(wrapped, expected, len);
	key = env_import(CKK_GENERIC_SECRET, key_bytes, 13);
	len = sizeof(wrapped);
	env_ok(env.f->C_WrapKey(env.session, &kwp, kek, key, wrapped, &len));
	ck_assert_uint_eq(wrap_outside("AES-128-WRAP-PAD", kek_bytes, key_bytes, 13, expected), len);
	ck_assert_mem_eq(wrapped, expected, len);
	len = sizeof(wrapped);
	env_rv(CKR_KEY_SIZE_RANGE, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	env_stop();
}
END_TEST

START_TEST(wrapping_refuses_precisely)
{
	CK_ATTRIBUTE change = FLAG(CKA_EXTRACTABLE, no);
	CK_ATTRIBUTE trusted_only = FLAG(CKA_WRAP_WITH_TRUSTED, yes);
	CK_ATTRIBUTE no_wrap = FLAG(CKA_WRAP, no);
	uint8_t wrapped[64];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	kek = env_import(CKK_AES, kek_bytes, 16);
	key = env_import(CKK_AES, key_bytes, 32);
	env_rv(CKR_WRAPPING_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, 0, key, wrapped, &len));
	env_rv(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, env.f->C_WrapKey(env.session, &kw, env.key, key, wrapped, &len));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, kek, 4711, wrapped, &len));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, kek,
							env_find(env.session, CKO_CERTIFICATE, ENV_P256), wrapped, &len));
	env_rv(CKR_KEY_UNEXTRACTABLE, env.f->C_WrapKey(env.session, &kw, kek, env.key, wrapped, &len));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_WrapKey(env.session, NULL, kek, key, wrapped, &len));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &trusted_only, 1));
	env_rv(CKR_KEY_NOT_WRAPPABLE, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &change, 1));
	env_rv(CKR_KEY_UNEXTRACTABLE, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	env_ok(env.f->C_SetAttributeValue(env.session, kek, &no_wrap, 1));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_WrapKey(env.session, &kw, kek, key, wrapped, &len));
	env_stop();
}
END_TEST

START_TEST(what_is_false_explicitly_is_enforced)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)kek_bytes, 16 }, FLAG(CKA_UNWRAP,
													 no) };
	CK_MECHANISM_TYPE only = CKM_AES_CBC;
	CK_ATTRIBUTE limited[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)kek_bytes, 16 },
				   { CKA_ALLOWED_MECHANISMS, &only, sizeof(only) } };
	uint8_t wrapped[40];
	CK_OBJECT_HANDLE kek = 0;
	CK_OBJECT_HANDLE key = 0;

	env_start_logged_in();
	(void)wrap_outside("AES-128-WRAP", kek_bytes, key_bytes, 32, wrapped);
	env_ok(env.f->C_CreateObject(env.session, templ, 4, &kek));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, unwrap(kek, &kw, wrapped, 40, &aes, &key));
	env_ok(env.f->C_CreateObject(env.session, limited, 4, &kek));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, unwrap(kek, &kw, wrapped, 40, &aes, &key));
	env_stop();
}
END_TEST

START_TEST(creating_wants_class_type_and_value)
{
	CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)key_bytes, 17 } };
	CK_ATTRIBUTE other[] = { { CKA_CLASS, &certificate, sizeof(certificate) }, TYPE(aes) };
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	env_rv(CKR_TEMPLATE_INCOMPLETE, env.f->C_CreateObject(env.session, NULL, 0, &key));
	env_rv(CKR_TEMPLATE_INCOMPLETE, env.f->C_CreateObject(env.session, templ, 1, &key));
	env_rv(CKR_TEMPLATE_INCOMPLETE, env.f->C_CreateObject(env.session, templ, 2, &key));
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env.f->C_CreateObject(env.session, templ, 3, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_CreateObject(env.session, other, 2, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_CreateObject(env.session, NULL, 2, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_CreateObject(env.session, templ, 2, NULL));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(a_copy_is_a_key_of_its_own)
{
	CK_BYTE label[] = "copy";
	CK_ATTRIBUTE changes[] = { { CKA_LABEL, label, 4 }, FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE back[] = { FLAG(CKA_SENSITIVE, no) };
	CK_ATTRIBUTE attribute = { CKA_VALUE, NULL, 0 };
	CK_BYTE got[16];
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;
	CK_OBJECT_HANDLE more = 77;

	env_start_logged_in();
	key = env_import(CKK_AES, kek_bytes, 16);
	env_ok(env.f->C_CopyObject(env.session, key, changes, 2, &copy));
	ck_assert_uint_eq(env_attribute(copy, CKA_LABEL, got, sizeof(got)), 4);
	ck_assert_uint_eq(env_attribute(key, CKA_LABEL, got, sizeof(got)), 0);
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, copy, &attribute, 1));
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_CopyObject(env.session, copy, back, 1, &more));
	ck_assert_uint_eq(more, 77);
	env_ok(env.f->C_DestroyObject(env.session, key));
	ck_assert_uint_eq(env_number(copy, CKA_VALUE_LEN), 16);
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_CopyObject(env.session, key, NULL, 0, &more));
	env_stop();
}
END_TEST

START_TEST(changes_are_all_made_or_none)
{
	CK_BYTE label[] = "new";
	CK_ATTRIBUTE changes[] = { { CKA_LABEL, label, 3 }, FLAG(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE not_extractable = FLAG(CKA_EXTRACTABLE, no);
	CK_ATTRIBUTE fixed[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)kek_bytes, 16 },
				 FLAG(CKA_MODIFIABLE, no),
				 FLAG(CKA_COPYABLE, no), FLAG(CKA_DESTROYABLE, no) };
	CK_BYTE got[16];
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 77;

	env_start_logged_in();
	key = env_import(CKK_AES, kek_bytes, 16);
	env_ok(env.f->C_SetAttributeValue(env.session, key, &not_extractable, 1));
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, key, changes, 2));
	ck_assert_uint_eq(env_attribute(key, CKA_LABEL, got, sizeof(got)), 0);
	env_ok(env.f->C_SetAttributeValue(env.session, key, changes, 1));
	ck_assert_uint_eq(env_attribute(key, CKA_LABEL, got, sizeof(got)), 3);
	env_ok(env.f->C_CreateObject(env.session, fixed, 6, &key));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_SetAttributeValue(env.session, key, changes, 1));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_CopyObject(env.session, key, NULL, 0, &copy));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_DestroyObject(env.session, key));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_SetAttributeValue(env.session, 4711, changes, 1));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, nss_opens_a_message_in_five_sessions);
	tcase_add_test(tc, keys_are_unwrapped_by_both_rfcs);
	tcase_add_test(tc, unwrapping_refuses_precisely);
	tcase_add_test(tc, wrapping_follows_the_two_call_convention);
	tcase_add_test(tc, wrapping_refuses_precisely);
	tcase_add_test(tc, what_is_false_explicitly_is_enforced);
	tcase_add_test(tc, creating_wants_class_type_and_value);
	tcase_add_test(tc, a_copy_is_a_key_of_its_own);
	tcase_add_test(tc, changes_are_all_made_or_none);
}

TEST_MAIN("pkcs11/wrap", add)
