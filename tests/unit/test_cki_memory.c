/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Want of memory in PKCS#11: each allocation of each of these ways through the module fails once. The caller is told
 * CKR_HOST_MEMORY, no block is left behind when the session (or the module) is closed, and the same way succeeds
 * afterwards.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"
#include "tests/unit/fail_malloc.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_OBJECT_CLASS certificate_class = CKO_CERTIFICATE;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_ULONG key_len = 32;
static CK_BYTE iv[16] = "sixteen bytes iv";
static CK_BYTE text[64] = "sixty-four bytes of plain text, of which the last ones are zeros";
static struct env_peer peer;
static CK_SESSION_HANDLE session; /* of the flow that runs; read-write */

#define CLASS(class) { CKA_CLASS, &(class), sizeof(class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN { CKA_VALUE_LEN, &key_len, sizeof(key_len) }
#define FLAG(attribute) { attribute, &yes, sizeof(yes) }

/* Check allocates: a flow says by its return what went wrong. */
#define DO(call)                          \
	do {                              \
		const CK_RV rv_ = (call); \
		if (rv_ != CKR_OK)        \
			return rv_;       \
	} while (0)

static CK_ATTRIBUTE aes_templ[] = { CLASS(secret_class), TYPE(aes), LEN, FLAG(CKA_ENCRYPT), FLAG(CKA_DECRYPT),
				    FLAG(CKA_WRAP), FLAG(CKA_UNWRAP), FLAG(CKA_EXTRACTABLE), FLAG(CKA_DERIVE) };
static CK_ATTRIBUTE generic_templ[] = { CLASS(secret_class), TYPE(generic), LEN, FLAG(CKA_SIGN), FLAG(CKA_VERIFY),
					FLAG(CKA_DERIVE), FLAG(CKA_EXTRACTABLE) };

/* ---- the ways through the module -------------------------------------------------------------------- */

static CK_RV generate(CK_OBJECT_HANDLE *key)
{
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };

	return C_GenerateKey(session, &mechanism, aes_templ, ENV_COUNT(aes_templ), key);
}

static CK_RV generate_generic(CK_OBJECT_HANDLE *key)
{
	CK_MECHANISM mechanism = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };

	return C_GenerateKey(session, &mechanism, generic_templ, ENV_COUNT(generic_templ), key);
}

static CK_RV open_sessions(void)
{
	CK_SESSION_HANDLE other = 0;
	CK_TOKEN_INFO token;
	CK_SLOT_INFO slot;

	DO(C_GetSlotInfo(env.slot, &slot));
	DO(C_GetTokenInfo(env.slot, &token));
	DO(C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &other));
	return C_CloseSession(other);
}

static CK_RV list_mechanisms(void)
{
	CK_MECHANISM_TYPE types[400];
	CK_ULONG count = ENV_COUNT(types);

	return C_GetMechanismList(env.slot, types, &count);
}

static CK_RV find(void)
{
	CK_ATTRIBUTE templ[] = { CLASS(certificate_class) };
	CK_OBJECT_HANDLE found[16];
	CK_ULONG count = 0;

	DO(C_FindObjectsInit(session, templ, ENV_COUNT(templ)));
	DO(C_FindObjects(session, found, ENV_COUNT(found), &count));
	return C_FindObjectsFinal(session);
}

static CK_RV read_certificate(void)
{
	CK_ATTRIBUTE templ[] = { CLASS(certificate_class) };
	CK_BYTE value[2048];
	CK_ATTRIBUTE wanted = { CKA_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	DO(C_FindObjectsInit(session, templ, ENV_COUNT(templ)));
	DO(C_FindObjects(session, &found, 1, &count));
	DO(C_FindObjectsFinal(session));
	return C_GetAttributeValue(session, found, &wanted, 1);
}

static CK_RV make_and_copy_data(void)
{
	CK_ATTRIBUTE templ[] = { CLASS(data_class), { CKA_VALUE, text, sizeof(text) }, { CKA_LABEL, text, 9 } };
	CK_ATTRIBUTE label = { CKA_LABEL, text, 12 };
	CK_OBJECT_HANDLE object = 0;
	CK_OBJECT_HANDLE copy = 0;

	DO(C_CreateObject(session, templ, ENV_COUNT(templ), &object));
	DO(C_CopyObject(session, object, &label, 1, &copy));
	DO(C_SetAttributeValue(session, object, &label, 1));
	return C_DestroyObject(session, copy);
}

static CK_RV derive(CK_ULONG kdf)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = kdf, .pPublicData = peer.point, .ulPublicDataLen = peer.point_len };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE key = 0;

	return C_DeriveKey(session, &mechanism, env.key, aes_templ, ENV_COUNT(aes_templ), &key);
}
static CK_RV derive_raw(void)
{
	return derive(CKD_NULL);
}
static CK_RV derive_sha256(void)
{
	return derive(CKD_SHA256_KDF);
}

static CK_RV derive_from_key(void)
{
	CK_MECHANISM mechanism = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_OBJECT_HANDLE base = 0;
	CK_OBJECT_HANDLE key = 0;

	DO(generate_generic(&base));
	return C_DeriveKey(session, &mechanism, base, aes_templ, ENV_COUNT(aes_templ), &key);
}

static CK_RV extract_and_expand(void)
{
	CKI_HKDF_PARAMS params = { .bExtract = CK_TRUE, .bExpand = CK_TRUE, .prfHashMechanism = CKM_SHA256,
				   .ulSaltType = CKF_HKDF_SALT_DATA, .pSalt = iv, .ulSaltLen = sizeof(iv), .pInfo = text,
				   .ulInfoLen = 10 };
	CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE base = 0;
	CK_OBJECT_HANDLE key = 0;

	DO(generate_generic(&base));
	return C_DeriveKey(session, &mechanism, base, aes_templ, ENV_COUNT(aes_templ), &key);
}

/* Three keys at a time: all of them, or none. */
static CK_RV derive_several(void)
{
	CK_OBJECT_HANDLE keys[3] = { 0, 0, 0 };
	CKI_SP800_108_COUNTER_FORMAT counter = { .ulWidthInBits = 32 };
	CKI_PRF_DATA_PARAM data[] = { { CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof(counter) },
				      { CK_SP800_108_BYTE_ARRAY, text, 20 } };
	CKI_DERIVED_KEY more[] = { { generic_templ, ENV_COUNT(generic_templ), &keys[1] },
				   { aes_templ, ENV_COUNT(aes_templ), &keys[2] } };
	CKI_SP800_108_KDF_PARAMS params = { CKM_SHA256_HMAC, ENV_COUNT(data), data, ENV_COUNT(more), more };
	CK_MECHANISM mechanism = { CKM_SP800_108_COUNTER_KDF, &params, sizeof(params) };
	CK_OBJECT_HANDLE base = 0;
	CK_RV rv;

	DO(generate_generic(&base));
	rv = C_DeriveKey(session, &mechanism, base, aes_templ, ENV_COUNT(aes_templ), &keys[0]);
	if (rv != CKR_OK && (keys[0] != 0 || keys[1] != 0 || keys[2] != 0))
		return CKR_GENERAL_ERROR;
	return rv;
}

static CK_RV make_from_password(void)
{
	CKI_PKCS5_PBKD2_PARAMS2 params = { .saltSource = CKZ_SALT_SPECIFIED, .pSaltSourceData = iv,
					   .ulSaltSourceDataLen = sizeof(iv), .iterations = 1,
					   .prf = CKP_PKCS5_PBKD2_HMAC_SHA256, .pPassword = text, .ulPasswordLen = 12 };
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, &params, sizeof(params) };
	CK_OBJECT_HANDLE key = 0;

	return C_GenerateKey(session, &mechanism, generic_templ, ENV_COUNT(generic_templ), &key);
}

/* A key whose templates say what becomes of others. */
static CK_RV make_with_nested_template(void)
{
	CK_ATTRIBUTE inner[] = { TYPE(aes), FLAG(CKA_ENCRYPT) };
	CK_ATTRIBUTE templ[] = { CLASS(secret_class), TYPE(aes), LEN, FLAG(CKA_UNWRAP),
				 { CKA_UNWRAP_TEMPLATE, inner, sizeof(inner) } };
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;
	CK_OBJECT_HANDLE copy = 0;

	DO(C_GenerateKey(session, &mechanism, templ, ENV_COUNT(templ), &key));
	return C_CopyObject(session, key, NULL, 0, &copy);
}

static CK_RV encrypt_at_once(void)
{
	struct cki_gcm_params gcm = { .iv = iv, .iv_size = 12, .aad = text, .aad_size = 20, .tag_bits_count = 128 };
	CK_MECHANISM mechanism = { CKM_AES_GCM, &gcm, sizeof(gcm) };
	CK_BYTE sealed[sizeof(text) + 16];
	CK_BYTE opened[sizeof(text)];
	CK_ULONG len = sizeof(sealed);
	CK_OBJECT_HANDLE key = 0;

	DO(generate(&key));
	DO(C_EncryptInit(session, &mechanism, key));
	DO(C_Encrypt(session, text, sizeof(text), sealed, &len));
	DO(C_DecryptInit(session, &mechanism, key));
	len = sizeof(opened);
	DO(C_Decrypt(session, sealed, sizeof(sealed), opened, &len));
	return memcmp(opened, text, sizeof(text)) == 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

static CK_RV encrypt_in_parts(void)
{
	CK_MECHANISM mechanism = { CKM_AES_CBC_PAD, iv, sizeof(iv) };
	CK_BYTE sealed[sizeof(text) + 16];
	CK_ULONG len = sizeof(sealed);
	CK_ULONG last = 16;
	CK_OBJECT_HANDLE key = 0;

	DO(generate(&key));
	DO(C_EncryptInit(session, &mechanism, key));
	DO(C_EncryptUpdate(session, text, sizeof(text), sealed, &len));
	DO(C_EncryptFinal(session, sealed + len, &last));
	DO(C_DecryptInit(session, &mechanism, key));
	len = sizeof(sealed);
	DO(C_DecryptUpdate(session, sealed, sizeof(sealed), sealed, &len));
	last = sizeof(sealed) - len;
	return C_DecryptFinal(session, sealed + len, &last);
}

static CK_RV wrap_and_unwrap(void)
{
	CK_MECHANISM mechanism = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_BYTE wrapped[64];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek = 0;
	CK_OBJECT_HANDLE key = 0;

	DO(generate(&kek));
	DO(generate(&key));
	DO(C_WrapKey(session, &mechanism, kek, key, wrapped, &len));
	/* the length is in what was wrapped */
	return C_UnwrapKey(session, &mechanism, kek, wrapped, len, aes_templ, 2, &key);
}

static CK_RV send_messages(void)
{
	CK_BYTE tag[16];
	struct cki_gcm_message_params gcm = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
	CK_MECHANISM mechanism = { CKM_AES_GCM, NULL, 0 };
	CK_BYTE sealed[sizeof(text)];
	CK_ULONG len = sizeof(sealed);
	CK_OBJECT_HANDLE key = 0;

	DO(generate(&key));
	DO(C_MessageEncryptInit(session, &mechanism, key));
	DO(C_EncryptMessage(session, &gcm, sizeof(gcm), text, 20, text, sizeof(text), sealed, &len));
	DO(C_MessageEncryptFinal(session));
	DO(C_MessageDecryptInit(session, &mechanism, key));
	DO(C_DecryptMessage(session, &gcm, sizeof(gcm), text, 20, sealed, sizeof(sealed), sealed, &len));
	return C_MessageDecryptFinal(session);
}

static CK_RV sign_with_card(void)
{
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	DO(C_SignInit(session, &mechanism, env.key));
	DO(C_SignUpdate(session, text, sizeof(text)));
	return C_SignFinal(session, signature, &len);
}

static CK_RV authenticate_with_key(void)
{
	CK_MECHANISM mechanism = { CKM_SHA256_HMAC, NULL, 0 };
	CK_BYTE mac[32];
	CK_ULONG len = sizeof(mac);
	CK_OBJECT_HANDLE key = 0;

	DO(generate_generic(&key));
	DO(C_SignInit(session, &mechanism, key));
	DO(C_Sign(session, text, sizeof(text), mac, &len));
	DO(C_VerifyInit(session, &mechanism, key));
	DO(C_VerifyUpdate(session, text, sizeof(text)));
	return C_VerifyFinal(session, mac, len);
}

static CK_RV digest(void)
{
	CK_MECHANISM mechanism = { CKM_SHA384, NULL, 0 };
	CK_BYTE value[48];
	CK_ULONG len = sizeof(value);
	CK_OBJECT_HANDLE key = 0;

	DO(generate_generic(&key));
	DO(C_DigestInit(session, &mechanism));
	DO(C_DigestUpdate(session, text, sizeof(text)));
	DO(C_DigestKey(session, key));
	return C_DigestFinal(session, value, &len);
}

static CK_RV keep_state(void)
{
	CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
	CK_BYTE random[64];

	DO(C_GenerateRandom(session, random, sizeof(random)));
	DO(C_DigestInit(session, &mechanism));
	return C_SessionCancel(session, CKF_DIGEST);
}

static CK_RV log_in_again(void)
{
	CK_UTF8CHAR pin[] = ENV_PIN;

	DO(C_Logout(session));
	return C_Login(session, CKU_USER, pin, strlen(ENV_PIN));
}

static const struct {
	const char *name;
	CK_RV (*call)(void);
	unsigned least; /* allocations that there are at least */
} flows[] = {
	{ "open_sessions", open_sessions, 1 },
	{ "list_mechanisms", list_mechanisms, 0 },
	{ "find", find, 1 },
	{ "read_certificate", read_certificate, 1 },
	{ "make_and_copy_data", make_and_copy_data, 4 },
	{ "derive_raw", derive_raw, 4 },
	{ "derive_sha256", derive_sha256, 4 },
	{ "derive_from_key", derive_from_key, 6 },
	{ "extract_and_expand", extract_and_expand, 6 },
	{ "derive_several", derive_several, 10 },
	{ "make_from_password", make_from_password, 3 },
	{ "make_with_nested_template", make_with_nested_template, 4 },
	{ "encrypt_at_once", encrypt_at_once, 4 },
	{ "encrypt_in_parts", encrypt_in_parts, 4 },
	{ "wrap_and_unwrap", wrap_and_unwrap, 6 },
	{ "send_messages", send_messages, 4 },
	{ "sign_with_card", sign_with_card, 2 },
	{ "authenticate_with_key", authenticate_with_key, 4 },
	{ "digest", digest, 3 },
	{ "keep_state", keep_state, 1 },
	{ "log_in_again", log_in_again, 0 },
};

/* ---- one after the other ---------------------------------------------------------------------------- */

/* A login that failed is made up for. */
static bool usable_again(void)
{
	CK_UTF8CHAR pin[] = ENV_PIN;
	const CK_RV rv = C_Login(session, CKU_USER, pin, strlen(ENV_PIN));

	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN;
}

struct outcome {
	CK_RV rv;
	bool hit;
	size_t left; /* blocks */
};

static struct outcome run(int flow, unsigned nth)
{
	const size_t before = fail_malloc_alive();
	struct outcome outcome = { .rv = C_OpenSession(env.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) };

	if (outcome.rv != CKR_OK)
		return outcome;
	fail_malloc_next(nth);
	outcome.rv = flows[flow].call();
	outcome.hit = fail_malloc_hit();
	fail_malloc_next(0);
	if (!usable_again() || C_CloseSession(session) != CKR_OK)
		outcome.rv = CKR_GENERAL_ERROR;
	outcome.left = fail_malloc_alive() - before;
	return outcome;
}

START_TEST(a_flow_without_memory_says_so_and_works_again)
{
	const char *name = flows[_i].name;
	struct outcome outcome;
	unsigned nth = 0;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	ck_assert_msg(run(_i, 0).rv == CKR_OK, "%s", name); /* what is looked up once and kept is kept now */
	do {
		outcome = run(_i, ++nth);
		ck_assert_msg(outcome.rv == (outcome.hit ? CKR_HOST_MEMORY : CKR_OK), "%s, allocation %u: 0x%08lX", name,
			      nth, outcome.rv);
		ck_assert_msg(outcome.left == 0, "%s, allocation %u: %zu blocks are left", name, nth, outcome.left);
	} while (outcome.hit);
	ck_assert_msg(nth > flows[_i].least, "%s: %u", name, nth);
	ck_assert_msg(run(_i, 0).rv == CKR_OK, "%s", name);
	env_peer_free(&peer);
	env_stop();
}
END_TEST

/* From the first call to the last. */
static CK_RV whole_life(void)
{
	CK_UTF8CHAR pin[] = ENV_PIN;
	CK_SLOT_ID slots[4];
	CK_ULONG count = ENV_COUNT(slots);

	DO(C_Initialize(NULL));
	DO(C_GetSlotList(CK_TRUE, slots, &count));
	env.slot = slots[0];
	DO(C_OpenSession(env.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	DO(C_Login(session, CKU_USER, pin, strlen(ENV_PIN)));
	DO(find());
	return read_certificate();
}

START_TEST(a_life_without_memory_ends_and_begins_anew)
{
	unsigned nth = 0;
	bool hit;
	CK_RV rv;

	env_card();
	env_rv(CKR_OK, whole_life()); /* the table of session keys is made once in a process */
	env_rv(CKR_OK, C_Finalize(NULL));
	do {
		const size_t before = fail_malloc_alive();
		size_t left;
		CK_RV end;

		fail_malloc_next(++nth);
		rv = whole_life();
		hit = fail_malloc_hit();
		fail_malloc_next(0);
		end = C_Finalize(NULL);
		left = fail_malloc_alive() - before;
		ck_assert_msg(rv == (hit ? CKR_HOST_MEMORY : CKR_OK), "allocation %u: 0x%08lX", nth, rv);
		ck_assert(end == CKR_OK || end == CKR_CRYPTOKI_NOT_INITIALIZED);
		ck_assert_msg(left == 0, "allocation %u: %zu blocks are left", nth, left);
	} while (hit);
	ck_assert_uint_gt(nth, 20);
	env_rv(CKR_OK, whole_life());
	env_rv(CKR_OK, C_Finalize(NULL));
	fake_clear();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, a_flow_without_memory_says_so_and_works_again, 0, (int)ENV_COUNT(flows));
	tcase_add_test(tc, a_life_without_memory_ends_and_begins_anew);
}

TEST_MAIN("pkcs11/memory", add)
