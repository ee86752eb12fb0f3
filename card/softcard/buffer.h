/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes that grow: what commands and answers of the software card are put together in. The bytes live in a
 * struct secret, because a PIN, a shared secret or a plain text may be among them.
 */
#ifndef MDP_CARD_SOFTCARD_BUFFER_H
#define MDP_CARD_SOFTCARD_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

/* Add bytes at the end; what is outgrown is wiped. Returns false, and changes nothing, for want of memory. */
bool buffer_add(struct secret *buffer, struct span bytes) MUST_USE;

/* Add one byte at the end. Returns false, and changes nothing, for want of memory. */
bool buffer_add_byte(struct secret *buffer, uint8_t byte) MUST_USE;

#endif
