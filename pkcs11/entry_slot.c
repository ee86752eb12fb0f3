/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.5, slot and token management functions. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"

CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	MODULE_CALL(count != NULL, cki_slots_list(gate.module, token_present != CK_FALSE, slots, count));
}

static CK_RV slot_info(struct module *module, CK_SLOT_ID id, CK_SLOT_INFO *info)
{
	struct slot *slot = cki_slot_find(module, id);

	return slot != NULL ? cki_slot_info(slot, info) : CKR_SLOT_ID_INVALID;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
	MODULE_CALL(info != NULL, slot_info(gate.module, id, info));
}

static CK_RV find_token(struct module *module, CK_SLOT_ID id, struct token **ret_token)
{
	struct slot *slot = cki_slot_find(module, id);

	return slot != NULL ? cki_slot_token(slot, ret_token) : CKR_SLOT_ID_INVALID;
}

static CK_RV token_info(struct module *module, CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	AUTO(cki_token_release_cleanup) struct token *token = NULL;
	CK_RV rv = find_token(module, id, &token);

	return rv == CKR_OK ? cki_token_info(token, info) : rv;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	MODULE_CALL(info != NULL, token_info(gate.module, id, info));
}

static CK_RV mechanism_list(struct module *module, CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	AUTO(cki_token_release_cleanup) struct token *token = NULL;
	CK_RV rv = find_token(module, id, &token);

	return rv == CKR_OK ? cki_mech_list(token, list, count) : rv;
}

CK_RV C_GetMechanismList(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	MODULE_CALL(count != NULL, mechanism_list(gate.module, id, list, count));
}

static CK_RV mechanism_info(struct module *module, CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	AUTO(cki_token_release_cleanup) struct token *token = NULL;
	CK_RV rv = find_token(module, id, &token);

	return rv == CKR_OK ? cki_mech_info(token, type, info) : rv;
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	MODULE_CALL(info != NULL, mechanism_info(gate.module, id, type, info));
}

static CK_RV wait_for_event(struct module *module, CK_FLAGS flags, CK_SLOT_ID *slot)
{
	return (flags & CKF_DONT_BLOCK) != 0 ? cki_slots_next_event(module, slot) : cki_slots_wait(module, slot);
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
	MODULE_CALL(slot != NULL && reserved == NULL, wait_for_event(gate.module, flags, slot));
}

/* ---- PINs --------------------------------------------------------------------------------------------- */

/* The security officer's sessions are all read/write. */
CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	SESSION_CALL(session, CKI_RUN(pin, pin_len),
		     cki_token_init_pin(cki_session_token(gate.session), &(struct given_pin){ pin, pin_len }));
}

static CK_RV set_pin(struct session *session, const struct given_pin *old_pin, const struct given_pin *new_pin)
{
	if (!cki_session_writes(session))
		return CKR_SESSION_READ_ONLY;
	return cki_token_set_pin(cki_session_token(session), old_pin, new_pin);
}

CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin, CK_ULONG old_len, CK_UTF8CHAR *new_pin,
	       CK_ULONG new_len)
{
	SESSION_CALL(session, CKI_RUN(old_pin, old_len) && CKI_RUN(new_pin, new_len),
		     set_pin(gate.session, &(struct given_pin){ old_pin, old_len },
			     &(struct given_pin){ new_pin, new_len }));
}
