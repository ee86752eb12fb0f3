/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/sign.h"

#include <stdlib.h>

#include "base/lock.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

struct sign {
	struct object *key; /* held */
	const struct mech *mech;
	bool asks;          /* the key wants its PIN for this signature */
	bool authenticated;
};

static void sign_free(void *state)
{
	struct sign *sign = state;

	if (sign == NULL)
		return;
	cki_object_release(sign->key);
	free(sign);
}

static void sign_cleanup(struct sign **sign)
{
	sign_free(*sign);
}

static CK_RV find_key(struct session *session, const struct mech *mech, CK_OBJECT_HANDLE handle,
		      struct object **ret_key)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	/* a private key is always the card's */
	if (cki_object_class(key) != CKO_PRIVATE_KEY || !cki_mech_takes_card_key(mech, key))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(key, CKA_SIGN, false))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_key = STEAL(key);
	return CKR_OK;
}

static CK_RV start(struct session *session, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	AUTO(sign_cleanup) struct sign *sign = calloc(1, sizeof(*sign));
	struct span none;
	CK_RV rv;

	if (sign == NULL)
		return CKR_HOST_MEMORY;
	sign->mech = cki_mech_find(mechanism->mechanism, CKF_SIGN);
	if (sign->mech == NULL)
		return CKR_MECHANISM_INVALID;
	rv = cki_mech_iv(sign->mech, mechanism, &none);
	if (rv == CKR_OK)
		rv = find_key(session, sign->mech, key, &sign->key);
	if (rv != CKR_OK)
		return rv;
	sign->asks = cki_object_bool(sign->key, CKA_ALWAYS_AUTHENTICATE, false);
	rv = cki_session_begin(session, CKI_OPERATION_SIGN, sign, sign_free);
	if (rv == CKR_OK)
		sign = NULL;
	return rv;
}

CK_RV cki_sign_init(struct session *session, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	bool active = cki_session_operation(session, CKI_OPERATION_SIGN) != NULL;

	if (mechanism == NULL) {
		cki_session_end(session, CKI_OPERATION_SIGN);
		return active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	}
	return active ? CKR_OPERATION_ACTIVE : start(session, mechanism, key);
}

static CK_RV card_sign(const struct sign *sign, struct span data, CK_BYTE *signature, CK_ULONG *inout_len)
{
	struct token *token = cki_object_token(sign->key);
	size_t container = cki_object_index(sign->key);
	size_t len = *inout_len;
	CK_RV rv;

	{
		LOCKED(cki_slot_lock(cki_token_slot(token)));
		rv = cki_token_key_error(token, CKI_CALL_SIGN, container,
					 md_sign(cki_token_card(token), container, sign->mech->sign, data,
						 signature, &len));
	}
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*inout_len = len;
	return rv;
}

static CK_RV check_login(struct session *session, const struct sign *sign)
{
	if (cki_object_private(sign->key) && !cki_token_logged_in(cki_session_token(session)))
		return CKR_USER_NOT_LOGGED_IN;
	return sign->asks && !sign->authenticated ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
}

CK_RV cki_sign_once(struct session *session, struct span data, CK_BYTE *signature, CK_ULONG *inout_len)
{
	struct sign *sign = cki_session_operation(session, CKI_OPERATION_SIGN);
	CK_ULONG needed = 0;
	CK_RV rv;

	if (sign == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	/* The length first: a buffer too small must not cost a PIN or a card command. */
	rv = card_sign(sign, data, NULL, &needed);
	if (rv == CKR_OK && (signature == NULL || *inout_len < needed)) {
		*inout_len = needed;
		return signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	if (rv == CKR_OK)
		rv = check_login(session, sign);
	if (rv == CKR_OK)
		rv = card_sign(sign, data, signature, inout_len);
	cki_session_end(session, CKI_OPERATION_SIGN);
	return rv;
}

CK_RV cki_sign_part(struct session *session)
{
	if (cki_session_operation(session, CKI_OPERATION_SIGN) == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	cki_session_end(session, CKI_OPERATION_SIGN);
	return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV cki_sign_authenticate(struct session *session, const CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	struct sign *sign = cki_session_operation(session, CKI_OPERATION_SIGN);
	CK_RV rv;

	if (sign == NULL || !sign->asks)
		return CKR_OPERATION_NOT_INITIALIZED;
	rv = cki_token_verify_for_key(cki_object_token(sign->key), cki_object_index(sign->key), pin, pin_len);
	if (rv == CKR_OK)
		sign->authenticated = true;
	return rv;
}
