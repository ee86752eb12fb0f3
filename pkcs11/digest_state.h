/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes by which C_GetOperationState saves a digest: what has been digested so far. OpenSSL gives no digest's inner
 * state out, so a restored digest takes its data again. That is right for every digest, in every session and process,
 * and has a limit: CKI_DIGEST_STATE_MAX bytes of data. TLS' transcript, for which JSSE saves the state, stays below it.
 */
#ifndef MDP_PKCS11_DIGEST_STATE_H
#define MDP_PKCS11_DIGEST_STATE_H

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

#define CKI_DIGEST_STATE_MAX ((size_t)256 * 1024)

/* What a digest took so far; all zero: nothing. */
struct cki_transcript {
	struct secret bytes; /* its length is the room */
	size_t len;          /* bytes that are there */
	bool lost;           /* too much, or a key was among it */
};

/* What a saved state says. */
struct cki_digest_state {
	CK_MECHANISM_TYPE type;
	bool in_parts;    /* a part was given, maybe an empty one */
	struct span data; /* borrowed */
};

/* Take a part, or lose the transcript if it is too much. Returns false only for want of memory. */
bool cki_transcript_add(struct cki_transcript *transcript, struct span part) MUST_USE;
/* Forget what was taken, wiping it. */
void cki_transcript_lose(struct cki_transcript *transcript);
void cki_transcript_restart(struct cki_transcript *transcript);

/*
 * Write a state; state NULL asks for its length. Errors: CKR_BUFFER_TOO_SMALL.
 */
CK_RV cki_digest_state_write(const struct cki_digest_state *saved, CK_BYTE *state, CK_ULONG *inout_len);
/* Returns false for what cki_digest_state_write() did not write. */
bool cki_digest_state_read(struct span state, struct cki_digest_state *ret_saved) MUST_USE;

#endif
