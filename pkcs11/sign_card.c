/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two engines of the card's private keys: what they sign comes in one part, or is a hash that is computed here. */
#include "config.h"

#include "base/lock.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/rsa_params.h"
#include "pkcs11/signing.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"

static CK_RV takes(const struct mech *mech, const struct object *key)
{
	/* a private key is always the card's */
	return cki_object_class(key) == CKO_PRIVATE_KEY && cki_mech_takes_card_key(mech, key)
		       ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
}

static CK_RV begin(struct signing *signing, const CK_MECHANISM *mechanism)
{
	signing->asks = cki_object_bool(signing->key, CKA_ALWAYS_AUTHENTICATE, false);
	signing->authenticated = cki_token_use_login(cki_object_token(signing->key), cki_object_index(signing->key));
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

/* With signature NULL no card command. */
static CK_RV card_sign(const struct signing *signing, struct span data, CK_BYTE *signature, size_t *inout_len)
{
	struct token *token = cki_object_token(signing->key);
	size_t container = cki_object_index(signing->key);

	LOCKED(cki_slot_lock(cki_token_slot(token)));
	return cki_token_key_error(token, CKI_CALL_SIGN, container,
				   md_sign(cki_token_card(token), container, &signing->params, data, signature, inout_len));
}

static CK_RV len(const struct signing *signing, struct span data, size_t *ret_len)
{
	*ret_len = 0;
	return card_sign(signing, data, NULL, ret_len);
}

static CK_RV sign(struct signing *signing, struct span data, CK_BYTE *signature, size_t room)
{
	return card_sign(signing, data, signature, &room);
}

static CK_RV update(struct signing *signing, struct span part)
{
	return cki_error(CKI_CALL_DIGEST, md_digest_update(signing->digest, part));
}

static CK_RV sign_hash(struct signing *signing, struct span data, CK_BYTE *signature, size_t room)
{
	uint8_t digest[MD_DIGEST_MAX];
	CK_RV rv = cki_error(CKI_CALL_DIGEST, md_digest_finish(signing->digest, data, digest));

	if (rv != CKR_OK)
		return rv;
	return card_sign(signing, span_of(digest, md_digest_len(signing->digest)), signature, &room);
}

const struct sign_engine cki_sign_card_once = {
	.takes = takes,
	.begin = begin,
	.len = len,
	.sign = sign,
};

const struct sign_engine cki_sign_card_hash = {
	.takes = takes,
	.begin = begin_hash,
	.len = len,
	.update = update,
	.sign = sign_hash,
};
