/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Want of memory at the table: each function that allocates meets a failure at each of its allocations, ours and the
 * caller's. It says so, has written nothing, keeps nothing, and works when it is asked again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/fail_malloc.h"
#include "tests/unit/test.h"

static BYTE digest[32] = { 1 };

/* ---- the caller's memory, which is counted as ours is ------------------------------------------------ */

static LPVOID plain_alloc(SIZE_T size)
{
	return malloc(size);
}

static void plain_free(LPVOID block)
{
	free(block);
}

/* Check allocates: while memory runs out, what is wrong is kept and told later. */
static int wrong_line;

#define EXPECT(good) (wrong_line = (good) || wrong_line != 0 ? wrong_line : __LINE__)

/* ---- one call of each function, whose result is given back at once ---------------------------------- */

static DWORD give_back(DWORD err, PBYTE bytes)
{
	EXPECT((err == ERROR_SUCCESS) == (bytes != NULL));
	plain_free(bytes);
	return err;
}

static DWORD acquire_context(void)
{
	const CARD_DATA before = harness_unacquired();
	CARD_DATA data = before;
	const DWORD err = CardAcquireContext(&data, 0);

	if (err != ERROR_SUCCESS) {
		EXPECT(memcmp(&data, &before, sizeof(data)) == 0);
		return err;
	}
	return data.pfnCardDeleteContext(&data);
}

static DWORD read_file(LPCSTR directory, LPCSTR name)
{
	PBYTE bytes = NULL;
	DWORD len = 7;
	const DWORD err = harness_card->pfnCardReadFile(harness_card, directory, name, 0, &bytes, &len);

	EXPECT((err == ERROR_SUCCESS) == (len != 7));
	return give_back(err, bytes);
}

static DWORD read_cardid(void)
{
	return read_file(NULL, szCARD_IDENTIFIER_FILE);
}
static DWORD read_cardcf(void)
{
	return read_file(NULL, szCACHE_FILE);
}
static DWORD read_cardapps(void)
{
	return read_file(NULL, szCARD_APPLICATION_FILE);
}
static DWORD read_cmapfile(void)
{
	return read_file(szBASE_CSP_DIR, szCONTAINER_MAP_FILE);
}
static DWORD read_msroots(void)
{
	return read_file(szBASE_CSP_DIR, szROOT_STORE_FILE);
}
static DWORD read_certificate(void)
{
	return read_file(szBASE_CSP_DIR, "kxc00");
}

static DWORD enum_files(void)
{
	LPSTR names = NULL;
	DWORD size = 7;
	const DWORD err = harness_card->pfnCardEnumFiles(harness_card, szBASE_CSP_DIR, &names, &size, 0);

	return give_back(err, (PBYTE)names);
}

static DWORD get_file_info(void)
{
	CARD_FILE_INFO info = { .dwVersion = 1, .cbFileSize = 7 };
	const DWORD err = harness_card->pfnCardGetFileInfo(harness_card, szBASE_CSP_DIR, szCONTAINER_MAP_FILE, &info);

	EXPECT((err == ERROR_SUCCESS) == (info.cbFileSize != 7));
	return err;
}

static DWORD give_back_info(DWORD err, const CONTAINER_INFO *info)
{
	EXPECT((err == ERROR_SUCCESS) == (info->pbSigPublicKey != NULL || info->pbKeyExPublicKey != NULL));
	plain_free(info->pbSigPublicKey);
	plain_free(info->pbKeyExPublicKey);
	return err;
}

static DWORD get_container_info(void)
{
	CONTAINER_INFO info = { .dwVersion = 1 };
	const DWORD err = harness_card->pfnCardGetContainerInfo(harness_card, 0, 0, &info);

	return give_back_info(err, &info);
}

static DWORD get_container_property(void)
{
	CONTAINER_INFO info = { .dwVersion = 1 };
	DWORD len = 0;
	const DWORD err = harness_card->pfnCardGetContainerProperty(harness_card, 3, CCP_CONTAINER_INFO, (PBYTE)&info,
								    sizeof(info), &len, 0);

	return give_back_info(err, &info);
}

static DWORD get_guid(void)
{
	BYTE guid[16];
	DWORD len = 0;

	return harness_card->pfnCardGetProperty(harness_card, CP_CARD_GUID, guid, sizeof(guid), &len, 0);
}

static DWORD sign(BYTE container, DWORD spec)
{
	CARD_SIGNING_INFO info = { .dwVersion = CARD_SIGNING_INFO_BASIC_VERSION, .bContainerIndex = container,
				   .dwKeySpec = spec, .aiHashAlg = CALG_SHA_256, .pbData = digest,
				   .cbData = sizeof(digest) };
	const DWORD err = harness_card->pfnCardSignData(harness_card, &info);

	return give_back(err, info.pbSignedData);
}
static DWORD sign_ecdsa(void)
{
	return sign(0, AT_ECDSA_P256);
}
static DWORD sign_rsa(void)
{
	return sign(3, AT_KEYEXCHANGE);
}

static DWORD rsa_decrypt(void)
{
	BYTE block[256] = { 2 };
	CARD_RSA_DECRYPT_INFO info = { .dwVersion = CARD_RSA_KEY_DECRYPT_INFO_VERSION_ONE, .bContainerIndex = 3,
				       .dwKeySpec = AT_KEYEXCHANGE, .pbData = block, .cbData = sizeof(block) };
	const DWORD err = harness_card->pfnCardRSADecrypt(harness_card, &info);

	EXPECT((err == ERROR_SUCCESS) == (block[0] != 2));
	return err;
}

/* What a row finds: an agreement, a session key, and the peer's blob for another agreement. */
static BYTE agreement;
static CARD_KEY_HANDLE session_key;
static BYTE peer[HARNESS_BLOB_MAX];
static DWORD peer_len;

static DWORD agree(void)
{
	CARD_DH_AGREEMENT_INFO info = { .dwVersion = CARD_DH_AGREEMENT_INFO_VERSION, .dwPublicKey = peer_len,
					.pbPublicKey = peer };
	const DWORD err = harness_card->pfnCardConstructDHAgreement(harness_card, &info);

	if (err != ERROR_SUCCESS)
		return err;
	return harness_card->pfnCardDestroyDHAgreement(harness_card, info.bSecretAgreementIndex, 0);
}

static DWORD derive_bytes(void)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = BCRYPT_KDF_HASH,
				 .bSecretAgreementIndex = agreement };
	const DWORD err = harness_card->pfnCardDeriveKey(harness_card, &info);

	return give_back(err, info.pbDerivedKey);
}

static DWORD derive_key(void)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = BCRYPT_KDF_RAW_SECRET, .bSecretAgreementIndex = agreement,
				 .pwszAlgId = CARD_AES_ALGORITHM, .dwKeyLen = 256 };
	const DWORD err = harness_card->pfnCardDeriveKey(harness_card, &info);

	if (err != ERROR_SUCCESS) {
		EXPECT(info.hKey == 0);
		return err;
	}
	return harness_card->pfnCardDestroyKey(harness_card, info.hKey);
}

static DWORD import_key(void)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, 16 };
	BYTE blob[sizeof(header) + 16] = { 0 };
	CARD_KEY_HANDLE handle = 0;
	DWORD err;

	memcpy(blob, &header, sizeof(header));
	err = harness_card->pfnMDImportSessionKey(harness_card, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &handle, blob,
						  sizeof(blob));
	if (err != ERROR_SUCCESS) {
		EXPECT(handle == 0);
		return err;
	}
	return harness_card->pfnCardDestroyKey(harness_card, handle);
}

static DWORD set_iv(void)
{
	BYTE iv[16] = { 0 };

	return harness_card->pfnCardSetKeyProperty(harness_card, session_key, CKP_INITIALIZATION_VECTOR, iv, sizeof(iv), 0);
}

static DWORD encrypt_data(void)
{
	const CARD_AUTHENTICATE asked = { .dwVersion = CARD_SECURE_FUNCTION_VERSION, .PinId = ROLE_USER, .cbPinData = 6 };
	PCARD_ENCRYPTED_DATA made = NULL;
	BYTE request[sizeof(asked) + 6];
	DWORD count = 0;
	DWORD err;

	memcpy(request, &asked, sizeof(asked));
	memcpy(request + sizeof(asked), FAKE_PIN, 6);
	err = harness_card->pfnMDEncryptData(harness_card, session_key, CSF_AUTHENTICATE, request, sizeof(request),
					     CARD_BLOCK_PADDING, &made, &count);
	if (err == ERROR_SUCCESS)
		plain_free(made->pbEncryptedData);
	return give_back(err, (PBYTE)made);
}

static DWORD authenticate(void)
{
	BYTE pin[] = FAKE_PIN;

	return harness_card->pfnCardAuthenticateEx(harness_card, ROLE_USER, 0, pin, sizeof(pin) - 1, NULL, NULL, NULL);
}

static const struct {
	DWORD (*call)(void);
	unsigned least; /* allocations that there are at least */
} rows[] = {
	{ acquire_context, 1 },
	{ read_cardid, 2 },
	{ read_cardcf, 2 },
	{ read_cardapps, 1 },
	{ read_cmapfile, 2 },
	{ read_msroots, 2 },
	{ read_certificate, 1 },
	{ enum_files, 2 },
	{ get_file_info, 1 },
	{ get_container_info, 2 },
	{ get_container_property, 1 },
	{ get_guid, 0 },
	{ sign_ecdsa, 2 },
	{ sign_rsa, 2 },
	{ rsa_decrypt, 1 },
	{ agree, 1 },
	{ derive_bytes, 1 },
	{ derive_key, 2 },
	{ import_key, 1 },
	{ set_iv, 0 },
	{ encrypt_data, 2 },
	{ authenticate, 0 },
};

static void open_card(void)
{
	static const BYTE bytes[16] = { 1 };

	harness_open();
	harness_card->pfnCspAlloc = plain_alloc;
	harness_card->pfnCspFree = plain_free;
	peer_len = (DWORD)harness_blob(0, fake_point(0), peer);
	agreement = harness_agree(0);
	session_key = harness_import(CARD_AES_ALGORITHM, span_of(bytes, sizeof(bytes)));
}

struct outcome {
	DWORD err;
	bool hit;
	size_t left; /* blocks */
};

static struct outcome call_with(int row, unsigned nth)
{
	const size_t before = fail_malloc_alive();
	struct outcome outcome;

	fail_malloc_next(nth);
	outcome.err = rows[row].call();
	outcome.hit = fail_malloc_hit();
	fail_malloc_next(0);
	outcome.left = fail_malloc_alive() - before;
	return outcome;
}

START_TEST(want_of_memory_is_told_and_leaves_nothing_behind)
{
	struct outcome outcome = call_with(_i, 0); /* what is looked up once and kept is kept now */
	unsigned nth = 0;

	ck_assert_code(outcome.err, ERROR_SUCCESS);
	do {
		outcome = call_with(_i, ++nth);
		ck_assert_msg(outcome.err == (outcome.hit ? SCARD_E_NO_MEMORY : ERROR_SUCCESS),
			      "row %d, allocation %u: 0x%08X", _i, nth, (unsigned)outcome.err);
		ck_assert_msg(outcome.left == 0, "row %d, allocation %u: %zu blocks are left", _i, nth, outcome.left);
		ck_assert_msg(wrong_line == 0, "row %d, allocation %u: line %d", _i, nth, wrong_line);
	} while (outcome.hit);
	ck_assert_uint_gt(nth, rows[_i].least);
	ck_assert_code(call_with(_i, 0).err, ERROR_SUCCESS);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_card, harness_close);
	tcase_add_loop_test(tc, want_of_memory_is_told_and_leaves_nothing_behind, 0, (int)ARRAY_COUNT(rows));
}

TEST_MAIN("minidriver/memory", add)
