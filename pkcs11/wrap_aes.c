/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CKM_AES_KEY_WRAP (RFC 3394) and CKM_AES_KEY_WRAP_KWP (RFC 5649): a session key under a session key. */
#include "config.h"

#include "pkcs11/error.h"
#include "pkcs11/wrap_scheme.h"

#define SEMIBLOCK 8u
#define KW_LEAST 24u  /* RFC 3394 2: two semiblocks of key, and one more */
#define KWP_LEAST 16u /* RFC 5649 3 */

static CK_RV read_params(const struct wrap_call *call, struct md_wrap_params *ret_params)
{
	*ret_params = (struct md_wrap_params){
		.wrap = call->mech->type == CKM_AES_KEY_WRAP ? MD_WRAP_AES_KW : MD_WRAP_AES_KWP
	};
	return cki_mech_iv(call->mech, call->mechanism, &ret_params->iv);
}

static CK_RV check(const struct wrap_call *call)
{
	struct md_wrap_params params;

	return read_params(call, &params);
}

static CK_RV wrap(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	struct md_wrap_params params;
	CK_RV rv = read_params(call, &params);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_WRAP, md_key_wrap(cki_object_key(call->kek), &params, key, buffer, inout_len));
}

/*
 * RFC 3394 2: 8 bytes more than the key; RFC 5649 3: 8 to 15 bytes more. A length in the template that cannot be meant
 * is found before anything is deciphered.
 */
static CK_RV check_len(enum md_wrap wrap, size_t wrapped_len, size_t value_len)
{
	size_t most;

	if (wrapped_len % SEMIBLOCK != 0 || wrapped_len < (wrap == MD_WRAP_AES_KW ? KW_LEAST : KWP_LEAST))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	most = wrapped_len - SEMIBLOCK;
	if (value_len == 0 || value_len == most)
		return CKR_OK;
	if (wrap == MD_WRAP_AES_KWP && value_len < most && value_len + SEMIBLOCK > most)
		return CKR_OK;
	return CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV unwrap_with(struct md_key *kek, const struct md_wrap_params *params, struct span wrapped,
			 const struct secret_key_draft *draft, struct md_key **ret_key)
{
	CK_RV rv = check_len(params->wrap, wrapped.len, draft->value_len);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_UNWRAP,
			 md_key_unwrap(kek, params, wrapped, draft->type->alg, draft->value_len, ret_key));
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	struct md_wrap_params params;
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : unwrap_with(cki_object_key(call->kek), &params, wrapped, draft, ret_key);
}

const struct wrap_scheme cki_wrap_aes = { .check = check, .wrap = wrap, .unwrap = unwrap };

static const struct md_wrap_params kwp = { .wrap = MD_WRAP_AES_KWP };

CK_RV cki_kwp_wrap(struct md_key *aes, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	return cki_error(CKI_CALL_WRAP, md_key_wrap(aes, &kwp, key, buffer, inout_len));
}

CK_RV cki_kwp_unwrap(struct md_key *aes, struct span wrapped, const struct secret_key_draft *draft,
		     struct md_key **ret_key)
{
	return unwrap_with(aes, &kwp, wrapped, draft, ret_key);
}

size_t cki_kwp_len(size_t key_len)
{
	return (key_len + SEMIBLOCK - 1) / SEMIBLOCK * SEMIBLOCK + SEMIBLOCK;
}
