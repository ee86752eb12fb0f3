/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/message_sign.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/signing.h"
#include "pkcs11/store.h"

struct messages {
	struct object *key;    /* held */
	const struct mech *mech;
	CK_ULONG param;        /* a MAC's length, where the mechanism has that for its parameter */
	CK_MECHANISM mechanism; /* points to it */
	struct signing signing; /* of the message under way; its mac is NULL: none is */
	bool in_message;        /* it was begun, and comes in parts */
};

static void end_message(struct messages *messages)
{
	md_mac_free(STEAL(messages->signing.mac));
	messages->in_message = false;
}

static void messages_free(void *state)
{
	struct messages *messages = state;

	if (messages == NULL)
		return;
	end_message(messages);
	cki_object_release(messages->key);
	free(messages);
}

static void messages_cleanup(struct messages **messages)
{
	messages_free(*messages);
}

static CK_RV start_message(struct messages *messages)
{
	messages->signing = (struct signing){ .engine = &cki_sign_mac, .mech = messages->mech, .key = messages->key };
	return cki_sign_mac.begin(&messages->signing, &messages->mechanism);
}

/* ---- C_MessageSignInit, C_MessageVerifyInit ------------------------------------------------------------ */

static CK_RV copy_mechanism(struct messages *messages, const CK_MECHANISM *mechanism)
{
	messages->mechanism.mechanism = mechanism->mechanism;
	if (mechanism->ulParameterLen == 0)
		return CKR_OK;
	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != sizeof(messages->param))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&messages->param, mechanism->pParameter, sizeof(messages->param));
	messages->mechanism.pParameter = &messages->param;
	messages->mechanism.ulParameterLen = sizeof(messages->param);
	return CKR_OK;
}

static CK_RV find_key(struct session *session, enum cki_operation kind, struct messages *messages,
		      CK_OBJECT_HANDLE handle)
{
	CK_ATTRIBUTE_TYPE use = kind == CKI_OPERATION_MESSAGE_SIGN ? CKA_SIGN : CKA_VERIFY;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &messages->key);

	if (rv == CKR_OK)
		rv = cki_sign_mac.takes(messages->mech, messages->key);
	if (rv != CKR_OK)
		return rv;
	if (!cki_object_bool(messages->key, use, false) || !cki_object_allows(messages->key, messages->mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return CKR_OK;
}

/* That the mechanism's parameter is right is known once a message has begun with it. */
static CK_RV try_mechanism(struct messages *messages)
{
	CK_RV rv = start_message(messages);

	end_message(messages);
	return rv;
}

static CK_RV start(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		   CK_OBJECT_HANDLE key)
{
	AUTO(messages_cleanup) struct messages *messages = calloc(1, sizeof(*messages));
	CK_RV rv;

	if (messages == NULL)
		return CKR_HOST_MEMORY;
	messages->mech = cki_mech_find(mechanism->mechanism,
				       kind == CKI_OPERATION_MESSAGE_SIGN ? CKF_MESSAGE_SIGN : CKF_MESSAGE_VERIFY);
	if (messages->mech == NULL)
		return CKR_MECHANISM_INVALID;
	rv = copy_mechanism(messages, mechanism);
	if (rv == CKR_OK)
		rv = find_key(session, kind, messages, key);
	if (rv == CKR_OK)
		rv = try_mechanism(messages);
	if (rv == CKR_OK)
		rv = cki_session_begin_with(session, kind, messages, messages_free, messages->key);
	if (rv == CKR_OK)
		messages = NULL;
	return rv;
}

CK_RV cki_message_sign_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
			    CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	return cki_session_to_begin(session, kind, mechanism, &rv) ? start(session, kind, mechanism, key) : rv;
}

/* ---- messages -------------------------------------------------------------------------------------------- */

/* The process under way, if its key may still be used; a message of it that was begun, or none. */
static CK_RV active(struct session *session, enum cki_operation kind, bool in_message, struct messages **ret_messages)
{
	struct messages *messages = cki_session_operation(session, kind);
	const struct signing of_key = { .key = messages != NULL ? messages->key : NULL };
	CK_RV rv;

	if (messages == NULL)
		return cki_session_no_operation(session, kind);
	rv = cki_signing_login(session, &of_key);
	if (rv != CKR_OK) {
		cki_session_end(session, kind);
		return rv;
	}
	if (messages->in_message != in_message)
		return in_message ? CKR_OPERATION_NOT_INITIALIZED : CKR_OPERATION_ACTIVE;
	*ret_messages = messages;
	return CKR_OK;
}

/* A message of a MAC brings nothing beside its text. */
static CK_RV check_param(const struct message_param *param)
{
	return param->data == NULL && param->len == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV cki_message_sign_begin(struct session *session, enum cki_operation kind, const struct message_param *param)
{
	struct messages *messages = NULL;
	CK_RV rv = active(session, kind, false, &messages);

	if (rv == CKR_OK)
		rv = check_param(param);
	if (rv == CKR_OK)
		rv = start_message(messages);
	if (rv == CKR_OK)
		messages->in_message = true;
	return rv;
}

CK_RV cki_message_sign_part(struct session *session, enum cki_operation kind, const struct message_part *part)
{
	struct messages *messages = NULL;
	CK_RV rv = active(session, kind, true, &messages);

	if (rv == CKR_OK)
		rv = check_param(part->param);
	if (rv != CKR_OK)
		return rv;
	rv = cki_sign_mac.update(&messages->signing, part->in);
	if (rv != CKR_OK)
		end_message(messages);
	return rv;
}

/* The message that the last data belong to: begun before, or made of them alone. */
static CK_RV last_of(struct session *session, enum cki_operation kind, const struct message_part *part,
		     struct messages **ret_messages)
{
	CK_RV rv = active(session, kind, part->last, ret_messages);

	if (rv == CKR_OK)
		rv = check_param(part->param);
	return rv == CKR_OK && !part->last ? start_message(*ret_messages) : rv;
}

CK_RV cki_message_sign(struct session *session, const struct message_part *part, const struct message_out *out)
{
	struct messages *messages = NULL;
	size_t needed = 0;
	CK_RV rv = last_of(session, CKI_OPERATION_MESSAGE_SIGN, part, &messages);

	if (rv != CKR_OK)
		return rv;
	rv = cki_sign_mac.len(&messages->signing, part->in, &needed);
	if (rv == CKR_OK && (out->data == NULL || *out->len < needed)) {
		*out->len = needed;
		if (!part->last)
			end_message(messages);
		return out->data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	if (rv == CKR_OK)
		rv = cki_sign_mac.sign(&messages->signing, part->in, out->data, needed);
	end_message(messages);
	if (rv == CKR_OK)
		*out->len = needed;
	return rv;
}

CK_RV cki_message_verify(struct session *session, const struct message_part *part, struct span signature)
{
	struct messages *messages = NULL;
	CK_RV rv = last_of(session, CKI_OPERATION_MESSAGE_VERIFY, part, &messages);

	if (rv != CKR_OK)
		return rv;
	rv = cki_sign_mac.verify(&messages->signing, part->in, signature);
	end_message(messages);
	return rv;
}

CK_RV cki_message_sign_final(struct session *session, enum cki_operation kind)
{
	const struct messages *messages = cki_session_operation(session, kind);

	if (messages == NULL)
		return cki_session_no_operation(session, kind);
	if (messages->in_message)
		return CKR_OPERATION_ACTIVE;
	cki_session_end(session, kind);
	return CKR_OK;
}
