/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Message-based MACs (PKCS#11 3.0 5.14, 5.16): one key and mechanism, any number of messages, each with a MAC of its own, at
 * once or in parts. HMAC and CMAC with session keys; their messages bring no parameter. No card command, no lock of a
 * slot.
 *
 * kind is CKI_OPERATION_MESSAGE_SIGN or CKI_OPERATION_MESSAGE_VERIFY. Whatever becomes of a message, the next one may
 * follow, until cki_message_sign_final.
 */
#ifndef MDP_PKCS11_MESSAGE_SIGN_H
#define MDP_PKCS11_MESSAGE_SIGN_H

#include "base/span.h"
#include "pkcs11/message.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

/*
 * mechanism NULL ends what is under way (CKR_OPERATION_NOT_INITIALIZED: nothing is). Errors: CKR_OPERATION_ACTIVE,
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_SIZE_RANGE, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_USER_NOT_LOGGED_IN, CKR_HOST_MEMORY.
 */
CK_RV cki_message_sign_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
			    CK_OBJECT_HANDLE key);
/* Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (a message is under way), CKR_MECHANISM_PARAM_INVALID. */
CK_RV cki_message_sign_begin(struct session *session, enum cki_operation kind, const struct message_param *param);
/*
 * A part of a message that was begun. Errors: CKR_OPERATION_NOT_INITIALIZED (none was), CKR_MECHANISM_PARAM_INVALID,
 * CKR_USER_NOT_LOGGED_IN.
 */
CK_RV cki_message_sign_part(struct session *session, enum cki_operation kind, const struct message_part *part);
/*
 * The MAC of a whole message (part->last false), or of one that was begun and ends with this part (true). Asking for the
 * length, and CKR_BUFFER_TOO_SMALL, leave the message as it was. Errors: as cki_message_sign_part; CKR_OPERATION_ACTIVE.
 */
CK_RV cki_message_sign(struct session *session, const struct message_part *part, const struct message_out *out);
/* Whether it is the message's MAC, likewise. Errors: as above; CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE. */
CK_RV cki_message_verify(struct session *session, const struct message_part *part, struct span signature);
/* Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (a message is under way). */
CK_RV cki_message_sign_final(struct session *session, enum cki_operation kind);

#endif
