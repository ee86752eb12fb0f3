/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data objects that a PIV card has by itself, in the encoding of SP 800-73-4 part 1, appendix A. */
#ifndef MDP_CARD_SOFTCARD_PIV_OBJECTS_H
#define MDP_CARD_SOFTCARD_PIV_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "card/softcard/state.h"

#define PIV_OBJECT 0x53u /* the tag around an object's content */
#define PIV_TAG_CCC 0x5FC107u
#define PIV_TAG_CHUID 0x5FC102u
#define PIV_TAG_DISCOVERY 0x7Eu
#define PIV_TAG_HISTORY 0x5FC10Cu
#define PIV_TAG_BIOMETRIC_GROUP 0x7F61u

/* The application's whole identifier, with its version. */
extern const struct span piv_aid;

/*
 * Each appends one object, outer tag included. They return false for want of memory (the serial number also if
 * OpenSSL has no random numbers).
 */

/* The answer to SELECT: application property template 61 (part 2, table 3). */
bool piv_build_property_template(struct secret *out) MUST_USE;

/* Cardholder unique identifier: a non-federal FASC-N (agency 9999) and the card's GUID. */
bool piv_build_chuid(const uint8_t guid[STATE_GUID_LEN], struct secret *out) MUST_USE;

/* Card capability container: identifies the card as one of PIV, by the GUID. */
bool piv_build_ccc(const uint8_t guid[STATE_GUID_LEN], struct secret *out) MUST_USE;

/* Discovery object: the AID, and a PIN usage policy of the application's PIN alone (part 1, 3.3.2). */
bool piv_build_discovery(struct secret *out) MUST_USE;

/* Key history object for so many retired keys with a certificate on the card (part 1, 3.3.3). */
bool piv_build_history(unsigned on_card, struct secret *out) MUST_USE;

/* A certificate's object: 70 certificate, 71 not compressed, FE empty. */
bool piv_build_certificate(struct span certificate, struct secret *out) MUST_USE;

/* The certificate in such an object; false if there is none, or a compressed one. Borrowed. */
bool piv_read_certificate(struct span object, struct span *ret_certificate) MUST_USE;

/* The tag of the certificate object of a key; 0 if the reference is none of an asymmetric key. */
uint32_t piv_certificate_tag(uint8_t reference) MUST_USE;

#endif
