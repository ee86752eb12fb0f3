/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_VerifySignature* of PKCS#11 3.2: every mechanism that verifies, with the signature given first. */
#include "config.h"

#include <string.h>

#include "pkcs11/mech_table.h"
#include "tests/unit/cki_env.h"

static CK_MECHANISM sha256_hmac = { CKM_SHA256_HMAC, NULL, 0 };
static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE text[90] = "what is signed, and more than a block of any of the hashes that are in use for it";
static CK_BYTE gmac_iv[12] = "twelve bytes";
static CK_ULONG general = 8;
static struct {
	CK_MECHANISM_TYPE hash;
	CK_ULONG len;
	CK_ULONG side;
} tls = { CKM_SHA256, 12, 1 }, old_tls = { CKM_TLS_PRF, 12, 1 };

static CK_MECHANISM mechanism_of(const struct mech *mech)
{
	switch (mech->type) {
	case CKM_AES_GMAC:
		return (CK_MECHANISM){ mech->type, gmac_iv, sizeof(gmac_iv) };
	case CKM_TLS12_MAC:
		return (CK_MECHANISM){ mech->type, &tls, sizeof(tls) };
	case CKM_TLS_MAC:
		return (CK_MECHANISM){ mech->type, &old_tls, sizeof(old_tls) };
	default:
		return mech->general ? (CK_MECHANISM){ mech->type, &general, sizeof(general) }
				     : (CK_MECHANISM){ mech->type, NULL, 0 };
	}
}

static CK_OBJECT_HANDLE key_for(const struct mech *mech)
{
	if (cki_mech_takes(mech, MD_KEY_AES))
		return env_import(CKK_AES, key_bytes, 32);
	if (cki_mech_takes(mech, MD_KEY_DES3))
		return env_import(CKK_DES3, key_bytes, 24);
	return env_import(CKK_GENERIC_SECRET, key_bytes, 32);
}

static CK_ULONG sign(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_BYTE *signature)
{
	CK_ULONG len = 64;

	env_ok(env.f->C_SignInit(env.session, mechanism, key));
	env_ok(env.f->C_Sign(env.session, text, sizeof(text), signature, &len));
	return len;
}

START_TEST(what_verifies_takes_the_signature_first_too)
{
	size_t tried = 0;

	env_start();
	for (size_t i = 0; cki_mech_row(i) != NULL; i++) {
		const struct mech *mech = cki_mech_row(i);
		CK_MECHANISM mechanism = mechanism_of(mech);
		CK_OBJECT_HANDLE key;
		CK_BYTE signature[64];
		CK_ULONG len;

		/* test_cki_rsa and test_cki_public try those of public keys */
		if ((mech->flags & CKF_VERIFY) == 0 || mech->card_keys != 0 || cki_mech_find(mech->type, CKF_VERIFY) == NULL)
			continue;
		tried++;
		key = key_for(mech);
		len = sign(&mechanism, key, signature);
		env_ok(C_VerifySignatureInit(env.session, &mechanism, key, signature, len));
		/* from here on it is the module's copy that counts */
		signature[0] ^= 1;
		env_ok(C_VerifySignature(env.session, text, sizeof(text)));
		env_ok(C_VerifySignatureInit(env.session, &mechanism, key, signature, len));
		env_rv(CKR_SIGNATURE_INVALID, C_VerifySignature(env.session, text, sizeof(text)));
		signature[0] ^= 1;
		env_ok(C_VerifySignatureInit(env.session, &mechanism, key, signature, len));
		env_ok(C_VerifySignatureUpdate(env.session, text, 7));
		env_ok(C_VerifySignatureUpdate(env.session, text + 7, sizeof(text) - 7));
		env_ok(C_VerifySignatureFinal(env.session));
		env_ok(C_VerifySignatureInit(env.session, &mechanism, key, signature, len - 1));
		env_rv(CKR_SIGNATURE_LEN_RANGE, C_VerifySignature(env.session, text, sizeof(text)));
		env_ok(C_VerifySignatureInit(env.session, &mechanism, key, NULL, 0));
		env_rv(CKR_SIGNATURE_LEN_RANGE, C_VerifySignature(env.session, text, sizeof(text)));
	}
	ck_assert_uint_ge(tried, 20);
	env_stop();
}
END_TEST

START_TEST(each_way_of_verifying_has_its_own_calls)
{
	CK_BYTE signature[64];
	CK_OBJECT_HANDLE key;
	CK_ULONG len;

	env_start();
	key = env_import(CKK_GENERIC_SECRET, key_bytes, 32);
	len = sign(&sha256_hmac, key, signature);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignature(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureUpdate(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureFinal(env.session));
	env_ok(C_VerifySignatureInit(env.session, &sha256_hmac, key, signature, len));
	env_rv(CKR_OPERATION_ACTIVE, C_VerifySignatureInit(env.session, &sha256_hmac, key, signature, len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Verify(env.session, text, 1, signature, len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyUpdate(env.session, text, 1));
	env_ok(C_VerifySignatureUpdate(env.session, text, sizeof(text)));
	env_rv(CKR_OPERATION_ACTIVE, C_VerifySignature(env.session, text, sizeof(text)));
	env_ok(C_VerifySignatureFinal(env.session));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureFinal(env.session));
	env_ok(C_VerifySignatureInit(env.session, &sha256_hmac, key, signature, len));
	env_ok(C_VerifySignatureInit(env.session, NULL, 0, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureInit(env.session, NULL, 0, NULL, 0));
	env_ok(C_VerifySignatureInit(env.session, &sha256_hmac, key, signature, len));
	env_ok(C_SessionCancel(env.session, CKF_VERIFY));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(beginning_refuses_precisely)
{
	CK_MECHANISM digest = { CKM_SHA256, NULL, 0 };
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE no_verify = { CKA_VERIFY, &no, sizeof(no) };
	CK_BYTE signature[32];
	CK_OBJECT_HANDLE key;

	env_start();
	key = env_import(CKK_GENERIC_SECRET, key_bytes, 32);
	env_rv(CKR_SESSION_HANDLE_INVALID, C_VerifySignatureInit(4711, &sha256_hmac, key, signature, 32));
	env_rv(CKR_ARGUMENTS_BAD, C_VerifySignatureInit(env.session, &sha256_hmac, key, NULL, 32));
	env_rv(CKR_MECHANISM_INVALID, C_VerifySignatureInit(env.session, &digest, key, signature, 32));
	env_rv(CKR_KEY_HANDLE_INVALID, C_VerifySignatureInit(env.session, &sha256_hmac, 4711, signature, 32));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, C_VerifySignatureInit(env.session, &sha256_hmac,
								env_import(CKK_AES, key_bytes, 32), signature, 32));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &no_verify, 1));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, C_VerifySignatureInit(env.session, &sha256_hmac, key, signature, 32));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignatureFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(logging_out_ends_it)
{
	CK_BYTE signature[32] = { 0 };

	env_start_logged_in();
	env_ok(C_VerifySignatureInit(env.session, &sha256_hmac, env_import(CKK_GENERIC_SECRET, key_bytes, 32),
				     signature, 32));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, C_VerifySignature(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifySignature(env.session, text, 1));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_verifies_takes_the_signature_first_too);
	tcase_add_test(tc, each_way_of_verifying_has_its_own_calls);
	tcase_add_test(tc, beginning_refuses_precisely);
	tcase_add_test(tc, logging_out_ends_it);
}

TEST_MAIN("pkcs11/verify_signature", add)
