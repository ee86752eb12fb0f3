/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "pkcs11/aead_params.h"
#include "pkcs11/crypt.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/token.h"

struct messages {
	struct object *key; /* held */
	const struct mech *mech;
	bool encrypt;
	struct nonce_history history;
	struct md_cipher cipher; /* of the message under way in parts; none: no message is */
	size_t tag_len;          /* the same message's */
	size_t fed;              /* bytes of it that came and have not been answered */
};

static void messages_free(void *state)
{
	struct messages *messages = state;

	if (messages == NULL)
		return;
	md_cipher_end(&messages->cipher);
	cki_object_release(messages->key);
	free(messages);
}

static void messages_cleanup(struct messages **messages)
{
	messages_free(*messages);
}

static CK_RV failed(const struct messages *messages, md_err err)
{
	return cki_error(messages->encrypt ? CKI_CALL_ENCRYPT : CKI_CALL_MESSAGE, err);
}

/* ---- C_MessageEncryptInit, C_MessageDecryptInit ----------------------------------------------------- */

static CK_RV start(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		   CK_OBJECT_HANDLE key)
{
	const bool encrypt = kind == CKI_OPERATION_MESSAGE_ENCRYPT;
	const struct mech *mech = cki_mech_find(mechanism->mechanism,
						encrypt ? CKF_MESSAGE_ENCRYPT : CKF_MESSAGE_DECRYPT);
	AUTO(messages_cleanup) struct messages *messages = NULL;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	if (!cki_message_param_fits(mech, mechanism))
		return CKR_MECHANISM_PARAM_INVALID;
	messages = calloc(1, sizeof(*messages));
	if (messages == NULL)
		return CKR_HOST_MEMORY;
	messages->mech = mech;
	messages->encrypt = encrypt;
	rv = cki_crypt_find_key(session, mech, encrypt ? CKA_ENCRYPT : CKA_DECRYPT, key, &messages->key);
	if (rv == CKR_OK)
		rv = cki_session_begin_with(session, kind, messages, messages_free, messages->key);
	if (rv == CKR_OK)
		messages = NULL;
	return rv;
}

CK_RV cki_message_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		       CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	return cki_session_to_begin(session, kind, mechanism, &rv) ? start(session, kind, mechanism, key) : rv;
}

/* ---- what the messages share ------------------------------------------------------------------------ */

static bool in_parts(const struct messages *messages)
{
	return messages->cipher.key != NULL;
}

/* The process under way, if its key may still be used. */
static CK_RV active(struct session *session, enum cki_operation kind, struct messages **ret_messages)
{
	struct messages *messages = cki_session_operation(session, kind);

	if (messages == NULL)
		return cki_session_no_operation(session, kind);
	if (cki_object_private(messages->key) && !cki_token_logged_in(cki_session_token(session))) {
		cki_session_end(session, kind);
		return CKR_USER_NOT_LOGGED_IN;
	}
	*ret_messages = messages;
	return CKR_OK;
}

/* The same, for a call that begins a message. */
static CK_RV between(struct session *session, enum cki_operation kind, struct messages **ret_messages)
{
	CK_RV rv = active(session, kind, ret_messages);

	return rv == CKR_OK && in_parts(*ret_messages) ? CKR_OPERATION_ACTIVE : rv;
}

static CK_RV read_params(const struct messages *messages, const struct message_param *param,
			 struct aead_params *ret_params)
{
	CK_RV rv = cki_message_params(messages->mech, param->data, param->len, ret_params);

	ret_params->md.encrypt = messages->encrypt;
	/* nothing is generated for a decryption, whatever the parameter says of it (PKCS#11 3.0 2.13.2) */
	if (!messages->encrypt)
		ret_params->rule.generator = CKG_NO_GENERATE;
	return rv;
}

/* Begin the message with the next nonce, which is put where the caller looks for it. */
static CK_RV open_message(struct messages *messages, struct aead_params *params, struct md_cipher *ret_cipher)
{
	struct md_key *key = cki_object_key(messages->key);
	CK_BYTE nonce[NONCE_MAX];
	CK_RV rv;

	memcpy(nonce, params->nonce, params->rule.len);
	rv = cki_nonce_next(key, &params->rule, &messages->history, nonce);
	if (rv != CKR_OK)
		return rv;
	params->md.iv = span_of(nonce, params->rule.len);
	rv = cki_error(CKI_CALL_CIPHER, md_cipher_begin(key, &params->md, ret_cipher));
	if (rv == CKR_OK && params->rule.generator != CKG_NO_GENERATE)
		memcpy(params->nonce, nonce, params->rule.len);
	return rv;
}

/* Nothing comes out before the end. */
static bool gathers(const struct md_cipher *cipher)
{
	return md_cipher_update_len(cipher, 1) == 0;
}

/* The end of an encryption that gathered: text and tag come out in one run. */
static CK_RV split(struct md_cipher *cipher, const struct aead_params *params, CK_BYTE *out)
{
	AUTO_SECRET joined = SECRET_INIT;
	size_t len = 0;
	md_err err;

	if (!secret_alloc(&joined, md_cipher_finish_len(cipher)))
		return CKR_HOST_MEMORY;
	err = md_cipher_finish(cipher, joined.data, &len);
	if (err != MD_OK)
		return cki_error(CKI_CALL_ENCRYPT, err);
	if (len > params->md.tag_len)
		memcpy(out, joined.data, len - params->md.tag_len);
	memcpy(params->tag, joined.data + len - params->md.tag_len, params->md.tag_len);
	return CKR_OK;
}

/* The last part, into a buffer that has room for what comes. */
static CK_RV close_message(const struct messages *messages, struct md_cipher *cipher, const struct aead_params *params,
			   const struct message_part *part, CK_BYTE *out)
{
	size_t len = 0;
	CK_RV rv = failed(messages, md_cipher_update(cipher, part->in, out, &len));

	if (rv != CKR_OK)
		return rv;
	if (!messages->encrypt) {
		rv = failed(messages, md_cipher_update(cipher, span_of(params->tag, params->md.tag_len), out, &len));
		return rv != CKR_OK ? rv : failed(messages, md_cipher_finish(cipher, out, &len));
	}
	if (gathers(cipher))
		return split(cipher, params, out);
	return failed(messages, md_cipher_finish(cipher, params->tag, &len));
}

/* Whether there is room, and what is answered if not or if only the length was asked for. */
static bool has_room(size_t needed, const struct message_out *out, CK_RV *ret_rv)
{
	if (out->data != NULL && *out->len >= needed)
		return true;
	*out->len = needed;
	*ret_rv = out->data == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	return false;
}

/* ---- a message at once ------------------------------------------------------------------------------ */

static void cipher_cleanup(struct md_cipher *cipher)
{
	md_cipher_end(cipher);
}

CK_RV cki_message_once(struct session *session, enum cki_operation kind, const struct message_param *param,
		       const struct span in[static 2], const struct message_out *out)
{
	AUTO(cipher_cleanup) struct md_cipher cipher = { NULL, NULL };
	const struct message_part part = { .param = param, .in = in[MESSAGE_DATA], .last = true };
	struct messages *messages = NULL;
	struct aead_params params;
	CK_BYTE nothing;
	CK_RV rv = between(session, kind, &messages);

	if (rv == CKR_OK)
		rv = read_params(messages, param, &params);
	if (rv != CKR_OK || !has_room(part.in.len, out, &rv))
		return rv;
	params.md.aad = in[MESSAGE_ASSOCIATED];
	rv = open_message(messages, &params, &cipher);
	if (rv == CKR_OK)
		rv = close_message(messages, &cipher, &params, &part, part.in.len != 0 ? out->data : &nothing);
	if (rv == CKR_OK)
		*out->len = part.in.len;
	return rv;
}

/* ---- a message in parts ----------------------------------------------------------------------------- */

CK_RV cki_message_begin(struct session *session, enum cki_operation kind, const struct message_param *param,
			struct span associated)
{
	struct messages *messages = NULL;
	struct aead_params params;
	CK_RV rv = between(session, kind, &messages);

	if (rv == CKR_OK)
		rv = read_params(messages, param, &params);
	if (rv != CKR_OK)
		return rv;
	params.md.aad = associated;
	rv = open_message(messages, &params, &messages->cipher);
	if (rv != CKR_OK)
		return rv;
	messages->tag_len = params.md.tag_len;
	messages->fed = 0;
	return CKR_OK;
}

static CK_RV finish_with(struct messages *messages, CK_RV rv)
{
	md_cipher_end(&messages->cipher);
	return rv;
}

static CK_RV feed(struct messages *messages, const struct message_part *part, const struct message_out *out)
{
	const bool held = gathers(&messages->cipher);
	size_t len = 0;
	CK_RV rv = CKR_OK;

	if (!held && !has_room(part->in.len, out, &rv))
		return rv;
	if (held && part->in.len > SIZE_MAX - messages->fed)
		return finish_with(messages, CKR_HOST_MEMORY);
	rv = failed(messages, md_cipher_update(&messages->cipher, part->in, out->data, &len));
	if (rv != CKR_OK)
		return finish_with(messages, rv);
	messages->fed += held ? part->in.len : 0;
	*out->len = len;
	return CKR_OK;
}

static CK_RV feed_last(struct messages *messages, const struct message_part *part, const struct message_out *out)
{
	const size_t needed = messages->fed + part->in.len;
	struct aead_params params;
	CK_BYTE nothing;
	CK_RV rv = read_params(messages, part->param, &params);

	if (rv == CKR_OK && params.md.tag_len != messages->tag_len)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK)
		return finish_with(messages, rv);
	if (needed < part->in.len)
		return finish_with(messages, CKR_HOST_MEMORY);
	/* where nothing is left to write, a call without a buffer is the end and no question */
	if ((needed != 0 || out->data != NULL) && !has_room(needed, out, &rv))
		return rv;
	rv = close_message(messages, &messages->cipher, &params, part, needed != 0 ? out->data : &nothing);
	if (rv == CKR_OK)
		*out->len = needed;
	return finish_with(messages, rv);
}

CK_RV cki_message_next(struct session *session, enum cki_operation kind, const struct message_part *part,
		       const struct message_out *out)
{
	struct messages *messages = NULL;
	CK_RV rv = active(session, kind, &messages);

	if (rv != CKR_OK)
		return rv;
	if (!in_parts(messages))
		return CKR_OPERATION_NOT_INITIALIZED;
	return part->last ? feed_last(messages, part, out) : feed(messages, part, out);
}

CK_RV cki_message_final(struct session *session, enum cki_operation kind)
{
	const struct messages *messages = cki_session_operation(session, kind);

	if (messages == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (in_parts(messages))
		return CKR_OPERATION_ACTIVE;
	cki_session_end(session, kind);
	return CKR_OK;
}
