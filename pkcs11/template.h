/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Templates for session keys and data objects: a row for each attribute says what it looks like and in which calls it
 * may stand; one engine checks a caller's template against the rows (PKCS#11 3.0 4.1).
 */
#ifndef MDP_PKCS11_TEMPLATE_H
#define MDP_PKCS11_TEMPLATE_H

#include <stdbool.h>

#include "pkcs11/attrs.h"
#include "pkcs11/pkcs11_compat.h"

enum template_use { /* bits */
	TEMPLATE_CREATE = 1u << 0, /* C_CreateObject */
	TEMPLATE_DERIVE = 1u << 1, /* C_DeriveKey */
	TEMPLATE_UNWRAP = 1u << 2, /* C_UnwrapKey */
	TEMPLATE_COPY = 1u << 3,   /* C_CopyObject */
	TEMPLATE_CHANGE = 1u << 4, /* C_SetAttributeValue */
	TEMPLATE_GENERATE = 1u << 5, /* C_GenerateKey */
	TEMPLATE_MATCH = 1u << 6,  /* a template that keys are compared with: anything but secrets */
};

/* No attribute of a session key is longer; what claims to be is not read. */
#define CKI_ATTRIBUTE_MAX 65536u

/*
 * Check a template and copy it to attrs (CKA_VALUE is checked and not copied: cki_template_value). Errors:
 * CKR_ATTRIBUTE_TYPE_INVALID (unknown), CKR_ATTRIBUTE_VALUE_INVALID (wrong length, NULL pointer, no boolean),
 * CKR_TEMPLATE_INCONSISTENT (not of a secret key, not for this call, or twice with two values),
 * CKR_ATTRIBUTE_READ_ONLY, CKR_HOST_MEMORY.
 */
CK_RV cki_template_read(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs);
/* The same for a data object of the session. */
CK_RV cki_template_read_data(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs);
/* The same for a public key of the session, which C_CreateObject alone makes. */
CK_RV cki_template_read_public(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs);
/* Whether CKA_CLASS says this class. The template has not been read yet. */
bool cki_template_says(const CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_CLASS class);
/* Where CKA_VALUE stands in a template that was read; NULL: it does not. */
const CK_ATTRIBUTE *cki_template_value(const CK_ATTRIBUTE *templ, CK_ULONG count);
/* For templates that only ask (C_FindObjectsInit): pointers that are not there. Errors: CKR_ATTRIBUTE_VALUE_INVALID. */
CK_RV cki_template_check_pointers(const CK_ATTRIBUTE *templ, CK_ULONG count);

#endif
