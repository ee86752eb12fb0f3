/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the families of TLS derivations share (PKCS#11 3.2 6.39, 6.40): randoms, hash, and pieces of a secret.
 */
#ifndef MDP_PKCS11_DERIVE_TLS_H
#define MDP_PKCS11_DERIVE_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "minidriver/md.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/wrap_scheme.h"

#define TLS_RANDOM_LEN 32u /* RFC 5246 7.4.1.2 */
#define TLS_MASTER_LEN 48u /* RFC 5246 8.1 */

enum tls_order {
	TLS_CLIENT_FIRST = 0, /* master secret, exporter */
	TLS_SERVER_FIRST,     /* key block */
};

struct tls_seed {
	uint8_t bytes[2 * TLS_RANDOM_LEN];
};

/* Both randoms, one behind the other. Errors: CKR_MECHANISM_PARAM_INVALID (NULL, another length). */
CK_RV cki_tls_seed(const CKI_SSL3_RANDOM_DATA *randoms, enum tls_order order, struct tls_seed *ret_seed);
/* The hash of TLS 1.2's PRF by its mechanism. Errors: CKR_MECHANISM_PARAM_INVALID. */
CK_RV cki_tls_hash(CK_MECHANISM_TYPE mechanism, enum md_hash *ret_hash);
/* derive_scheme.takes: generic secrets. */
bool cki_tls_takes(const struct derive_call *call, CK_KEY_TYPE type);

/* The bytes of a part that is public; ret_bytes has room for them and holds nothing of use on failure. */
CK_RV cki_tls_read(struct md_key *from, size_t at, size_t len, uint8_t *ret_bytes);

#endif
