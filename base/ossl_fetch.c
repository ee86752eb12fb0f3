/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl_fetch.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_cipher.h"
#include "base/ossl_digest.h"
#include "base/quiet.h"

enum kind {
	KIND_CIPHER = 0,
	KIND_DIGEST,
	KIND_MD,
	KIND_MAC,
	KIND_KDF,
	KIND_COUNT
};

static void *fetch_cipher(const char *name)
{
	return ossl_cipher_new(name);
}
static void free_cipher(void *algorithm)
{
	ossl_cipher_free(algorithm);
}
static void *fetch_digest(const char *name)
{
	return ossl_digest_new(name);
}
static void free_digest(void *algorithm)
{
	ossl_digest_free(algorithm);
}
static void *fetch_md(const char *name)
{
	return EVP_MD_fetch(ossl_context(), name, NULL);
}
static void free_md(void *algorithm)
{
	EVP_MD_free(algorithm);
}
static void *fetch_mac(const char *name)
{
	return EVP_MAC_fetch(ossl_context(), name, NULL);
}
static void free_mac(void *algorithm)
{
	EVP_MAC_free(algorithm);
}
static void *fetch_kdf(const char *name)
{
	return EVP_KDF_fetch(ossl_context(), name, NULL);
}
static void free_kdf(void *algorithm)
{
	EVP_KDF_free(algorithm);
}

static const struct {
	void *(*fetch)(const char *name);
	void (*free)(void *algorithm);
} kinds[] = {
	[KIND_CIPHER] = { fetch_cipher, free_cipher },
	[KIND_DIGEST] = { fetch_digest, free_digest },
	[KIND_MD] = { fetch_md, free_md },
	[KIND_MAC] = { fetch_mac, free_mac },
	[KIND_KDF] = { fetch_kdf, free_kdf },
};
_Static_assert(ARRAY_COUNT(kinds) == KIND_COUNT, "a row for each kind");

/* Found algorithms of a kind, the newest first. Entries are only ever put in front, so a list can be read at any time. */
struct entry {
	struct entry *next;
	const char *name;
	void *algorithm;
};

static _Atomic(struct entry *) lists[KIND_COUNT];

/* A name that was asked for before is usually the very same string. */
static void *find(enum kind kind, const char *name)
{
	for (struct entry *entry = atomic_load(&lists[kind]); entry != NULL; entry = entry->next) {
		if (entry->name == name)
			return entry->algorithm;
	}
	for (struct entry *entry = atomic_load(&lists[kind]); entry != NULL; entry = entry->next) {
		if (strcmp(entry->name, name) == 0)
			return entry->algorithm;
	}
	return NULL;
}

/* Two threads may fetch the same at once; then it stands there twice, and the one in front is used. */
static void *add(enum kind kind, const char *name)
{
	struct entry *entry = malloc(sizeof(*entry));

	OSSL_QUIET();
	if (entry == NULL)
		return NULL;
	*entry = (struct entry){ .name = name, .algorithm = kinds[kind].fetch(name) };
	if (entry->algorithm == NULL) {
		free(entry);
		return NULL;
	}
	entry->next = atomic_load(&lists[kind]);
	while (!atomic_compare_exchange_weak(&lists[kind], &entry->next, entry))
		;
	return entry->algorithm;
}

static void *get(enum kind kind, const char *name)
{
	void *algorithm = find(kind, name);

	if (algorithm != NULL || ossl_context() == NULL)
		return algorithm;
	return add(kind, name);
}

const struct ossl_cipher *ossl_cipher(const char *name)
{
	return get(KIND_CIPHER, name);
}

const struct ossl_digest *ossl_digest(const char *name)
{
	return get(KIND_DIGEST, name);
}

EVP_MD *ossl_md(const char *name)
{
	return get(KIND_MD, name);
}

EVP_MAC *ossl_mac(const char *name)
{
	return get(KIND_MAC, name);
}

EVP_KDF *ossl_kdf(const char *name)
{
	return get(KIND_KDF, name);
}

void ossl_fetch_end(void)
{
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		struct entry *entry = atomic_exchange(&lists[kind], NULL);

		while (entry != NULL) {
			struct entry *next = entry->next;

			kinds[kind].free(entry->algorithm);
			free(entry);
			entry = next;
		}
	}
}
