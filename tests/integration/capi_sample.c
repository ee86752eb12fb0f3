/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program as the documentation of CryptDeriveKey has it: the same calls, a password hashed with MD5, an RC2 key of
 * it. Nothing of this project but the header is used. Prints the key's length in bits, the key, and "data" encrypted
 * and decrypted again.
 */
#include <minidriver/wincrypt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(BOOL good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s: %08x\n", what, (unsigned)GetLastError());
	exit(1);
}

static void print_hex(const char *what, const BYTE *bytes, DWORD len)
{
	DWORD i;

	printf("%s ", what);
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void print_key(HCRYPTKEY key)
{
	BYTE blob[64];
	DWORD len = sizeof(blob);
	DWORD bits = 0;
	DWORD bits_len = sizeof(bits);

	must(CryptGetKeyParam(key, KP_KEYLEN, (BYTE *)&bits, &bits_len, 0), "CryptGetKeyParam");
	printf("bits %u\n", (unsigned)bits);
	must(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &len), "CryptExportKey");
	print_hex("key", blob + sizeof(BLOBHEADER) + sizeof(DWORD), len - (DWORD)(sizeof(BLOBHEADER) + sizeof(DWORD)));
}

static void encrypt(HCRYPTKEY key)
{
	BYTE data[16] = "data";
	DWORD len = 4;

	must(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)), "CryptEncrypt");
	print_hex("encrypted", data, len);
	must(CryptDecrypt(key, 0, TRUE, 0, data, &len), "CryptDecrypt");
	printf("decrypted %.*s\n", (int)len, (const char *)data);
}

int main(void)
{
	static const char password[] = "apple-camshaft";
	HCRYPTPROV provider = 0;
	HCRYPTHASH hash = 0;
	HCRYPTKEY key = 0;

	must(CryptAcquireContext(&provider, NULL, NULL, PROV_RSA_FULL, 0), "CryptAcquireContext");
	must(CryptCreateHash(provider, CALG_MD5, 0, 0, &hash), "CryptCreateHash");
	must(CryptHashData(hash, (const BYTE *)password, (DWORD)strlen(password), 0), "CryptHashData");
	must(CryptDeriveKey(provider, CALG_RC2, hash, CRYPT_EXPORTABLE, &key), "CryptDeriveKey");
	must(CryptDestroyHash(hash), "CryptDestroyHash");
	print_key(key);
	encrypt(key);
	must(CryptDestroyKey(key), "CryptDestroyKey");
	must(CryptReleaseContext(provider, 0), "CryptReleaseContext");
	return 0;
}
