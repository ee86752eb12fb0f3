/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one gate in front of every entry point: is the module initialised, is the session alive, are the pointers
 * there; in this order, as PKCS#11 wants it. It also writes the trace ("C_Login: CKR_OK").
 */
#ifndef MDP_PKCS11_GATE_H
#define MDP_PKCS11_GATE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

struct module;
struct session;

struct gate {
	const char *name;
	struct module *module;   /* NULL when rv is not CKR_OK */
	struct session *session; /* held; NULL for calls without one */
	bool operating;          /* the session's operations are locked */
	CK_RV rv;
};

/* For a call without a session. rv: CKR_OK, CKR_CRYPTOKI_NOT_INITIALIZED. */
struct gate cki_gate_open(const char *name);
/* For a call in a session. rv: also CKR_SESSION_HANDLE_INVALID. */
struct gate cki_gate_open_session(const char *name, CK_SESSION_HANDLE handle);
/*
 * The same, and no other thread uses the session's operations until the gate is left. rv: also what became of the
 * session while the gate was waited for; CKR_DEVICE_REMOVED, once, for one that went with its card in an operation.
 */
struct gate cki_gate_open_operation(const char *name, CK_SESSION_HANDLE handle);
/* Trace the result and return it. */
CK_RV cki_gate_done(const struct gate *gate, CK_RV rv);
void cki_gate_leave(struct gate *gate);

#define CKI_GATED(opened, arguments_good, ...)                    \
	AUTO(cki_gate_leave) struct gate gate = (opened);         \
	return cki_gate_done(&gate, gate.rv != CKR_OK ? gate.rv   \
				    : !(arguments_good) ? CKR_ARGUMENTS_BAD : (__VA_ARGS__))

/*
 * The body of an entry point: pass the gate, then answer with the last argument, which may use gate.module and
 * gate.session.
 */
#define MODULE_CALL(arguments_good, ...) CKI_GATED(cki_gate_open(__func__), arguments_good, __VA_ARGS__)
#define SESSION_CALL(handle, arguments_good, ...) \
	CKI_GATED(cki_gate_open_session(__func__, handle), arguments_good, __VA_ARGS__)
#define OPERATION_CALL(handle, arguments_good, ...) \
	CKI_GATED(cki_gate_open_operation(__func__, handle), arguments_good, __VA_ARGS__)

/* A run of bytes or of attributes that is there, or is empty. */
#define CKI_RUN(pointer, count) ((pointer) != NULL || (count) == 0)

#endif
