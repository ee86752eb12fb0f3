/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/crypt_rsa.h"

#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/secret.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/public_key.h"
#include "pkcs11/rsa_params.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

struct crypt_rsa {
	struct object *key; /* borrowed */
	struct md_rsa_params params;
	struct secret label; /* what params points to */
	size_t block;        /* bytes of the modulus */
	bool encrypt;
	bool asks; /* the key wants its PIN for this decryption */
	bool authenticated;
	bool kept; /* `message` is what the card made of `block_of` */
	struct secret block_of;
	struct secret message;
};

void cki_crypt_rsa_free(struct crypt_rsa *rsa)
{
	if (rsa == NULL)
		return;
	secret_clear(&rsa->message);
	secret_clear(&rsa->block_of);
	secret_clear(&rsa->label);
	free(rsa);
}

CK_RV cki_crypt_rsa_find_key(struct session *session, const struct mech *mech, bool encrypt, CK_OBJECT_HANDLE handle,
			     struct object **ret_key)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(key) != (encrypt ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY) ||
	    !cki_mech_takes_card_key(mech, key))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(key, encrypt ? CKA_ENCRYPT : CKA_DECRYPT, false) || !cki_object_allows(key, mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_key = STEAL(key);
	return CKR_OK;
}

CK_RV cki_crypt_rsa_begin(struct object *key, const CK_MECHANISM *mechanism, struct crypt_rsa **ret_rsa)
{
	struct md_rsa_params params;
	struct crypt_rsa *rsa;
	CK_RV rv = cki_rsa_params(mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	rsa = calloc(1, sizeof(*rsa));
	if (rsa == NULL || !secret_set(&rsa->label, params.label)) {
		free(rsa);
		return CKR_HOST_MEMORY;
	}
	rsa->key = key;
	rsa->params = params;
	rsa->params.label = secret_span(&rsa->label);
	rsa->block = (cki_object_bits(key) + 7) / 8;
	rsa->encrypt = cki_object_class(key) == CKO_PUBLIC_KEY;
	rsa->asks = !rsa->encrypt && cki_object_bool(key, CKA_ALWAYS_AUTHENTICATE, false);
	rsa->authenticated = !rsa->encrypt && cki_token_use_login(cki_object_token(key), cki_object_index(key));
	*ret_rsa = rsa;
	return CKR_OK;
}

static CK_RV encrypt(const struct crypt_rsa *rsa, struct span in, CK_BYTE *out, size_t *inout_len)
{
	const struct md_rsa_data data = { .params = &rsa->params, .bytes = in };
	AUTO_PUBLIC public = PUBLIC_INIT;
	CK_RV rv = cki_public_read(rsa->key, &public);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_ENCRYPT, md_public_encrypt(cki_token_card(cki_object_token(rsa->key)),
							     &public.key.rsa, &data, out, inout_len));
}

/* The longest message that a block holds (RFC 8017, 7.1.1 and 7.2.1). */
static size_t longest(const struct crypt_rsa *rsa)
{
	size_t overhead = 0;

	if (rsa->params.padding == MD_RSA_PKCS1)
		overhead = 11;
	else if (rsa->params.padding == MD_RSA_OAEP)
		overhead = 2 * md_hash_len(rsa->params.hash) + 2;
	return rsa->block > overhead ? rsa->block - overhead : 0;
}

static CK_RV decrypt_on_card(struct crypt_rsa *rsa, struct span in)
{
	struct token *token = cki_object_token(rsa->key);
	const struct md_rsa_input input = {
		.container = cki_object_index(rsa->key), .params = &rsa->params, .bytes = in
	};
	size_t len = 0;
	CK_RV rv;

	rsa->kept = false;
	if (!secret_alloc(&rsa->message, rsa->block) || !secret_set(&rsa->block_of, in))
		return CKR_HOST_MEMORY;
	{
		LOCKED(cki_slot_lock(cki_token_slot(token)));
		rv = cki_token_key_error(token, CKI_CALL_DECRYPT, input.container,
					 md_rsa_decrypt(cki_token_card(token), &input, rsa->message.data, &len));
	}
	if (rv != CKR_OK)
		return rv;
	secret_truncate(&rsa->message, len);
	rsa->kept = true;
	return CKR_OK;
}

static CK_RV decrypt(struct crypt_rsa *rsa, struct span in, CK_BYTE *out, size_t *inout_len)
{
	const size_t room = *inout_len;
	CK_RV rv;

	if (in.len != rsa->block)
		return CKR_ENCRYPTED_DATA_LEN_RANGE;
	*inout_len = longest(rsa);
	if (out == NULL)
		return CKR_OK;
	if (rsa->asks && !rsa->authenticated)
		return CKR_USER_NOT_LOGGED_IN;
	if (!rsa->kept || !span_equal(in, secret_span(&rsa->block_of))) {
		rv = decrypt_on_card(rsa, in);
		if (rv != CKR_OK)
			return rv;
	}
	*inout_len = rsa->message.len;
	if (room < rsa->message.len)
		return CKR_BUFFER_TOO_SMALL;
	if (rsa->message.len != 0)
		memcpy(out, rsa->message.data, rsa->message.len);
	return CKR_OK;
}

CK_RV cki_crypt_rsa_once(struct crypt_rsa *rsa, struct span in, CK_BYTE *out, size_t *inout_len)
{
	return rsa->encrypt ? encrypt(rsa, in, out, inout_len) : decrypt(rsa, in, out, inout_len);
}

CK_RV cki_crypt_rsa_authenticate(struct crypt_rsa *rsa, const CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	CK_RV rv;

	if (!rsa->asks)
		return CKR_OPERATION_NOT_INITIALIZED;
	rv = cki_token_verify_for_key(cki_object_token(rsa->key), cki_object_index(rsa->key), pin, pin_len);
	rsa->authenticated = rv == CKR_OK;
	return rv;
}
