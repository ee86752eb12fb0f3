/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BER-TLV as PIV data objects use it: tags of one to three bytes, definite lengths of up to three length
 * bytes (SP 800-73-4 part 1, section 3.1; ISO/IEC 7816-4, 5.2.2).
 */
#ifndef MDP_CARD_SOFTCARD_TLV_H
#define MDP_CARD_SOFTCARD_TLV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

/* A tag is its bytes read as a big-endian number: 0x7C, 0x5F2F, 0x5FC102. */
struct tlv {
	uint32_t tag;
	struct span value; /* borrowed from what was read */
};

/*
 * Take the first TLV off `rest`. Returns false, and changes nothing, if rest does not begin with one that is
 * whole (also when it is empty).
 */
bool tlv_take(struct span *rest, struct tlv *ret_tlv) MUST_USE;

/*
 * The value of the first TLV with this tag among those that `bytes` consists of. Returns false if there is none,
 * or if what stands before it is malformed.
 */
bool tlv_find(struct span bytes, uint32_t tag, struct span *ret_value) MUST_USE;

/* Take a TLV with this tag that fills `bytes` to its end. Returns false if bytes is anything else. */
bool tlv_only(struct span bytes, uint32_t tag, struct span *ret_value) MUST_USE;

/* Append a TLV. Returns false for want of memory or for a value of more than 0xFFFFFF bytes; nothing is added then. */
bool tlv_put(struct secret *out, uint32_t tag, struct span value) MUST_USE;

#endif
