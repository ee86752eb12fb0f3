/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.5, slot and token management functions. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/pkcs11_compat.h"
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
