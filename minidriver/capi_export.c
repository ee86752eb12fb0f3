/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"

/* Little-endian numbers are the machine's own: the fields of a blob are copied as they are. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "blobs are little-endian: this file and capi_import.c would have to turn their fields round"
#endif

static void reverse(BYTE *to, struct span from)
{
	for (size_t i = 0; i < from.len; i++)
		to[i] = from.data[from.len - 1 - i];
}

static BLOBHEADER header_of(BYTE type, ALG_ID id)
{
	return (BLOBHEADER){ .bType = type, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = id };
}

/* header || second || bytes */
static DWORD join(const BLOBHEADER *header, struct span second, struct span bytes, struct secret *ret_blob)
{
	if (!secret_alloc(ret_blob, sizeof(*header) + second.len + bytes.len))
		return NTE_NO_MEMORY;
	memcpy(ret_blob->data, header, sizeof(*header));
	memcpy(ret_blob->data + sizeof(*header), second.data, second.len);
	if (bytes.len != 0)
		memcpy(ret_blob->data + sizeof(*header) + second.len, bytes.data, bytes.len);
	return ERROR_SUCCESS;
}

/* ---- session keys ----------------------------------------------------------------------------------- */

static DWORD check_exportable(const struct capi_key *key)
{
	if (key->alg == NULL)
		return NTE_BAD_KEY;
	return (key->permissions & CRYPT_EXPORT) != 0 ? ERROR_SUCCESS : NTE_BAD_KEY_STATE;
}

static DWORD plain_blob(const struct capi_key *key, struct secret *ret_blob)
{
	const BLOBHEADER header = header_of(PLAINTEXTKEYBLOB, key->alg->id);
	const DWORD len = (DWORD)key->len;
	AUTO_SECRET value = SECRET_INIT;
	const DWORD err = capi_stored_read(key->bare, &value);

	return err != ERROR_SUCCESS ? err : join(&header, span_of(&len, sizeof(len)), secret_span(&value), ret_blob);
}

/* The key encrypted to an RSA key; little-endian as everything in a blob. */
static DWORD wrap(const struct capi_key *key, const struct capi_key *to, DWORD flags, struct secret *ret_wrapped)
{
	static const BCRYPT_OAEP_PADDING_INFO oaep = { .pszAlgId = BCRYPT_SHA1_ALGORITHM };
	const bool is_oaep = (flags & CRYPT_OAEP) != 0;
	const CARD_EXT_RSA_WRAP_INFO info = {
		.pbModulus = to->rsa.modulus.data,
		.cbModulus = to->rsa.modulus.len,
		.pbPublicExponent = to->rsa.exponent.data,
		.cbPublicExponent = to->rsa.exponent.len,
		.dwPadding = is_oaep ? CARD_PADDING_OAEP : CARD_PADDING_PKCS1,
		.pPaddingInfo = is_oaep ? &oaep : NULL,
	};
	struct capi_provider *provider = key->object.provider;
	SIZE_T len = to->rsa.modulus.len;
	DWORD err;

	if (!secret_alloc(ret_wrapped, len))
		return NTE_NO_MEMORY;
	err = provider->keys->pfnKeyWrapRsa(provider->data, &info, capi_stored_handle(key->bare), ret_wrapped->data,
					    &len);
	if (err == ERROR_SUCCESS)
		secret_reverse(ret_wrapped);
	return capi_error(err);
}

static DWORD simple_blob(const struct capi_key *key, const struct capi_key *to, DWORD flags, struct secret *ret_blob)
{
	const BLOBHEADER header = header_of(SIMPLEBLOB, key->alg->id);
	AUTO_SECRET wrapped = SECRET_INIT;
	DWORD err;

	if (to == NULL || to->alg != NULL)
		return NTE_NO_KEY;
	if (to->rsa.id != CALG_RSA_KEYX)
		return NTE_BAD_KEY;
	err = wrap(key, to, flags, &wrapped);
	if (err != ERROR_SUCCESS)
		return err;
	return join(&header, span_of(&to->rsa.id, sizeof(to->rsa.id)), secret_span(&wrapped), ret_blob);
}

/* ---- public keys ------------------------------------------------------------------------------------ */

static DWORD public_blob(const struct capi_key *key, struct secret *ret_blob)
{
	const BLOBHEADER header = header_of(PUBLICKEYBLOB, key->rsa.id);
	RSAPUBKEY pub = { .magic = RSA1_MAGIC, .bitlen = (DWORD)key->rsa.modulus.len * 8 };
	AUTO_SECRET modulus = SECRET_INIT;

	if (key->alg != NULL)
		return NTE_BAD_KEY;
	if (key->rsa.exponent.len > sizeof(pub.pubexp))
		return NTE_BAD_DATA;
	reverse((BYTE *)&pub.pubexp, host_bytes_span(&key->rsa.exponent));
	if (!secret_set(&modulus, host_bytes_span(&key->rsa.modulus)))
		return NTE_NO_MEMORY;
	secret_reverse(&modulus);
	return join(&header, span_of(&pub, sizeof(pub)), secret_span(&modulus), ret_blob);
}

/* ---- CryptExportKey --------------------------------------------------------------------------------- */

/* What is exported, and to whom. */
struct request {
	struct capi_key *key;
	struct capi_key *to; /* NULL: nobody */
	DWORD type;
	DWORD flags;
};

static DWORD check(const struct request *request)
{
	const DWORD known = request->type == SIMPLEBLOB ? CRYPT_OAEP : 0;

	if (request->type != SIMPLEBLOB && request->type != PLAINTEXTKEYBLOB && request->type != PUBLICKEYBLOB)
		return NTE_BAD_TYPE;
	if ((request->flags & ~known) != 0)
		return NTE_BAD_FLAGS;
	if (request->type != SIMPLEBLOB && request->to != NULL)
		return NTE_BAD_KEY;
	return request->type != PUBLICKEYBLOB ? check_exportable(request->key) : ERROR_SUCCESS;
}

static DWORD make_blob(const struct request *request, struct secret *ret_blob)
{
	DWORD err = check(request);

	LOCKED(&request->key->object.lock);
	if (err != ERROR_SUCCESS)
		return err;
	switch (request->type) {
	case SIMPLEBLOB:
		return simple_blob(request->key, request->to, request->flags, ret_blob);
	case PLAINTEXTKEYBLOB:
		return plain_blob(request->key, ret_blob);
	default:
		return public_blob(request->key, ret_blob);
	}
}

static DWORD find(HCRYPTKEY handle, HCRYPTKEY to_handle, struct request *request)
{
	const DWORD err = capi_find_key(handle, &request->key);

	return err != ERROR_SUCCESS ? err : capi_find_key_of(request->key->object.provider, to_handle, &request->to);
}

static void release(struct request *request)
{
	capi_release_key(&request->key);
	capi_release_key(&request->to);
}

EXPORT BOOL WINAPI CryptExportKey(HCRYPTKEY hKey, HCRYPTKEY hExpKey, DWORD dwBlobType, DWORD dwFlags, BYTE *pbData,
				  DWORD *pdwDataLen)
{
	AUTO(release) struct request request = { .type = dwBlobType, .flags = dwFlags };
	AUTO_SECRET blob = SECRET_INIT;
	DWORD err = find(hKey, hExpKey, &request);

	if (err == ERROR_SUCCESS && pdwDataLen == NULL)
		err = ERROR_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = make_blob(&request, &blob);
	if (err == ERROR_SUCCESS)
		err = capi_answer(&(struct capi_answer){ .data = pbData, .inout_len = pdwDataLen }, secret_span(&blob));
	return capi_result(err);
}
