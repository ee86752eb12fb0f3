/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/crypt.h"

#include <stdlib.h>

#include "pkcs11/cipher_params.h"
#include "pkcs11/crypt_rsa.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

struct crypt {
	struct object *key; /* held */
	struct md_cipher cipher;
	struct crypt_rsa *rsa; /* instead of the cipher; owned */
	bool encrypt;
	bool in_parts; /* a part of the data was given */
};

static bool crypt_empty(void *state)
{
	struct crypt *crypt = state;

	md_cipher_end(&crypt->cipher);
	cki_crypt_rsa_free(STEAL(crypt->rsa));
	cki_object_release(STEAL(crypt->key));
	return true;
}

static void crypt_free(void *state)
{
	struct crypt *crypt = state;

	if (crypt == NULL)
		return;
	(void)crypt_empty(crypt);
	free(crypt);
}

static void crypt_cleanup(struct crypt **crypt)
{
	crypt_free(*crypt);
}

/* One that rests with the session, or a new one. */
static struct crypt *crypt_new(struct session *session, enum cki_operation kind)
{
	struct crypt *crypt = cki_session_wake(session, kind);

	if (crypt == NULL)
		crypt = malloc(sizeof(*crypt));
	if (crypt != NULL)
		*crypt = (struct crypt){ .encrypt = kind == CKI_OPERATION_ENCRYPT };
	return crypt;
}

static enum cki_call call_of(const struct crypt *crypt)
{
	return crypt->encrypt ? CKI_CALL_ENCRYPT : CKI_CALL_DECRYPT;
}

/* ---- C_EncryptInit, C_DecryptInit ------------------------------------------------------------------- */

CK_RV cki_crypt_find_key(struct session *session, const struct mech *mech, CK_ATTRIBUTE_TYPE permission,
			 CK_OBJECT_HANDLE handle, struct object **ret_key)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_key(key) == NULL || !cki_mech_takes(mech, md_key_alg(cki_object_key(key))))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_permits(key, permission, mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_key = STEAL(key);
	return CKR_OK;
}

static CK_RV begin(struct crypt *crypt, const struct mech *mech, const CK_MECHANISM *mechanism)
{
	struct cipher_params params;
	CK_RV rv = cki_cipher_params(mech, mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	params.md.encrypt = crypt->encrypt;
	return cki_error(CKI_CALL_CIPHER, md_cipher_begin(cki_object_key(crypt->key), &params.md, &crypt->cipher));
}

/* A session key for its cipher, or an RSA key. */
static CK_RV begin_with(struct session *session, struct crypt *crypt, const struct mech *mech,
			const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE handle)
{
	CK_RV rv;

	if (mech->card_keys != 0) {
		rv = cki_crypt_rsa_find_key(session, mech, crypt->encrypt, handle, &crypt->key);
		return rv != CKR_OK ? rv : cki_crypt_rsa_begin(crypt->key, mechanism, &crypt->rsa);
	}
	rv = cki_crypt_find_key(session, mech, crypt->encrypt ? CKA_ENCRYPT : CKA_DECRYPT, handle, &crypt->key);
	return rv != CKR_OK ? rv : begin(crypt, mech, mechanism);
}

static CK_RV start(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		   CK_OBJECT_HANDLE key)
{
	const bool encrypt = kind == CKI_OPERATION_ENCRYPT;
	const struct mech *mech = cki_mech_find_offered(cki_session_token(session), mechanism->mechanism,
							encrypt ? CKF_ENCRYPT : CKF_DECRYPT);
	AUTO(crypt_cleanup) struct crypt *crypt = NULL;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	crypt = crypt_new(session, kind);
	if (crypt == NULL)
		return CKR_HOST_MEMORY;
	rv = begin_with(session, crypt, mech, mechanism, key);
	if (rv == CKR_OK)
		rv = cki_session_begin_resting(session, kind,
					       &(struct cki_resting){ .state = crypt, .end = crypt_free,
								      .rest = crypt_empty, .key = crypt->key });
	if (rv == CKR_OK)
		crypt = NULL;
	return rv;
}

CK_RV cki_crypt_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		     CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	return cki_session_to_begin(session, kind, mechanism, &rv) ? start(session, kind, mechanism, key) : rv;
}

/* ---- the data --------------------------------------------------------------------------------------- */

/* The operation under way, if its key may still be used. */
static CK_RV active(struct session *session, enum cki_operation kind, struct crypt **ret_crypt)
{
	struct crypt *crypt = cki_session_operation(session, kind);

	if (crypt == NULL)
		return cki_session_no_operation(session, kind);
	if (cki_object_private(crypt->key) && !cki_token_logged_in(cki_session_token(session))) {
		cki_session_end(session, kind);
		return CKR_USER_NOT_LOGGED_IN;
	}
	*ret_crypt = crypt;
	return CKR_OK;
}

static CK_RV finish_with(struct session *session, enum cki_operation kind, CK_RV rv)
{
	cki_session_end(session, kind);
	return rv;
}

CK_RV cki_crypt_once(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		     CK_ULONG *inout_len)
{
	struct crypt *crypt = NULL;
	size_t len = *inout_len;
	CK_RV rv = active(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (crypt->in_parts)
		return CKR_OPERATION_ACTIVE;
	rv = crypt->rsa != NULL ? cki_crypt_rsa_once(crypt->rsa, in, out, &len)
				: cki_error(call_of(crypt), md_cipher_once(&crypt->cipher, in, out, &len));
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*inout_len = len;
	if (rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && out == NULL))
		return rv;
	return finish_with(session, kind, rv);
}

/* Whether there is room, and what is answered if not or if only the length was asked for. */
static bool has_room(size_t needed, const CK_BYTE *out, CK_ULONG *inout_len, CK_RV *ret_rv)
{
	if (out != NULL && *inout_len >= needed)
		return true;
	*inout_len = needed;
	*ret_rv = out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	return false;
}

CK_RV cki_crypt_update(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len)
{
	struct crypt *crypt = NULL;
	size_t len = 0;
	CK_RV rv = active(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (crypt->rsa != NULL)
		return finish_with(session, kind, CKR_FUNCTION_NOT_SUPPORTED);
	crypt->in_parts = true;
	if (!has_room(md_cipher_update_len(&crypt->cipher, in.len), out, inout_len, &rv))
		return rv;
	rv = cki_error(call_of(crypt), md_cipher_update(&crypt->cipher, in, out, &len));
	if (rv != CKR_OK)
		return finish_with(session, kind, rv);
	*inout_len = len;
	return CKR_OK;
}

CK_RV cki_crypt_final(struct session *session, enum cki_operation kind, CK_BYTE *out, CK_ULONG *inout_len)
{
	struct crypt *crypt = NULL;
	CK_BYTE nothing;
	size_t needed;
	size_t len = 0;
	CK_RV rv = active(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (crypt->rsa != NULL)
		return finish_with(session, kind, CKR_FUNCTION_NOT_SUPPORTED);
	crypt->in_parts = true;
	needed = md_cipher_finish_len(&crypt->cipher);
	/* Where nothing is left to write, a call without a buffer is the end and no question. */
	if (needed == 0 && out == NULL)
		out = &nothing;
	if (!has_room(needed, out, inout_len, &rv))
		return rv;
	rv = cki_error(call_of(crypt), md_cipher_finish(&crypt->cipher, out, &len));
	if (rv == CKR_OK)
		*inout_len = len;
	return finish_with(session, kind, rv);
}

CK_RV cki_crypt_authenticate(struct session *session, const CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	struct crypt *crypt = cki_session_operation(session, CKI_OPERATION_DECRYPT);

	return crypt != NULL && crypt->rsa != NULL ? cki_crypt_rsa_authenticate(crypt->rsa, pin, pin_len)
						   : CKR_OPERATION_NOT_INITIALIZED;
}
