/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A slot is a reader. Its ID is the reader's index, which never changes and is never given to another; the list
 * of slots only grows, because clients take a shrinking one for a broken module.
 */
#ifndef MDP_PKCS11_SLOT_H
#define MDP_PKCS11_SLOT_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "pkcs11/pkcs11_compat.h"

struct module;
struct slot;
struct token;

/* Look for readers and make slots of the new ones. Errors: CKR_HOST_MEMORY, CKR_DEVICE_ERROR. */
CK_RV cki_slots_refresh(struct module *module);
/*
 * C_GetSlotList. Readers are looked for when slots is NULL, and the first time; else the set is that of then. Errors: CKR_BUFFER_TOO_SMALL
 * (*inout_count is what is needed).
 */
CK_RV cki_slots_list(struct module *module, bool with_token, CK_SLOT_ID *slots, CK_ULONG *inout_count);
/* C_WaitForSlotEvent without waiting. Errors: CKR_NO_EVENT. */
CK_RV cki_slots_next_event(struct module *module, CK_SLOT_ID *ret_slot);
/*
 * C_WaitForSlotEvent: wait for one, with no lock held and no thread made. Errors: CKR_CRYPTOKI_NOT_INITIALIZED (C_Finalize
 * was called meanwhile), CKR_HOST_MEMORY.
 */
CK_RV cki_slots_wait(struct module *module, CK_SLOT_ID *ret_slot);
/* The end: cards are let go, sessions closed, slots freed. */
void cki_slots_close(struct module *module);

/* NULL: no such slot. */
struct slot *cki_slot_find(struct module *module, CK_SLOT_ID id);
CK_SLOT_ID cki_slot_id(const struct slot *slot);
struct module *cki_slot_module(const struct slot *slot);
struct lock *cki_slot_lock(struct slot *slot);

/* C_GetSlotInfo. No card command. */
CK_RV cki_slot_info(struct slot *slot, CK_SLOT_INFO *ret_info);
/*
 * The token in the slot, held; the card is acquired at the first need. A card that has gone is noticed here.
 * Errors: CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR, CKR_HOST_MEMORY.
 */
CK_RV cki_slot_token(struct slot *slot, struct token **ret_token) MUST_USE;
/* The token if it was acquired before, held; else NULL. */
struct token *cki_slot_known_token(struct slot *slot) MUST_USE;
/* From cki_token_lose: the slot lets go of the token if it still has it. */
void cki_slot_forget_token(struct slot *slot, const struct token *token);

#endif
