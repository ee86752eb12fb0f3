/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/attr_number.h"

#define TYPE(name) [CKI_ATTR_##name] = CKA_##name,
const CK_ATTRIBUTE_TYPE cki_attr_types[CKI_ATTR_COUNT] = { CKI_ATTR_ALL(TYPE) };

/* A place that no attribute has says 0, whose type is not the one that was looked for. */
#define PLACE(name) [CKI_ATTR_PLACE(CKA_##name)] = CKI_ATTR_##name,
const uint8_t cki_attr_numbers[CKI_ATTR_PLACES] = { CKI_ATTR_ALL(PLACE) };
