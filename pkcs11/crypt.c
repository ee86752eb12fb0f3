/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/crypt.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

#define IV_MAX 16u

struct crypt {
	struct object *key; /* held */
	const struct mech *mech;
	uint8_t iv[IV_MAX];
	size_t iv_len;
	bool encrypt;
	struct md_cipher *running; /* from the first update on */
};

static void crypt_free(void *state)
{
	struct crypt *crypt = state;

	if (crypt == NULL)
		return;
	md_cipher_free(crypt->running);
	cki_object_release(crypt->key);
	free(crypt);
}

static void crypt_cleanup(struct crypt **crypt)
{
	crypt_free(*crypt);
}

static void cipher_cleanup(struct md_cipher **cipher)
{
	md_cipher_free(*cipher);
}

static enum cki_call call_of(const struct crypt *crypt)
{
	return crypt->encrypt ? CKI_CALL_ENCRYPT : CKI_CALL_DECRYPT;
}

static CK_RV begin(const struct crypt *crypt, struct md_cipher **ret_cipher)
{
	const struct md_cipher_params params = {
		.mode = crypt->mech->mode,
		.iv = span_of(crypt->iv, crypt->iv_len),
		.encrypt = crypt->encrypt,
	};

	return cki_error(call_of(crypt), md_cipher_begin(cki_object_key(crypt->key), &params, ret_cipher));
}

static CK_RV find_key(struct session *session, bool encrypt, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE handle,
		      struct object **ret_key)
{
	const struct mech *mech = cki_mech_find(mechanism->mechanism, encrypt ? CKF_ENCRYPT : CKF_DECRYPT);
	AUTO_OBJECT *key = NULL;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);
	if (rv != CKR_OK)
		return rv;
	if (cki_object_key(key) == NULL || !cki_mech_takes(mech, md_key_alg(cki_object_key(key))))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(key, encrypt ? CKA_ENCRYPT : CKA_DECRYPT, true) || !cki_object_allows(key, mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_key = STEAL(key);
	return CKR_OK;
}

static CK_RV start(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		   CK_OBJECT_HANDLE key)
{
	AUTO(crypt_cleanup) struct crypt *crypt = calloc(1, sizeof(*crypt));
	struct span iv;
	CK_RV rv;

	if (crypt == NULL)
		return CKR_HOST_MEMORY;
	crypt->encrypt = kind == CKI_OPERATION_ENCRYPT;
	rv = find_key(session, crypt->encrypt, mechanism, key, &crypt->key);
	if (rv != CKR_OK)
		return rv;
	crypt->mech = cki_mech_find(mechanism->mechanism, crypt->encrypt ? CKF_ENCRYPT : CKF_DECRYPT);
	rv = cki_mech_iv(crypt->mech, mechanism, &iv);
	if (rv != CKR_OK)
		return rv;
	if (iv.len != 0)
		memcpy(crypt->iv, iv.data, iv.len);
	crypt->iv_len = iv.len;
	rv = cki_session_begin(session, kind, crypt, crypt_free);
	if (rv == CKR_OK)
		crypt = NULL;
	return rv;
}

CK_RV cki_crypt_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		     CK_OBJECT_HANDLE key)
{
	bool active = cki_session_operation(session, kind) != NULL;

	if (mechanism == NULL) {
		cki_session_end(session, kind);
		return active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	}
	return active ? CKR_OPERATION_ACTIVE : start(session, kind, mechanism, key);
}

/* The operation under way, if its key may still be used. */
static CK_RV active(struct session *session, enum cki_operation kind, struct crypt **ret_crypt)
{
	struct crypt *crypt = cki_session_operation(session, kind);

	if (crypt == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
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

static CK_RV run(const struct crypt *crypt, struct md_cipher *cipher, struct span in, uint8_t *out, size_t *ret_len)
{
	size_t len = 0;
	size_t last = 0;
	md_err err = md_cipher_update(cipher, in, out, &len);

	if (err == MD_OK)
		err = md_cipher_finish(cipher, out + len, &last);
	*ret_len = len + last;
	return cki_error(call_of(crypt), err);
}

/* The most that the whole input can give. Padding adds at encryption, and takes away an unknown part at decryption. */
static CK_RV most_output(const struct crypt *crypt, struct md_cipher *cipher, size_t in_len, size_t *ret_len)
{
	size_t block = md_cipher_block(cipher);
	bool pads = crypt->mech->mode == MD_CIPHER_CBC_PAD;

	if (pads && crypt->encrypt) {
		*ret_len = (in_len / block + 1) * block;
		return *ret_len < in_len ? CKR_DATA_LEN_RANGE : CKR_OK;
	}
	if (in_len % block != 0 || (pads && in_len == 0))
		return crypt->encrypt ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
	*ret_len = in_len;
	return CKR_OK;
}

/* By way of a buffer of our own: whether the caller's is large enough is only known afterwards. */
static CK_RV run_aside(const struct crypt *crypt, struct md_cipher *cipher, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len)
{
	AUTO_SECRET result = SECRET_INIT;
	CK_ULONG room = *inout_len;
	size_t len = 0;
	CK_RV rv;

	if (!secret_alloc(&result, in.len + 2 * md_cipher_block(cipher)))
		return CKR_HOST_MEMORY;
	rv = run(crypt, cipher, in, result.data, &len);
	if (rv != CKR_OK)
		return rv;
	*inout_len = len;
	if (len > room)
		return CKR_BUFFER_TOO_SMALL;
	if (len != 0)
		memcpy(out, result.data, len);
	return CKR_OK;
}

/* A cipher of its own for each try, so that one that failed for want of room changes nothing. */
static CK_RV once(const struct crypt *crypt, struct span in, CK_BYTE *out, CK_ULONG *inout_len)
{
	AUTO(cipher_cleanup) struct md_cipher *cipher = NULL;
	size_t most = 0;
	CK_RV rv = begin(crypt, &cipher);

	if (rv == CKR_OK)
		rv = most_output(crypt, cipher, in.len, &most);
	if (rv != CKR_OK)
		return rv;
	if (out == NULL) {
		*inout_len = most;
		return CKR_OK;
	}
	if (*inout_len < most && (crypt->encrypt || crypt->mech->mode != MD_CIPHER_CBC_PAD)) {
		*inout_len = most;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (*inout_len < most || *inout_len < md_cipher_update_len(cipher, in.len))
		return run_aside(crypt, cipher, in, out, inout_len);
	rv = run(crypt, cipher, in, out, &most);
	if (rv == CKR_OK)
		*inout_len = most;
	return rv;
}

CK_RV cki_crypt_once(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		     CK_ULONG *inout_len)
{
	struct crypt *crypt = NULL;
	CK_RV rv = active(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (crypt->running != NULL)
		return CKR_OPERATION_ACTIVE;
	rv = once(crypt, in, out, inout_len);
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

/* The session's operation, which from its first part on is under way; one that cannot begin is at its end. */
static CK_RV active_running(struct session *session, enum cki_operation kind, struct crypt **ret_crypt)
{
	struct crypt *crypt = NULL;
	CK_RV rv = active(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (crypt->running == NULL)
		rv = begin(crypt, &crypt->running);
	if (rv != CKR_OK)
		return finish_with(session, kind, rv);
	*ret_crypt = crypt;
	return CKR_OK;
}

CK_RV cki_crypt_update(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len)
{
	struct crypt *crypt = NULL;
	size_t len = 0;
	CK_RV rv = active_running(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	if (!has_room(md_cipher_update_len(crypt->running, in.len), out, inout_len, &rv))
		return rv;
	rv = cki_error(call_of(crypt), md_cipher_update(crypt->running, in, out, &len));
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
	CK_RV rv = active_running(session, kind, &crypt);

	if (rv != CKR_OK)
		return rv;
	needed = md_cipher_finish_len(crypt->running);
	/* Where nothing is left to write, a call without a buffer is the end and no question. */
	if (needed == 0 && out == NULL)
		out = &nothing;
	if (!has_room(needed, out, inout_len, &rv))
		return rv;
	rv = cki_error(call_of(crypt), md_cipher_finish(crypt->running, out, &len));
	if (rv == CKR_OK)
		*inout_len = len;
	return finish_with(session, kind, rv);
}
