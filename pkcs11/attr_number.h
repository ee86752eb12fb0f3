/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attributes that objects of a session can have, numbered: a set of them is a word of bits, and a table about them
 * is an array. The booleans come first.
 */
#ifndef MDP_PKCS11_ATTR_NUMBER_H
#define MDP_PKCS11_ATTR_NUMBER_H

#include <stdint.h>

#include "pkcs11/pkcs11_compat.h"

#define CKI_ATTR_BOOLEANS(X) \
	X(TOKEN)             \
	X(PRIVATE)           \
	X(TRUSTED)           \
	X(SENSITIVE)         \
	X(ENCRYPT)           \
	X(DECRYPT)           \
	X(WRAP)              \
	X(UNWRAP)            \
	X(SIGN)              \
	X(SIGN_RECOVER)      \
	X(VERIFY)            \
	X(VERIFY_RECOVER)    \
	X(DERIVE)            \
	X(EXTRACTABLE)       \
	X(LOCAL)             \
	X(NEVER_EXTRACTABLE) \
	X(ALWAYS_SENSITIVE)  \
	X(MODIFIABLE)        \
	X(COPYABLE)          \
	X(DESTROYABLE)       \
	X(ALWAYS_AUTHENTICATE) \
	X(WRAP_WITH_TRUSTED)

#define CKI_ATTR_VALUES(X)  \
	X(CLASS)            \
	X(LABEL)            \
	X(UNIQUE_ID)        \
	X(APPLICATION)      \
	X(VALUE)            \
	X(OBJECT_ID)        \
	X(CERTIFICATE_TYPE) \
	X(ISSUER)           \
	X(SERIAL_NUMBER)    \
	X(CHECK_VALUE)      \
	X(KEY_TYPE)         \
	X(SUBJECT)          \
	X(ID)               \
	X(START_DATE)       \
	X(END_DATE)         \
	X(MODULUS)          \
	X(MODULUS_BITS)     \
	X(PUBLIC_EXPONENT)  \
	X(VALUE_LEN)        \
	X(KEY_GEN_MECHANISM) \
	X(EC_PARAMS)        \
	X(EC_POINT)         \
	X(WRAP_TEMPLATE)    \
	X(UNWRAP_TEMPLATE)  \
	X(DERIVE_TEMPLATE)  \
	X(ALLOWED_MECHANISMS)

#define CKI_ATTR_ALL(X) CKI_ATTR_BOOLEANS(X) CKI_ATTR_VALUES(X)

#define CKI_ATTR_NAME_(name) CKI_ATTR_##name,
#define CKI_ATTR_ONE_(name) +1
enum cki_attr {
	CKI_ATTR_ALL(CKI_ATTR_NAME_)
	CKI_ATTR_COUNT,
	CKI_ATTR_BOOLEAN_COUNT = 0 CKI_ATTR_BOOLEANS(CKI_ATTR_ONE_),
	CKI_ATTR_OTHER = 63, /* the attributes that have no number of their own */
};
_Static_assert(CKI_ATTR_COUNT <= CKI_ATTR_OTHER, "a bit of 64 for each attribute");

#define CKI_ATTR_BIT(name) (UINT64_C(1) << CKI_ATTR_##name)
#define CKI_ATTR_BOOLEAN_BITS ((UINT64_C(1) << CKI_ATTR_BOOLEAN_COUNT) - 1)

/* The factor, found by trying, gives each of them a place of its own. */
#define CKI_ATTR_PLACES 128u
#define CKI_ATTR_PLACE(type) ((uint32_t)((uint32_t)(type) * UINT32_C(0x02372375)) / (UINT32_MAX / CKI_ATTR_PLACES + 1))

extern const CK_ATTRIBUTE_TYPE cki_attr_types[CKI_ATTR_COUNT]; /* by number */
extern const uint8_t cki_attr_numbers[CKI_ATTR_PLACES];        /* by place */

static inline enum cki_attr cki_attr_number(CK_ATTRIBUTE_TYPE type)
{
	const unsigned number = cki_attr_numbers[CKI_ATTR_PLACE(type)];

	return cki_attr_types[number] == type ? (enum cki_attr)number : CKI_ATTR_OTHER;
}

#endif
