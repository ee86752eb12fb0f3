/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that a card or a reader gave us, made fit for those above: well-formed UTF-8 with a NUL at its end.
 */
#ifndef MDP_CARD_TEXT_H
#define MDP_CARD_TEXT_H

#include <stddef.h>

/*
 * Copy text to an array of room bytes (at least 1). Reading stops at a NUL or after from_len bytes; what does
 * not fit is left out by whole characters; a byte that is not part of well-formed UTF-8 (RFC 3629 4) and a
 * control character become '?'; blanks at the end are dropped. from may be NULL: an empty text.
 */
void text_copy(char *to, size_t room, const char *from, size_t from_len);

#endif
