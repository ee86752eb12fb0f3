/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes that work on whole blocks: ECB, CBC, CBC with PKCS #7 padding, and CBC with ciphertext stealing. */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/drv_cipher_mode.h"

/* A block that is not the caller's to see yet. */
struct block {
	BYTE bytes[CIPHER_HELD_MAX];
};
static void block_wipe(struct block *block)
{
	wipe(block, sizeof(*block));
}
#define AUTO_BLOCK AUTO(block_wipe) struct block

/* ---- parts ------------------------------------------------------------------------------------------ */

/* Of len bytes those in whole blocks, whose length is a power of two. */
static size_t whole_blocks(size_t len, size_t block)
{
	return len & ~(block - 1);
}

/* How many bytes must stay back, because what comes next or the end decides what they become. */
static size_t held(const CARD_EXT_CIPHER *cipher)
{
	if (cipher->mode->ops == &cipher_cts_ops)
		return cipher->block;
	return cipher->mode->padded && !cipher->encrypt ? 1 : 0;
}

static size_t update_len(const CARD_EXT_CIPHER *cipher, size_t in_len)
{
	/* pending_len + in_len may not fit; whole blocks and the sum of the rests do, or the input cannot exist */
	const size_t block = cipher->block;
	const size_t whole = whole_blocks(in_len, block);
	const size_t rest = cipher->pending_len + (in_len - whole);
	const size_t kept = held(cipher);
	size_t lacking;

	if (rest >= kept)
		return whole + whole_blocks(rest - kept, block);
	lacking = whole_blocks(kept - rest + block - 1, block);
	return whole > lacking ? whole - lacking : 0;
}

static void keep(PCARD_EXT_CIPHER cipher, struct span in)
{
	if (in.len == 0)
		return;
	memcpy(cipher->pending + cipher->pending_len, in.data, in.len);
	cipher->pending_len += in.len;
	cipher->has_pended = true;
}

/* The first bytes of pending, whole blocks, through; the others move up. */
static DWORD flow_pending(PCARD_EXT_CIPHER cipher, BYTE *out, size_t len)
{
	const DWORD err = cipher_run(cipher, span_of(cipher->pending, len), out);

	cipher->pending_len -= len;
	memmove(cipher->pending, cipher->pending + len, cipher->pending_len);
	return err;
}

/* len bytes come out, what is pending first. */
static DWORD update(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len)
{
	const size_t block = cipher->block;
	const size_t pending = cipher->pending_len;
	const size_t filled = whole_blocks(pending + block - 1, block);
	const size_t first = filled < len ? filled : len;
	const size_t fill = first > pending ? first - pending : 0;
	DWORD err = ERROR_SUCCESS;

	if (first != 0) {
		keep(cipher, span_of(in.data, fill));
		err = flow_pending(cipher, out, first);
	}
	if (err == ERROR_SUCCESS && len != first)
		err = cipher_run(cipher, span_of(in.data + fill, len - first), out + first);
	if (err == ERROR_SUCCESS)
		keep(cipher, span_of(in.data + fill + (len - first), in.len - fill - (len - first)));
	return err;
}

/* ---- ECB, CBC, and padding -------------------------------------------------------------------------- */

static size_t block_finish_len(const CARD_EXT_CIPHER *cipher)
{
	if (!cipher->mode->padded)
		return 0;
	return cipher->encrypt ? cipher->block : cipher->block - 1;
}

static DWORD finish_padded_encryption(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	const size_t padding = cipher->block - cipher->pending_len;

	memset(cipher->pending + cipher->pending_len, (int)padding, padding);
	*ret_len = cipher->block;
	return cipher_run(cipher, span_of(cipher->pending, cipher->block), out);
}

static DWORD finish_padded_decryption(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	AUTO_BLOCK plain;
	size_t padding;
	DWORD err;

	if (cipher->pending_len != cipher->block)
		return SCARD_E_INVALID_PARAMETER;
	err = cipher_run(cipher, span_of(cipher->pending, cipher->block), plain.bytes);
	if (err != ERROR_SUCCESS)
		return err;
	padding = cipher_padding_of(span_of(plain.bytes, cipher->block));
	if (padding == 0)
		return SCARD_E_INVALID_VALUE;
	*ret_len = cipher->block - padding;
	if (*ret_len != 0)
		memcpy(out, plain.bytes, *ret_len);
	return ERROR_SUCCESS;
}

static DWORD block_finish(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	if (cipher->mode->padded)
		return cipher->encrypt ? finish_padded_encryption(cipher, out, ret_len)
				       : finish_padded_decryption(cipher, out, ret_len);
	*ret_len = 0;
	return cipher->pending_len == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD block_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const size_t block = cipher->block;
	const bool padded = cipher->mode->padded;

	if (padded && cipher->encrypt) {
		*ret_most = whole_blocks(in_len, block) + block;
		return *ret_most > in_len ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
	}
	*ret_most = in_len;
	if (whole_blocks(in_len, block) != in_len || (padded && in_len == 0))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

/* As parts are, in two: what an update gives, and the end. */
static DWORD once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	size_t len;
	size_t last = 0;
	DWORD err;

	cipher->pending_len = 0;
	len = update_len(cipher, in.len);
	err = update(cipher, in, out, len);
	if (err == ERROR_SUCCESS)
		err = cipher->mode->ops->finish(cipher, out + len, &last);
	*ret_len = len + last;
	return err;
}

static DWORD block_once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	if (cipher->mode->padded)
		return once(cipher, in, out, ret_len);
	*ret_len = in.len;
	return cipher_run(cipher, in, out);
}

const struct cipher_ops cipher_block_ops = {
	.once_len = block_once_len,
	.once = block_once,
	.update_len = update_len,
	.update = update,
	.finish_len = block_finish_len,
	.finish = block_finish,
};

/* ---- ciphertext stealing ---------------------------------------------------------------------------- */

/*
 * SP 800-38A, addendum, CS1: the last block of plain text, filled up with zero bits, is enciphered as in CBC; of the
 * block of ciphertext before it only as many bytes are sent as the last block of plain text had.
 */
static DWORD steal(PCARD_EXT_CIPHER cipher, BYTE *out)
{
	const size_t block = cipher->block;
	const size_t tail = cipher->pending_len - block;
	AUTO_BLOCK result;
	DWORD err;

	memset(cipher->pending + cipher->pending_len, 0, 2 * block - cipher->pending_len);
	err = cipher_run(cipher, span_of(cipher->pending, 2 * block), result.bytes);
	if (err != ERROR_SUCCESS)
		return err;
	memcpy(out, result.bytes, tail);
	memcpy(out + tail, result.bytes + block, block);
	return ERROR_SUCCESS;
}

static void xor_into(BYTE *to, const BYTE *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] ^= from[i];
}

/*
 * The other way round. Pending is C* || Cn, C* of `tail` bytes. CBC gives D(Cn) ^ before, and then D(Cn-1) ^ Cn; taking
 * those operands out again gives what the two blocks need.
 */
static DWORD give_back(PCARD_EXT_CIPHER cipher, BYTE *out)
{
	const size_t block = cipher->block;
	const size_t tail = cipher->pending_len - block;
	const BYTE *last = cipher->pending + tail;
	BYTE before[KEY_ALG_BLOCK_MAX];
	AUTO_BLOCK stolen; /* D(Cn), whose first bytes are the last of plain text ^ C*, its others those of Cn-1 */
	AUTO_BLOCK plain;
	DWORD err;

	if (!ossl_cipher_get_iv(&cipher->context, before, block))
		return SCARD_E_UNEXPECTED;
	err = cipher_run(cipher, span_of(last, block), stolen.bytes);
	if (err != ERROR_SUCCESS)
		return err;
	xor_into(stolen.bytes, before, block);
	memcpy(plain.bytes, cipher->pending, tail);
	memcpy(plain.bytes + tail, stolen.bytes + tail, block - tail);
	err = cipher_run(cipher, span_of(plain.bytes, block), plain.bytes);
	if (err != ERROR_SUCCESS)
		return err;
	xor_into(plain.bytes, last, block);
	xor_into(plain.bytes, before, block);
	xor_into(stolen.bytes, cipher->pending, tail);
	memcpy(out, plain.bytes, block);
	memcpy(out + block, stolen.bytes, tail);
	return ERROR_SUCCESS;
}

static size_t cts_finish_len(const CARD_EXT_CIPHER *cipher)
{
	return cipher->pending_len < cipher->block ? 0 : cipher->pending_len;
}

static DWORD cts_finish(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	if (cipher->pending_len < cipher->block)
		return SCARD_E_INVALID_PARAMETER;
	*ret_len = cipher->pending_len;
	if (cipher->pending_len == cipher->block)
		return cipher_run(cipher, span_of(cipher->pending, cipher->block), out);
	return cipher->encrypt ? steal(cipher, out) : give_back(cipher, out);
}

static DWORD cts_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	*ret_most = in_len;
	return in_len >= cipher->block ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

const struct cipher_ops cipher_cts_ops = {
	.once_len = cts_once_len,
	.once = once,
	.update_len = update_len,
	.update = update,
	.finish_len = cts_finish_len,
	.finish = cts_finish,
};
