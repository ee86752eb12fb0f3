/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever blob CryptImportKey is given, it makes a key that works and goes out again as it came in, or says what is
 * wrong in a way that is documented, and leaves nothing behind.
 *
 * An input is a byte that says which provider (bits 0 to 1: Base, Strong, Enhanced, RSA-AES; bit 2: the card's instead)
 * and what becomes of the blob (bit 3: what stands behind its first 12 bytes is encrypted to the card's key before), a
 * byte with the lower half of dwFlags, and the blob. As a fuzzer: see fuzz_apdu.c, with fuzz_capi_import_libfuzzer.
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/capi.h"
#include "minidriver/drv_key_store.h"
#include "tests/fake/fake_card.h"
#include "tests/fuzz/fuzz.h"

#define KINDS 5u
#define CARD 4u
#define ENCRYPT 8u
#define HEAD_LEN 12u /* BLOBHEADER and ALG_ID */
#define ROOM 4096u
#define RSA_KEY 3u

static HCRYPTPROV providers[KINDS];
static HCRYPTKEY user; /* the card's */

/* In a fuzz target an unmet expectation is a finding. */
static void must(bool condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "fuzz_capi_import: %s (%08x)\n", what, (unsigned)GetLastError());
	abort();
}

static void end(void)
{
	for (size_t i = 0; i < KINDS; i++)
		must(CryptReleaseContext(providers[i], 0), "a provider cannot be released");
	must(capi_handle_count() == 0 && key_store_count() == 0, "something is left at the end");
	fake_clear();
}

static void begin(void)
{
	static const struct {
		const char *name;
		DWORD type;
		DWORD flags;
	} rows[KINDS] = { { MS_DEF_PROV_A, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT },
			  { MS_STRONG_PROV_A, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT },
			  { MS_ENHANCED_PROV_A, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT },
			  { MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, CRYPT_VERIFYCONTEXT },
			  { MS_SCARD_PROV_A, PROV_RSA_FULL, CRYPT_SILENT } };

	fake_reset();
	fake_personalise();
	for (size_t i = 0; i < KINDS; i++)
		must(CryptAcquireContextA(&providers[i], NULL, rows[i].name, rows[i].type, rows[i].flags),
		     "no provider");
	must(CryptSetProvParam(providers[CARD], PP_KEYEXCHANGE_PIN, (const BYTE *)FAKE_PIN, 0), "a wrong PIN");
	must(CryptGetUserKey(providers[CARD], AT_KEYEXCHANGE, &user), "no key on the card");
	must(atexit(end) == 0, "no atexit");
}

/* To the card's key, the way blobs have it; what does not fit is cut off. Returns the blob's length. */
static DWORD encrypt_rest(BYTE *blob, size_t len)
{
	EVP_PKEY *pkey = fake_pkey(RSA_KEY);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), pkey, NULL);
	const size_t most = (size_t)EVP_PKEY_get_size(pkey) - 11;
	BYTE cipher[512];
	size_t cipher_len = sizeof(cipher);

	len = len - HEAD_LEN < most ? len - HEAD_LEN : most;
	must(EVP_PKEY_encrypt_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		     EVP_PKEY_encrypt(context, cipher, &cipher_len, blob + HEAD_LEN, len) == 1,
	     "OpenSSL does not encrypt");
	EVP_PKEY_CTX_free(context);
	for (size_t i = 0; i < cipher_len; i++)
		blob[HEAD_LEN + i] = cipher[cipher_len - 1 - i];
	return (DWORD)(HEAD_LEN + cipher_len);
}

static bool is_documented(DWORD err)
{
	static const DWORD errors[] = { NTE_BAD_DATA, NTE_BAD_VER,  NTE_BAD_TYPE,  NTE_BAD_FLAGS,
					NTE_BAD_ALGID, NTE_BAD_KEY, NTE_NO_KEY, ERROR_INVALID_PARAMETER };

	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		if (errors[i] == err)
			return true;
	}
	return false;
}

/* A key that can be exported goes out as it came in: what is in front of the bytes that nobody looks at. */
static void check_export(HCRYPTKEY key, const BYTE *blob, DWORD len)
{
	BYTE found[ROOM];
	DWORD found_len = sizeof(found);
	BLOBHEADER header;

	memcpy(&header, blob, sizeof(header));
	if (!CryptExportKey(key, 0, header.bType, 0, found, &found_len)) {
		must(GetLastError() == NTE_BAD_KEY_STATE || GetLastError() == NTE_NO_KEY, "no export, for no reason");
		return;
	}
	must(found_len <= len, "more than there was goes out");
	/* but for the parity of DES */
	if (blob[0] == PUBLICKEYBLOB || header.aiKeyAlg == CALG_RC4 || header.aiKeyAlg == CALG_AES_256)
		must(memcmp(found, blob, found_len) == 0, "something else goes out");
}

static void check_key(HCRYPTKEY key, const BYTE *blob)
{
	BYTE data[64] = { 0 };
	DWORD alg = 0;
	DWORD alg_len = sizeof(alg);
	DWORD len = 20;

	must(CryptGetKeyParam(key, KP_ALGID, (BYTE *)&alg, &alg_len, 0) && memcmp(&alg, blob + 4, sizeof(alg)) == 0,
	     "another algorithm");
	if (blob[0] == PUBLICKEYBLOB)
		return;
	if (!CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data))) {
		must(GetLastError() == NTE_BAD_KEY && alg == CALG_RC2, "a key that does not encrypt");
		return;
	}
	must(CryptDecrypt(key, 0, TRUE, 0, data, &len) && len == 20, "what was encrypted does not come back");
	for (size_t i = 0; i < len; i++)
		must(data[i] == 0, "something else comes back");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static BYTE blob[ROOM];
	HCRYPTKEY key = 42;
	size_t handles;
	size_t kind;
	DWORD len;

	if (providers[0] == 0)
		begin();
	if (size < 3)
		return 0;
	kind = (data[0] & CARD) != 0 ? CARD : data[0] & 3u;
	len = (DWORD)(size - 2 < ROOM ? size - 2 : ROOM);
	memcpy(blob, data + 2, len);
	if ((data[0] & ENCRYPT) != 0 && len > HEAD_LEN)
		len = encrypt_rest(blob, len);
	handles = capi_handle_count();
	SetLastError(0);
	if (!CryptImportKey(providers[kind], blob, len, kind == CARD ? user : 0, data[1], &key)) {
		must(is_documented(GetLastError()), "an error that is not documented");
		must(key == 42, "a handle with a failure");
	} else {
		check_key(key, blob);
		check_export(key, blob, len);
		must(CryptDestroyKey(key), "the key cannot be ended");
	}
	must(capi_handle_count() == handles && key_store_count() == 0, "something is left");
	return 0;
}
