/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AES key wrapping, whose context is ECB's: the steps of RFC 3394 and RFC 5649 on single blocks. OpenSSL's own cipher for
 * it leaves the processor's AES instructions unused and takes five times as long.
 */
#include "config.h"

#include <string.h>

#include "minidriver/drv_cipher_mode.h"

#define SEMIBLOCK 8u /* RFC 3394 and RFC 5649 count in 64 bits */
#define BLOCK (2 * SEMIBLOCK)
#define ROUNDS 6u
#define LENGTH_AT 4u /* RFC 5649 3: the alternative initial value is a constant and the length */

static bool is_kwp(const CARD_EXT_CIPHER *cipher)
{
	return cipher->mode->cipher == KEY_CIPHER_KWP;
}

/* ---- lengths ---------------------------------------------------------------------------------------- */

/* Data as the steps take it: RFC 5649 fills up, PKCS #7 always adds something. */
static size_t filled_len(const CARD_EXT_CIPHER *cipher, size_t len)
{
	const size_t more = cipher->mode->padded ? SEMIBLOCK : SEMIBLOCK - 1;

	return (len + more) / SEMIBLOCK * SEMIBLOCK;
}

static DWORD wrap_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const bool any = cipher->mode->padded || is_kwp(cipher);
	const size_t filled = filled_len(cipher, in_len);

	if ((!any && in_len % SEMIBLOCK != 0) || in_len == 0 || (!is_kwp(cipher) && filled < 2 * SEMIBLOCK))
		return SCARD_E_INVALID_PARAMETER;
	*ret_most = filled + SEMIBLOCK;
	return ERROR_SUCCESS;
}

static DWORD unwrap_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const size_t least = (is_kwp(cipher) ? 2 : 3) * SEMIBLOCK;

	if (in_len % SEMIBLOCK != 0 || in_len < least)
		return SCARD_E_INVALID_PARAMETER;
	*ret_most = in_len - SEMIBLOCK - (cipher->mode->padded ? 1 : 0);
	return ERROR_SUCCESS;
}

static DWORD wrap_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	if (in_len > cipher->mode->limit)
		return SCARD_E_INVALID_PARAMETER;
	return cipher->encrypt ? wrap_len(cipher, in_len, ret_most) : unwrap_len(cipher, in_len, ret_most);
}

/* ---- the steps -------------------------------------------------------------------------------------- */

/* A, R[1] to R[count], and behind them room for the block under work; all of it secret. */
struct steps {
	struct secret bytes;
	size_t count;
};

static void steps_end(struct steps *steps)
{
	secret_clear(&steps->bytes);
}

static bool run_block(PCARD_EXT_CIPHER cipher, BYTE block[BLOCK])
{
	return ossl_cipher_run(&cipher->context, span_of(block, BLOCK), block);
}

/* A ^ t, t being the number of the step */
static void count_step(BYTE a[SEMIBLOCK], uint64_t t)
{
	for (size_t i = SEMIBLOCK; t != 0; t >>= 8)
		a[--i] ^= (BYTE)t;
}

/* RFC 3394 2.2.1 */
static bool wrap_steps(PCARD_EXT_CIPHER cipher, const struct steps *steps)
{
	BYTE *a = steps->bytes.data;
	BYTE *block = a + (steps->count + 1) * SEMIBLOCK;
	uint64_t t = 0;

	memcpy(block, a, SEMIBLOCK);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (BYTE *r = a + SEMIBLOCK; r < block; r += SEMIBLOCK) {
			memcpy(block + SEMIBLOCK, r, SEMIBLOCK);
			if (!run_block(cipher, block))
				return false;
			count_step(block, ++t);
			memcpy(r, block + SEMIBLOCK, SEMIBLOCK);
		}
	}
	memcpy(a, block, SEMIBLOCK);
	return true;
}

/* RFC 3394 2.2.2 */
static bool unwrap_steps(PCARD_EXT_CIPHER cipher, const struct steps *steps)
{
	BYTE *a = steps->bytes.data;
	BYTE *block = a + (steps->count + 1) * SEMIBLOCK;
	uint64_t t = (uint64_t)ROUNDS * steps->count;

	memcpy(block, a, SEMIBLOCK);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (BYTE *r = block - SEMIBLOCK; r > a; r -= SEMIBLOCK) {
			count_step(block, t--);
			memcpy(block + SEMIBLOCK, r, SEMIBLOCK);
			if (!run_block(cipher, block))
				return false;
			memcpy(r, block + SEMIBLOCK, SEMIBLOCK);
		}
	}
	memcpy(a, block, SEMIBLOCK);
	return true;
}

/* RFC 5649 4.1 and 4.2: one semiblock of data is one block with A, and there are no steps. */
static bool run(PCARD_EXT_CIPHER cipher, const struct steps *steps)
{
	if (steps->count == 1)
		return run_block(cipher, steps->bytes.data);
	return cipher->encrypt ? wrap_steps(cipher, steps) : unwrap_steps(cipher, steps);
}

/* ---- wrapping --------------------------------------------------------------------------------------- */

static void put_initial_value(const CARD_EXT_CIPHER *cipher, size_t len, BYTE a[SEMIBLOCK])
{
	memcpy(a, cipher->iv, cipher->iv_len);
	for (size_t i = LENGTH_AT; is_kwp(cipher) && i < SEMIBLOCK; i++)
		a[i] = (BYTE)(len >> 8 * (SEMIBLOCK - 1 - i));
}

static DWORD wrap(PCARD_EXT_CIPHER cipher, struct span in, const struct steps *steps, struct span *ret_result)
{
	BYTE *a = steps->bytes.data;
	const size_t filled = steps->count * SEMIBLOCK;
	const size_t padding = filled - in.len;

	put_initial_value(cipher, in.len, a);
	memcpy(a + SEMIBLOCK, in.data, in.len);
	memset(a + SEMIBLOCK + in.len, cipher->mode->padded ? (int)padding : 0, padding);
	*ret_result = span_of(a, SEMIBLOCK + filled);
	return run(cipher, steps) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

/* ---- unwrapping ------------------------------------------------------------------------------------- */

/* RFC 3394's check has passed: what the padding tells is no oracle. */
static size_t padded_len(struct span data)
{
	const size_t padding = cipher_padding_of(span_of(data.data + data.len - SEMIBLOCK, SEMIBLOCK));

	return padding != 0 ? data.len - padding : 0;
}

/* RFC 5649 3, its three conditions looked at in constant time; 0: one of them does not hold. */
static size_t kwp_len(const CARD_EXT_CIPHER *cipher, const BYTE a[SEMIBLOCK], struct span data)
{
	unsigned wrong = secret_equal(span_of(a, LENGTH_AT), span_of(cipher->iv, LENGTH_AT)) ? 0 : 1;
	size_t len = 0;

	for (size_t i = LENGTH_AT; i < SEMIBLOCK; i++)
		len = len << 8 | a[i];
	wrong |= (unsigned)(len > data.len) | (unsigned)(len + SEMIBLOCK <= data.len);
	for (size_t i = data.len - SEMIBLOCK; i < data.len; i++)
		wrong |= (unsigned)(i >= len) * data.data[i];
	return wrong == 0 ? len : 0;
}

static size_t unwrapped_len(const CARD_EXT_CIPHER *cipher, const BYTE a[SEMIBLOCK], struct span data)
{
	if (is_kwp(cipher))
		return kwp_len(cipher, a, data);
	if (!secret_equal(span_of(a, SEMIBLOCK), span_of(cipher->iv, SEMIBLOCK)))
		return 0;
	return cipher->mode->padded ? padded_len(data) : data.len;
}

static DWORD unwrap(PCARD_EXT_CIPHER cipher, struct span in, const struct steps *steps, struct span *ret_result)
{
	BYTE *a = steps->bytes.data;
	const struct span data = span_of(a + SEMIBLOCK, steps->count * SEMIBLOCK);

	memcpy(a, in.data, in.len);
	if (!run(cipher, steps))
		return SCARD_E_UNEXPECTED;
	*ret_result = span_of(data.data, unwrapped_len(cipher, a, data));
	return ret_result->len != 0 ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE;
}

/* ---- both ------------------------------------------------------------------------------------------- */

static DWORD wrap_once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	AUTO(steps_end) struct steps steps = { SECRET_INIT, 0 };
	const size_t filled = cipher->encrypt ? filled_len(cipher, in.len) : in.len - SEMIBLOCK;
	struct span result = SPAN_EMPTY;
	DWORD err;

	steps.count = filled / SEMIBLOCK;
	if (!secret_alloc(&steps.bytes, SEMIBLOCK + filled + BLOCK))
		return SCARD_E_NO_MEMORY;
	err = cipher->encrypt ? wrap(cipher, in, &steps, &result) : unwrap(cipher, in, &steps, &result);
	if (err == ERROR_SUCCESS && result.len > *ret_len)
		err = SCARD_E_UNEXPECTED;
	if (err != ERROR_SUCCESS)
		return err;
	memcpy(out, result.data, result.len);
	*ret_len = result.len;
	return ERROR_SUCCESS;
}

const struct cipher_ops cipher_wrap_ops = { .once_len = wrap_once_len, .once = wrap_once };
