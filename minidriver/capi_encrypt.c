/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CryptEncrypt and CryptDecrypt. Pieces but the last are whole blocks, so nothing waits in a block cipher from one call
 * to the next: what the next piece begins with is the last block of cipher text, which the key keeps. A stream waits in
 * its cipher.
 */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/capi.h"
#include "minidriver/drv_cipher_mode.h"

/* One call, its key locked. */
struct call {
	struct capi_key *key;
	struct capi_hash *hash; /* NULL: none */
	bool encrypt;
	bool final;
};

/* ---- blocks ----------------------------------------------------------------------------------------- */

/* Whole blocks in place, in one of the driver's modes. */
static DWORD run(struct capi_key *key, const CARD_EXT_CIPHER_INFO *info, BYTE *data, size_t len)
{
	const CARD_EXT_SESSION_KEYS *keys = key->object.provider->keys;
	PCARD_EXT_CIPHER cipher = NULL;
	SIZE_T room = len;
	DWORD err = keys->pfnCipherBegin(key->object.provider->data, capi_key_handle(key), info, &cipher);

	if (err != ERROR_SUCCESS)
		return capi_error(err);
	err = keys->pfnCipherOnce(cipher, data, len, data, &room);
	keys->pfnCipherDestroy(cipher);
	return capi_error(err);
}

static DWORD run_ecb(struct capi_key *key, bool encrypt, BYTE *data, size_t len)
{
	const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_ECB,
					    .fEncrypt = encrypt,
					    .cEffectiveBits = capi_key_effective_bits(key) };

	return run(key, &info, data, len);
}

static DWORD run_cbc(struct capi_key *key, bool encrypt, BYTE *data, size_t len)
{
	const size_t block = key->alg->block;
	const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_CBC,
					    .fEncrypt = encrypt,
					    .pbIV = key->chain,
					    .cbIV = block,
					    .cEffectiveBits = capi_key_effective_bits(key) };
	BYTE next[CAPI_BLOCK_MAX];
	DWORD err;

	if (!encrypt)
		memcpy(next, data + len - block, block);
	err = run(key, &info, data, len);
	if (err == ERROR_SUCCESS)
		memcpy(key->chain, encrypt ? data + len - block : next, block);
	return err;
}

struct block {
	BYTE bytes[CAPI_BLOCK_MAX];
};
static void block_wipe(struct block *block)
{
	wipe(block, sizeof(*block));
}

/*
 * Windows' CFB shifts by single bytes whatever KP_MODE_BITS says, and so does this one (SP 800-38A, 6.3, s = 8): of
 * each enciphered register only the first byte is used. OpenSSL has no such mode for RC2 and two-key 3DES.
 */
static DWORD run_cfb(struct capi_key *key, bool encrypt, BYTE *data, size_t len)
{
	const size_t block = key->alg->block;
	AUTO(block_wipe) struct block stream;

	for (size_t i = 0; i < len; i++) {
		BYTE cipher_text;
		DWORD err;

		memcpy(stream.bytes, key->chain, block);
		err = run_ecb(key, true, stream.bytes, block);
		if (err != ERROR_SUCCESS)
			return err;
		cipher_text = encrypt ? data[i] ^ stream.bytes[0] : data[i];
		data[i] ^= stream.bytes[0];
		memmove(key->chain, key->chain + 1, block - 1);
		key->chain[block - 1] = cipher_text;
	}
	return ERROR_SUCCESS;
}

static const struct {
	DWORD mode;
	DWORD (*run)(struct capi_key *key, bool encrypt, BYTE *data, size_t len);
} modes[] = {
	{ CRYPT_MODE_CBC, run_cbc },
	{ CRYPT_MODE_ECB, run_ecb },
	{ CRYPT_MODE_CFB, run_cfb },
};

static bool has_mode(const struct capi_key *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		if (modes[i].mode == key->mode)
			return true;
	}
	return false;
}

static DWORD run_blocks(const struct call *call, BYTE *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_COUNT(modes) && len != 0; i++) {
		if (modes[i].mode == call->key->mode)
			return modes[i].run(call->key, call->encrypt, data, len);
	}
	return ERROR_SUCCESS;
}

/* ---- streams ---------------------------------------------------------------------------------------- */

#define SKIP_LEN 4096u

/* Go to where the stream was when its key was copied. */
static DWORD skip(struct capi_key *key)
{
	const CARD_EXT_SESSION_KEYS *keys = key->object.provider->keys;
	AUTO_SECRET skipped = SECRET_INIT;
	DWORD err = ERROR_SUCCESS;

	if (!secret_alloc(&skipped, SKIP_LEN))
		return NTE_NO_MEMORY;
	for (uint64_t left = key->stream_at; err == ERROR_SUCCESS && left != 0;) {
		SIZE_T len = left < SKIP_LEN ? (size_t)left : SKIP_LEN;

		left -= len;
		err = capi_error(keys->pfnCipherUpdate(key->stream, skipped.data, len, skipped.data, &len));
	}
	return err;
}

static DWORD begin_stream(struct capi_key *key)
{
	static const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_RC4, .fEncrypt = TRUE };
	const CARD_EXT_SESSION_KEYS *keys = key->object.provider->keys;
	const DWORD err =
		keys->pfnCipherBegin(key->object.provider->data, capi_key_handle(key), &info, &key->stream);

	return err != ERROR_SUCCESS ? capi_error(err) : skip(key);
}

/* RC4 goes both ways alike. */
static DWORD run_stream(struct capi_key *key, BYTE *data, size_t len)
{
	SIZE_T done = len;
	DWORD err = key->stream == NULL ? begin_stream(key) : ERROR_SUCCESS;

	if (err == ERROR_SUCCESS && len != 0)
		err = capi_error(key->object.provider->keys->pfnCipherUpdate(key->stream, data, len, data, &done));
	if (err == ERROR_SUCCESS)
		key->stream_at += len;
	return err;
}

/* ---- a call ----------------------------------------------------------------------------------------- */

static DWORD feed_hash(const struct call *call, const BYTE *data, size_t len)
{
	if (call->hash == NULL)
		return ERROR_SUCCESS;
	LOCKED(&call->hash->object.lock);
	return capi_hash_feed(call->hash, span_of(data, len));
}

/* Before anything is changed: whether the hash would take it. */
static DWORD check_hash(const struct call *call)
{
	if (call->hash == NULL)
		return ERROR_SUCCESS;
	LOCKED(&call->hash->object.lock);
	return capi_hash_open(call->hash);
}

static DWORD check_key(const struct call *call)
{
	const struct capi_key *key = call->key;
	const enum capi_kind_of_provider kind = key->object.provider->csp->kind;

	if (key->alg == NULL)
		return NTE_BAD_KEY;
	/* imported RC2 keys may be longer than others: those decrypt only (Wine's tests, run on Windows) */
	if (call->encrypt && key->len * 8 > key->alg->bits[kind].most && key->alg->stored == 0)
		return NTE_BAD_KEY;
	return key->alg->block != 0 && !has_mode(key) ? NTE_BAD_ALGID : ERROR_SUCCESS;
}

static DWORD end(const struct call *call, DWORD err)
{
	if (call->final)
		capi_key_restart(call->key);
	return err;
}

/* How long the cipher text will be. */
static DWORD encrypted_len(const struct call *call, size_t len, size_t *ret_len)
{
	const size_t block = call->key->alg->block;

	*ret_len = len;
	if (block == 0)
		return ERROR_SUCCESS;
	if (!call->final && len % block != 0)
		return NTE_BAD_DATA;
	if (call->final)
		*ret_len = (len / block + 1) * block;
	return *ret_len > UINT32_MAX ? NTE_BAD_LEN : ERROR_SUCCESS;
}

static DWORD encrypt_locked(const struct call *call, BYTE *data, DWORD *inout_len, DWORD room)
{
	const size_t len = *inout_len;
	size_t needed = 0;
	DWORD err = check_key(call);

	if (err == ERROR_SUCCESS)
		err = encrypted_len(call, len, &needed);
	if (err != ERROR_SUCCESS)
		return err;
	if (data == NULL || room < needed) {
		*inout_len = (DWORD)needed;
		return data == NULL ? ERROR_SUCCESS : ERROR_MORE_DATA;
	}
	err = feed_hash(call, data, len);
	if (err != ERROR_SUCCESS)
		return err;
	memset(data + len, (int)(needed - len), needed - len);
	err = call->key->alg->block != 0 ? run_blocks(call, data, needed) : run_stream(call->key, data, needed);
	if (err == ERROR_SUCCESS)
		*inout_len = (DWORD)needed;
	return end(call, err);
}

/* The last piece, whose padding is looked at before the caller gets anything. */
static DWORD decrypt_last(const struct call *call, BYTE *data, size_t *inout_len)
{
	const size_t block = call->key->alg->block;
	AUTO_SECRET plain = SECRET_INIT;
	size_t padding;
	DWORD err;

	if (!secret_set(&plain, span_of(data, *inout_len)))
		return NTE_NO_MEMORY;
	err = run_blocks(call, plain.data, plain.len);
	if (err != ERROR_SUCCESS)
		return err;
	padding = cipher_padding_of(span_of(plain.data + plain.len - block, block));
	if (padding == 0)
		return NTE_BAD_DATA;
	*inout_len = plain.len - padding;
	if (*inout_len != 0)
		memcpy(data, plain.data, *inout_len);
	return ERROR_SUCCESS;
}

static DWORD decrypt_bytes(const struct call *call, BYTE *data, size_t *inout_len)
{
	if (call->key->alg->block == 0)
		return run_stream(call->key, data, *inout_len);
	return call->final ? decrypt_last(call, data, inout_len) : run_blocks(call, data, *inout_len);
}

/*
 * The last piece has at least the padding of a block cipher; Windows refuses an empty one of RC4, too (Wine's
 * conformance test, dlls/advapi32/tests/crypt.c).
 */
static DWORD check_decrypted_len(const struct call *call, size_t len)
{
	const size_t block = call->key->alg->block;

	if (call->final && len == 0)
		return NTE_BAD_LEN;
	if (block == 0)
		return ERROR_SUCCESS;
	return len % block == 0 ? ERROR_SUCCESS : NTE_BAD_DATA;
}

static DWORD decrypt_locked(const struct call *call, BYTE *data, DWORD *inout_len)
{
	size_t len = *inout_len;
	DWORD err = check_key(call);

	if (err == ERROR_SUCCESS)
		err = check_decrypted_len(call, len);
	if (err == ERROR_SUCCESS)
		err = check_hash(call);
	if (err != ERROR_SUCCESS)
		return err;
	err = decrypt_bytes(call, data, &len);
	if (err == ERROR_SUCCESS)
		err = feed_hash(call, data, len);
	if (err == ERROR_SUCCESS)
		*inout_len = (DWORD)len;
	return end(call, err);
}

/* ---- the functions ---------------------------------------------------------------------------------- */

/* OAEP is for RSA keys; with others it changes nothing. */
static DWORD find(HCRYPTKEY key_handle, HCRYPTHASH hash_handle, DWORD flags, struct call *call)
{
	const DWORD err = capi_find_key(key_handle, &call->key);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0 && flags != CRYPT_OAEP)
		return NTE_BAD_FLAGS;
	return capi_find_hash_of(call->key->object.provider, hash_handle, &call->hash);
}

static void release(struct call *call)
{
	capi_release_hash(&call->hash);
	capi_release_key(&call->key);
}

EXPORT BOOL WINAPI CryptEncrypt(HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData,
				DWORD *pdwDataLen, DWORD dwBufLen)
{
	AUTO(release) struct call call = { .encrypt = true, .final = Final != FALSE };
	const DWORD err = find(hKey, hHash, dwFlags, &call);

	if (err != ERROR_SUCCESS || pdwDataLen == NULL)
		return capi_result(err != ERROR_SUCCESS ? err : ERROR_INVALID_PARAMETER);
	LOCKED(&call.key->object.lock);
	return capi_result(encrypt_locked(&call, pbData, pdwDataLen, dwBufLen));
}

EXPORT BOOL WINAPI CryptDecrypt(HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData,
				DWORD *pdwDataLen)
{
	AUTO(release) struct call call = { .final = Final != FALSE };
	const DWORD err = find(hKey, hHash, dwFlags, &call);

	if (err != ERROR_SUCCESS || pbData == NULL || pdwDataLen == NULL)
		return capi_result(err != ERROR_SUCCESS ? err : ERROR_INVALID_PARAMETER);
	LOCKED(&call.key->object.lock);
	return capi_result(decrypt_locked(&call, pbData, pdwDataLen));
}
