/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_key_alg.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/wide.h"

static const struct key_alg algs[] = {
	{ .name = CARD_AES_ALGORITHM, .windows = true, .block = 16,
	  .sizes = { { 16, { "AES-128-ECB", "AES-128-CBC", "AES-128-WRAP", "AES-128-WRAP-PAD" } },
		     { 24, { "AES-192-ECB", "AES-192-CBC", "AES-192-WRAP", "AES-192-WRAP-PAD" } },
		     { 32, { "AES-256-ECB", "AES-256-CBC", "AES-256-WRAP", "AES-256-WRAP-PAD" } } } },
	{ .name = CARD_3DES_ALGORITHM, .windows = true, .block = 8, .odd_parity = true,
	  .sizes = { { 24, { "DES-EDE3-ECB", "DES-EDE3-CBC", NULL, NULL } } } },
	{ .name = CARD_3DES_112_ALGORITHM, .windows = true, .block = 8, .odd_parity = true,
	  .sizes = { { 16, { "DES-EDE-ECB", "DES-EDE-CBC", NULL, NULL } } } },
	{ .name = CARD_EXT_DES_ALGORITHM, .odd_parity = true, .sizes = { { 8, { NULL, NULL, NULL, NULL } } } },
	{ .name = CARD_EXT_GENERIC_SECRET_ALGORITHM, .any_length = true },
};

const struct key_alg *key_alg_by_name(LPCWSTR name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(algs); i++) {
		if (wide_equal(name, algs[i].name))
			return &algs[i];
	}
	return NULL;
}

const struct key_alg *key_alg_row(size_t index)
{
	return index < ARRAY_COUNT(algs) ? &algs[index] : NULL;
}

static const struct key_alg_size *find_size(const struct key_alg *alg, size_t len)
{
	for (size_t i = 0; len != 0 && i < KEY_ALG_SIZES; i++) {
		if (alg->sizes[i].len == len)
			return &alg->sizes[i];
	}
	return NULL;
}

bool key_alg_takes(const struct key_alg *alg, size_t len)
{
	return alg->any_length ? len != 0 : find_size(alg, len) != NULL;
}

size_t key_alg_only_len(const struct key_alg *alg)
{
	return !alg->any_length && alg->sizes[1].len == 0 ? alg->sizes[0].len : 0;
}

const char *key_alg_cipher(const struct key_alg *alg, size_t len, enum key_cipher cipher)
{
	const struct key_alg_size *size = find_size(alg, len);

	return size != NULL && (unsigned)cipher < KEY_CIPHER_COUNT ? size->ciphers[cipher] : NULL;
}

void key_alg_set_parity(const struct key_alg *alg, struct secret *value)
{
	if (!alg->odd_parity)
		return;
	for (size_t i = 0; i < value->len; i++) {
		const uint8_t high = value->data[i] & 0xFEu;

		value->data[i] = (uint8_t)(high | (__builtin_parity(high) ^ 1));
	}
}
