/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a session key may be used for: each use there is, with the attribute left out, false, true, and with
 * CKA_ALLOWED_MECHANISMS that names the mechanism or another.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE wrapped[24];  /* key_bytes, 16 of them, under key_bytes, by RFC 3394 */
static CK_BYTE sealed[48];   /* the same by GCM, without its tag */
static CK_BYTE iv[16];
static CK_BYTE tag[16];
static struct cki_gcm_message_params gcm = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
static CK_OBJECT_HANDLE other;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE { CKA_KEY_TYPE, &aes, sizeof(aes) }

static CK_RV encrypt(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return env.f->C_EncryptInit(env.session, mechanism, key);
}

static CK_RV decrypt(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return env.f->C_DecryptInit(env.session, mechanism, key);
}

static CK_RV sign(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return env.f->C_SignInit(env.session, mechanism, key);
}

static CK_RV verify(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return env.f->C_VerifyInit(env.session, mechanism, key);
}

static CK_RV verify_signature(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return C_VerifySignatureInit(env.session, mechanism, key, tag, sizeof(tag));
}

static CK_RV message_encrypt(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return C_MessageEncryptInit(env.session, mechanism, key);
}

static CK_RV message_decrypt(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return C_MessageDecryptInit(env.session, mechanism, key);
}

static CK_RV wrap(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);

	return env.f->C_WrapKey(env.session, mechanism, key, other, out, &len);
}

static CK_RV wrap_authenticated(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM own = { mechanism->mechanism, &gcm, sizeof(gcm) };
	CK_ULONG len = sizeof(sealed);

	return C_WrapKeyAuthenticated(env.session, &own, key, other, NULL, 0, sealed, &len);
}

static CK_RV unwrap(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE };
	CK_OBJECT_HANDLE unwrapped = 0;

	return env.f->C_UnwrapKey(env.session, mechanism, key, wrapped, sizeof(wrapped), templ, 2, &unwrapped);
}

static CK_RV unwrap_authenticated(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM own = { mechanism->mechanism, &gcm, sizeof(gcm) };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE };
	CK_OBJECT_HANDLE unwrapped = 0;

	return C_UnwrapKeyAuthenticated(env.session, &own, key, sealed, 16, templ, 2, NULL, 0, &unwrapped);
}

static CK_RV derive(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE derived = 0;

	return env.f->C_DeriveKey(env.session, mechanism, key, NULL, 0, &derived);
}

static CK_RV digest(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_BYTE out[32];
	CK_ULONG len = sizeof(out);
	CK_RV rv;

	env_ok(env.f->C_DigestInit(env.session, mechanism));
	rv = env.f->C_DigestKey(env.session, key);
	if (rv == CKR_OK)
		env_ok(env.f->C_DigestFinal(env.session, out, &len));
	return rv;
}

#define ALL_OPERATIONS (CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT)

static const struct use {
	const char *name;
	CK_RV (*try)(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
	CK_MECHANISM_TYPE mechanism;
	CK_ATTRIBUTE_TYPE attribute; /* CKA_CLASS: none */
	CK_RV refused;
} uses[] = {
	{ "encrypt", encrypt, CKM_AES_ECB, CKA_ENCRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "decrypt", decrypt, CKM_AES_ECB, CKA_DECRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "message encrypt", message_encrypt, CKM_AES_GCM, CKA_ENCRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "message decrypt", message_decrypt, CKM_AES_GCM, CKA_DECRYPT, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "sign", sign, CKM_AES_CMAC, CKA_SIGN, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "verify", verify, CKM_AES_CMAC, CKA_VERIFY, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "verify signature", verify_signature, CKM_AES_CMAC, CKA_VERIFY, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "wrap", wrap, CKM_AES_KEY_WRAP, CKA_WRAP, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "wrap authenticated", wrap_authenticated, CKM_AES_GCM, CKA_WRAP, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "unwrap", unwrap, CKM_AES_KEY_WRAP, CKA_UNWRAP, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "unwrap authenticated", unwrap_authenticated, CKM_AES_GCM, CKA_UNWRAP, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "derive", derive, CKM_SHA256_KEY_DERIVATION, CKA_DERIVE, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ "digest", digest, CKM_SHA256, CKA_CLASS, CKR_KEY_INDIGESTIBLE },
};

static CK_RV try_use(const struct use *use, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { use->mechanism, NULL, 0 };
	CK_RV rv = use->try(&mechanism, key);

	env_ok(C_SessionCancel(env.session, ALL_OPERATIONS));
	return rv;
}

static void begin(void)
{
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_MECHANISM aead = { CKM_AES_GCM, NULL, 0 };
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;

	env_start_logged_in();
	other = env_import(CKK_AES, key_bytes, 16);
	kek = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, other, wrapped, &len));
	env_ok(wrap_authenticated(&aead, kek));
}

/* A key that is made with an attribute more, or none. */
static CK_OBJECT_HANDLE created(const CK_ATTRIBUTE *more)
{
	CK_ATTRIBUTE templ[4] = { CLASS, TYPE, { CKA_VALUE, key_bytes, 16 } };
	CK_OBJECT_HANDLE key = 0;

	if (more != NULL)
		templ[3] = *more;
	env_ok(env.f->C_CreateObject(env.session, templ, more != NULL ? 4 : 3, &key));
	return key;
}

static CK_OBJECT_HANDLE unwrapped_with(const CK_ATTRIBUTE *more)
{
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE templ[3] = { CLASS, TYPE };
	CK_OBJECT_HANDLE key = 0;

	if (more != NULL)
		templ[2] = *more;
	env_ok(env.f->C_UnwrapKey(env.session, &kw, created(NULL), wrapped, sizeof(wrapped), templ,
				  more != NULL ? 3 : 2,
				  &key));
	return key;
}

/* Of the same bytes, so that what was wrapped by key_bytes can be unwrapped. */
static CK_OBJECT_HANDLE derived_with(const CK_ATTRIBUTE *more)
{
	struct { CK_BYTE *data; CK_ULONG len; } tail = { key_bytes + 16, 16 };
	CK_MECHANISM mechanism = { CKM_CONCATENATE_BASE_AND_DATA, &tail, sizeof(tail) };
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[4] = { CLASS, TYPE, { CKA_VALUE_LEN, &len, sizeof(len) } };
	CK_OBJECT_HANDLE key = 0;

	if (more != NULL)
		templ[3] = *more;
	env_ok(env.f->C_DeriveKey(env.session, &mechanism, created(NULL), templ, more != NULL ? 4 : 3, &key));
	return key;
}

static CK_OBJECT_HANDLE copied_with(const CK_ATTRIBUTE *more)
{
	CK_ATTRIBUTE change[1] = { { 0, NULL, 0 } };
	CK_OBJECT_HANDLE key = 0;

	/* a list of mechanisms comes along from the key that is copied */
	if (more != NULL && more->type == CKA_ALLOWED_MECHANISMS) {
		env_ok(env.f->C_CopyObject(env.session, created(more), NULL, 0, &key));
		return key;
	}
	if (more != NULL)
		change[0] = *more;
	env_ok(env.f->C_CopyObject(env.session, created(NULL), change, more != NULL ? 1 : 0, &key));
	return key;
}

static CK_OBJECT_HANDLE (*const makers[])(const CK_ATTRIBUTE *more) = { created, unwrapped_with, derived_with,
									copied_with };

START_TEST(what_a_template_leaves_out_is_allowed)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(uses); i++)
		ck_assert_msg(try_use(&uses[i], makers[_i](NULL)) == CKR_OK, "%s", uses[i].name);
	env_stop();
}
END_TEST

START_TEST(what_a_template_forbids_is_refused_and_nothing_else)
{
	CK_BBOOL flags[] = { CK_FALSE, CK_TRUE };

	begin();
	for (size_t i = 0; i < ENV_COUNT(uses); i++) {
		for (size_t flag = 0; flag < 2; flag++) {
			CK_ATTRIBUTE said = { uses[i].attribute, &flags[flag], sizeof(flags[flag]) };
			CK_OBJECT_HANDLE key;

			if (uses[i].attribute == CKA_CLASS)
				continue;
			key = makers[_i](&said);
			for (size_t j = 0; j < ENV_COUNT(uses); j++) {
				const bool refused = flag == 0 && uses[j].attribute == uses[i].attribute;

				ck_assert_msg(try_use(&uses[j], key) == (refused ? uses[j].refused : CKR_OK), "%s: %s",
					      uses[i].name, uses[j].name);
			}
		}
	}
	env_stop();
}
END_TEST

START_TEST(allowed_mechanisms_are_all_there_are)
{
	CK_ATTRIBUTE none = { CKA_ALLOWED_MECHANISMS, NULL, 0 };

	begin();
	for (size_t i = 0; i < ENV_COUNT(uses); i++) {
		CK_MECHANISM_TYPE allowed = uses[i].mechanism;
		CK_ATTRIBUTE said = { CKA_ALLOWED_MECHANISMS, &allowed, sizeof(allowed) };
		CK_OBJECT_HANDLE key = makers[_i](&said);

		for (size_t j = 0; j < ENV_COUNT(uses); j++)
			ck_assert_msg(try_use(&uses[j], key) ==
				      (uses[j].mechanism == allowed ? CKR_OK : uses[j].refused), "%s: %s", uses[i].name,
				      uses[j].name);
	}
	for (size_t j = 0; j < ENV_COUNT(uses); j++)
		ck_assert_msg(try_use(&uses[j], makers[_i](&none)) == uses[j].refused, "%s", uses[j].name);
	env_stop();
}
END_TEST

START_TEST(a_use_can_be_taken_away_later)
{
	CK_BBOOL no = CK_FALSE;

	begin();
	for (size_t i = 0; i < ENV_COUNT(uses); i++) {
		CK_ATTRIBUTE change = { uses[i].attribute, &no, sizeof(no) };
		CK_OBJECT_HANDLE key = makers[_i](NULL);

		if (uses[i].attribute == CKA_CLASS)
			continue;
		env_ok(env.f->C_SetAttributeValue(env.session, key, &change, 1));
		ck_assert_msg(try_use(&uses[i], key) == uses[i].refused, "%s", uses[i].name);
	}
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	const int all = (int)ENV_COUNT(makers);

	tcase_add_loop_test(tc, what_a_template_leaves_out_is_allowed, 0, all);
	tcase_add_loop_test(tc, what_a_template_forbids_is_refused_and_nothing_else, 0, all);
	tcase_add_loop_test(tc, allowed_mechanisms_are_all_there_are, 0, all);
	tcase_add_loop_test(tc, a_use_can_be_taken_away_later, 0, all);
}

TEST_MAIN("pkcs11/uses", add)
