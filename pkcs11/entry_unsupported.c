/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of PKCS#11 3.0 that this module does not offer. Each passes the gate, so that a caller learns
 * first what is wrong with the state or the session.
 */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

/* Nothing is done with the parameters. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define REFUSED(session) SESSION_CALL(session, true, CKR_FUNCTION_NOT_SUPPORTED)

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG pin_len, CK_UTF8CHAR *label)
{
	MODULE_CALL(true, CKR_FUNCTION_NOT_SUPPORTED);
}

/* PKCS#11 3.0 5.21: the two relics of parallel sessions have a code of their own. */
CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session)
{
	SESSION_CALL(session, true, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE session)
{
	SESSION_CALL(session, true, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_templ,
			CK_ULONG public_count, CK_ATTRIBUTE *private_templ, CK_ULONG private_count,
			CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	REFUSED(session);
}

/* ---- 3.2 -------------------------------------------------------------------------------------------- */

/* No session of ours is asynchronous. */
CK_RV C_AsyncComplete(CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ASYNC_DATA *result)
{
	REFUSED(session);
}

CK_RV C_AsyncGetID(CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ULONG *id)
{
	REFUSED(session);
}

CK_RV C_AsyncJoin(CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ULONG id, CK_BYTE *data, CK_ULONG data_len)
{
	REFUSED(session);
}
