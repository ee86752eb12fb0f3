/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lives from C_Initialize to C_Finalize, and whether it lives. A process that was forked from an
 * initialised one is not initialised and may initialise for itself (PKCS#11 3.0 5.4: C_Initialize).
 *
 * Locks of pkcs11/, outermost first; md.h has its own below them:
 *   session   one operation of a session at a time
 *   slot      card commands of a slot, and who is logged in there while they run
 *   object    attributes of an object
 *   state     the lists of slots and sessions, the table of objects and the rings in it, login states, closing; held for
 *             a few instructions only
 */
#ifndef MDP_PKCS11_MODULE_H
#define MDP_PKCS11_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/handle_table.h"
#include "base/lock.h"
#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/removed.h"

struct slot;

struct module {
	struct md *md;
	struct lock state;
	struct slot **slots; /* grows only; with slot_count under `state` */
	size_t slot_count;
	size_t listed_count; /* of slots, when C_GetSlotList was last asked how many there are */
	bool slots_listed;   /* it was asked */
	bool slots_seen;     /* readers were looked for at least once */
	struct handle_table *sessions;
	struct removed removed; /* sessions */
	struct handle_table *objects; /* bare: changed and walked under `state` */
	bool sensitive_default; /* session keys are sensitive and unextractable unless their template says otherwise */
	bool legacy_ciphers;    /* OpenSSL's legacy provider is held, its mechanisms are offered */
	struct module *inherited; /* in a child, of a parent's module: its parent's parent's */
};

/*
 * C_Initialize. Touches no card. Errors: CKR_ARGUMENTS_BAD (pReserved, an incomplete set of mutex functions),
 * CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_CANT_LOCK, CKR_HOST_MEMORY, CKR_GENERAL_ERROR (OpenSSL, libopensc: logged).
 */
CK_RV cki_module_initialize(const CK_C_INITIALIZE_ARGS *args);
/*
 * C_Finalize: ends C_WaitForSlotEvent of other threads, waits for their other calls, closes every session, wipes every
 * key. Errors:
 * CKR_CRYPTOKI_NOT_INITIALIZED.
 */
CK_RV cki_module_finalize(void);

/* The module for the time of one call, NULL if it is not initialised; each success is ended by cki_module_leave. */
struct module *cki_module_enter(void);
void cki_module_leave(void);

#endif
