/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSL's queue of errors belongs to the thread, so to the application: what our own calls put there (a bad point,
 * a wrong padding) is taken off again. `OSSL_QUIET();` at the top of a function that calls OpenSSL.
 */
#ifndef MDP_BASE_QUIET_H
#define MDP_BASE_QUIET_H

#include <openssl/err.h>

#include "base/compiler.h"

static inline void quiet_end(const int *marked)
{
	/* an empty queue takes no mark; what is in it at the end is then all ours */
	if (*marked == 1)
		(void)ERR_pop_to_mark();
	else if (ERR_peek_error() != 0)
		ERR_clear_error();
}
struct quiet_on {
	const int marked;
	const unsigned int *failed;
};
#define QUIET_UNMARKED (-1)
static inline void quiet_on_end(const struct quiet_on *quiet)
{
	if (quiet->marked == 1 || (quiet->marked != QUIET_UNMARKED && *quiet->failed != 0))
		quiet_end(&quiet->marked);
}
/*
 * The same for what runs for every small message, where a look into an empty queue costs as much as the message:
 * `failed` is an unsigned int, 0 for success, and a success leaves nothing in the queue.
 */
#define OSSL_QUIET_ON(failed) \
	AUTO(quiet_on_end) UNUSED const struct quiet_on quiet_here_ = { ERR_set_mark(), &(failed) }

/* The same where it is known beforehand whether OpenSSL may complain at all. */
#define OSSL_QUIET_IF(may_complain, failed)       \
	AUTO(quiet_on_end) UNUSED const struct quiet_on quiet_here_ = { (may_complain) ? ERR_set_mark() : QUIET_UNMARKED, \
									&(failed) }

#define OSSL_QUIET() AUTO(quiet_end) UNUSED const int quiet_here_ = ERR_set_mark()

#endif
