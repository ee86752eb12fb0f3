/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_key_alg.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/cng.h"
#include "minidriver/wide.h"

static const struct key_alg algs[] = {
#define ECB_AND_CBC(name) [KEY_CIPHER_ECB] = name "-ECB", [KEY_CIPHER_CBC] = name "-CBC"
#define AES(size, name)                                                                                            \
	{ .len = size, .ciphers = { ECB_AND_CBC(name), [KEY_CIPHER_CFB1] = name "-CFB1",                           \
				    [KEY_CIPHER_CFB8] = name "-CFB8", [KEY_CIPHER_CFB128] = name "-CFB",           \
				    [KEY_CIPHER_OFB] = name "-OFB", [KEY_CIPHER_CTR] = name "-CTR",                \
				    [KEY_CIPHER_GCM] = name "-GCM", [KEY_CIPHER_CCM] = name "-CCM",                \
				    [KEY_CIPHER_KW] = name "-ECB", [KEY_CIPHER_KWP] = name "-ECB" } }
	{ .name = CARD_AES_ALGORITHM, .windows = true, .block = 16, .chaining = KEY_CIPHER_CBC,
	  .sizes = { AES(16, "AES-128"), AES(24, "AES-192"), AES(32, "AES-256") } },
	{ .name = CARD_3DES_ALGORITHM, .windows = true, .block = 8, .chaining = KEY_CIPHER_CBC, .odd_parity = true,
	  .sizes = { { .len = 24, .ciphers = { ECB_AND_CBC("DES-EDE3") } } } },
	{ .name = CARD_3DES_112_ALGORITHM, .windows = true, .block = 8, .chaining = KEY_CIPHER_CBC, .odd_parity = true,
	  .sizes = { { .len = 16, .ciphers = { ECB_AND_CBC("DES-EDE") } } } },
	{ .name = CARD_EXT_DES_ALGORITHM, .legacy = true, .block = 8, .chaining = KEY_CIPHER_CBC, .odd_parity = true,
	  .sizes = { { .len = 8, .ciphers = { ECB_AND_CBC("DES") } } } },
	{ .name = CARD_EXT_RC2_ALGORITHM, .legacy = true, .effective_bits = true, .block = 8,
	  .chaining = KEY_CIPHER_CBC, .sizes = { { .len = 1, .most = 128, .ciphers = { ECB_AND_CBC("RC2") } } } },
	{ .name = CARD_EXT_RC4_ALGORITHM, .legacy = true, .block = 1, .chaining = KEY_CIPHER_RC4,
	  .sizes = { { .len = 1, .most = 256, .ciphers = { [KEY_CIPHER_RC4] = "RC4" } } } },
	{ .name = CARD_EXT_XTS_AES_ALGORITHM, .block = 16, .chaining = KEY_CIPHER_XTS,
	  .sizes = { { .len = 32, .ciphers = { [KEY_CIPHER_XTS] = "AES-128-XTS" } },
		     { .len = 64, .ciphers = { [KEY_CIPHER_XTS] = "AES-256-XTS" } } } },
	{ .name = CARD_EXT_CHACHA20_ALGORITHM, .block = 1, .chaining = KEY_CIPHER_CHACHA20_POLY1305,
	  .sizes = { { .len = 32, .ciphers = { [KEY_CIPHER_CHACHA20] = "ChaCha20",
					       [KEY_CIPHER_CHACHA20_POLY1305] = "ChaCha20-Poly1305" } } } },
	{ .name = CARD_EXT_GENERIC_SECRET_ALGORITHM, .any_length = true },
#undef AES
#undef ECB_AND_CBC
};

const struct key_alg *key_alg_by_name(LPCWSTR name)
{
	/* what the host side names is the very string of this table, where the linker has merged what is the same */
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(algs); i++) {
		if (name == algs[i].name)
			return &algs[i];
	}
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

static bool in_size(const struct key_alg_size *size, size_t len)
{
	return len == size->len || (len > size->len && len <= size->most);
}

static const struct key_alg_size *find_size(const struct key_alg *alg, size_t len)
{
	for (size_t i = 0; len != 0 && i < KEY_ALG_SIZES; i++) {
		if (in_size(&alg->sizes[i], len))
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
	const bool one = !alg->any_length && alg->sizes[0].most == 0 && alg->sizes[1].len == 0;

	return one ? alg->sizes[0].len : 0;
}

const char *const *key_alg_ciphers(const struct key_alg *alg, size_t len)
{
	const struct key_alg_size *size = find_size(alg, len);

	return size != NULL ? size->ciphers : NULL;
}

const char *key_alg_cipher(const struct key_alg *alg, size_t len, enum key_cipher cipher)
{
	const char *const *ciphers = key_alg_ciphers(alg, len);

	return ciphers != NULL && (unsigned)cipher < KEY_CIPHER_COUNT ? ciphers[cipher] : NULL;
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

static const LPCWSTR chainings[KEY_CIPHER_COUNT] = {
	[KEY_CIPHER_ECB] = BCRYPT_CHAIN_MODE_ECB,   [KEY_CIPHER_CBC] = BCRYPT_CHAIN_MODE_CBC,
	[KEY_CIPHER_CFB8] = BCRYPT_CHAIN_MODE_CFB,  [KEY_CIPHER_GCM] = BCRYPT_CHAIN_MODE_GCM,
	[KEY_CIPHER_CCM] = BCRYPT_CHAIN_MODE_CCM,   [KEY_CIPHER_XTS] = BCRYPT_CHAIN_MODE_NA,
	[KEY_CIPHER_RC4] = BCRYPT_CHAIN_MODE_NA,    [KEY_CIPHER_CHACHA20_POLY1305] = BCRYPT_CHAIN_MODE_NA,
};

LPCWSTR key_cipher_chaining(enum key_cipher cipher)
{
	return (unsigned)cipher < KEY_CIPHER_COUNT ? chainings[cipher] : NULL;
}

enum key_cipher key_alg_chaining(const struct key_alg *alg, size_t len, struct span name)
{
	/* what a new key has comes first: N/A is the name of more than one */
	if (chainings[alg->chaining] != NULL && wide_is(name, chainings[alg->chaining]))
		return alg->chaining;
	for (size_t i = 0; i < KEY_CIPHER_COUNT; i++) {
		if (chainings[i] != NULL && wide_is(name, chainings[i]) &&
		    key_alg_cipher(alg, len, (enum key_cipher)i) != NULL)
			return (enum key_cipher)i;
	}
	return KEY_CIPHER_COUNT;
}
