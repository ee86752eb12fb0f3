/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session key under a session key: CKM_AES_KEY_WRAP (RFC 3394), CKM_AES_KEY_WRAP_KWP and CKM_AES_KEY_WRAP_PAD (RFC
 * 5649), CKM_AES_KEY_WRAP_PKCS7 (PKCS #7 padding, then RFC 3394).
 */
#include "config.h"

#include "pkcs11/cipher_params.h"
#include "pkcs11/error.h"
#include "pkcs11/wrap_scheme.h"

#define SEMIBLOCK 8u
#define KW_LEAST 24u  /* RFC 3394 2: two semiblocks of key, and one more */
#define KWP_LEAST 16u /* RFC 5649 3 */

static CK_RV check(const struct wrap_call *call)
{
	struct cipher_params params;

	return cki_cipher_params(call->mech, call->mechanism, &params);
}

static CK_RV wrap(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	struct cipher_params params;
	CK_RV rv = cki_cipher_params(call->mech, call->mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_WRAP, md_key_wrap(cki_object_key(call->kek), &params.md, key, buffer, inout_len));
}

/*
 * RFC 3394 2: 8 bytes more than the key; RFC 5649 3: 8 to 15 bytes more; PKCS #7 padding: 9 to 16. A length in the
 * template that cannot be meant is found before anything is deciphered.
 */
static CK_RV check_len(enum md_cipher_mode mode, size_t wrapped_len, size_t value_len)
{
	const size_t least = mode == MD_CIPHER_KW_PKCS7 ? SEMIBLOCK + 1 : SEMIBLOCK;
	const size_t spread = mode == MD_CIPHER_KW ? 0 : SEMIBLOCK - 1;

	if (wrapped_len % SEMIBLOCK != 0 || wrapped_len < (mode == MD_CIPHER_KWP ? KWP_LEAST : KW_LEAST))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (value_len == 0 || (value_len <= wrapped_len - least && value_len + spread >= wrapped_len - least))
		return CKR_OK;
	return CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV unwrap_with(struct md_key *kek, const struct md_cipher_params *params, struct span wrapped,
			 const struct secret_key_draft *draft, struct md_key **ret_key)
{
	CK_RV rv = check_len(params->mode, wrapped.len, draft->value_len);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_UNWRAP,
			 md_key_unwrap(kek, params, wrapped, draft->type->alg, draft->value_len, ret_key));
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	struct cipher_params params;
	CK_RV rv = cki_cipher_params(call->mech, call->mechanism, &params);

	return rv != CKR_OK ? rv : unwrap_with(cki_object_key(call->kek), &params.md, wrapped, draft, ret_key);
}

const struct wrap_scheme cki_wrap_aes = { .check = check, .wrap = wrap, .unwrap = unwrap };

static const struct md_cipher_params kwp = { .mode = MD_CIPHER_KWP };

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
