/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How PC/SC gives bytes of unknown length to its caller. */
#ifndef MDP_CARD_SOFTCARD_PCSC_OUTPUT_H
#define MDP_CARD_SOFTCARD_PCSC_OUTPUT_H

#include "base/span.h"
#include "card/softcard/buffer.h"

/*
 * Copy bytes to where the caller wants them: to `to`, which has room for *len bytes; nowhere if to is NULL, then
 * only the length is told; or, if *len is PCSC_ALLOCATE, to fresh memory, a pointer to which is written to `to`.
 * *len is the number of bytes afterwards. A len of NULL means that the caller does not want them.
 * Errors: PCSC_INSUFFICIENT_BUFFER, PCSC_NO_MEMORY, PCSC_INVALID_PARAMETER (PCSC_ALLOCATE and NULL).
 */
long pcsc_give(struct span bytes, void *to, unsigned long *len) MUST_USE;

/* Free what pcsc_give() allocated. */
void pcsc_give_back(const void *memory);

#endif
