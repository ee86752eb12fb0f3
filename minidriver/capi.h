/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CryptoAPI's own: what its handles are. Like the host side of md.h, its only way to the driver side is the table in
 * CARD_DATA and the extension table: session keys live in the driver's store, ciphers are the driver's.
 *
 * Lives: each object is counted. The table of handles holds each, whoever uses one holds it, keys and hashes hold their
 * provider. A provider whose last handle is gone is closed: its keys and hashes leave the table, and it goes with the
 * last call that is still under way.
 *
 * Locks: an object's own, held while something is done with it; the table's, for a look-up. A key's is taken before a
 * hash's; a card's locks are behind the table in CARD_DATA and come last.
 */
#ifndef MDP_MINIDRIVER_CAPI_H
#define MDP_MINIDRIVER_CAPI_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_hash.h"
#include "minidriver/drv_key_alg.h"
#include "minidriver/host.h"
#include "minidriver/md.h"
#include "minidriver/wincrypt.h"

/* ---- providers and algorithms ----------------------------------------------------------------------- */

/* What the software providers of Windows differ in. */
enum capi_kind_of_provider {
	CAPI_BASE = 0,
	CAPI_STRONG,
	CAPI_ENHANCED,
	CAPI_AES,
	CAPI_KIND_COUNT
};

/* A provider that can be opened. */
struct capi_csp {
	const char *name;
	DWORD type;
	enum capi_kind_of_provider kind;
	bool card;
};

/* Lengths in bits; all 0: the provider has no such algorithm. */
struct capi_bits {
	DWORD least;
	DWORD usual;
	DWORD most;
};

/* A cipher that session keys are for. */
struct capi_alg {
	ALG_ID id;
	const char *name; /* as PP_ENUMALGS has it; likewise the next */
	const char *long_name;
	LPCWSTR key_alg; /* pwszAlgId */
	size_t block;    /* bytes; 0: a stream */
	DWORD stored;    /* bits of a key with its parity; 0: the same */
	bool salted;     /* a salt may join the key */
	bool expanded;   /* derived from hashes older than SHA-2 by expansion, always */
	struct capi_bits bits[CAPI_KIND_COUNT];
};

struct capi_hash_alg {
	ALG_ID id;
	const char *name;
	const char *long_name;
	enum hash_id hash;
	bool sha2; /* with CAPI_AES only; and keys are never expanded */
};

/* NULL: the provider has no such cipher. */
const struct capi_alg *capi_alg_row(enum capi_kind_of_provider kind, ALG_ID id) MUST_USE;
/* The same; NULL also where OpenSSL has it not. */
const struct capi_alg *capi_alg_find(enum capi_kind_of_provider kind, ALG_ID id) MUST_USE;
/* Likewise a hash. */
const struct capi_hash_alg *capi_hash_alg_find(enum capi_kind_of_provider kind, ALG_ID id) MUST_USE;
/* A hash by CNG's name; NULL: CryptoAPI has it not. */
const struct capi_hash_alg *capi_hash_alg_named(LPCWSTR name) MUST_USE;
/*
 * Bytes of a key that was asked for with so many bits; 0: the usual length. Errors: NTE_BAD_FLAGS (DES), NTE_BAD_DATA.
 */
DWORD capi_alg_len(const struct capi_alg *alg, enum capi_kind_of_provider kind, DWORD bits, size_t *ret_len) MUST_USE;
/*
 * How many bytes of salt a new key gets (flags: CRYPT_CREATE_SALT, CRYPT_NO_SALT); never more than are left of 16, which
 * the shortest hash value has.
 */
size_t capi_alg_salt_len(const struct capi_alg *alg, enum capi_kind_of_provider kind, size_t key_len, DWORD flags);
/* Whether keys derived from this hash are expanded, even if it is long enough. */
static inline bool capi_alg_expands(const struct capi_alg *alg, const struct capi_hash_alg *hash)
{
	return alg->expanded && !hash->sha2;
}
/* The index-th algorithm of a provider as PP_ENUMALGS_EX has it; false past the last. */
bool capi_alg_enum(enum capi_kind_of_provider kind, size_t index, PROV_ENUMALGS_EX *ret_alg) MUST_USE;

/* CryptDeriveKey's, CryptGenKey's: what the lower half of dwFlags may say, and where the length begins. */
#define CAPI_KEY_FLAGS                                                                                    \
	(CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED | CRYPT_CREATE_SALT | CRYPT_UPDATE_KEY | CRYPT_NO_SALT | \
	 CRYPT_SERVER)
#define CAPI_LENGTH_SHIFT 16u
#define CAPI_LOW_FLAGS 0xFFFFu

/* ---- objects ---------------------------------------------------------------------------------------- */

enum capi_type {
	CAPI_PROVIDER = 0,
	CAPI_HASH,
	CAPI_KEY,
};

struct capi_provider;

/* What every object begins with. */
struct capi_object {
	enum capi_type type;
	atomic_uint refs;
	struct lock lock;
	struct capi_provider *provider; /* held; NULL in a provider */
	void (*free)(struct capi_object *object); /* everything but the members above */
};

struct capi_provider {
	struct capi_object object;
	const struct capi_csp *csp;
	bool silent;
	bool legacy; /* OpenSSL's legacy provider is held; else OpenSSL alone */
	atomic_uint handles; /* references on the handle */
	atomic_bool closed;  /* no handle of its own is given out any more */
	char *container; /* its name; empty: none, or the default one */
	PCARD_DATA data; /* the context of the keys: `own`, or the card's */
	const CARD_EXT_SESSION_KEYS *keys;
	CARD_DATA own; /* without a card */
	struct md *md;
	struct md_card *card; /* NULL: without a card */
	char *reader;
	size_t index; /* of the container; MD_NO_INDEX: none */
	size_t next_alg;       /* enumerations, under the lock */
	size_t next_container;
};

struct capi_hash {
	struct capi_object object;
	const struct capi_hash_alg *alg;
	PCARD_EXT_DIGEST digest; /* NULL: finished */
	struct secret value;     /* once finished */
};

/* A key in the store: counted, because duplicates share it. */
struct capi_stored;

#define CAPI_SALT_MAX 24u
#define CAPI_SALT_LEN 11u /* KP_SALT's, and that of a key of 40 bits */
#define CAPI_BLOCK_MAX 16u

/* An RSA key: of the card's container, or a public one. */
struct capi_rsa {
	ALG_ID id;
	bool of_container;
	BYTE index;
	struct host_bytes modulus; /* big-endian, without leading zeros */
	struct host_bytes exponent;
};

struct capi_key {
	struct capi_object object;
	const struct capi_alg *alg; /* NULL: an RSA key */
	struct capi_rsa rsa;
	DWORD permissions;
	size_t len;                /* bytes, without salt */
	struct capi_stored *bare;
	struct capi_stored *salted; /* NULL: no salt, so bare */
	BYTE salt[CAPI_SALT_MAX];
	size_t salt_len;
	bool salt_untold; /* KP_SALT reports none */
	DWORD mode;
	DWORD mode_bits;
	DWORD effective_bits; /* RC2 */
	BYTE iv[CAPI_BLOCK_MAX];
	BYTE chain[CAPI_BLOCK_MAX]; /* what the next piece begins with */
	PCARD_EXT_CIPHER stream; /* RC4, in the middle of a message; made when it is needed */
	uint64_t stream_at;     /* bytes that went through since its beginning */
};

/* ---- handles ---------------------------------------------------------------------------------------- */

/* Fill the members of an object that was calloc()ed. False: no lock. */
bool capi_object_init(struct capi_object *object, enum capi_type type, struct capi_provider *provider) MUST_USE;
/* One more holder. */
void capi_hold(void *object);
/* One less; the last one frees. NULL is allowed. */
void capi_release(struct capi_object *object);

static inline void capi_release_provider(struct capi_provider **provider)
{
	capi_release((struct capi_object *)*provider);
}
static inline void capi_release_hash(struct capi_hash **hash)
{
	capi_release((struct capi_object *)*hash);
}
static inline void capi_release_key(struct capi_key **key)
{
	capi_release((struct capi_object *)*key);
}
#define AUTO_PROVIDER AUTO(capi_release_provider) struct capi_provider
#define AUTO_HASH AUTO(capi_release_hash) struct capi_hash
#define AUTO_KEY AUTO(capi_release_key) struct capi_key

/*
 * Enter an object, which the table holds from now on, too. Errors: NTE_NO_MEMORY, ERROR_INVALID_PARAMETER (its provider
 * was closed).
 */
DWORD capi_handle_add(struct capi_object *object, ULONG_PTR *ret_handle) MUST_USE;
/* The object of a handle, held for the caller. Errors: ERROR_INVALID_PARAMETER. */
DWORD capi_find_provider(HCRYPTPROV handle, struct capi_provider **ret_provider) MUST_USE;
DWORD capi_find_hash(HCRYPTHASH handle, struct capi_hash **ret_hash) MUST_USE;
DWORD capi_find_key(HCRYPTKEY handle, struct capi_key **ret_key) MUST_USE;
/* The same where 0 means none, and for a provider's own. Errors: also NTE_BAD_HASH, NTE_BAD_KEY (another's). */
DWORD capi_find_hash_of(const struct capi_provider *provider, HCRYPTHASH handle, struct capi_hash **ret_hash) MUST_USE;
DWORD capi_find_key_of(const struct capi_provider *provider, HCRYPTKEY handle, struct capi_key **ret_key) MUST_USE;
/* Take a handle out, and let its object go. Errors: ERROR_INVALID_PARAMETER. */
DWORD capi_handle_remove(ULONG_PTR handle, enum capi_type type) MUST_USE;
/* Close a provider: take its keys and hashes out, and let them go. */
void capi_handles_end(struct capi_provider *provider);
/* Handles alive, of all types. */
size_t capi_handle_count(void);

/* ---- errors ----------------------------------------------------------------------------------------- */

/* What a function of CryptoAPI returns: a failure becomes the thread's last error. */
BOOL capi_result(DWORD err);
/* A code of the card's side as CryptoAPI has it. */
DWORD capi_error(DWORD err);

/* Bytes for a caller who gave room, or NULL to ask for the length. Errors: ERROR_MORE_DATA, ERROR_INVALID_PARAMETER. */
struct capi_answer {
	BYTE *data;
	DWORD *inout_len;
};
DWORD capi_answer(const struct capi_answer *answer, struct span bytes) MUST_USE;

/* ---- containers ------------------------------------------------------------------------------------- */

/*
 * The names of containers of the software providers, for the life of the process. Errors: NTE_EXISTS, NTE_BAD_KEYSET,
 * NTE_NO_MEMORY.
 */
DWORD capi_container_open(const char *name) MUST_USE;
DWORD capi_container_create(const char *name) MUST_USE;
DWORD capi_container_delete(const char *name) MUST_USE;
/* The index-th name, copied, the caller's; NULL past the last, or for want of memory. */
char *capi_container_name(size_t index) MUST_USE;

/* Bind a provider to a card, as its container's name says. Errors: as CryptAcquireContext's. */
DWORD capi_card_open(struct capi_provider *provider, const char *container, bool verify) MUST_USE;
/* Undo it. */
void capi_card_close(struct capi_provider *provider);
/* The name of a container of the provider's card, the caller's; NULL: no such, or no memory. */
char *capi_card_container_name(struct capi_provider *provider, size_t index) MUST_USE;
/* The PIN that the container's key wants; index of md_pin_*. Errors: NTE_NO_KEY. */
DWORD capi_card_pin(struct capi_provider *provider, size_t *ret_pin) MUST_USE;
/*
 * Whether a call that the card refused for want of a PIN is worth another try: the reader's pad was asked. Errors:
 * NTE_SILENT_CONTEXT, SCARD_W_CARD_NOT_AUTHENTICATED, the card's.
 */
DWORD capi_card_ask_pin(struct capi_provider *provider) MUST_USE;

/* ---- keys ------------------------------------------------------------------------------------------- */

/* Put bytes into the store. Errors: NTE_BAD_DATA (length), NTE_NO_MEMORY. */
DWORD capi_stored_make(struct capi_provider *provider, LPCWSTR key_alg, struct span value,
		       struct capi_stored **ret_stored) MUST_USE;
/* Take over a key that is in the store already; on failure it is destroyed. Errors: NTE_NO_MEMORY. */
DWORD capi_stored_take(struct capi_provider *provider, CARD_KEY_HANDLE handle,
		       struct capi_stored **ret_stored) MUST_USE;
struct capi_stored *capi_stored_hold(struct capi_stored *stored);
/* The last one destroys the key. NULL is allowed. */
void capi_stored_release(struct capi_stored *stored);
CARD_KEY_HANDLE capi_stored_handle(const struct capi_stored *stored);
/* The bytes, for a blob or to join a salt to them. Errors: NTE_NO_MEMORY, NTE_FAIL. */
DWORD capi_stored_read(const struct capi_stored *stored, struct secret *ret_value) MUST_USE;

/* A key's beginnings: mode, permissions and the like as on Windows. Errors: NTE_NO_MEMORY. */
DWORD capi_key_new(struct capi_provider *provider, const struct capi_alg *alg, DWORD flags,
		   struct capi_key **ret_key) MUST_USE;
/*
 * Join a salt (0 to CAPI_SALT_MAX bytes) to a key that has its bare bytes. Errors: NTE_BAD_DATA (no cipher takes so
 * long a key), NTE_NO_MEMORY.
 */
DWORD capi_key_set_salt(struct capi_key *key, struct span salt) MUST_USE;
/* The key that ciphers use. */
CARD_KEY_HANDLE capi_key_handle(const struct capi_key *key);
/* What RC2 is told of the key's strength, as KP_EFFECTIVE_KEYLEN reports it of any key. */
static inline DWORD capi_key_effective_bits(const struct capi_key *key)
{
	return key->effective_bits != 0 ? key->effective_bits : (DWORD)key->len * 8;
}
/* Back to the beginning of a message. */
void capi_key_restart(struct capi_key *key);

/* A hash, locked by its caller: whether more can come, add bytes, and finish. Errors: NTE_BAD_HASH_STATE, NTE_FAIL. */
DWORD capi_hash_open(const struct capi_hash *hash) MUST_USE;
DWORD capi_hash_feed(struct capi_hash *hash, struct span bytes) MUST_USE;
DWORD capi_hash_finish(struct capi_hash *hash) MUST_USE;

#endif
