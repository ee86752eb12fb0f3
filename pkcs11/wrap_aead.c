/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session key under a session key by authenticated encryption: CKM_AES_GCM, CKM_AES_CCM, CKM_CHACHA20_POLY1305. In
 * C_WrapKey the tag stands behind the wrapped key, in C_WrapKeyAuthenticated in the parameter.
 */
#include "config.h"

#include <string.h>

#include "base/secret.h"
#include "pkcs11/aead_params.h"
#include "pkcs11/error.h"
#include "pkcs11/wrap_scheme.h"

/* The parameter, with the associated data that the call brought. */
static CK_RV read_params(const struct wrap_call *call, struct aead_params *ret_params)
{
	const CK_MECHANISM *mechanism = call->mechanism;
	CK_RV rv;

	if (!call->authenticated)
		return cki_wrap_params(call->mech, mechanism, ret_params);
	rv = cki_message_params(call->mech, mechanism->pParameter, mechanism->ulParameterLen, ret_params);
	if (rv == CKR_OK)
		ret_params->md.aad = call->associated;
	return rv;
}

static CK_RV check(const struct wrap_call *call)
{
	struct aead_params params;
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : cki_wrap_probe(call, &params.md);
}

/* ---- wrapping --------------------------------------------------------------------------------------- */

/* Key and tag in one run; where the tag has a place of its own, by way of memory of ours. */
static CK_RV wrap_apart(struct md_key *kek, const struct aead_params *params, struct md_key *key, uint8_t *buffer)
{
	const size_t key_len = md_key_len(key);
	size_t len = key_len + params->md.tag_len;
	AUTO_SECRET joined = SECRET_INIT;
	CK_RV rv;

	if (!secret_alloc(&joined, len))
		return CKR_HOST_MEMORY;
	rv = cki_error(CKI_CALL_WRAP, md_key_wrap(kek, &params->md, key, joined.data, &len));
	if (rv != CKR_OK)
		return rv;
	memcpy(buffer, joined.data, key_len);
	memcpy(params->tag, joined.data + key_len, params->md.tag_len);
	return CKR_OK;
}

static CK_RV wrap_joined(struct md_key *kek, const struct aead_params *params, struct md_key *key, uint8_t *buffer,
			 size_t *inout_len)
{
	return cki_error(CKI_CALL_WRAP, md_key_wrap(kek, &params->md, key, buffer, inout_len));
}

/* A nonce is used up only when something is wrapped with it. */
static CK_RV wrap(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	struct md_key *kek = cki_object_key(call->kek);
	CK_BYTE nonce[NONCE_MAX];
	struct aead_params params;
	size_t needed;
	CK_RV rv = read_params(call, &params);

	if (rv != CKR_OK)
		return rv;
	needed = md_key_len(key) + (call->authenticated ? 0 : params.md.tag_len);
	if (buffer == NULL || *inout_len < needed) {
		*inout_len = needed;
		return buffer == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	if (params.rule.generator != CKG_NO_GENERATE) {
		memcpy(nonce, params.nonce, params.rule.len);
		params.md.iv = span_of(nonce, params.rule.len);
		rv = cki_nonce_next(kek, &params.rule, NULL, nonce);
	}
	*inout_len = needed;
	if (rv == CKR_OK)
		rv = call->authenticated ? wrap_apart(kek, &params, key, buffer)
					 : wrap_joined(kek, &params, key, buffer, inout_len);
	if (rv == CKR_OK && params.rule.generator != CKG_NO_GENERATE)
		memcpy(params.nonce, nonce, params.rule.len);
	return rv;
}

/* ---- unwrapping ------------------------------------------------------------------------------------- */

static CK_RV unwrap_joined(const struct wrap_call *call, const struct md_cipher_params *params, struct span joined,
			   const struct secret_key_draft *draft, struct md_key **ret_key)
{
	if (joined.len <= params->tag_len ||
	    (draft->value_len != 0 && draft->value_len != joined.len - params->tag_len))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	return cki_error(CKI_CALL_UNWRAP, md_key_unwrap(cki_object_key(call->kek), params, joined, draft->type->alg,
							draft->value_len, ret_key));
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	AUTO_SECRET joined = SECRET_INIT;
	struct aead_params params;
	CK_RV rv = read_params(call, &params);

	if (rv != CKR_OK || !call->authenticated)
		return rv != CKR_OK ? rv : unwrap_joined(call, &params.md, wrapped, draft, ret_key);
	if (wrapped.len > SIZE_MAX - params.md.tag_len || !secret_alloc(&joined, wrapped.len + params.md.tag_len))
		return CKR_HOST_MEMORY;
	memcpy(joined.data, wrapped.data, wrapped.len);
	memcpy(joined.data + wrapped.len, params.tag, params.md.tag_len);
	return unwrap_joined(call, &params.md, secret_span(&joined), draft, ret_key);
}

const struct wrap_scheme cki_wrap_aead = { .check = check, .wrap = wrap, .unwrap = unwrap, .authenticates = true };
