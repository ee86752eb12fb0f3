/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of the installed library with a card, by both its interfaces: the minidriver's, which lists the card's
 * containers, and CryptoAPI's, which sends a session key through the card's RSA key and finds it to be the same.
 *
 *     capi_card PIN
 */
#include <minidriver/card_host.h>
#include <minidriver/cardmod.h>
#include <minidriver/cardmod_ext.h>
#include <minidriver/cng.h>
#include <minidriver/wincrypt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(BOOL good, const char *what, DWORD err)
{
	if (good)
		return;
	fprintf(stderr, "%s: %08x\n", what, (unsigned)err);
	exit(1);
}
#define CARD(call)                                                     \
	do {                                                            \
		const DWORD card_err = (call);                          \
		must(card_err == ERROR_SUCCESS, #call, card_err);       \
	} while (0)
#define CAPI(call)                                                     \
	do {                                                            \
		const BOOL capi_good = (call);                          \
		must(capi_good, #call, GetLastError());                 \
	} while (0)

static LPVOID WINAPI alloc(SIZE_T size)
{
	return malloc(size);
}
static LPVOID WINAPI re_alloc(LPVOID block, SIZE_T size)
{
	return realloc(block, size);
}
static void WINAPI give_back(LPVOID block)
{
	free(block);
}

/* The first reader with a card. */
static void find_reader(SCARDCONTEXT host, char *name, DWORD room)
{
	DWORD i;

	for (i = 0;; i++) {
		BOOL present = FALSE;
		DWORD size = room;

		CARD(CardHostReader(host, i, name, &size, &present));
		if (present)
			return;
	}
}

static void list_containers(PCARD_DATA data)
{
	CONTAINER_INFO info;
	BYTE i;

	memset(&info, 0, sizeof(info));
	info.dwVersion = CONTAINER_INFO_CURRENT_VERSION;
	for (i = 0; data->pfnCardGetContainerInfo(data, i, 0, &info) == ERROR_SUCCESS; i++) {
		printf("container %u: %u bytes of a key that signs, %u of one that exchanges\n", i,
		       (unsigned)info.cbSigPublicKey, (unsigned)info.cbKeyExPublicKey);
		data->pfnCspFree(info.pbSigPublicKey);
		data->pfnCspFree(info.pbKeyExPublicKey);
		memset(&info, 0, sizeof(info));
		info.dwVersion = CONTAINER_INFO_CURRENT_VERSION;
	}
	must(i != 0, "containers", 0);
}

static void by_minidriver(char *reader, DWORD room)
{
	static WCHAR name[] = { 'c', 'a', 'r', 'd', 0 };
	BYTE atr[34];
	CARD_DATA data;

	memset(&data, 0, sizeof(data));
	data.dwVersion = CARD_DATA_CURRENT_VERSION;
	data.pfnCspAlloc = alloc;
	data.pfnCspReAlloc = re_alloc;
	data.pfnCspFree = give_back;
	data.pwszCardName = name;
	data.pbAtr = atr;
	data.cbAtr = sizeof(atr);
	CARD(CardHostOpen("capi_card", &data.hSCardCtx));
	find_reader(data.hSCardCtx, reader, room);
	printf("reader %s\n", reader);
	CARD(CardHostConnect(data.hSCardCtx, reader, &data.hScard, atr, &data.cbAtr));
	CARD(CardAcquireContext(&data, 0));
	list_containers(&data);
	CARD(data.pfnCardDeleteContext(&data));
	CARD(CardHostDisconnect(data.hScard));
	CARD(CardHostClose(data.hSCardCtx));
}

static void encrypt(HCRYPTKEY key, BYTE data[32])
{
	DWORD len = 20;

	memset(data, 7, 32);
	CAPI(CryptEncrypt(key, 0, TRUE, 0, data, &len, 32));
}

static void by_capi(const char *reader, const char *pin)
{
	char container[300];
	HCRYPTPROV provider = 0;
	HCRYPTKEY user = 0;
	HCRYPTKEY key = 0;
	HCRYPTKEY again = 0;
	BYTE blob[600];
	DWORD len = sizeof(blob);
	BYTE one[32];
	BYTE other[32];

	snprintf(container, sizeof(container), "\\\\.\\%s\\", reader);
	CAPI(CryptAcquireContextA(&provider, container, MS_SCARD_PROV_A, PROV_RSA_FULL, CRYPT_SILENT));
	CAPI(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)pin, 0));
	CAPI(CryptGetUserKey(provider, AT_KEYEXCHANGE, &user));
	CAPI(CryptGenKey(provider, CALG_AES_256, CRYPT_EXPORTABLE, &key));
	CAPI(CryptExportKey(key, user, SIMPLEBLOB, 0, blob, &len));
	CAPI(CryptImportKey(provider, blob, len, user, 0, &again));
	encrypt(key, one);
	encrypt(again, other);
	must(memcmp(one, other, sizeof(one)) == 0, "another key came back", 0);
	printf("the same key\n");
	CAPI(CryptReleaseContext(provider, 0));
}

int main(int argc, char **argv)
{
	char reader[256];

	must(argc == 2, "capi_card PIN", 0);
	by_minidriver(reader, sizeof(reader));
	by_capi(reader, argv[1]);
	return 0;
}
