/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_RSA_PKCS and CKM_RSA_PKCS_OAEP (PKCS#11 3.0 2.1.6, 2.1.8): a session key encrypted to an RSA key of the card. The
 * card decrypts it straight into the store.
 */
#include "config.h"

#include "base/lock.h"
#include "pkcs11/error.h"
#include "pkcs11/public_key.h"
#include "pkcs11/rsa_params.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

static CK_RV read_params(const struct wrap_call *call, struct md_rsa_params *ret_params)
{
	return cki_rsa_params(call->mechanism, ret_params);
}

size_t cki_rsa_block(struct object *kek)
{
	return (cki_object_bits(kek) + 7) / 8;
}

CK_RV cki_rsa_wrap(struct object *kek, const struct md_rsa_params *params, struct md_key *key, uint8_t *buffer,
		   size_t *inout_len)
{
	AUTO_PUBLIC public = PUBLIC_INIT;
	CK_RV rv = cki_public_read(kek, &public);

	return rv != CKR_OK ? rv
			    : cki_error(CKI_CALL_WRAP,
					md_key_wrap_rsa(key, &public.key.rsa, params, buffer, inout_len));
}

CK_RV cki_rsa_unwrap(struct object *kek, const struct rsa_unwrap *unwrap, struct md_key **ret_key)
{
	struct token *token = cki_object_token(kek);
	const struct md_rsa_input input = {
		.container = cki_object_index(kek),
		.params = unwrap->params,
		.bytes = unwrap->wrapped,
	};

	if (unwrap->wrapped.len != cki_rsa_block(kek))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	LOCKED(cki_slot_lock(cki_token_slot(token)));
	return cki_token_key_error(
		token, CKI_CALL_UNWRAP, input.container,
		md_key_unwrap_rsa(cki_token_card(token), &input, unwrap->alg, unwrap->len, ret_key));
}

static CK_RV check(const struct wrap_call *call)
{
	struct md_rsa_params params;

	return read_params(call, &params);
}

static CK_RV wrap(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	struct md_rsa_params params;
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : cki_rsa_wrap(call->kek, &params, key, buffer, inout_len);
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	struct md_rsa_params params;
	struct rsa_unwrap job = {
		.params = &params, .wrapped = wrapped, .alg = draft->type->alg, .len = draft->value_len
	};
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : cki_rsa_unwrap(call->kek, &job, ret_key);
}

const struct wrap_scheme cki_wrap_rsa = { .check = check, .wrap = wrap, .unwrap = unwrap };
