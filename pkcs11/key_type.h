/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The types of secret keys, a row each: what they are to the minidriver, and which lengths they have.
 */
#ifndef MDP_PKCS11_KEY_TYPE_H
#define MDP_PKCS11_KEY_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

struct key_type {
	CK_KEY_TYPE type;
	enum md_key_alg alg;
	size_t lengths[3]; /* longest first, 0: none; {0}: any length of 1 byte or more, up to `most` */
	size_t most;       /* 0: no limit */
};

/* NULL: no type that session keys can have. */
const struct key_type *cki_key_type_find(CK_KEY_TYPE type);
/* The type that keys of a cipher have. */
CK_KEY_TYPE cki_key_type_of(enum md_key_alg alg);
/* May a key of this type be so long? */
bool cki_key_type_takes(const struct key_type *type, size_t len);
/* The longest that fits in `most` bytes; `usual` for types of any length. 0: none fits. */
size_t cki_key_type_recommend(const struct key_type *type, size_t usual, size_t most);

#endif
