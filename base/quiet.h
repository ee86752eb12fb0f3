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
#define OSSL_QUIET() AUTO(quiet_end) UNUSED const int quiet_here_ = ERR_set_mark()

#endif
