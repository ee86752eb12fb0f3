/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making bytes unreadable. Everything in this tree that ends the life of a secret ends up here, so that a
 * test can link a build without it and see that the scan of memory notices.
 */
#ifndef MDP_BASE_WIPE_H
#define MDP_BASE_WIPE_H

#include <stddef.h>

/* How much of the stack below the caller wipe_stack() overwrites, in bytes. */
#define WIPE_STACK_SIZE (32u * 1024u)
/* And wipe_stack_shallow(). OpenSSL's hashes, MACs and key schedules reach down 4.3 KiB (HKDF with SHA-512). */
#define WIPE_STACK_SHALLOW_SIZE (8u * 1024u)

/* And wipe_stack_key(). Setting the key of a cipher (ossl_cipher.h) reaches down 0.4 KiB at most (GCM). */
#define WIPE_STACK_KEY_SIZE 1024u

/* Overwrite len bytes at data with zero, in a way the compiler may not leave out. data may be NULL if len is 0. */
void wipe(void *data, size_t len);

/*
 * Overwrite WIPE_STACK_SIZE bytes of the stack below the caller's frame: what a library function that has
 * just returned may have left of a secret in its own local variables.
 */
void wipe_stack(void);
/* The same after symmetric cryptography, which is done often and uses little of the stack. */
void wipe_stack_shallow(void);
/* The same after a cipher was given its key. */
void wipe_stack_key(void);

#endif
