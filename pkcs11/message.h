/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Message-based encryption and decryption (PKCS#11 3.0 5.9, 5.11): one key and mechanism, any number of messages,
 * each with a nonce, associated data and a tag of its own, at once or in parts. No card command, no lock of a slot.
 *
 * kind is CKI_OPERATION_MESSAGE_ENCRYPT or CKI_OPERATION_MESSAGE_DECRYPT. An output pointer of NULL asks for the
 * length; neither that nor CKR_BUFFER_TOO_SMALL uses up a nonce or ends a message. Whatever becomes of a message, the
 * next one may follow, until cki_message_final.
 */
#ifndef MDP_PKCS11_MESSAGE_H
#define MDP_PKCS11_MESSAGE_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

/* A caller's parameter, which each message brings. */
struct message_param {
	void *data;
	CK_ULONG len;
};

/* Where the result goes. *len is the room on entry and the length on return. */
struct message_out {
	CK_BYTE *data;
	CK_ULONG *len;
};

/*
 * mechanism NULL ends what is under way (CKR_OPERATION_NOT_INITIALIZED: nothing is). Errors: CKR_OPERATION_ACTIVE,
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_USER_NOT_LOGGED_IN, CKR_HOST_MEMORY.
 */
CK_RV cki_message_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		       CK_OBJECT_HANDLE key);
/*
 * A whole message. On success alone the nonce and the tag are in the parameter (encryption). Errors:
 * CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (a message is under way in parts), CKR_MECHANISM_PARAM_INVALID,
 * CKR_BUFFER_TOO_SMALL, CKR_DATA_LEN_RANGE (also when there are no more nonces), CKR_ENCRYPTED_DATA_LEN_RANGE,
 * CKR_AEAD_DECRYPT_FAILED (and nothing of what was decrypted is in `out`), CKR_USER_NOT_LOGGED_IN (a private key,
 * logged out), CKR_DEVICE_REMOVED.
 */
CK_RV cki_message_once(struct session *session, enum cki_operation kind, const struct message_param *param,
		       const struct span in[static 2], const struct message_out *out);
#define MESSAGE_ASSOCIATED 0 /* in[]: the associated data, */
#define MESSAGE_DATA 1       /* and the text */
/* The nonce is in the parameter afterwards (encryption). Errors: as cki_message_once. */
CK_RV cki_message_begin(struct session *session, enum cki_operation kind, const struct message_param *param,
			struct span associated);
/*
 * A part, `last` the last one, whose parameter has the tag or its place. Decryption gives everything with the last
 * part, and nothing unless the tag is right; so does encryption with CCM. Errors: as cki_message_once, which end the
 * message but for CKR_BUFFER_TOO_SMALL; CKR_OPERATION_NOT_INITIALIZED (no message is under way).
 */
struct message_part {
	const struct message_param *param;
	struct span in;
	bool last;
};
CK_RV cki_message_next(struct session *session, enum cki_operation kind, const struct message_part *part,
		       const struct message_out *out);
/* Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (a message is under way in parts). */
CK_RV cki_message_final(struct session *session, enum cki_operation kind);

#endif
