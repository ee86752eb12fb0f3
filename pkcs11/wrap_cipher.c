/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session key under a session key by a mechanism that encrypts: CKM_AES_KEY_WRAP (RFC 3394), CKM_AES_KEY_WRAP_KWP
 * and CKM_AES_KEY_WRAP_PAD (RFC 5649), CKM_AES_KEY_WRAP_PKCS7 (PKCS #7 padding, then RFC 3394), and AES and triple
 * DES in the modes that have no tag.
 */
#include "config.h"

#include "pkcs11/cipher_params.h"
#include "pkcs11/error.h"
#include "pkcs11/wrap_scheme.h"

#define SEMIBLOCK 8u

CK_RV cki_wrap_probe(const struct wrap_call *call, const struct md_cipher_params *params)
{
	struct md_cipher_params one_way = *params;
	struct md_cipher cipher = { NULL, NULL };
	CK_RV rv;

	one_way.encrypt = call->wraps;
	rv = cki_error(CKI_CALL_CIPHER, md_cipher_begin(cki_object_key(call->kek), &one_way, &cipher));
	md_cipher_end(&cipher);
	return rv;
}

static CK_RV check(const struct wrap_call *call)
{
	struct cipher_params params;

	return cki_cipher_params(call->mech, call->mechanism, &params);
}

static CK_RV probe(const struct wrap_call *call)
{
	struct cipher_params params;
	CK_RV rv = cki_cipher_params(call->mech, call->mechanism, &params);

	return rv != CKR_OK ? rv : cki_wrap_probe(call, &params.md);
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
 * How long wrapped keys are: whole units of so many bytes, so many at least, and longer than the key by `added` at
 * least and `added + spread` at most.
 */
struct lengths {
	size_t unit;
	size_t least;
	size_t added;
	size_t spread;
	bool filled; /* with zero bytes, so that only the key's type or CKA_VALUE_LEN says where the key ends */
};

static struct lengths lengths_of(enum md_cipher_mode mode, enum md_key_alg kek)
{
	const size_t block = kek == MD_KEY_AES ? 16 : 8;

	switch (mode) {
	case MD_CIPHER_KW: /* RFC 3394 2: two semiblocks of key, and one more */
		return (struct lengths){ .unit = SEMIBLOCK, .least = 3 * SEMIBLOCK, .added = SEMIBLOCK };
	case MD_CIPHER_KWP: /* RFC 5649 3 */
		return (struct lengths){ .unit = SEMIBLOCK, .least = 2 * SEMIBLOCK, .added = SEMIBLOCK,
					 .spread = SEMIBLOCK - 1 };
	case MD_CIPHER_KW_PKCS7:
		return (struct lengths){ .unit = SEMIBLOCK, .least = 3 * SEMIBLOCK, .added = SEMIBLOCK + 1,
					 .spread = SEMIBLOCK - 1 };
	case MD_CIPHER_CBC_PAD:
		return (struct lengths){ .unit = block, .least = block, .added = 1, .spread = block - 1 };
	case MD_CIPHER_ECB:
	case MD_CIPHER_CBC:
		return (struct lengths){ .unit = block, .least = block, .spread = block - 1, .filled = true };
	default:
		return (struct lengths){ .unit = 1, .least = 1 };
	}
}

/*
 * PKCS#11 3.2 5.18.4 wants CKA_VALUE_LEN where neither the key's type nor the mechanism says how long the key is. An AES
 * key is as long as it can be: others send 32 bytes without saying so.
 */
static CK_RV filled_len(const struct key_type *type, const struct lengths *lengths, size_t wrapped_len, size_t *ret_len)
{
	const size_t longest = cki_key_type_recommend(type, wrapped_len, wrapped_len);

	if (type->lengths[0] == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	if (longest == 0 || wrapped_len - longest > lengths->spread)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	*ret_len = longest;
	return CKR_OK;
}

/*
 * Where the key's type, what the mechanism gives and CKA_VALUE_LEN contradict each other, the same section has
 * CKR_WRAPPED_KEY_LEN_RANGE. What can be seen of that without the bytes is found before anything is deciphered. *ret_len
 * 0: as long as it comes.
 */
static CK_RV choose_len(const struct lengths *lengths, size_t wrapped_len, const struct secret_key_draft *draft,
			size_t *ret_len)
{
	const size_t most = wrapped_len - lengths->added;

	if (wrapped_len % lengths->unit != 0 || wrapped_len < lengths->least)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (draft->value_len == 0 && lengths->filled)
		return filled_len(draft->type, lengths, wrapped_len, ret_len);
	if (draft->value_len != 0 && (draft->value_len > most || draft->value_len + lengths->spread < most))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	*ret_len = draft->value_len;
	return CKR_OK;
}

static CK_RV unwrap_with(struct md_key *kek, const struct md_cipher_params *params, struct span wrapped,
			 const struct secret_key_draft *draft, struct md_key **ret_key)
{
	const struct lengths lengths = lengths_of(params->mode, md_key_alg(kek));
	size_t len = 0;
	CK_RV rv = choose_len(&lengths, wrapped.len, draft, &len);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_UNWRAP, md_key_unwrap(kek, params, wrapped, draft->type->alg, len, ret_key));
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	struct cipher_params params;
	CK_RV rv = cki_cipher_params(call->mech, call->mechanism, &params);

	return rv != CKR_OK ? rv : unwrap_with(cki_object_key(call->kek), &params.md, wrapped, draft, ret_key);
}

const struct wrap_scheme cki_wrap_cipher = { .check = check, .probe = probe, .wrap = wrap, .unwrap = unwrap };

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
