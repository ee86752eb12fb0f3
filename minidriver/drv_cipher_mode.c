/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_cipher_mode.h"

#include <string.h>

#include "base/ossl.h"

static const BYTE rfc3394_iv[8] = { 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6 }; /* 2.2.3.1 */
static const BYTE rfc5649_iv[4] = { 0xA6, 0x59, 0x59, 0xA6 };                         /* 3 */

#define TAG(len) (UINT32_C(1) << (len))
/* SP 800-38D, 5.2.1.2; SP 800-38C, A.1 */
#define GCM_TAGS (TAG(4) | TAG(8) | TAG(12) | TAG(13) | TAG(14) | TAG(15) | TAG(16))
#define CCM_TAGS (TAG(4) | TAG(6) | TAG(8) | TAG(10) | TAG(12) | TAG(14) | TAG(16))

#define GCM_MOST ((UINT64_C(1) << 36) - 32)      /* SP 800-38D, 5.2.1.1 */
#define XTS_MOST (UINT64_C(16) << 20)            /* SP 800-38E, 4: 2^20 blocks in a data unit */
#define POLY1305_MOST (((UINT64_C(1) << 32) - 1) * 64) /* RFC 8439, 2.8 */
#define CHACHA_BLOCK 64u

/* By number; of two rows with one cipher, the first is the mode that a key's ChainingMode means. */
static const struct cipher_mode modes[] = {
	[CARD_EXT_MODE_ECB] = { .cipher = KEY_CIPHER_ECB, .ops = &cipher_block_ops },
	[CARD_EXT_MODE_CBC] = { .cipher = KEY_CIPHER_CBC, .ops = &cipher_block_ops, .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_CBC_PAD] = { .cipher = KEY_CIPHER_CBC, .ops = &cipher_block_ops,
	  .iv_len = CIPHER_IV_BLOCK, .padded = true, .inexact = CIPHER_DECRYPTS },
	[CARD_EXT_MODE_CTS] = { .cipher = KEY_CIPHER_CBC, .ops = &cipher_cts_ops, .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_CTR] = { .cipher = KEY_CIPHER_CTR, .ops = &cipher_stream_ops, .iv_len = 16,
	  .counts_end = true },
	[CARD_EXT_MODE_OFB] = { .cipher = KEY_CIPHER_OFB, .ops = &cipher_stream_ops, .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_CFB1] = { .cipher = KEY_CIPHER_CFB1, .ops = &cipher_stream_ops,
	  .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_CFB8] = { .cipher = KEY_CIPHER_CFB8, .ops = &cipher_stream_ops,
	  .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_CFB128] = { .cipher = KEY_CIPHER_CFB128, .ops = &cipher_stream_ops,
	  .iv_len = CIPHER_IV_BLOCK },
	[CARD_EXT_MODE_GCM] = { .cipher = KEY_CIPHER_GCM, .ops = &cipher_aead_ops, .iv_len = 1,
	  .iv_most = CIPHER_IV_MAX, .tags = GCM_TAGS, .gathers = CIPHER_DECRYPTS, .limit = GCM_MOST },
	[CARD_EXT_MODE_CCM] = { .cipher = KEY_CIPHER_CCM, .ops = &cipher_ccm_ops, .iv_len = 7, .iv_most = 13,
	  .complains = true, .tags = CCM_TAGS, .gathers = CIPHER_ALWAYS },
	[CARD_EXT_MODE_XTS] = { .cipher = KEY_CIPHER_XTS, .ops = &cipher_xts_ops, .iv_len = 16, .complains = true,
	  .gathers = CIPHER_ALWAYS, .limit = XTS_MOST },
	[CARD_EXT_MODE_KW] = { .cipher = KEY_CIPHER_KW, .ops = &cipher_wrap_ops, .keeps_iv = true,
	  .iv_len = sizeof(rfc3394_iv), .iv_default = rfc3394_iv, .gathers = CIPHER_ALWAYS, .limit = CIPHER_CALL_MAX },
	[CARD_EXT_MODE_KWP] = { .cipher = KEY_CIPHER_KWP, .ops = &cipher_wrap_ops, .keeps_iv = true,
	  .iv_len = sizeof(rfc5649_iv), .iv_default = rfc5649_iv, .gathers = CIPHER_ALWAYS,
	  .inexact = CIPHER_DECRYPTS, .limit = CIPHER_CALL_MAX },
	[CARD_EXT_MODE_KW_PKCS7] = { .cipher = KEY_CIPHER_KW, .ops = &cipher_wrap_ops, .keeps_iv = true,
	  .iv_len = sizeof(rfc3394_iv), .iv_default = rfc3394_iv, .gathers = CIPHER_ALWAYS, .padded = true,
	  .inexact = CIPHER_DECRYPTS, .limit = CIPHER_CALL_MAX },
	[CARD_EXT_MODE_RC4] = { .cipher = KEY_CIPHER_RC4, .ops = &cipher_stream_ops, .rekeyed = true },
	[CARD_EXT_MODE_CHACHA20] = { .cipher = KEY_CIPHER_CHACHA20, .ops = &cipher_stream_ops, .iv_len = 16,
	  .counts_begin = true },
	[CARD_EXT_MODE_CHACHA20_POLY1305] = { .cipher = KEY_CIPHER_CHACHA20_POLY1305, .ops = &cipher_aead_ops,
	  .iv_len = 12, .tags = TAG(16), .gathers = CIPHER_DECRYPTS, .limit = POLY1305_MOST },
};

/* ---- finding ---------------------------------------------------------------------------------------- */

static const struct cipher_mode *by_number(DWORD number)
{
	return number < ARRAY_COUNT(modes) && modes[number].ops != NULL ? &modes[number] : NULL;
}

static const struct cipher_mode *by_cipher(enum key_cipher cipher)
{
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		if (modes[i].ops != NULL && modes[i].cipher == cipher)
			return &modes[i];
	}
	return NULL;
}

/* As the key's properties say. A mode with a tag has its nonce from the caller each time, as CNG has it. */
static const struct cipher_mode *mode_of_key(struct session_key *key, CARD_EXT_CIPHER_INFO *info,
					     BYTE key_iv[KEY_ALG_BLOCK_MAX])
{
	const struct cipher_mode *mode;
	enum key_cipher chaining;

	spin_acquire(&key->properties_spin);
	chaining = key->chaining;
	memcpy(key_iv, key->iv, KEY_ALG_BLOCK_MAX);
	spin_release(&key->properties_spin);
	mode = by_cipher(chaining);
	if (mode == NULL || mode->tags != 0)
		return mode;
	if (info->cbIV != 0)
		return NULL;
	if (mode->iv_len != 0) {
		info->pbIV = key_iv;
		info->cbIV = mode->iv_len == CIPHER_IV_BLOCK ? key->alg->block : mode->iv_len;
	}
	return mode;
}

static bool iv_right(const struct cipher_mode *mode, const CARD_EXT_CIPHER_INFO *info, size_t block)
{
	const size_t least = mode->iv_len == CIPHER_IV_BLOCK ? block : mode->iv_len;
	const size_t most = mode->iv_most != 0 ? mode->iv_most : least;

	if (info->cbIV == 0)
		return least == 0 || mode->iv_default != NULL;
	return info->pbIV != NULL && info->cbIV >= least && info->cbIV <= most;
}

static bool counter_right(const struct cipher_mode *mode, DWORD bits, size_t block)
{
	if (mode->counts_end)
		return bits >= 1 && bits <= 8 * block;
	return !mode->counts_begin || bits == 32 || bits == 64;
}

static bool tag_right(const struct cipher_mode *mode, const CARD_EXT_CIPHER_INFO *info)
{
	if (mode->tags == 0)
		return true;
	return info->cbTag <= CIPHER_TAG_MAX && (mode->tags & TAG(info->cbTag)) != 0 &&
	       (info->pbAuthData != NULL || info->cbAuthData == 0);
}

/* SP 800-38C, A.1: the length of the data is written into what the nonce leaves of 15 bytes. */
static bool data_right(const struct cipher_mode *mode, const CARD_EXT_CIPHER_INFO *info)
{
	size_t width;

	if (mode->cipher != KEY_CIPHER_CCM)
		return true;
	width = 15 - info->cbIV;
	return info->cbAuthData <= CIPHER_CALL_MAX && info->cbData <= CIPHER_CALL_MAX &&
	       (width >= sizeof(uint64_t) || (uint64_t)info->cbData >> 8 * width == 0);
}

/* IEEE 1619 wants two keys; OpenSSL refuses to encrypt with one that is twice the same. */
static bool halves_differ(const struct session_key *key)
{
	const size_t half = key->value.len / 2;

	return !secret_equal(span_of(key->value.data, half), span_of(key->value.data + half, half));
}

DWORD cipher_mode_find(struct session_key *key, CARD_EXT_CIPHER_INFO *inout_info, BYTE key_iv[KEY_ALG_BLOCK_MAX],
		       const struct cipher_mode **ret_mode)
{
	const struct key_alg *alg = key->alg;
	const struct cipher_mode *mode;

	if (alg->block == 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	mode = inout_info->dwMode == CARD_EXT_MODE_KEY ? mode_of_key(key, inout_info, key_iv)
						       : by_number(inout_info->dwMode);
	if (mode == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if (session_key_cipher(key, mode->cipher) == NULL || (alg->legacy && !ossl_legacy()))
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (!iv_right(mode, inout_info, alg->block) || !tag_right(mode, inout_info) || !data_right(mode, inout_info) ||
	    !counter_right(mode, inout_info->cCounterBits, alg->block))
		return SCARD_E_INVALID_PARAMETER;
	if (alg->effective_bits && (inout_info->cEffectiveBits == 0 || inout_info->cEffectiveBits > 1024))
		return SCARD_E_INVALID_PARAMETER;
	if (mode->cipher == KEY_CIPHER_XTS && inout_info->fEncrypt != FALSE && !halves_differ(key))
		return SCARD_W_SECURITY_VIOLATION;
	*ret_mode = mode;
	return ERROR_SUCCESS;
}

/* ---- counters --------------------------------------------------------------------------------------- */

/* 2^64 or more is UINT64_MAX: nobody lives to feed so many bytes. */
static uint64_t times(uint64_t blocks, size_t block)
{
	return blocks > UINT64_MAX / block ? UINT64_MAX : blocks * block;
}

/* Blocks until `bits` bits of a counter, whose value is high * 2^64 + low, begin anew. */
static uint64_t blocks_left(uint64_t high, uint64_t low, DWORD bits)
{
	const uint64_t high_full = bits <= 64 ? 0 : bits == 128 ? UINT64_MAX : (UINT64_C(1) << (bits - 64)) - 1;
	const uint64_t low_full = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

	if ((high & high_full) != high_full || (low & low_full) == 0)
		return low_full == UINT64_MAX ? UINT64_MAX : low_full + 1;
	return low_full - (low & low_full) + 1;
}

static uint64_t number_of(const BYTE *bytes, bool big_endian)
{
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | bytes[big_endian ? i : sizeof(number) - 1 - i];
	return number;
}

uint64_t cipher_mode_limit(const CARD_EXT_CIPHER *cipher)
{
	const struct cipher_mode *mode = cipher->mode;

	if (mode->counts_end)
		return times(blocks_left(number_of(cipher->iv, true), number_of(cipher->iv + 8, true),
					 cipher->counter_bits),
			     16);
	if (mode->counts_begin)
		return times(blocks_left(0, number_of(cipher->iv, false), cipher->counter_bits), CHACHA_BLOCK);
	return mode->limit != 0 ? mode->limit : UINT64_MAX;
}
