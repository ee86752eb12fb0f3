/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What objects and templates can be refused for, by each function that makes, changes or looks for one. */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "tests/unit/cki_return.h"

#define PROGRAM "test_cki_return_objects"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE ec = CKK_EC;
static CK_KEY_TYPE no_type = CKK_CAMELLIA;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE iv[16];
static CK_BYTE tag[16];
static CK_BYTE sealed[40]; /* key_bytes under itself: by RFC 3394, and by GCM without its tag */
static CK_BYTE gcm_sealed[16];
static CK_BYTE point[65];
static CK_ULONG point_len;
static CK_ULONG key_len = 16;
static struct cki_gcm_message_params gcm = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
static CK_ECDH1_DERIVE_PARAMS no_kdf = { .kdf = CKD_NULL };
static CK_ECDH1_DERIVE_PARAMS agreement;
static CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
static CK_MECHANISM authenticated = { CKM_AES_GCM, &gcm, sizeof(gcm) };
static CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
static CK_MECHANISM ecdh = { CKM_ECDH1_DERIVE, &agreement, sizeof(agreement) };
static CK_MECHANISM kem = { CKM_ECDH1_DERIVE, &no_kdf, sizeof(no_kdf) };
static CK_MECHANISM wrong = { CKM_SHA256, NULL, 0 };
static CK_MECHANISM kw_param = { CKM_AES_KEY_WRAP, key_bytes, 7 };
static CK_MECHANISM generate_param = { CKM_AES_KEY_GEN, key_bytes, 7 };
static CK_MECHANISM short_param = { CKM_ECDH1_DERIVE, &agreement, 7 };
static CK_MECHANISM gcm_short = { CKM_AES_GCM, &gcm, 7 };

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

static CK_OBJECT_HANDLE kek;
static CK_OBJECT_HANDLE public_key;
static CK_OBJECT_HANDLE certificate;
static CK_SESSION_HANDLE writing;

static void make_sealed(void)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), { CKA_VALUE_LEN, &key_len, sizeof(key_len) } };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG len = sizeof(sealed);

	env_ok(C_WrapKey(env.session, &kw, kek, kek, sealed, &len));
	key = env_import(CKK_AES, key_bytes, 16);
	len = sizeof(gcm_sealed);
	env_ok(C_WrapKeyAuthenticated(env.session, &authenticated, kek, key, NULL, 0, gcm_sealed, &len));
	point_len = sizeof(point);
	env_ok(C_EncapsulateKey(env.session, &mechanism, public_key, templ, 3, point, &point_len, &key));
	agreement = (CK_ECDH1_DERIVE_PARAMS){ .kdf = CKD_NULL, .pPublicData = point, .ulPublicDataLen = point_len };
}

static void start(void)
{
	return_start();
	writing = env_session(CKF_RW_SESSION);
	kek = env_import(CKK_AES, key_bytes, 32);
	public_key = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
	certificate = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	make_sealed();
}

/* ---- every function that makes a key, and what is wrong with one attribute ------------------------- */

static CK_RV create(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_ATTRIBUTE with_value[8] = { { CKA_VALUE, key_bytes, 16 } };

	memcpy(&with_value[1], templ, count * sizeof(templ[0]));
	return C_CreateObject(env.session, with_value, count + 1, &return_handle);
}

/* The class and type are the original's. */
static CK_RV copy(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_CopyObject(env.session, kek, templ + 2, count - 2, &return_handle);
}

static CK_RV generate_key(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_ATTRIBUTE with_len[8] = { { CKA_VALUE_LEN, &key_len, sizeof(key_len) } };

	memcpy(&with_len[1], templ, count * sizeof(templ[0]));
	return C_GenerateKey(env.session, &generate, with_len, count + 1, &return_handle);
}

static CK_RV unwrap(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_UnwrapKey(env.session, &kw, kek, sealed, sizeof(sealed), templ, count, &return_handle);
}

static CK_RV unwrap_authenticated(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_UnwrapKeyAuthenticated(env.session, &authenticated, kek, gcm_sealed, sizeof(gcm_sealed), templ,
					count, NULL,
					0, &return_handle);
}

static CK_RV derive(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_DeriveKey(env.session, &ecdh, env.key, templ, count, &return_handle);
}

static CK_RV encapsulate(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_EncapsulateKey(env.session, &kem, public_key, templ, count, return_out, &return_len, &return_handle);
}

static CK_RV decapsulate(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	return C_DecapsulateKey(env.session, &kem, env.key, templ, count, point, point_len, &return_handle);
}

static const struct maker {
	const char *name;
	CK_RV (*make)(CK_ATTRIBUTE *templ, CK_ULONG count);
	bool from_card;
} makers[] = {
	{ "C_CreateObject", create, false },
	{ "C_CopyObject", copy, false },
	{ "C_GenerateKey", generate_key, false },
	{ "C_UnwrapKey", unwrap, false },
	{ "C_UnwrapKeyAuthenticated", unwrap_authenticated, false },
	{ "C_DeriveKey", derive, true },
	{ "C_EncapsulateKey", encapsulate, false },
	{ "C_DecapsulateKey", decapsulate, true },
};

START_TEST(a_template_is_refused_by_each_function_that_makes_a_key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), { 0, NULL, 0 } };
	unsigned long before;

	start();
	before = env_card_commands();
	for (size_t i = 0; i < ENV_COUNT(makers); i++) {
		templ[2] = (CK_ATTRIBUTE)FLAG(CKA_LOCAL, yes);
		REFUSE_AS(makers[i].name, CKR_ATTRIBUTE_READ_ONLY, makers[i].make(templ, 3));
		templ[2] = (CK_ATTRIBUTE)FLAG(0x7fff1234, yes);
		REFUSE_AS(makers[i].name, CKR_ATTRIBUTE_TYPE_INVALID, makers[i].make(templ, 3));
		templ[2] = (CK_ATTRIBUTE){ CKA_DERIVE, key_bytes, 2 };
		REFUSE_AS(makers[i].name, CKR_ATTRIBUTE_VALUE_INVALID, makers[i].make(templ, 3));
		templ[2] = (CK_ATTRIBUTE){ CKA_LABEL, NULL, 2 };
		REFUSE_AS(makers[i].name, CKR_ATTRIBUTE_VALUE_INVALID, makers[i].make(templ, 3));
		templ[2] = (CK_ATTRIBUTE)FLAG(CKA_TOKEN, yes);
		REFUSE_AS(makers[i].name, CKR_SESSION_READ_ONLY, makers[i].make(templ, 3));
		if (makers[i].make == copy)
			continue;
		templ[2] = (CK_ATTRIBUTE){ CKA_MODULUS, key_bytes, 32 };
		REFUSE_AS(makers[i].name, CKR_TEMPLATE_INCONSISTENT, makers[i].make(templ, 3));
	}
	ck_assert_uint_eq(env_card_commands(), before);
	return_stop(PROGRAM, "a_template_is_refused_by_each_function_that_makes_a_key");
}
END_TEST

START_TEST(a_private_key_is_refused_before_login_by_each_function_that_makes_one)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), FLAG(CKA_PRIVATE, yes) };
	CK_ATTRIBUTE open[] = { CLASS, TYPE(aes), { CKA_VALUE, key_bytes, 32 }, FLAG(CKA_PRIVATE, no) };

	start();
	env_ok(C_CreateObject(env.session, open, ENV_COUNT(open), &kek));
	env_ok(C_Logout(env.session));
	public_key = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
	for (size_t i = 0; i < ENV_COUNT(makers); i++) {
		if (!makers[i].from_card)
			REFUSE_AS(makers[i].name, CKR_USER_NOT_LOGGED_IN, makers[i].make(templ, 3));
	}
	return_stop(PROGRAM, "a_private_key_is_refused_before_login_by_each_function_that_makes_one");
}
END_TEST

START_TEST(what_a_template_lacks_or_contradicts)
{
	static CK_BYTE brainpool[] = { 0x06, 0x09, 0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x63 };
	CK_ATTRIBUTE class_only[] = { CLASS };
	CK_ATTRIBUTE other_type[] = { CLASS, TYPE(no_type) };
	CK_ATTRIBUTE less_sensitive[] = { FLAG(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE closed[] = { CLASS, TYPE(aes), { CKA_VALUE, key_bytes, 16 }, FLAG(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE curve[] = { { CKA_CLASS, &public_class, sizeof(public_class) }, TYPE(ec),
				 { CKA_EC_PARAMS, brainpool, sizeof(brainpool) }, { CKA_EC_POINT, point, 65 } };
	CK_OBJECT_HANDLE unextractable = 0;
	CK_MECHANISM generic_gen = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };

	start();
	env_ok(C_CreateObject(env.session, closed, ENV_COUNT(closed), &unextractable));
	REFUSE(C_CreateObject, CKR_TEMPLATE_INCOMPLETE, env.session, class_only, 1, &return_handle);
	REFUSE(C_CreateObject, CKR_TEMPLATE_INCONSISTENT, env.session, other_type, 2, &return_handle);
	REFUSE(C_CreateObject, CKR_CURVE_NOT_SUPPORTED, env.session, curve, ENV_COUNT(curve), &return_handle);
	REFUSE(C_GenerateKey, CKR_TEMPLATE_INCOMPLETE, env.session, &generic_gen, NULL, 0, &return_handle);
	REFUSE(C_GenerateKey, CKR_TEMPLATE_INCONSISTENT, env.session, &generate, other_type, 2, &return_handle);
	REFUSE(C_UnwrapKey, CKR_TEMPLATE_INCOMPLETE, env.session, &kw, kek, sealed, sizeof(sealed), class_only, 1,
	       &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_TEMPLATE_INCOMPLETE, env.session, &authenticated, kek, gcm_sealed, 16,
	       class_only, 1, NULL, 0, &return_handle);
	REFUSE(C_CopyObject, CKR_ATTRIBUTE_READ_ONLY, env.session, unextractable, less_sensitive, 1, &return_handle);
	return_stop(PROGRAM, "what_a_template_lacks_or_contradicts");
}
END_TEST

/* ---- objects ---------------------------------------------------------------------------------------- */

START_TEST(objects_that_are_none_or_stay_as_they_are)
{
	CK_ATTRIBUTE label = { CKA_LABEL, key_bytes, 3 };
	CK_ATTRIBUTE local = FLAG(CKA_LOCAL, yes);
	CK_ATTRIBUTE unknown = FLAG(0x7fff1234, yes);
	CK_ATTRIBUTE bad = { CKA_DERIVE, key_bytes, 2 };
	CK_ATTRIBUTE hidden = { CKA_MODULUS, return_out, sizeof(return_out) };
	CK_ATTRIBUTE value = { CKA_VALUE, return_out, sizeof(return_out) };
	CK_ATTRIBUTE narrow = { CKA_VALUE, return_out, 1 };
	CK_ATTRIBUTE sensitive = FLAG(CKA_SENSITIVE, yes);
	CK_ATTRIBUTE missing = { CKA_LABEL, NULL, 3 };
	CK_OBJECT_HANDLE gone;

	start();
	gone = env_import(CKK_AES, key_bytes, 16);
	env_ok(C_DestroyObject(env.session, gone));
	REFUSE(C_CopyObject, CKR_OBJECT_HANDLE_INVALID, env.session, gone, NULL, 0, &return_handle);
	REFUSE(C_DestroyObject, CKR_OBJECT_HANDLE_INVALID, env.session, gone);
	REFUSE(C_GetObjectSize, CKR_OBJECT_HANDLE_INVALID, env.session, gone, &return_len);
	REFUSE(C_GetAttributeValue, CKR_OBJECT_HANDLE_INVALID, env.session, gone, &value, 1);
	REFUSE(C_SetAttributeValue, CKR_OBJECT_HANDLE_INVALID, env.session, gone, &label, 1);
	REFUSE(C_CopyObject, CKR_ACTION_PROHIBITED, writing, env.key, NULL, 0, &return_handle);
	REFUSE(C_DestroyObject, CKR_ACTION_PROHIBITED, writing, certificate);
	REFUSE(C_SetAttributeValue, CKR_ACTION_PROHIBITED, writing, certificate, &label, 1);
	REFUSE(C_DestroyObject, CKR_SESSION_READ_ONLY, env.session, certificate);
	REFUSE(C_SetAttributeValue, CKR_SESSION_READ_ONLY, env.session, certificate, &label, 1);
	REFUSE(C_SetAttributeValue, CKR_ATTRIBUTE_READ_ONLY, env.session, kek, &local, 1);
	REFUSE(C_SetAttributeValue, CKR_ATTRIBUTE_TYPE_INVALID, env.session, kek, &unknown, 1);
	REFUSE(C_SetAttributeValue, CKR_ATTRIBUTE_VALUE_INVALID, env.session, kek, &bad, 1);
	REFUSE(C_GetAttributeValue, CKR_ATTRIBUTE_TYPE_INVALID, env.session, kek, &hidden, 1);
	ck_assert_uint_eq(hidden.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	REFUSE_AS("C_GetAttributeValue", CKR_BUFFER_TOO_SMALL,
		  (return_len++, C_GetAttributeValue(env.session, kek, &narrow, 1)));
	ck_assert_uint_eq(narrow.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	env_ok(C_SetAttributeValue(env.session, kek, &sensitive, 1));
	REFUSE(C_GetAttributeValue, CKR_ATTRIBUTE_SENSITIVE, env.session, kek, &value, 1);
	ck_assert_uint_eq(value.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	REFUSE(C_FindObjectsInit, CKR_ATTRIBUTE_VALUE_INVALID, env.session, &missing, 1);
	REFUSE(C_FindObjects, CKR_OPERATION_NOT_INITIALIZED, env.session, &return_handle, 1, &return_len);
	REFUSE(C_FindObjectsFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	env_ok(C_FindObjectsInit(env.session, NULL, 0));
	REFUSE(C_FindObjectsInit, CKR_OPERATION_ACTIVE, env.session, NULL, 0);
	env_ok(C_FindObjectsFinal(env.session));
	return_stop(PROGRAM, "objects_that_are_none_or_stay_as_they_are");
}
END_TEST

/* ---- the keys and mechanisms of wrapping and deriving ---------------------------------------------- */

START_TEST(mechanisms_that_do_not_fit)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };
	CK_ATTRIBUTE *const t = templ;

	start();
	REFUSE(C_GenerateKey, CKR_MECHANISM_INVALID, env.session, &wrong, t, 2, &return_handle);
	REFUSE(C_GenerateKey, CKR_MECHANISM_PARAM_INVALID, env.session, &generate_param,
	       (CK_ATTRIBUTE[]){ { CKA_VALUE_LEN, &key_len, sizeof(key_len) } }, 1, &return_handle);
	REFUSE(C_WrapKey, CKR_MECHANISM_INVALID, env.session, &wrong, kek, kek, return_out, &return_len);
	REFUSE(C_WrapKey, CKR_MECHANISM_PARAM_INVALID, env.session, &kw_param, kek, kek, return_out, &return_len);
	REFUSE(C_UnwrapKey, CKR_MECHANISM_INVALID, env.session, &wrong, kek, sealed, 40, t, 2, &return_handle);
	REFUSE(C_UnwrapKey, CKR_MECHANISM_PARAM_INVALID, env.session, &kw_param, kek, sealed, 40, t, 2, &return_handle);
	REFUSE(C_WrapKeyAuthenticated, CKR_MECHANISM_INVALID, env.session, &wrong, kek, kek, NULL, 0, return_out,
	       &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm_short, kek, kek, NULL, 0,
	       return_out, &return_len);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_MECHANISM_INVALID, env.session, &wrong, kek, gcm_sealed, 16, t, 2, NULL, 0,
	       &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm_short, kek, gcm_sealed, 16, t,
	       2, NULL, 0, &return_handle);
	REFUSE(C_DeriveKey, CKR_MECHANISM_INVALID, env.session, &wrong, env.key, t, 2, &return_handle);
	REFUSE(C_DeriveKey, CKR_MECHANISM_PARAM_INVALID, env.session, &short_param, env.key, t, 2, &return_handle);
	REFUSE(C_EncapsulateKey, CKR_MECHANISM_INVALID, env.session, &wrong, public_key, t, 2, return_out, &return_len,
	       &return_handle);
	REFUSE(C_EncapsulateKey, CKR_MECHANISM_PARAM_INVALID, env.session, &short_param, public_key, t, 2, return_out,
	       &return_len, &return_handle);
	REFUSE(C_DecapsulateKey, CKR_MECHANISM_INVALID, env.session, &wrong, env.key, t, 2, point, 65, &return_handle);
	REFUSE(C_DecapsulateKey, CKR_MECHANISM_PARAM_INVALID, env.session, &short_param, env.key, t, 2, point, 65,
	       &return_handle);
	return_stop(PROGRAM, "mechanisms_that_do_not_fit");
}
END_TEST

START_TEST(keys_that_do_not_wrap_or_are_not_wrapped)
{
	CK_ATTRIBUTE trusted_only = FLAG(CKA_WRAP_WITH_TRUSTED, yes);
	CK_ATTRIBUTE stays = FLAG(CKA_EXTRACTABLE, no);
	CK_OBJECT_HANDLE odd;
	CK_OBJECT_HANDLE kept;

	start();
	odd = env_import(CKK_GENERIC_SECRET, key_bytes, 13);
	kept = env_import(CKK_AES, key_bytes, 16);
	REFUSE(C_WrapKey, CKR_WRAPPING_KEY_HANDLE_INVALID, env.session, &kw, 4711, kek, return_out, &return_len);
	REFUSE(C_WrapKey, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, env.session, &kw, odd, kek, return_out, &return_len);
	REFUSE(C_WrapKey, CKR_KEY_HANDLE_INVALID, env.session, &kw, kek, 4711, return_out, &return_len);
	REFUSE(C_WrapKey, CKR_KEY_SIZE_RANGE, env.session, &kw, kek, odd, return_out, &return_len);
	return_len = 39;
	REFUSE(C_WrapKey, CKR_BUFFER_TOO_SMALL, env.session, &kw, kek, kek, return_out, &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_WRAPPING_KEY_HANDLE_INVALID, env.session, &authenticated, 4711, kek, NULL, 0,
	       return_out, &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_WRAPPING_KEY_TYPE_INCONSISTENT, env.session, &authenticated, odd, kek,
	       NULL, 0, return_out, &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_KEY_HANDLE_INVALID, env.session, &authenticated, kek, 4711, NULL, 0,
	       return_out, &return_len);
	return_len = 31;
	REFUSE(C_WrapKeyAuthenticated, CKR_BUFFER_TOO_SMALL, env.session, &authenticated, kek, kek, NULL, 0, return_out,
	       &return_len);
	env_ok(C_SetAttributeValue(env.session, kept, &trusted_only, 1));
	REFUSE(C_WrapKey, CKR_KEY_NOT_WRAPPABLE, env.session, &kw, kek, kept, return_out, &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_KEY_NOT_WRAPPABLE, env.session, &authenticated, kek, kept, NULL, 0,
	       return_out, &return_len);
	env_ok(C_SetAttributeValue(env.session, kept, &stays, 1));
	REFUSE(C_WrapKey, CKR_KEY_UNEXTRACTABLE, env.session, &kw, kek, kept, return_out, &return_len);
	REFUSE(C_WrapKeyAuthenticated, CKR_KEY_UNEXTRACTABLE, env.session, &authenticated, kek, kept, NULL, 0,
	       return_out, &return_len);
	return_stop(PROGRAM, "keys_that_do_not_wrap_or_are_not_wrapped");
}
END_TEST

START_TEST(wrapped_keys_and_keys_that_do_not_open_them)
{
	CK_ATTRIBUTE t[] = { CLASS, TYPE(aes) };
	CK_OBJECT_HANDLE generic;
	CK_BYTE bad[65];

	start();
	generic = env_import(CKK_GENERIC_SECRET, key_bytes, 16);
	REFUSE(C_UnwrapKey, CKR_UNWRAPPING_KEY_HANDLE_INVALID, env.session, &kw, 4711, sealed, 40, t, 2,
	       &return_handle);
	REFUSE(C_UnwrapKey, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, env.session, &kw, generic, sealed, 40, t, 2,
	       &return_handle);
	REFUSE(C_UnwrapKey, CKR_WRAPPED_KEY_LEN_RANGE, env.session, &kw, kek, sealed, 39, t, 2, &return_handle);
	memcpy(bad, sealed, sizeof(sealed));
	bad[3] ^= 1;
	REFUSE(C_UnwrapKey, CKR_WRAPPED_KEY_INVALID, env.session, &kw, kek, bad, 40, t, 2, &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_UNWRAPPING_KEY_HANDLE_INVALID, env.session, &authenticated, 4711,
	       gcm_sealed, 16, t, 2, NULL, 0, &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, env.session, &authenticated, generic,
	       gcm_sealed, 16, t, 2, NULL, 0, &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_WRAPPED_KEY_INVALID, env.session, &authenticated, kek, gcm_sealed, 16, t,
	       2, key_bytes, 3, &return_handle);
	REFUSE(C_UnwrapKeyAuthenticated, CKR_WRAPPED_KEY_LEN_RANGE, env.session, &authenticated, kek, gcm_sealed, 0,
	       t, 2, NULL, 0, &return_handle);
	memset(bad, 4, sizeof(bad));
	REFUSE(C_DecapsulateKey, CKR_WRAPPED_KEY_LEN_RANGE, env.session, &kem, env.key, t, 2, point, 64,
	       &return_handle);
	REFUSE(C_DecapsulateKey, CKR_WRAPPED_KEY_INVALID, env.session, &kem, env.key, t, 2, bad, 65, &return_handle);
	return_stop(PROGRAM, "wrapped_keys_and_keys_that_do_not_open_them");
}
END_TEST

START_TEST(keys_that_do_not_derive_or_encapsulate)
{
	CK_ATTRIBUTE t[] = { CLASS, TYPE(aes) };
	CK_OBJECT_HANDLE rsa;

	start();
	rsa = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
	REFUSE(C_DeriveKey, CKR_KEY_HANDLE_INVALID, env.session, &ecdh, 4711, t, 2, &return_handle);
	REFUSE(C_DeriveKey, CKR_KEY_TYPE_INCONSISTENT, env.session, &ecdh, kek, t, 2, &return_handle);
	REFUSE(C_EncapsulateKey, CKR_KEY_HANDLE_INVALID, env.session, &kem, 4711, t, 2, return_out, &return_len,
	       &return_handle);
	REFUSE(C_EncapsulateKey, CKR_KEY_TYPE_INCONSISTENT, env.session, &kem, rsa, t, 2, return_out, &return_len,
	       &return_handle);
	env_rv(CKR_KEY_HANDLE_INVALID, C_DecapsulateKey(env.session, &kem, 4711, t, 2, point, 65, &return_handle));
	return_stop(PROGRAM, "keys_that_do_not_derive_or_encapsulate");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_template_is_refused_by_each_function_that_makes_a_key);
	tcase_add_test(tc, a_private_key_is_refused_before_login_by_each_function_that_makes_one);
	tcase_add_test(tc, what_a_template_lacks_or_contradicts);
	tcase_add_test(tc, objects_that_are_none_or_stay_as_they_are);
	tcase_add_test(tc, mechanisms_that_do_not_fit);
	tcase_add_test(tc, keys_that_do_not_wrap_or_are_not_wrapped);
	tcase_add_test(tc, wrapped_keys_and_keys_that_do_not_open_them);
	tcase_add_test(tc, keys_that_do_not_derive_or_encapsulate);
}

TEST_MAIN("pkcs11/return/objects", add)
