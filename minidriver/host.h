/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host side's own: what md.h's opaque types are. Its only way to the driver side is the table in CARD_DATA.
 *
 * Lives: struct md is counted by its opener and by its cards; struct md_card twice, by those who may use it (the last
 * one ends the context) and by those who only need its memory (keys and agreements, which may outlive the context and
 * answer MD_E_INVALID_HANDLE then).
 */
#ifndef MDP_MINIDRIVER_HOST_H
#define MDP_MINIDRIVER_HOST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/secret.h"
#include "card/card.h"
#include "minidriver/card_registry.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/md.h"

struct md {
	atomic_uint refs;
	struct lock lock; /* readers, connecting, and the list of cards */
	const struct card_ops *ops;
	struct card_system *system; /* NULL once closed */
	handle_t system_handle;
	struct md_card *cards;
};

/* Bytes that came through the table, copied and owned. */
struct host_bytes {
	uint8_t *data;
	size_t len;
};

struct host_container {
	struct md_container view; /* points into the members below */
	struct host_bytes id;
	struct host_bytes label; /* with NUL */
	struct host_bytes public_label; /* with NUL */
	struct host_bytes ec_params;
	struct host_bytes ec_point;
	struct host_bytes modulus;
	struct host_bytes exponent;
};

struct host_certificate {
	struct md_certificate view; /* points into info */
	CARD_EXT_CERTIFICATE info;
	struct host_bytes der; /* once read; under files_lock */
};

struct host_data {
	struct md_data view; /* points into info */
	CARD_EXT_DATA info;
	struct host_bytes bytes; /* once read; under files_lock */
};

struct host_pin {
	PIN_ID id;
	char label[sizeof(((CARD_EXT_PIN_DETAILS *)NULL)->szLabel)];
	PIN_INFO info;
	/* under pins_lock */
	bool verified;      /* the card took it from us */
	struct secret kept; /* to give it again to a card that has forgotten it */
	struct secret once; /* given for one use of a key that asks for it always */
};

#define HOST_ATR_NONE 0x3Bu /* an ATR's first byte where the card told none */

struct md_card {
	atomic_uint users;
	atomic_uint refs; /* of the memory */
	atomic_bool closed;
	struct md *md; /* held */
	struct md_card *next; /* under md->lock */
	const struct card_ops *ops;
	struct card *card;
	handle_t card_handle;
	uint8_t atr[CRD_ATR_MAX];
	WCHAR name[sizeof(((struct card_info *)NULL)->model)];
	CARD_DATA data;
	bool has_context;
	const CARD_EXT_SESSION_KEYS *session_keys;
	struct md_card_info info;
	struct host_container *containers;
	size_t container_count;
	struct lock files_lock;
	struct host_certificate *certificates;
	size_t certificate_count;
	struct host_data *data_objects;
	size_t data_count;
	struct lock pins_lock; /* never held while the card is talked to */
	struct host_pin pins[32];
	size_t pin_count;
};

struct md_agreement {
	struct md_card *card; /* memory held */
	BYTE index;
	size_t secret_len;
};

struct md_key {
	atomic_uint refs;
	struct md_card *card; /* memory held */
	CARD_KEY_HANDLE handle;
	enum md_key_alg alg;
	size_t len;
	atomic_uint_fast64_t number; /* md_key_number's next */
};

struct md_mac {
	struct md_key *key; /* held */
	PCARD_EXT_MAC mac;
	size_t len;
};

struct md_digest {
	struct md_card *card; /* memory held */
	PCARD_EXT_DIGEST digest;
	size_t len;
};

/* ---- shared by the host's files --------------------------------------------------------------------- */

void host_md_release(struct md *md);
/* The memory of a card. */
void host_card_hold_memory(struct md_card *card);
void host_card_release_memory(struct md_card *card);
/* End the context and let the card go; what remains is memory. May be called again. */
void host_card_close(struct md_card *card);

/* The caller's callbacks in CARD_DATA: memory that is wiped when it is freed. */
LPVOID host_alloc(SIZE_T size);
LPVOID host_realloc(LPVOID address, SIZE_T size);
void host_free(LPVOID address);

void host_bytes_clear(struct host_bytes *bytes);
/* Room for len bytes and a NUL. False for want of memory. */
bool host_bytes_alloc(struct host_bytes *bytes, size_t len) MUST_USE;
bool host_bytes_set(struct host_bytes *bytes, struct span from) MUST_USE;
static inline struct span host_bytes_span(const struct host_bytes *bytes)
{
	return span_of(bytes->data, bytes->len);
}

/* Which property: of a container, or (HOST_NO_CONTAINER) of the card. */
#define HOST_NO_CONTAINER (-1)
struct host_query {
	int container;
	LPCWSTR name;
	DWORD flags;
};
/* A property of any length, or of exactly `size` bytes. Errors: the driver's; MD_E_UNEXPECTED for another size. */
md_err host_property(struct md_card *card, const struct host_query *query, struct host_bytes *ret_bytes) MUST_USE;
md_err host_property_fixed(struct md_card *card, const struct host_query *query, void *ret_value, size_t size) MUST_USE;
/* A file, whole; the directory may be NULL. */
md_err host_file(struct md_card *card, LPCSTR directory, LPCSTR name, struct host_bytes *ret_bytes) MUST_USE;
/*
 * A file of directory mscp that is read once, and then kept in *kept. Errors: the driver's; MD_E_INVALID_HANDLE for one
 * that was not read while the context lived.
 */
md_err host_file_once(struct md_card *card, LPCSTR name, struct host_bytes *kept, struct span *ret_bytes) MUST_USE;

/* What is read when a card is acquired. */
md_err host_read_containers(struct md_card *card) MUST_USE;
md_err host_read_certificates(struct md_card *card) MUST_USE;
md_err host_read_data(struct md_card *card) MUST_USE;
md_err host_read_pins(struct md_card *card) MUST_USE;
/*
 * Whether a call to the driver that used a container's key, and answered `err`, is to be made once more: the card has
 * forgotten the PIN, another program having reset it or logged out, and took it anew from what is kept here.
 * *inout_round is 0 before the first call. A kept PIN that the card refuses is wiped and costs no second try.
 */
bool host_pin_again(struct md_card *card, size_t container, DWORD err, unsigned *inout_round) MUST_USE;
/* Wipe all that is kept. */
void host_pins_clear(struct md_card *card);
void host_containers_free(struct md_card *card);
void host_certificates_free(struct md_card *card);
void host_data_free(struct md_card *card);

/* What the table takes of a mode's parameters, which go on to belong to the caller. Errors: MD_E_INVALID_PARAMETER. */
md_err host_pack_cipher(const struct md_cipher_params *params, CARD_EXT_CIPHER_INFO *ret_info) MUST_USE;

/* pwszAlgId of a kind of key; NULL for a number that is none. */
LPCWSTR host_key_alg_name(enum md_key_alg alg);
/* The name of a hash; NULL for MD_HASH_NONE and for a number that is none. */
LPCWSTR host_hash_name(enum md_hash hash);
/* Put a key's bytes into the store, by MDImportSessionKey. Errors: the table's, SCARD_E_NO_MEMORY. */
DWORD host_key_import(PCARD_DATA data, LPCWSTR key_alg, struct span value, CARD_KEY_HANDLE *ret_handle) MUST_USE;
/* Make md_key of a handle that was just given out; on failure the handle is destroyed. */
md_err host_key_make(struct md_card *card, CARD_KEY_HANDLE handle, enum md_key_alg alg,
		     struct md_key **ret_key) MUST_USE;
/* The same where it is known that the key has len bytes. */
md_err host_key_make_sized(struct md_card *card, CARD_KEY_HANDLE handle, enum md_key_alg alg, size_t len,
			   struct md_key **ret_key) MUST_USE;

#endif
