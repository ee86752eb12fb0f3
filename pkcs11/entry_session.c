/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.6, session management functions. */
#include "config.h"

#include "pkcs11/digest.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"
#include "pkcs11/sign.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"

/* No notification is ever sent: the pointers are only the caller's to know. */
CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, UNUSED void *application, UNUSED CK_NOTIFY notify,
		    CK_SESSION_HANDLE *session)
{
	MODULE_CALL(session != NULL, cki_session_open(gate.module, slot, flags, session));
}

CK_RV C_CloseSession(CK_SESSION_HANDLE session)
{
	SESSION_CALL(session, true, cki_session_close(gate.session));
}

static CK_RV close_all(struct module *module, CK_SLOT_ID id)
{
	struct slot *slot = cki_slot_find(module, id);
	AUTO(cki_token_release_cleanup) struct token *token = slot != NULL ? cki_slot_known_token(slot) : NULL;

	if (slot == NULL)
		return CKR_SLOT_ID_INVALID;
	if (token != NULL)
		cki_session_close_all(module, token);
	return CKR_OK;
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
	MODULE_CALL(true, close_all(gate.module, slot));
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	SESSION_CALL(session, info != NULL, cki_session_info(gate.session, info));
}

/* Only a digest's state can be saved. */
CK_RV C_GetOperationState(CK_SESSION_HANDLE session, CK_BYTE *state, CK_ULONG *state_len)
{
	OPERATION_CALL(session, state_len != NULL, cki_digest_save(gate.session, state, state_len));
}

static CK_RV restore(struct session *session, struct span state, bool with_key)
{
	return with_key ? CKR_KEY_NOT_NEEDED : cki_digest_restore(session, state);
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE *state, CK_ULONG state_len, CK_OBJECT_HANDLE encryption_key,
			  CK_OBJECT_HANDLE authentication_key)
{
	OPERATION_CALL(session, state != NULL,
		       restore(gate.session, span_of(state, state_len), encryption_key != 0 || authentication_key != 0));
}

static CK_RV login(struct session *session, CK_USER_TYPE user, const struct given_pin *pin)
{
	switch (user) {
	case CKU_USER:
	case CKU_SO:
		return cki_token_login(cki_session_token(session), user == CKU_SO, pin);
	case CKU_CONTEXT_SPECIFIC:
		return cki_sign_authenticate(session, pin->data, pin->len);
	default:
		return CKR_USER_TYPE_INVALID;
	}
}

CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	OPERATION_CALL(session, CKI_RUN(pin, pin_len),
		       login(gate.session, user, &(struct given_pin){ pin, pin_len }));
}

/*
 * A card has no users with names but PINs with labels: who names one names its label. A PIN that is given for one use
 * of a key is always that key's.
 */
static CK_RV login_by_name(struct session *session, CK_USER_TYPE user, const struct given_pin *pin,
			   const struct given_pin *name)
{
	if (name->len != 0 && user != CKU_CONTEXT_SPECIFIC &&
	    !cki_token_pin_is_named(cki_session_token(session), user == CKU_SO, name))
		return CKR_USER_TYPE_INVALID;
	return login(session, user, pin);
}

CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_len, CK_UTF8CHAR *name,
		  CK_ULONG name_len)
{
	OPERATION_CALL(session, CKI_RUN(pin, pin_len) && CKI_RUN(name, name_len),
		       login_by_name(gate.session, user, &(struct given_pin){ pin, pin_len },
				     &(struct given_pin){ name, name_len }));
}

CK_RV C_Logout(CK_SESSION_HANDLE session)
{
	SESSION_CALL(session, true, cki_session_logout(gate.session));
}

static CK_RV cancel(struct session *session, CK_FLAGS flags)
{
	cki_session_cancel(session, flags);
	return CKR_OK;
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags)
{
	OPERATION_CALL(session, true, cancel(gate.session, flags));
}
