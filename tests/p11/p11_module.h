/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any PKCS#11 module, loaded by its path: one session on one token. For tests and benchmarks that put modules of other
 * people beside ours. A process loads one module: two of NSS would share a library of theirs that they cannot share.
 */
#ifndef MDP_TESTS_P11_MODULE_H
#define MDP_TESTS_P11_MODULE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

struct p11_config {
	const char *path;
	const char *parameters; /* for C_Initialize of NSS' softoken, "configdir='sql:...' flags=..."; else NULL */
	const char *pin;        /* of the user; NULL: no login */
};

struct p11_module {
	void *library;
	CK_FUNCTION_LIST *f;
	CK_SLOT_ID slot; /* the first whose token is initialised */
	CK_SESSION_HANDLE session; /* read and write, logged in where there is a PIN */
};

/* Load, without C_Initialize: whoever calls it sets f to NULL before p11_module_close() if it is finalised then. */
bool p11_module_load_only(const struct p11_config *config, struct p11_module *ret_module) MUST_USE;
/* Load and initialise only; slot and session stay 0. The rest as p11_module_open(). */
bool p11_module_load(const struct p11_config *config, struct p11_module *ret_module) MUST_USE;
/* Load, initialise, open, log in. False with a line on stderr that says which call failed; then nothing is to close. */
bool p11_module_open(const struct p11_config *config, struct p11_module *ret_module) MUST_USE;
/* End the session, finalise and unload; for AUTO(). One that was never opened (all zero) is allowed. */
void p11_module_close(struct p11_module *module);
#define AUTO_P11 AUTO(p11_module_close) struct p11_module

/* What the token says of a mechanism; false: it does not list it. */
bool p11_mechanism(const struct p11_module *module, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *ret_info);
/* Call `each` for every mechanism of the token's list that has all of these flags. */
bool p11_mechanisms(const struct p11_module *module, CK_FLAGS flags,
		    void (*each)(CK_MECHANISM_TYPE mechanism, void *context), void *context) MUST_USE;

#endif
