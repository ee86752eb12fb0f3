/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the functions that encrypt, decrypt, digest, sign and verify refuse, and what becomes of the operation. */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "pkcs11/cipher_params.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/cki_return.h"

#define PROGRAM "test_cki_return_operations"
#define BLOCK 256u

static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE text[BLOCK + 1] = "a text that is long enough for all that is done with it";
static CK_BYTE iv[16];
static CK_BYTE tag[16];
static struct cki_gcm_message_params gcm = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static CK_MECHANISM ecb_param = { CKM_AES_ECB, iv, 3 };
static CK_MECHANISM pad = { CKM_AES_CBC_PAD, iv, sizeof(iv) };
static CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
static CK_MECHANISM hmac_param = { CKM_SHA256_HMAC, iv, 3 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_MECHANISM sha256_param = { CKM_SHA256, iv, 3 };
static CK_MECHANISM raw = { CKM_RSA_X_509, NULL, 0 };
static CK_MECHANISM raw_param = { CKM_RSA_X_509, iv, 3 };
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
static CK_MECHANISM messages = { CKM_AES_GCM, NULL, 0 };
static CK_MECHANISM messages_param = { CKM_AES_GCM, iv, 3 };
static CK_BBOOL no = CK_FALSE;

static CK_OBJECT_HANDLE aes;
static CK_OBJECT_HANDLE generic;
static CK_OBJECT_HANDLE useless_aes;
static CK_OBJECT_HANDLE useless_generic;
static CK_OBJECT_HANDLE rsa_private;
static CK_OBJECT_HANDLE rsa_public;
static CK_OBJECT_HANDLE recovering;
static CK_OBJECT_HANDLE recovering_public;

#define RECOVERING ((enum env_key)7)

static CK_OBJECT_HANDLE useless(CK_KEY_TYPE type)
{
	CK_ATTRIBUTE none[] = {
		{ CKA_ENCRYPT, &no, sizeof(no) }, { CKA_DECRYPT, &no, sizeof(no) }, { CKA_SIGN, &no, sizeof(no) },
		{ CKA_VERIFY, &no, sizeof(no) },
	};
	CK_OBJECT_HANDLE key = env_import(type, key_bytes, 16);

	env_ok(C_SetAttributeValue(env.session, key, none, ENV_COUNT(none)));
	return key;
}

static void make_keys(void)
{
	aes = env_import(CKK_AES, key_bytes, 16);
	generic = env_import(CKK_GENERIC_SECRET, key_bytes, 32);
	useless_aes = useless(CKK_AES);
	useless_generic = useless(CKK_GENERIC_SECRET);
	rsa_private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	rsa_public = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
}

static void start(void)
{
	return_start();
	make_keys();
}

/* The same with a key whose signatures give their data back. */
static void start_recovering(void)
{
	static const struct fake_key recovers = {
		.type = CRD_KEY_RSA, .usage = CRD_USE_SIGN_RECOVER, .no_certificate = true
	};

	env_card();
	(void)fake_add_key(&recovers);
	env_begin();
	env_login();
	return_watch();
	recovering = env_find(env.session, CKO_PRIVATE_KEY, RECOVERING);
	recovering_public = env_find(env.session, CKO_PUBLIC_KEY, RECOVERING);
	rsa_private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
}

/* ---- the beginning of each ------------------------------------------------------------------------- */

/* With a signature where one is wanted. */
static CK_RV verify_signature_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return C_VerifySignatureInit(session, mechanism, key, text, 32);
}

#define CIPHER &ecb, &ecb_param, &aes, &generic, &useless_aes
#define MAC &hmac, &hmac_param, &generic, &aes, &useless_generic
#define MESSAGE &messages, &messages_param, &aes, &generic, &useless_aes

static const struct beginning {
	const char *name;
	CK_RV (*init)(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
	CK_MECHANISM *good;
	CK_MECHANISM *bad_param;
	CK_OBJECT_HANDLE *key;
	CK_OBJECT_HANDLE *other_type;
	CK_OBJECT_HANDLE *may_not;
} beginnings[] = {
	{ "C_EncryptInit", C_EncryptInit, CIPHER },
	{ "C_DecryptInit", C_DecryptInit, CIPHER },
	{ "C_SignInit", C_SignInit, MAC },
	{ "C_VerifyInit", C_VerifyInit, MAC },
	{ "C_VerifySignatureInit", verify_signature_init, MAC },
	{ "C_MessageEncryptInit", C_MessageEncryptInit, MESSAGE },
	{ "C_MessageDecryptInit", C_MessageDecryptInit, MESSAGE },
	{ "C_MessageSignInit", C_MessageSignInit, MAC },
	{ "C_MessageVerifyInit", C_MessageVerifyInit, MAC },
};

static void refuses_to_begin(const struct beginning *b)
{
	const CK_SESSION_HANDLE s = env.session;

	REFUSE_AS(b->name, CKR_MECHANISM_INVALID, b->init(s, &sha256, *b->key));
	REFUSE_AS(b->name, CKR_MECHANISM_PARAM_INVALID, b->init(s, b->bad_param, *b->key));
	REFUSE_AS(b->name, CKR_KEY_HANDLE_INVALID, b->init(s, b->good, 4711));
	REFUSE_AS(b->name, CKR_KEY_TYPE_INCONSISTENT, b->init(s, b->good, *b->other_type));
	REFUSE_AS(b->name, CKR_KEY_FUNCTION_NOT_PERMITTED, b->init(s, b->good, *b->may_not));
	/* each of them has left the session free */
	env_ok(b->init(s, b->good, *b->key));
	REFUSE_AS(b->name, CKR_OPERATION_ACTIVE, b->init(s, b->good, *b->key));
	env_ok(b->init(s, NULL, 0));
}

START_TEST(operations_that_cannot_begin)
{
	start();
	for (size_t i = 0; i < ENV_COUNT(beginnings); i++)
		refuses_to_begin(&beginnings[i]);
	REFUSE(C_DigestInit, CKR_MECHANISM_INVALID, env.session, &hmac);
	REFUSE(C_DigestInit, CKR_MECHANISM_PARAM_INVALID, env.session, &sha256_param);
	env_ok(C_DigestInit(env.session, &sha256));
	REFUSE(C_DigestInit, CKR_OPERATION_ACTIVE, env.session, &sha256);
	env_ok(C_DigestInit(env.session, NULL));
	return_stop(PROGRAM, "operations_that_cannot_begin");
}
END_TEST

START_TEST(recovering_operations_that_cannot_begin)
{
	struct beginning b[] = {
		{ "C_SignRecoverInit", C_SignRecoverInit, &raw, &raw_param, &recovering, &env.key, &rsa_private },
		{ "C_VerifyRecoverInit", C_VerifyRecoverInit, &raw, &raw_param, &recovering_public, &aes, NULL },
	};
	CK_OBJECT_HANDLE ec_public;
	CK_OBJECT_HANDLE signing_public;

	start_recovering();
	ec_public = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
	signing_public = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
	b[1].other_type = &ec_public;
	b[1].may_not = &signing_public;
	refuses_to_begin(&b[0]);
	refuses_to_begin(&b[1]);
	return_stop(PROGRAM, "recovering_operations_that_cannot_begin");
}
END_TEST

/* ---- without a beginning --------------------------------------------------------------------------- */

#define OUT return_out, &return_len

START_TEST(calls_without_their_beginning)
{
	start();
	REFUSE(C_Encrypt, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_EncryptUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_EncryptFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, OUT);
	REFUSE(C_Decrypt, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_DecryptUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_DecryptFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, OUT);
	REFUSE(C_EncryptMessage, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	REFUSE(C_EncryptMessageBegin, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), NULL, 0);
	REFUSE(C_EncryptMessageNext, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), text, 16, OUT, 0);
	REFUSE(C_MessageEncryptFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	REFUSE(C_DecryptMessage, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	REFUSE(C_DecryptMessageBegin, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), NULL, 0);
	REFUSE(C_DecryptMessageNext, CKR_OPERATION_NOT_INITIALIZED, env.session, &gcm, sizeof(gcm), text, 16, OUT, 0);
	REFUSE(C_MessageDecryptFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	REFUSE(C_Digest, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_DigestUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16);
	REFUSE(C_DigestKey, CKR_OPERATION_NOT_INITIALIZED, env.session, aes);
	REFUSE(C_DigestFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, OUT);
	REFUSE(C_Sign, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_SignUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16);
	REFUSE(C_SignFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, OUT);
	REFUSE(C_SignRecover, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_SignMessage, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0, text, 16, OUT);
	REFUSE(C_SignMessageBegin, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0);
	REFUSE(C_SignMessageNext, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0, text, 16, OUT);
	REFUSE(C_MessageSignFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	REFUSE(C_Verify, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, text, 32);
	REFUSE(C_VerifyUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16);
	REFUSE(C_VerifyFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 32);
	REFUSE(C_VerifyRecover, CKR_OPERATION_NOT_INITIALIZED, env.session, text, BLOCK, OUT);
	REFUSE(C_VerifySignature, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16);
	REFUSE(C_VerifySignatureUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16);
	REFUSE(C_VerifySignatureFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	REFUSE(C_VerifyMessage, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0, text, 16, text, 32);
	REFUSE(C_VerifyMessageBegin, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0);
	REFUSE(C_VerifyMessageNext, CKR_OPERATION_NOT_INITIALIZED, env.session, NULL, 0, text, 16, text, 32);
	REFUSE(C_MessageVerifyFinal, CKR_OPERATION_NOT_INITIALIZED, env.session);
	REFUSE(C_DigestEncryptUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_DecryptDigestUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_SignEncryptUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_DecryptVerifyUpdate, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 16, OUT);
	REFUSE(C_GetOperationState, CKR_OPERATION_NOT_INITIALIZED, env.session, OUT);
	REFUSE(C_SetOperationState, CKR_SAVED_STATE_INVALID, env.session, text, 4, 0, 0);
	return_stop(PROGRAM, "calls_without_their_beginning");
}
END_TEST

START_TEST(one_part_after_parts)
{
	CK_BYTE scratch[64];
	CK_ULONG len = sizeof(scratch);

	start();
	env_ok(C_EncryptInit(env.session, &ecb, aes));
	env_ok(C_EncryptUpdate(env.session, text, 16, scratch, &len));
	REFUSE(C_Encrypt, CKR_OPERATION_ACTIVE, env.session, text, 16, OUT);
	env_ok(C_DecryptInit(env.session, &ecb, aes));
	len = sizeof(scratch);
	env_ok(C_DecryptUpdate(env.session, text, 16, scratch, &len));
	REFUSE(C_Decrypt, CKR_OPERATION_ACTIVE, env.session, text, 16, OUT);
	env_ok(C_DigestInit(env.session, &sha256));
	env_ok(C_DigestUpdate(env.session, text, 16));
	REFUSE(C_Digest, CKR_OPERATION_ACTIVE, env.session, text, 16, OUT);
	env_ok(C_SignInit(env.session, &hmac, generic));
	env_ok(C_SignUpdate(env.session, text, 16));
	REFUSE(C_Sign, CKR_OPERATION_ACTIVE, env.session, text, 16, OUT);
	env_ok(C_VerifyInit(env.session, &hmac, generic));
	env_ok(C_VerifyUpdate(env.session, text, 16));
	REFUSE(C_Verify, CKR_OPERATION_ACTIVE, env.session, text, 16, text, 32);
	env_ok(C_MessageEncryptInit(env.session, &messages, aes));
	env_ok(C_EncryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	REFUSE(C_EncryptMessageBegin, CKR_OPERATION_ACTIVE, env.session, &gcm, sizeof(gcm), NULL, 0);
	REFUSE(C_EncryptMessage, CKR_OPERATION_ACTIVE, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	REFUSE(C_MessageEncryptFinal, CKR_OPERATION_ACTIVE, env.session);
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	env_ok(C_DecryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	REFUSE(C_DecryptMessageBegin, CKR_OPERATION_ACTIVE, env.session, &gcm, sizeof(gcm), NULL, 0);
	REFUSE(C_DecryptMessage, CKR_OPERATION_ACTIVE, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	REFUSE(C_MessageDecryptFinal, CKR_OPERATION_ACTIVE, env.session);
	env_ok(C_MessageSignInit(env.session, &hmac, generic));
	env_ok(C_SignMessageBegin(env.session, NULL, 0));
	REFUSE(C_SignMessageBegin, CKR_OPERATION_ACTIVE, env.session, NULL, 0);
	REFUSE(C_SignMessage, CKR_OPERATION_ACTIVE, env.session, NULL, 0, text, 16, OUT);
	REFUSE(C_MessageSignFinal, CKR_OPERATION_ACTIVE, env.session);
	env_ok(C_MessageVerifyInit(env.session, &hmac, generic));
	env_ok(C_VerifyMessageBegin(env.session, NULL, 0));
	REFUSE(C_VerifyMessageBegin, CKR_OPERATION_ACTIVE, env.session, NULL, 0);
	REFUSE(C_VerifyMessage, CKR_OPERATION_ACTIVE, env.session, NULL, 0, text, 16, text, 32);
	REFUSE(C_MessageVerifyFinal, CKR_OPERATION_ACTIVE, env.session);
	return_stop(PROGRAM, "one_part_after_parts");
}
END_TEST

/* ---- too little room, which ends nothing ----------------------------------------------------------- */

#define NARROW(function, room, ...) \
	(return_len = (room), return_prepare(),  \
	 return_refused(#function, "CKR_BUFFER_TOO_SMALL", CKR_BUFFER_TOO_SMALL, function(__VA_ARGS__)))

START_TEST(buffers_too_small)
{
	start();
	env_ok(C_EncryptInit(env.session, &ecb, aes));
	NARROW(C_Encrypt, 31, env.session, text, 32, OUT);
	NARROW(C_EncryptUpdate, 31, env.session, text, 32, OUT);
	env_ok(C_EncryptInit(env.session, NULL, 0));
	env_ok(C_EncryptInit(env.session, &pad, aes));
	NARROW(C_EncryptFinal, 15, env.session, OUT);
	env_ok(C_DigestInit(env.session, &sha256));
	NARROW(C_DigestEncryptUpdate, 15, env.session, text, 16, OUT);
	NARROW(C_Digest, 31, env.session, text, 16, OUT);
	NARROW(C_DigestFinal, 31, env.session, OUT);
	env_ok(C_DecryptInit(env.session, &ecb, aes));
	NARROW(C_Decrypt, 31, env.session, text, 32, OUT);
	NARROW(C_DecryptUpdate, 31, env.session, text, 32, OUT);
	NARROW(C_DecryptDigestUpdate, 15, env.session, text, 16, OUT);
	env_ok(C_SignInit(env.session, &hmac, generic));
	NARROW(C_Sign, 31, env.session, text, 16, OUT);
	NARROW(C_SignFinal, 31, env.session, OUT);
	NARROW(C_SignEncryptUpdate, 15, env.session, text, 16, OUT);
	env_ok(C_VerifyInit(env.session, &hmac, generic));
	NARROW(C_DecryptVerifyUpdate, 15, env.session, text, 16, OUT);
	env_ok(C_MessageSignInit(env.session, &hmac, generic));
	NARROW(C_SignMessage, 31, env.session, NULL, 0, text, 16, OUT);
	env_ok(C_SignMessageBegin(env.session, NULL, 0));
	NARROW(C_SignMessageNext, 31, env.session, NULL, 0, text, 16, OUT);
	env_ok(C_MessageEncryptInit(env.session, &messages, aes));
	NARROW(C_EncryptMessage, 15, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	env_ok(C_EncryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	NARROW(C_EncryptMessageNext, 15, env.session, &gcm, sizeof(gcm), text, 16, OUT, 0);
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	NARROW(C_DecryptMessage, 15, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	return_stop(PROGRAM, "buffers_too_small");
}
END_TEST

START_TEST(buffers_too_small_for_the_rest)
{
	CK_BYTE sealed[32];
	CK_BYTE scratch[32];
	CK_ULONG len = sizeof(sealed);

	start();
	env_ok(C_EncryptInit(env.session, &pad, aes));
	env_ok(C_Encrypt(env.session, text, 30, sealed, &len));
	env_ok(C_DecryptInit(env.session, &pad, aes));
	len = sizeof(scratch);
	env_ok(C_DecryptUpdate(env.session, sealed, 32, scratch, &len));
	NARROW(C_DecryptFinal, 13, env.session, OUT);
	env_ok(C_MessageEncryptInit(env.session, &messages, aes));
	len = sizeof(sealed);
	env_ok(C_EncryptMessage(env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, sealed, &len));
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	env_ok(C_DecryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	NARROW(C_DecryptMessageNext, 15, env.session, &gcm, sizeof(gcm), sealed, 16, OUT, CKF_END_OF_MESSAGE);
	return_stop(PROGRAM, "buffers_too_small_for_the_rest");
}
END_TEST

static void recovered_signature(CK_BYTE signature[BLOCK])
{
	CK_ULONG len = BLOCK;

	env_ok(C_SignRecoverInit(env.session, &rsa, recovering));
	env_ok(C_SignRecover(env.session, text, 40, signature, &len));
}

START_TEST(signatures_that_give_their_data_back)
{
	static CK_BYTE large[BLOCK + 1];
	CK_BYTE signature[BLOCK];

	start_recovering();
	memset(large, 0xff, sizeof(large));
	recovered_signature(signature);
	env_ok(C_SignRecoverInit(env.session, &rsa, recovering));
	NARROW(C_SignRecover, BLOCK - 1, env.session, text, 40, OUT);
	REFUSE(C_SignRecover, CKR_DATA_LEN_RANGE, env.session, large, BLOCK, OUT);
	env_ok(C_SignRecoverInit(env.session, &raw, recovering));
	REFUSE(C_SignRecover, CKR_DATA_INVALID, env.session, large, BLOCK, OUT);
	env_ok(C_VerifyRecoverInit(env.session, &rsa, recovering_public));
	NARROW(C_VerifyRecover, 39, env.session, signature, BLOCK, OUT);
	REFUSE(C_VerifyRecover, CKR_SIGNATURE_LEN_RANGE, env.session, signature, BLOCK - 1, OUT);
	signature[9] ^= 1;
	env_ok(C_VerifyRecoverInit(env.session, &rsa, recovering_public));
	REFUSE(C_VerifyRecover, CKR_SIGNATURE_INVALID, env.session, signature, BLOCK, OUT);
	REFUSE(C_VerifyRecover, CKR_OPERATION_NOT_INITIALIZED, env.session, signature, BLOCK, OUT);
	return_stop(PROGRAM, "signatures_that_give_their_data_back");
}
END_TEST

/* ---- data and signatures ---------------------------------------------------------------------------- */

/* The operation has ended: another begins. */
#define ENDS(init, ...) env_ok(init(env.session, __VA_ARGS__))

START_TEST(data_of_a_wrong_length_or_value)
{
	static CK_BYTE large[BLOCK + 1];
	CK_BYTE scratch[64];
	CK_ULONG len = sizeof(scratch);

	start();
	memset(large, 0xff, sizeof(large));
	ENDS(C_EncryptInit, &ecb, aes);
	REFUSE(C_Encrypt, CKR_DATA_LEN_RANGE, env.session, text, 17, OUT);
	ENDS(C_EncryptInit, &ecb, aes);
	env_ok(C_EncryptUpdate(env.session, text, 17, scratch, &len));
	REFUSE(C_EncryptFinal, CKR_DATA_LEN_RANGE, env.session, OUT);
	ENDS(C_EncryptInit, &raw, rsa_public);
	REFUSE(C_Encrypt, CKR_DATA_INVALID, env.session, large, BLOCK, OUT);
	ENDS(C_DecryptInit, &ecb, aes);
	REFUSE(C_Decrypt, CKR_ENCRYPTED_DATA_LEN_RANGE, env.session, text, 17, OUT);
	ENDS(C_DecryptInit, &pad, aes);
	REFUSE(C_Decrypt, CKR_ENCRYPTED_DATA_INVALID, env.session, text, 16, OUT);
	ENDS(C_DecryptInit, &ecb, aes);
	len = sizeof(scratch);
	env_ok(C_DecryptUpdate(env.session, text, 17, scratch, &len));
	REFUSE(C_DecryptFinal, CKR_ENCRYPTED_DATA_LEN_RANGE, env.session, OUT);
	ENDS(C_DecryptInit, &pad, aes);
	len = sizeof(scratch);
	env_ok(C_DecryptUpdate(env.session, text, 16, scratch, &len));
	REFUSE(C_DecryptFinal, CKR_ENCRYPTED_DATA_INVALID, env.session, OUT);
	ENDS(C_SignInit, &raw, rsa_private);
	REFUSE(C_Sign, CKR_DATA_INVALID, env.session, large, BLOCK, OUT);
	ENDS(C_SignInit, &raw, rsa_private);
	REFUSE(C_Sign, CKR_DATA_LEN_RANGE, env.session, large, BLOCK + 1, OUT);
	ENDS(C_VerifyInit, &raw, rsa_public);
	REFUSE(C_Verify, CKR_DATA_LEN_RANGE, env.session, large, BLOCK + 1, text, BLOCK);
	env_ok(C_VerifySignatureInit(env.session, &raw, rsa_public, text, BLOCK));
	REFUSE(C_VerifySignature, CKR_DATA_LEN_RANGE, env.session, large, BLOCK + 1);
	ENDS(C_DigestInit, &sha256);
	REFUSE(C_DigestKey, CKR_KEY_INDIGESTIBLE, env.session, rsa_public);
	ENDS(C_DigestInit, &sha256);
	REFUSE(C_DigestKey, CKR_KEY_HANDLE_INVALID, env.session, 4711);
	REFUSE(C_DigestKey, CKR_OPERATION_NOT_INITIALIZED, env.session, aes);
	return_stop(PROGRAM, "data_of_a_wrong_length_or_value");
}
END_TEST

/* A counter of two bits, which starts as 1, is good for three blocks. */
START_TEST(counters_at_their_end)
{
	struct cki_ctr_params params = { .counter_bits_count = 2, .block = { [15] = 1 } };
	CK_MECHANISM ctr = { CKM_AES_CTR, &params, sizeof(params) };

	start();
	env_ok(C_EncryptInit(env.session, &ctr, aes));
	REFUSE(C_EncryptUpdate, CKR_DATA_LEN_RANGE, env.session, text, 49, OUT);
	env_ok(C_DecryptInit(env.session, &ctr, aes));
	REFUSE(C_DecryptUpdate, CKR_ENCRYPTED_DATA_LEN_RANGE, env.session, text, 49, OUT);
	env_ok(C_DigestInit(env.session, &sha256));
	env_ok(C_EncryptInit(env.session, &ctr, aes));
	REFUSE(C_DigestEncryptUpdate, CKR_DATA_LEN_RANGE, env.session, text, 49, OUT);
	env_ok(C_DecryptInit(env.session, &ctr, aes));
	REFUSE(C_DecryptDigestUpdate, CKR_ENCRYPTED_DATA_LEN_RANGE, env.session, text, 49, OUT);
	env_ok(C_SignInit(env.session, &hmac, generic));
	env_ok(C_EncryptInit(env.session, &ctr, aes));
	REFUSE(C_SignEncryptUpdate, CKR_DATA_LEN_RANGE, env.session, text, 49, OUT);
	env_ok(C_VerifyInit(env.session, &hmac, generic));
	env_ok(C_DecryptInit(env.session, &ctr, aes));
	REFUSE(C_DecryptVerifyUpdate, CKR_ENCRYPTED_DATA_LEN_RANGE, env.session, text, 49, OUT);
	return_stop(PROGRAM, "counters_at_their_end");
}
END_TEST

START_TEST(signatures_that_are_none)
{
	start();
	ENDS(C_VerifyInit, &hmac, generic);
	REFUSE(C_Verify, CKR_SIGNATURE_INVALID, env.session, text, 16, text, 32);
	ENDS(C_VerifyInit, &hmac, generic);
	REFUSE(C_Verify, CKR_SIGNATURE_LEN_RANGE, env.session, text, 16, text, 31);
	ENDS(C_VerifyInit, &hmac, generic);
	env_ok(C_VerifyUpdate(env.session, text, 16));
	REFUSE(C_VerifyFinal, CKR_SIGNATURE_INVALID, env.session, text, 32);
	ENDS(C_VerifyInit, &hmac, generic);
	env_ok(C_VerifyUpdate(env.session, text, 16));
	REFUSE(C_VerifyFinal, CKR_SIGNATURE_LEN_RANGE, env.session, text, 31);
	REFUSE(C_VerifyFinal, CKR_OPERATION_NOT_INITIALIZED, env.session, text, 31);
	env_ok(C_VerifySignatureInit(env.session, &hmac, generic, text, 32));
	REFUSE(C_VerifySignature, CKR_SIGNATURE_INVALID, env.session, text, 16);
	env_ok(C_VerifySignatureInit(env.session, &hmac, generic, text, 32));
	env_ok(C_VerifySignatureUpdate(env.session, text, 16));
	REFUSE(C_VerifySignatureFinal, CKR_SIGNATURE_INVALID, env.session);
	ENDS(C_MessageVerifyInit, &hmac, generic);
	REFUSE(C_VerifyMessage, CKR_SIGNATURE_INVALID, env.session, NULL, 0, text, 16, text, 32);
	REFUSE(C_VerifyMessage, CKR_SIGNATURE_LEN_RANGE, env.session, NULL, 0, text, 16, text, 31);
	env_ok(C_VerifyMessageBegin(env.session, NULL, 0));
	REFUSE(C_VerifyMessageNext, CKR_SIGNATURE_INVALID, env.session, NULL, 0, text, 16, text, 32);
	env_ok(C_VerifyMessageBegin(env.session, NULL, 0));
	REFUSE(C_VerifyMessageNext, CKR_SIGNATURE_LEN_RANGE, env.session, NULL, 0, text, 16, text, 31);
	return_stop(PROGRAM, "signatures_that_are_none");
}
END_TEST

START_TEST(messages_that_are_not_authentic_or_have_other_parameters)
{
	start();
	env_ok(C_MessageEncryptInit(env.session, &messages, aes));
	REFUSE(C_EncryptMessage, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, NULL, 0, text, 16, OUT);
	REFUSE(C_EncryptMessageBegin, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, NULL, 0);
	env_ok(C_EncryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	REFUSE(C_EncryptMessageNext, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, text, 16, OUT,
	       CKF_END_OF_MESSAGE);
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	env_ok(C_DecryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	REFUSE(C_DecryptMessageNext, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, text, 16, OUT,
	       CKF_END_OF_MESSAGE);
	REFUSE(C_DecryptMessage, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, NULL, 0, text, 16, OUT);
	REFUSE(C_DecryptMessageBegin, CKR_MECHANISM_PARAM_INVALID, env.session, &gcm, 3, NULL, 0);
	REFUSE(C_DecryptMessage, CKR_AEAD_DECRYPT_FAILED, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	env_ok(C_DecryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	REFUSE(C_DecryptMessageNext, CKR_AEAD_DECRYPT_FAILED, env.session, &gcm, sizeof(gcm), text, 16, OUT,
	       CKF_END_OF_MESSAGE);
	env_ok(C_MessageSignInit(env.session, &hmac, generic));
	REFUSE(C_SignMessage, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3, text, 16, OUT);
	REFUSE(C_SignMessageBegin, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3);
	env_ok(C_SignMessageBegin(env.session, NULL, 0));
	REFUSE(C_SignMessageNext, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3, text, 16, OUT);
	env_ok(C_MessageVerifyInit(env.session, &hmac, generic));
	REFUSE(C_VerifyMessage, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3, text, 16, text, 32);
	REFUSE(C_VerifyMessageBegin, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3);
	env_ok(C_VerifyMessageBegin(env.session, NULL, 0));
	REFUSE(C_VerifyMessageNext, CKR_MECHANISM_PARAM_INVALID, env.session, text, 3, text, 16, text, 32);
	return_stop(PROGRAM, "messages_that_are_not_authentic_or_have_other_parameters");
}
END_TEST

START_TEST(parts_whose_user_has_gone)
{
	CK_BYTE scratch[32];
	CK_ULONG len = sizeof(scratch);

	start();
	env_ok(C_DecryptInit(env.session, &ecb, aes));
	env_ok(C_SignInit(env.session, &hmac, generic));
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	env_ok(C_DecryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 0));
	env_ok(C_MessageSignInit(env.session, &hmac, generic));
	env_ok(C_SignMessageBegin(env.session, NULL, 0));
	env_ok(C_Logout(env.session));
	REFUSE(C_DecryptUpdate, CKR_USER_NOT_LOGGED_IN, env.session, text, 16, OUT);
	REFUSE(C_SignUpdate, CKR_USER_NOT_LOGGED_IN, env.session, text, 16);
	REFUSE(C_DecryptMessageNext, CKR_USER_NOT_LOGGED_IN, env.session, &gcm, sizeof(gcm), text, 16, OUT, 0);
	REFUSE(C_SignMessageNext, CKR_USER_NOT_LOGGED_IN, env.session, NULL, 0, text, 16, OUT);
	env_login();
	make_keys();
	env_ok(C_DecryptInit(env.session, &ecb, aes));
	env_ok(C_DecryptUpdate(env.session, text, 16, scratch, &len));
	env_ok(C_SignInit(env.session, &hmac, generic));
	env_ok(C_SignUpdate(env.session, text, 16));
	env_ok(C_Logout(env.session));
	REFUSE(C_DecryptFinal, CKR_USER_NOT_LOGGED_IN, env.session, OUT);
	REFUSE(C_SignFinal, CKR_USER_NOT_LOGGED_IN, env.session, OUT);
	return_stop(PROGRAM, "parts_whose_user_has_gone");
}
END_TEST

START_TEST(operations_whose_user_has_gone)
{
	start();
	env_ok(C_DecryptInit(env.session, &ecb, aes));
	env_ok(C_SignInit(env.session, &hmac, generic));
	env_ok(C_MessageDecryptInit(env.session, &messages, aes));
	env_ok(C_MessageSignInit(env.session, &hmac, generic));
	env_ok(C_Logout(env.session));
	REFUSE(C_Decrypt, CKR_USER_NOT_LOGGED_IN, env.session, text, 16, OUT);
	REFUSE(C_Sign, CKR_USER_NOT_LOGGED_IN, env.session, text, 16, OUT);
	REFUSE(C_DecryptMessage, CKR_USER_NOT_LOGGED_IN, env.session, &gcm, sizeof(gcm), NULL, 0, text, 16, OUT);
	REFUSE(C_SignMessage, CKR_USER_NOT_LOGGED_IN, env.session, NULL, 0, text, 16, OUT);
	return_stop(PROGRAM, "operations_whose_user_has_gone");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, operations_that_cannot_begin);
	tcase_add_test(tc, recovering_operations_that_cannot_begin);
	tcase_add_test(tc, calls_without_their_beginning);
	tcase_add_test(tc, one_part_after_parts);
	tcase_add_test(tc, buffers_too_small);
	tcase_add_test(tc, buffers_too_small_for_the_rest);
	tcase_add_test(tc, signatures_that_give_their_data_back);
	tcase_add_test(tc, data_of_a_wrong_length_or_value);
	tcase_add_test(tc, counters_at_their_end);
	tcase_add_test(tc, signatures_that_are_none);
	tcase_add_test(tc, messages_that_are_not_authentic_or_have_other_parameters);
	tcase_add_test(tc, operations_whose_user_has_gone);
	tcase_add_test(tc, parts_whose_user_has_gone);
}

TEST_MAIN("pkcs11/return/operations", add)
