/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two engines of public keys, the card's and sessions': what they verify comes in one part, or is hashed here. */
#include "config.h"

#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/public_key.h"
#include "pkcs11/rsa_params.h"
#include "pkcs11/signing.h"
#include "pkcs11/token.h"
#include "pkcs11/verify.h"

static CK_RV takes(const struct mech *mech, const struct object *key)
{
	return cki_object_class(key) == CKO_PUBLIC_KEY && cki_mech_takes_card_key(mech, key)
		       ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
}

static CK_RV begin(struct signing *signing, const CK_MECHANISM *mechanism)
{
	return cki_sign_params(signing->mech, mechanism, signing->key, &signing->params);
}

static CK_RV begin_hash(struct signing *signing, const CK_MECHANISM *mechanism)
{
	struct token *token = cki_object_token(signing->key);
	CK_RV rv = begin(signing, mechanism);

	if (rv != CKR_OK)
		return rv;
	return cki_token_error(token, CKI_CALL_DIGEST,
			       md_digest_begin(cki_token_card(token), signing->mech->hash, &signing->digest));
}

static CK_RV update(struct signing *signing, struct span part)
{
	return cki_error(CKI_CALL_DIGEST, md_digest_update(signing->digest, part));
}

static CK_RV verify(struct signing *signing, struct span data, struct span signature)
{
	const struct md_signed what = { .params = &signing->params, .data = data, .signature = signature };
	AUTO_PUBLIC public = PUBLIC_INIT;
	CK_RV rv = cki_public_read(signing->key, &public);

	if (rv != CKR_OK)
		return rv;
	if (signature.len != md_public_signature_len(&public.key))
		return CKR_SIGNATURE_LEN_RANGE;
	return cki_error(CKI_CALL_PUBLIC,
			 md_public_verify(cki_token_card(cki_object_token(signing->key)), &public.key, &what));
}

static CK_RV verify_hash(struct signing *signing, struct span data, struct span signature)
{
	uint8_t digest[MD_DIGEST_MAX];
	CK_RV rv = cki_error(CKI_CALL_DIGEST, md_digest_finish(signing->digest, data, digest));

	return rv != CKR_OK ? rv : verify(signing, span_of(digest, md_digest_len(signing->digest)), signature);
}

const struct sign_engine cki_verify_public_once = { .takes = takes, .begin = begin, .verify = verify };

const struct sign_engine cki_verify_public_hash = {
	.takes = takes,
	.begin = begin_hash,
	.update = update,
	.verify = verify_hash,
};

static CK_RV recover(const struct signing *signing, struct span signature, CK_BYTE *data, size_t *inout_len)
{
	const struct md_signed what = { .params = &signing->params, .signature = signature };
	AUTO_PUBLIC public = PUBLIC_INIT;
	CK_RV rv = cki_public_read(signing->key, &public);

	if (rv != CKR_OK)
		return rv;
	if (signature.len != md_public_signature_len(&public.key))
		return CKR_SIGNATURE_LEN_RANGE;
	return cki_error(CKI_CALL_PUBLIC, md_public_recover(cki_token_card(cki_object_token(signing->key)), &public.key,
							    &what, data, inout_len));
}

CK_RV cki_verify_recover(struct session *session, struct span signature, CK_BYTE *data, CK_ULONG *inout_len)
{
	const struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY_RECOVER);
	size_t len = *inout_len;
	CK_RV rv;

	if (signing == NULL)
		return cki_session_no_operation(session, CKI_OPERATION_VERIFY_RECOVER);
	rv = recover(signing, signature, data, &len);
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*inout_len = len;
	if (rv != CKR_BUFFER_TOO_SMALL && (rv != CKR_OK || data != NULL))
		cki_session_end(session, CKI_OPERATION_VERIFY_RECOVER);
	return rv;
}
