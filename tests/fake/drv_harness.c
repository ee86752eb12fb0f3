/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/drv_harness.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/card_registry.h"
#include "minidriver/drv_key_store.h"
#include "minidriver/wide.h"

static struct {
	struct card_system *system;
	struct card *card;
	handle_t system_handle;
	handle_t card_handle;
	size_t alive;
	unsigned allocs;
	unsigned fail_in;
	CARD_DATA data;
} state;

PCARD_DATA harness_card;

/* ---- the caller's memory ---------------------------------------------------------------------------- */

static LPVOID counted_alloc(SIZE_T size)
{
	void *block;

	state.allocs++;
	if (state.fail_in != 0 && --state.fail_in == 0)
		return NULL;
	block = malloc(size);
	ck_assert_ptr_nonnull(block);
	state.alive++;
	return block;
}

static LPVOID counted_realloc(LPVOID block, SIZE_T size)
{
	return realloc(block, size);
}

static void counted_free(LPVOID block)
{
	if (block == NULL)
		return;
	ck_assert_uint_ne(state.alive, 0);
	state.alive--;
	free(block);
}

size_t harness_alive(void)
{
	return state.alive;
}

unsigned harness_allocs(void)
{
	return state.allocs;
}

void harness_fail_alloc(unsigned nth)
{
	state.fail_in = nth;
}

void harness_free(void *block)
{
	counted_free(block);
}

/* ---- the context ------------------------------------------------------------------------------------ */

static void connect_card(void)
{
	const struct card_system_params params = { .app_name = "test" };
	const struct card_ops *ops = card_default_ops();

	ck_assert_int_eq(ops->system_open(&params, &state.system), CE_OK);
	ck_assert_int_eq(ops->connect(state.system, 0, &state.card), CE_OK);
	state.system_handle = card_registry_add_system(state.system);
	state.card_handle = card_registry_add_card(state.system_handle, ops, state.card);
	ck_assert_uint_ne(state.card_handle, 0);
}

CARD_DATA harness_unacquired(void)
{
	static BYTE atr[] = { 0x3B, 0x80, 0x80, 0x01, 0x01 };
	static WCHAR name[] = u"fake";

	return (CARD_DATA){ .dwVersion = CARD_DATA_CURRENT_VERSION,
			    .pbAtr = atr,
			    .cbAtr = sizeof(atr),
			    .pwszCardName = name,
			    .pfnCspAlloc = counted_alloc,
			    .pfnCspReAlloc = counted_realloc,
			    .pfnCspFree = counted_free,
			    .hSCardCtx = state.system_handle,
			    .hScard = state.card_handle };
}

void harness_login(void)
{
	BYTE pin[] = FAKE_PIN;

	ck_assert_code(
		harness_card->pfnCardAuthenticateEx(harness_card, ROLE_USER, 0, pin, sizeof(pin) - 1, NULL, NULL, NULL),
		ERROR_SUCCESS);
}

void harness_open_described(void)
{
	memset(&state, 0, sizeof(state));
	connect_card();
	state.data = harness_unacquired();
	harness_card = &state.data;
	ck_assert_code(CardAcquireContext(harness_card, 0), ERROR_SUCCESS);
}

void harness_open(void)
{
	fake_reset();
	fake_personalise();
	harness_open_described();
	harness_login();
	fake_reset_counts();
}

void harness_close(void)
{
	const struct card_ops *ops = card_default_ops();

	if (state.data.pvVendorSpecific != NULL)
		ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
	card_registry_remove(state.card_handle);
	card_registry_remove(state.system_handle);
	ops->disconnect(state.card);
	ops->system_close(state.system);
	ck_assert_uint_eq(state.alive, 0);
	ck_assert_uint_eq(key_store_count(), 0);
	fake_clear();
}

/* ---- agreements ------------------------------------------------------------------------------------- */

size_t harness_blob(BYTE container, struct span point, BYTE ret_blob[HARNESS_BLOB_MAX])
{
	static const ULONG magics[] = { BCRYPT_ECDH_PUBLIC_P256_MAGIC, BCRYPT_ECDH_PUBLIC_P384_MAGIC,
					BCRYPT_ECDH_PUBLIC_P521_MAGIC };
	const size_t width = (fake_point(container).len - 1) / 2;
	const BCRYPT_ECCKEY_BLOB header = {
		.dwMagic = magics[width == 32 ? 0 : width == 48 ? 1 : 2],
		.cbKey = (ULONG)width,
	};

	ck_assert_uint_le(sizeof(header) + point.len - 1, HARNESS_BLOB_MAX);
	memcpy(ret_blob, &header, sizeof(header));
	memcpy(ret_blob + sizeof(header), point.data + 1, point.len - 1);
	return sizeof(header) + point.len - 1;
}

DWORD harness_construct(BYTE container, struct span point, BYTE *ret_index)
{
	BYTE blob[HARNESS_BLOB_MAX];
	CARD_DH_AGREEMENT_INFO info = { .dwVersion = CARD_DH_AGREEMENT_INFO_VERSION, .bContainerIndex = container };
	DWORD err;

	info.dwPublicKey = (DWORD)harness_blob(container, point, blob);
	info.pbPublicKey = blob;
	err = harness_card->pfnCardConstructDHAgreement(harness_card, &info);
	if (err == ERROR_SUCCESS)
		*ret_index = info.bSecretAgreementIndex;
	return err;
}

BYTE harness_agree(BYTE container)
{
	BYTE index = 0;

	ck_assert_code(harness_construct(container, fake_point(container), &index), ERROR_SUCCESS);
	return index;
}

/* ---- derivation ------------------------------------------------------------------------------------- */

void harness_param(struct harness_list *list, ULONG type, const void *data, size_t len)
{
	ck_assert_uint_lt(list->desc.cBuffers, ARRAY_COUNT(list->buffers));
	list->desc.pBuffers = list->buffers;
	list->buffers[list->desc.cBuffers++] =
		(NCryptBuffer){ .cbBuffer = (ULONG)len, .BufferType = type, .pvBuffer = (void *)(uintptr_t)data };
}

void harness_name(struct harness_list *list, LPCWSTR hash)
{
	harness_param(list, KDF_HASH_ALGORITHM, hash, wide_size(hash));
}

void harness_dword(struct harness_list *list, ULONG type, const DWORD *value)
{
	harness_param(list, type, value, sizeof(*value));
}

DWORD harness_derive(LPCWSTR kdf, DWORD flags, struct harness_list *list, BYTE index, uint8_t *ret_key, size_t *ret_len)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .dwFlags = flags, .pwszKDF = kdf,
				 .bSecretAgreementIndex = index, .pParameterList = list != NULL ? &list->desc : NULL };
	const DWORD err = harness_card->pfnCardDeriveKey(harness_card, &info);

	*ret_len = info.cbDerivedKey;
	if (err != ERROR_SUCCESS) {
		ck_assert_ptr_null(info.pbDerivedKey);
		ck_assert_uint_eq(info.cbDerivedKey, 0);
		return err;
	}
	memcpy(ret_key, info.pbDerivedKey, info.cbDerivedKey);
	harness_free(info.pbDerivedKey);
	return err;
}

void harness_derive_gives(LPCWSTR kdf, DWORD flags, struct harness_list *list, BYTE index, struct span expected)
{
	uint8_t key[1024];
	size_t len = 0;

	ck_assert_code(harness_derive(kdf, flags, list, index, key, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, expected.len);
	ck_assert_mem_eq(key, expected.data, len);
}

ULONG harness_type(ULONG number)
{
	return number < KDF_PARAMS_CNG ? number : CARD_EXT_KDF_IV + (number - KDF_PARAMS_CNG);
}

void harness_value(ULONG type, bool xof, struct harness_list *list)
{
	static const uint8_t bytes[64];
	static const uint64_t number = 8;
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 4 };

	switch (type) {
	case KDF_HASH_ALGORITHM:
		harness_name(list, xof ? BCRYPT_SHAKE128_ALGORITHM : BCRYPT_SHA256_ALGORITHM);
		return;
	case KDF_TLS_PRF_SEED:
		harness_param(list, type, bytes, sizeof(bytes));
		return;
	case KDF_TLS_PRF_PROTOCOL:
	case KDF_KEYBITLENGTH:
		harness_param(list, type, &number, sizeof(DWORD));
		return;
	case KDF_ITERATION_COUNT:
	case KDF_SECRET_HANDLE:
	case CARD_EXT_KDF_SESSION_KEY:
	case CARD_EXT_KDF_SALT_KEY:
	case CARD_EXT_KDF_BIT_OFFSET:
	case CARD_EXT_KDF_FIELD_KEY:
		harness_param(list, type, &number, sizeof(number));
		return;
	case CARD_EXT_KDF_FIELD_COUNTER:
		harness_param(list, type, &counter, sizeof(counter));
		return;
	case CARD_EXT_KDF_FIELD_CHAIN:
		harness_param(list, type, NULL, 0);
		return;
	default:
		harness_param(list, type, bytes, 32);
		return;
	}
}

void harness_fill(const struct kdf_ops *ops, struct harness_list *list)
{
	for (ULONG i = 0; i < KDF_PARAMS; i++) {
		if ((ops->required & KDF_BIT(harness_type(i))) != 0)
			harness_value(harness_type(i), ops->xof, list);
	}
	if (ops == &kdf_hmac)
		harness_value(KDF_HMAC_KEY, false, list);
	if (ops == &kdf_sp800_108_ctr_hmac) {
		harness_value(KDF_LABEL, false, list);
		harness_value(KDF_CONTEXT, false, list);
	}
}

DWORD harness_derive_from(struct harness_base base, CARD_DERIVE_KEY *info)
{
	info->bSecretAgreementIndex = base.index;
	if (base.from_key)
		return harness_keys()->pfnKeyDerive(harness_card, base.key, info);
	return harness_card->pfnCardDeriveKey(harness_card, info);
}

static CARD_DERIVE_KEY request_of(DWORD version, LPCWSTR kdf, struct harness_list *list)
{
	return (CARD_DERIVE_KEY){ .dwVersion = version, .pwszKDF = kdf,
				  .pParameterList = list != NULL ? &list->desc : NULL };
}

static void want_key(CARD_DERIVE_KEY *info, size_t len)
{
	info->dwVersion = CARD_DERIVE_KEY_VERSION_TWO;
	info->dwFlags = CARD_RETURN_KEY_HANDLE;
	info->pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM;
	info->dwKeyLen = (DWORD)(8 * len);
}

static void length_is(struct harness_base base, CARD_DERIVE_KEY info, size_t expected)
{
	info.dwFlags |= CARD_BUFFER_SIZE_ONLY;
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	ck_assert_ptr_null(info.pbDerivedKey);
	ck_assert_uint_eq(info.hKey, 0);
	ck_assert_uint_eq(info.cbDerivedKey, expected);
}

static void bytes_are(struct harness_base base, CARD_DERIVE_KEY info, struct span expected)
{
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbDerivedKey, expected.len);
	ck_assert_mem_eq(info.pbDerivedKey, expected.data, expected.len);
	ck_assert_uint_eq(info.hKey, 0);
	harness_free(info.pbDerivedKey);
}

static void key_is(CARD_KEY_HANDLE key, struct span expected)
{
	uint8_t *bytes = malloc(expected.len);
	size_t len = 0;

	ck_assert_ptr_nonnull(bytes);
	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, key, bytes, expected.len, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, expected.len);
	ck_assert_mem_eq(bytes, expected.data, len);
	free(bytes);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, key), ERROR_SUCCESS);
}

void harness_gives(struct harness_base base, LPCWSTR kdf, struct harness_list *list, struct span expected)
{
	CARD_DERIVE_KEY info;

	for (DWORD version = 0; version <= CARD_DERIVE_KEY_CURRENT_VERSION; version++) {
		info = request_of(version, kdf, list);
		length_is(base, info, expected.len);
		if (version != 0)
			bytes_are(base, info, expected);
	}
	want_key(&info, 0);
	length_is(base, info, expected.len);
	want_key(&info, expected.len);
	length_is(base, info, expected.len);
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	ck_assert_ptr_null(info.pbDerivedKey);
	ck_assert_uint_eq(info.cbDerivedKey, 0);
	key_is(info.hKey, expected);
}

static DWORD refused(struct harness_base base, CARD_DERIVE_KEY info)
{
	CARD_DERIVE_KEY before;
	DWORD err;

	info.bSecretAgreementIndex = base.index;
	before = info;
	err = harness_derive_from(base, &info);
	ck_assert_code(err != ERROR_SUCCESS, true);
	ck_assert_mem_eq(&info, &before, sizeof(info));
	return err;
}

DWORD harness_refuses(struct harness_base base, LPCWSTR kdf, struct harness_list *list)
{
	CARD_DERIVE_KEY info = request_of(0, kdf, list);
	const DWORD err = refused(base, info);

	for (unsigned form = 1; form < HARNESS_FORMS; form++) {
		info = request_of(form / 2, kdf, list);
		if (form / 2 > CARD_DERIVE_KEY_CURRENT_VERSION)
			want_key(&info, 0);
		if (form % 2 != 0)
			info.dwFlags |= CARD_BUFFER_SIZE_ONLY;
		ck_assert_code(refused(base, info), err);
	}
	return err;
}

size_t harness_size(struct harness_base base, LPCWSTR kdf, struct harness_list *list)
{
	CARD_DERIVE_KEY info = request_of(CARD_DERIVE_KEY_VERSION, kdf, list);
	DWORD err;

	info.dwFlags = CARD_BUFFER_SIZE_ONLY;
	err = harness_derive_from(base, &info);
	if (err == ERROR_SUCCESS)
		return info.cbDerivedKey;
	ck_assert_code(err, SCARD_E_INVALID_PARAMETER);
	return 0;
}

/* ---- small things ----------------------------------------------------------------------------------- */

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

size_t harness_hex(const char *text, uint8_t *ret_bytes, size_t room)
{
	size_t len = 0;

	while (digit(text[2 * len]) >= 0) {
		ck_assert_uint_lt(len, room);
		ck_assert_int_ge(digit(text[2 * len + 1]), 0);
		ret_bytes[len] = (uint8_t)(digit(text[2 * len]) << 4 | digit(text[2 * len + 1]));
		len++;
	}
	return len;
}

const CARD_EXT_SESSION_KEYS *harness_keys(void)
{
	const CARD_EXT_SESSION_KEYS *table = NULL;
	DWORD len = 0;

	ck_assert_code(harness_card->pfnCardGetProperty(harness_card, CP_EXT_SESSION_KEYS, (PBYTE)&table, sizeof(table),
							&len, 0),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(table));
	return table;
}

CARD_KEY_HANDLE harness_import(LPCWSTR alg, struct span value)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1,
						     (ULONG)value.len };
	BYTE blob[2048];
	CARD_KEY_HANDLE handle = 0;

	ck_assert_uint_le(sizeof(header) + value.len, sizeof(blob));
	memcpy(blob, &header, sizeof(header));
	memcpy(blob + sizeof(header), value.data, value.len);
	ck_assert_code(harness_card->pfnMDImportSessionKey(harness_card, BCRYPT_KEY_DATA_BLOB, alg, &handle, blob,
							   (DWORD)(sizeof(header) + value.len)),
		       ERROR_SUCCESS);
	ck_assert_uint_ne(handle, 0);
	return handle;
}

size_t harness_digest(const char *name, struct span data, uint8_t ret_digest[64])
{
	size_t len = 64;

	ck_assert_int_eq(EVP_Q_digest(ossl_context(), name, NULL, data.data, data.len, ret_digest, &len), 1);
	return len;
}
