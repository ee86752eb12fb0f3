/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text in the fixed, blank-padded fields of PKCS#11's info structures.
 */
#ifndef MDP_PKCS11_TEXT_H
#define MDP_PKCS11_TEXT_H

#include <stddef.h>

#include "pkcs11/pkcs11_compat.h"

/* Fill a field with text and blanks; a text too long is cut between characters of UTF-8. */
void cki_text_pad(CK_UTF8CHAR *field, size_t field_len, const char *text);
/* The same for ASCII whose end tells more than its beginning (serial numbers): a text too long loses its beginning. */
void cki_text_pad_tail(CK_CHAR *field, size_t field_len, const char *text);

#endif
