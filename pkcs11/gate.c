/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/gate.h"

#include "base/log.h"
#include "pkcs11/error.h"
#include "pkcs11/module.h"
#include "pkcs11/session.h"

struct gate cki_gate_open(const char *name)
{
	struct module *module = cki_module_enter();

	return (struct gate){
		.name = name,
		.module = module,
		.rv = module != NULL ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED,
	};
}

struct gate cki_gate_open_session(const char *name, CK_SESSION_HANDLE handle)
{
	struct gate gate = cki_gate_open(name);

	if (gate.rv != CKR_OK)
		return gate;
	gate.session = cki_session_find(gate.module, handle);
	if (gate.session == NULL)
		gate.rv = CKR_SESSION_HANDLE_INVALID;
	return gate;
}

struct gate cki_gate_open_operation(const char *name, CK_SESSION_HANDLE handle)
{
	struct gate gate = cki_gate_open(name);

	if (gate.rv != CKR_OK)
		return gate;
	gate.session = cki_session_find_to_use(gate.module, handle);
	gate.operating = gate.session != NULL;
	/* it may have waited there, and meanwhile anything may have happened to the session */
	gate.rv = gate.operating ? cki_session_alive(gate.session) : cki_session_missing(gate.module, handle);
	return gate;
}

CK_RV cki_gate_done(const struct gate *gate, CK_RV rv)
{
	log_debug("cki", "%s: %s (0x%lx)", gate->name, cki_rv_name(rv), rv);
	return rv;
}

void cki_gate_leave(struct gate *gate)
{
	if (gate->operating)
		cki_session_end_use(gate->session);
	else
		cki_session_release(gate->session);
	if (gate->module != NULL)
		cki_module_leave();
}
