/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/capi_scene.h"

#include <string.h>

#include "base/compiler.h"
#include "minidriver/capi.h"
#include "minidriver/drv_key_store.h"

static const struct {
	const char *kind;
	const char *name;
	DWORD type;
} providers[] = {
	{ "base", MS_DEF_PROV_A, PROV_RSA_FULL },
	{ "strong", MS_STRONG_PROV_A, PROV_RSA_FULL },
	{ "enhanced", MS_ENHANCED_PROV_A, PROV_RSA_FULL },
	{ "aes", MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES },
};

HCRYPTPROV capi_open(const char *kind)
{
	HCRYPTPROV provider = 0;

	for (size_t i = 0; i < ARRAY_COUNT(providers); i++) {
		if (strcmp(providers[i].kind, kind) == 0)
			capi_good(CryptAcquireContextA(&provider, NULL, providers[i].name, providers[i].type,
						       CRYPT_VERIFYCONTEXT));
	}
	ck_assert_msg(provider != 0, "no provider %s", kind);
	return provider;
}

void capi_close(HCRYPTPROV provider)
{
	capi_good(CryptReleaseContext(provider, 0));
}

static const struct {
	const char *name;
	DWORD number;
} numbers[] = {
#define N(name) { #name, name }
	N(CALG_MD2), N(CALG_MD4), N(CALG_MD5), N(CALG_SHA1), N(CALG_SHA_256), N(CALG_SHA_384), N(CALG_SHA_512),
	N(CALG_RC2), N(CALG_RC4), N(CALG_RC5), N(CALG_DES), N(CALG_3DES_112), N(CALG_3DES), N(CALG_AES),
	N(CALG_AES_128), N(CALG_AES_192), N(CALG_AES_256), N(CALG_RSA_SIGN), N(CALG_RSA_KEYX),
	N(CRYPT_MODE_ECB), N(CRYPT_MODE_CBC), N(CRYPT_MODE_CFB), N(CRYPT_CREATE_SALT), N(NTE_BAD_ALGID), { "0", 0 },
#undef N
};

DWORD capi_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		if (strcmp(numbers[i].name, name) == 0)
			return numbers[i].number;
	}
	ck_abort_msg("no number is called %s", name);
}

HCRYPTHASH capi_hash(HCRYPTPROV provider, ALG_ID alg, struct span data)
{
	HCRYPTHASH hash = 0;

	capi_good(CryptCreateHash(provider, alg, 0, 0, &hash));
	capi_good(CryptHashData(hash, data.data, (DWORD)data.len, 0));
	return hash;
}

HCRYPTKEY capi_derive(HCRYPTPROV provider, ALG_ID alg, DWORD flags)
{
	const HCRYPTHASH hash = capi_hash(provider, CALG_SHA1, span_of("apple-camshaft", 14));
	HCRYPTKEY key = 0;

	capi_good(CryptDeriveKey(provider, alg, hash, flags, &key));
	capi_good(CryptDestroyHash(hash));
	return key;
}

HCRYPTKEY capi_import(HCRYPTPROV provider, ALG_ID alg, struct span value)
{
	BYTE blob[sizeof(BLOBHEADER) + sizeof(DWORD) + 256];
	const BLOBHEADER header = { .bType = PLAINTEXTKEYBLOB, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = alg };
	const DWORD len = (DWORD)value.len;
	HCRYPTKEY key = 0;

	memcpy(blob, &header, sizeof(header));
	memcpy(blob + sizeof(header), &len, sizeof(len));
	memcpy(blob + sizeof(header) + sizeof(len), value.data, value.len);
	capi_good(CryptImportKey(provider, blob, (DWORD)(sizeof(header) + sizeof(len) + value.len), 0,
				 CRYPT_EXPORTABLE, &key));
	return key;
}

size_t capi_export(HCRYPTKEY key, BYTE *buffer, size_t room)
{
	BYTE blob[sizeof(BLOBHEADER) + sizeof(DWORD) + 256];
	DWORD len = sizeof(blob);
	DWORD key_len = 0;

	capi_good(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &len));
	memcpy(&key_len, blob + sizeof(BLOBHEADER), sizeof(key_len));
	ck_assert_uint_eq(len, sizeof(BLOBHEADER) + sizeof(DWORD) + key_len);
	ck_assert_uint_le(key_len, room);
	memcpy(buffer, blob + sizeof(BLOBHEADER) + sizeof(DWORD), key_len);
	return key_len;
}

DWORD capi_key_number(HCRYPTKEY key, DWORD param)
{
	DWORD number = 0xDEADBEEFu;
	DWORD len = sizeof(number);

	capi_good(CryptGetKeyParam(key, param, (BYTE *)&number, &len, 0));
	ck_assert_uint_eq(len, sizeof(number));
	return number;
}

void capi_setup(void)
{
	fake_reset();
	ck_assert_uint_eq(capi_handle_count(), 0);
}

void capi_card_setup(void)
{
	capi_setup();
	fake_personalise();
}

void capi_teardown(void)
{
	ck_assert_uint_eq(capi_handle_count(), 0);
	ck_assert_uint_eq(key_store_count(), 0);
	fake_clear();
}
