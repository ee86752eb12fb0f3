/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/digest.h"

#include <stdlib.h>

#include "minidriver/md.h"
#include "pkcs11/digest_state.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

struct digest {
	const struct mech *mech;
	struct md_digest *running;
	bool in_parts; /* a part was given */
	struct cki_transcript transcript;
};

static void digest_free(void *state)
{
	struct digest *digest = state;

	if (digest == NULL)
		return;
	cki_transcript_restart(&digest->transcript);
	md_digest_free(digest->running);
	free(digest);
}

static void digest_cleanup(struct digest **digest)
{
	digest_free(*digest);
}

/* A digest that is ready for other data, unless a key was among what went into it. */
static bool digest_empty(void *state)
{
	struct digest *digest = state;

	digest->in_parts = false;
	cki_transcript_restart(&digest->transcript);
	return md_digest_restart(digest->running) == MD_OK;
}

static CK_RV begin(struct session *session, const struct mech *mech, struct digest **ret_digest)
{
	AUTO(digest_cleanup) struct digest *digest = cki_session_wake(session, CKI_OPERATION_DIGEST);
	CK_RV rv = CKR_OK;

	if (digest == NULL || digest->mech != mech) {
		digest_cleanup(&digest);
		digest = calloc(1, sizeof(*digest));
		if (digest == NULL)
			return CKR_HOST_MEMORY;
		digest->mech = mech;
		rv = cki_error(CKI_CALL_DIGEST, md_digest_begin(cki_token_card(cki_session_token(session)), mech->hash,
								&digest->running));
	}
	if (rv == CKR_OK)
		*ret_digest = STEAL(digest);
	return rv;
}

static CK_RV start(struct session *session, const CK_MECHANISM *mechanism)
{
	const struct mech *mech = cki_mech_find(mechanism->mechanism, CKF_DIGEST);
	AUTO(digest_cleanup) struct digest *digest = NULL;
	struct span none;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	rv = cki_mech_iv(mech, mechanism, &none);
	if (rv == CKR_OK)
		rv = begin(session, mech, &digest);
	if (rv == CKR_OK)
		rv = cki_session_begin_resting(session, CKI_OPERATION_DIGEST,
					       &(struct cki_resting){ .state = digest, .end = digest_free,
								      .rest = digest_empty });
	if (rv == CKR_OK)
		digest = NULL;
	return rv;
}

CK_RV cki_digest_init(struct session *session, const CK_MECHANISM *mechanism)
{
	CK_RV rv;

	return cki_session_to_begin(session, CKI_OPERATION_DIGEST, mechanism, &rv) ? start(session, mechanism) : rv;
}

static CK_RV end_unless_good(struct session *session, CK_RV rv)
{
	if (rv != CKR_OK)
		cki_session_end(session, CKI_OPERATION_DIGEST);
	return rv;
}

/* The last part, which may be empty, and the digest. */
static CK_RV finish(struct session *session, struct digest *digest, struct span data, CK_BYTE *out, CK_ULONG *inout_len)
{
	const size_t needed = md_digest_len(digest->running);
	CK_RV rv;

	if (out == NULL || *inout_len < needed) {
		*inout_len = needed;
		return out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	rv = cki_error(CKI_CALL_DIGEST, md_digest_finish(digest->running, data, out));
	cki_session_end(session, CKI_OPERATION_DIGEST);
	if (rv == CKR_OK)
		*inout_len = needed;
	return rv;
}

CK_RV cki_digest_once(struct session *session, struct span data, CK_BYTE *out, CK_ULONG *inout_len)
{
	struct digest *digest = cki_session_operation(session, CKI_OPERATION_DIGEST);

	if (digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	return digest->in_parts ? CKR_OPERATION_ACTIVE : finish(session, digest, data, out, inout_len);
}

CK_RV cki_digest_final(struct session *session, CK_BYTE *out, CK_ULONG *inout_len)
{
	struct digest *digest = cki_session_operation(session, CKI_OPERATION_DIGEST);

	if (digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	return finish(session, digest, SPAN_EMPTY, out, inout_len);
}

CK_RV cki_digest_update(struct session *session, struct span part)
{
	struct digest *digest = cki_session_operation(session, CKI_OPERATION_DIGEST);

	if (digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	digest->in_parts = true;
	if (!cki_transcript_add(&digest->transcript, part))
		return end_unless_good(session, CKR_HOST_MEMORY);
	return end_unless_good(session, cki_error(CKI_CALL_DIGEST, md_digest_update(digest->running, part)));
}

/*
 * A sensitive key may be digested: PKCS#11 keeps its value from leaving in plain text, and a digest over it is what TLS
 * and SSL want of the function.
 */
static CK_RV feed_key(struct session *session, struct digest *digest, CK_OBJECT_HANDLE handle)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_key(key) == NULL || !cki_object_allows(key, digest->mech->type))
		return CKR_KEY_INDIGESTIBLE;
	return cki_error(CKI_CALL_DIGEST, md_digest_key(digest->running, cki_object_key(key)));
}

CK_RV cki_digest_key(struct session *session, CK_OBJECT_HANDLE key)
{
	struct digest *digest = cki_session_operation(session, CKI_OPERATION_DIGEST);

	if (digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	digest->in_parts = true;
	cki_transcript_lose(&digest->transcript);
	return end_unless_good(session, feed_key(session, digest, key));
}

/* ---- the operation state ---------------------------------------------------------------------------- */

/* The operations under way, other than a search: whether there is one that is no digest. */
static bool others_are_active(struct session *session)
{
	for (enum cki_operation kind = 0; kind < CKI_OPERATION_COUNT; kind++)
		if (kind != CKI_OPERATION_FIND && kind != CKI_OPERATION_DIGEST && cki_session_operation(session, kind) != NULL)
			return true;
	return false;
}

CK_RV cki_digest_save(struct session *session, CK_BYTE *state, CK_ULONG *inout_len)
{
	const struct digest *digest = cki_session_operation(session, CKI_OPERATION_DIGEST);

	if (others_are_active(session))
		return CKR_STATE_UNSAVEABLE;
	if (digest == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (digest->transcript.lost)
		return CKR_STATE_UNSAVEABLE;
	return cki_digest_state_write(
		&(struct cki_digest_state){ .type = digest->mech->type,
					    .in_parts = digest->in_parts,
					    .data = span_of(digest->transcript.bytes.data, digest->transcript.len) },
		state, inout_len);
}

/* The session is as it was when the state was saved: no other operation goes on. */
static void end_all(struct session *session)
{
	for (enum cki_operation kind = 0; kind < CKI_OPERATION_COUNT; kind++)
		if (kind != CKI_OPERATION_FIND)
			cki_session_end(session, kind);
}

CK_RV cki_digest_restore(struct session *session, struct span state)
{
	struct cki_digest_state saved;
	CK_RV rv;

	if (!cki_digest_state_read(state, &saved) || cki_mech_find(saved.type, CKF_DIGEST) == NULL)
		return CKR_SAVED_STATE_INVALID;
	end_all(session);
	rv = start(session, &(CK_MECHANISM){ .mechanism = saved.type });
	return rv == CKR_OK && saved.in_parts ? cki_digest_update(session, saved.data) : rv;
}
