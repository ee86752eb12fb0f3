/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of PKCS#11's numbers, and how an attribute's value is written so that people can read it.
 */
#ifndef MDP_TESTS_P11_NAMES_H
#define MDP_TESTS_P11_NAMES_H

#include <stddef.h>

#include "pkcs11/pkcs11_compat.h"

enum p11_form {
	P11_BYTES = 0,
	P11_TEXT,
	P11_BOOL,
	P11_NUMBER,
	P11_NUMBERS,
};

struct p11_attribute {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	enum p11_form form;
};

/* Every attribute of the standard that an object on a card may have, and those that OpenSC adds. */
extern const struct p11_attribute p11_attributes[];
extern const size_t p11_attribute_count;

/* A flag of a CK_FLAGS, without CKF_. */
struct p11_flag {
	CK_FLAGS flag;
	const char *name;
};
extern const struct p11_flag p11_token_flags[];
extern const size_t p11_token_flag_count;
extern const struct p11_flag p11_slot_flags[];
extern const size_t p11_slot_flag_count;
extern const struct p11_flag p11_mechanism_flags[];
extern const size_t p11_mechanism_flag_count;

#define P11_NAME_ROOM 32u
/* The name without CKM_, CKO_ or CKR_; one that is not known is its number in hexadecimal, written to room. */
const char *p11_mechanism_name(CK_MECHANISM_TYPE type, char room[P11_NAME_ROOM]);
const char *p11_class_name(CK_OBJECT_CLASS class, char room[P11_NAME_ROOM]);
const char *p11_rv_name(CK_RV rv, char room[P11_NAME_ROOM]);

#endif
