/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kinds of MACs, a row each; drv_mac.c knows their common life, the files behind the rows what they compute.
 */
#ifndef MDP_MINIDRIVER_DRV_MAC_OPS_H
#define MDP_MINIDRIVER_DRV_MAC_OPS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ossl_cipher.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_hash.h"
#include "minidriver/drv_key_store.h"
#include "minidriver/hmac.h"

/* A MAC as it was asked for. */
struct mac_request {
	const struct mac_ops *ops;
	const struct hash *hash; /* NULL: none */
	struct span iv;
	struct span label;
	size_t len; /* 0: all there is */
};

struct mac_ops {
	bool takes_hash;
	bool needs_hash;
	bool takes_iv;
	bool takes_label;
	bool any_len; /* gives as many bytes as are asked for, max_len at most */
	/* How many bytes there are for a key; 0: not such a MAC's key. */
	size_t (*max_len)(const struct session_key *key, const struct hash *hash);
	DWORD (*start)(PCARD_EXT_MAC mac, const struct mac_request *request);
	DWORD (*update)(PCARD_EXT_MAC mac, struct span data);
	/* mac->max_len bytes, for any_len mac->len. */
	DWORD (*finish)(PCARD_EXT_MAC mac, uint8_t *out);
	/* Forget the data and be ready for others under the same key. NULL: that cannot be done. */
	DWORD (*restart)(PCARD_EXT_MAC mac);
};

extern const struct mac_ops mac_hmac;
extern const struct mac_ops mac_cmac;
extern const struct mac_ops mac_gmac;
extern const struct mac_ops mac_tls;

struct _CARD_EXT_MAC {
	struct key_rest rest;
	struct session_key *key; /* held; NULL while it waits with its key */
	const struct mac_ops *ops;
	const struct hash *hash;
	struct hmac hmac;       /* HMAC */
	EVP_MAC_CTX *cmac;      /* CMAC */
	struct ossl_cipher_context cipher; /* GMAC */
	struct secret text;     /* TLS: label and data so far */
	bool finished;
	bool fresh; /* no data since the start or the restart */
	size_t max_len;
	size_t len;
};

#endif
