/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_SP800_108_*: NIST SP 800-108 with a session key, one key or several at a time (PKCS#11 3.2 6.42). Several keys
 * are cut from one run of the derivation, each beginning with a round of its own (6.42.6); there are all of them
 * afterwards, or none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/hash_name.h"
#include "pkcs11/wrap_scheme.h"

#define BITS_IN_BYTE 8u
#define WIDTH_MAX sizeof(uint64_t) /* of a counter and of a length, in bytes */
#define AES_CMAC_LEN 16u
#define ADDITIONAL_MAX 64u
#define NO_FIELD MD_FIELDS_MAX

/* One derivation. */
struct kbkdf {
	CKI_SP800_108_FEEDBACK_KDF_PARAMS params; /* the arrays stand at any address */
	struct md_kdf_plan plan;
	struct md_kdf_field fields[MD_FIELDS_MAX];
	size_t segment;      /* bytes of one round */
	size_t chains;       /* how many of each there are among the fields */
	size_t counters;
	size_t length_field; /* which field is the length; NO_FIELD: none */
	struct object *others[MD_FIELDS_MAX]; /* keys among the fields, held */
	size_t other_count;
	CKI_SP800_108_DKM_LENGTH_FORMAT length_format;
	uint8_t length[WIDTH_MAX];
	size_t count;        /* of the keys, and of the arrays */
	struct secret_key_draft *drafts;
	struct md_key **keys;
	CK_OBJECT_HANDLE *handles;
	struct derive_piece *parts; /* where the keys' bytes are in what is derived */
};

static void kbkdf_end(struct kbkdf *k)
{
	for (size_t i = 0; i < k->count; i++) {
		cki_secret_key_drop(&k->drafts[i]);
		md_key_release(k->keys[i]);
	}
	for (size_t i = 0; i < k->other_count; i++)
		cki_object_release(k->others[i]);
	free(k->drafts);
	free(k->keys);
	free(k->handles);
	free(k->parts);
}

/* ---- the parameter ---------------------------------------------------------------------------------- */

static CK_RV read_plain(const CK_MECHANISM *mechanism, CKI_SP800_108_FEEDBACK_KDF_PARAMS *ret_params)
{
	CKI_SP800_108_KDF_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	*ret_params = (CKI_SP800_108_FEEDBACK_KDF_PARAMS){
		.prfType = params.prfType,
		.ulNumberOfDataParams = params.ulNumberOfDataParams,
		.pDataParams = params.pDataParams,
		.ulAdditionalDerivedKeys = params.ulAdditionalDerivedKeys,
		.pAdditionalDerivedKeys = params.pAdditionalDerivedKeys,
	};
	return CKR_OK;
}

/* CMAC's key is an AES key (6.42); a hash in the plan makes it HMAC. */
static CK_RV choose_prf(const struct derive_call *call, struct kbkdf *k)
{
	if (k->params.prfType == CKM_AES_CMAC) {
		k->segment = AES_CMAC_LEN;
		return cki_object_key_type(call->base) == CKK_AES ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
	}
	k->plan.hash = cki_hash_of_hmac(k->params.prfType);
	k->segment = md_hash_len(k->plan.hash);
	return k->plan.hash != MD_HASH_NONE ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* ---- the fields of a round -------------------------------------------------------------------------- */

static CK_RV read_width(CK_ULONG bits, size_t *ret_width)
{
	if (bits == 0 || bits % BITS_IN_BYTE != 0 || bits / BITS_IN_BYTE > WIDTH_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_width = bits / BITS_IN_BYTE;
	return CKR_OK;
}

static CK_RV read_format(const CKI_PRF_DATA_PARAM *param, void *ret_format, size_t size)
{
	if (param->pValue == NULL || param->ulValueLen != size)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(ret_format, param->pValue, size);
	return CKR_OK;
}

static CK_RV read_counter(const CKI_PRF_DATA_PARAM *param, struct kbkdf *k, struct md_kdf_field *field)
{
	CKI_SP800_108_COUNTER_FORMAT format;
	CK_RV rv = read_format(param, &format, sizeof(format));

	if (rv == CKR_OK && (format.bLittleEndian > CK_TRUE || ++k->counters > 1))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK)
		return rv;
	field->type = MD_FIELD_COUNTER;
	field->little_endian = format.bLittleEndian;
	return read_width(format.ulWidthInBits, &field->width);
}

/* The iteration variable is the counter of counter mode, and what the other modes hand on from round to round. */
static CK_RV read_variable(const CKI_PRF_DATA_PARAM *param, struct kbkdf *k, struct md_kdf_field *field)
{
	if (k->plan.kdf == MD_KDF_SP800_108_COUNTER)
		return read_counter(param, k, field);
	if (param->pValue != NULL || param->ulValueLen != 0 || ++k->chains > 1)
		return CKR_MECHANISM_PARAM_INVALID;
	field->type = MD_FIELD_CHAIN;
	return CKR_OK;
}

/* Its bytes are known once the lengths of the keys are. */
static CK_RV read_length(const CKI_PRF_DATA_PARAM *param, struct kbkdf *k, struct md_kdf_field *field)
{
	CKI_SP800_108_DKM_LENGTH_FORMAT *format = &k->length_format;
	CK_RV rv = read_format(param, format, sizeof(*format));
	size_t width = 0;

	if (rv == CKR_OK && k->length_field != NO_FIELD)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		rv = read_width(format->ulWidthInBits, &width);
	if (rv != CKR_OK)
		return rv;
	if (format->bLittleEndian > CK_TRUE || (format->dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS &&
						format->dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS))
		return CKR_MECHANISM_PARAM_INVALID;
	k->length_field = k->plan.field_count;
	field->bytes = span_of(k->length, width);
	return CKR_OK;
}

static CK_RV read_bytes(const CKI_PRF_DATA_PARAM *param, struct md_kdf_field *field)
{
	if (param->ulValueLen == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return cki_derive_bytes(param->pValue, param->ulValueLen, &field->bytes);
}

/* The key counts as a base key, in what it must allow and in what the new keys have of it (6.42.7). */
static CK_RV read_key(const struct derive_call *call, const CKI_PRF_DATA_PARAM *param, struct kbkdf *k,
		      struct md_kdf_field *field)
{
	CK_OBJECT_HANDLE handle;
	CK_RV rv = read_format(param, &handle, sizeof(handle));

	if (rv == CKR_OK)
		rv = cki_derive_find_key(call, handle, &k->others[k->other_count]);
	if (rv != CKR_OK)
		return rv;
	field->type = MD_FIELD_KEY;
	field->key = cki_object_key(k->others[k->other_count++]);
	return CKR_OK;
}

static CK_RV read_field(const struct derive_call *call, const CKI_PRF_DATA_PARAM *param, struct kbkdf *k)
{
	struct md_kdf_field *field = &k->fields[k->plan.field_count];

	*field = (struct md_kdf_field){ .type = MD_FIELD_BYTES };
	switch (param->type) {
	case CK_SP800_108_ITERATION_VARIABLE:
		return read_variable(param, k, field);
	case CK_SP800_108_COUNTER:
		if (k->plan.kdf == MD_KDF_SP800_108_COUNTER)
			return CKR_MECHANISM_PARAM_INVALID;
		return read_counter(param, k, field);
	case CK_SP800_108_DKM_LENGTH:
		return read_length(param, k, field);
	case CK_SP800_108_BYTE_ARRAY:
		return read_bytes(param, field);
	case CK_SP800_108_KEY_HANDLE:
		return read_key(call, param, k, field);
	default:
		return CKR_MECHANISM_PARAM_INVALID;
	}
}

static CK_RV read_fields(const struct derive_call *call, struct kbkdf *k)
{
	const bool counter_mode = k->plan.kdf == MD_KDF_SP800_108_COUNTER;

	if (k->params.pDataParams == NULL || k->params.ulNumberOfDataParams > MD_FIELDS_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	for (CK_ULONG i = 0; i < k->params.ulNumberOfDataParams; i++, k->plan.field_count++) {
		CKI_PRF_DATA_PARAM param;
		CK_RV rv;

		memcpy(&param, (const uint8_t *)k->params.pDataParams + i * sizeof(param), sizeof(param));
		rv = read_field(call, &param, k);
		if (rv != CKR_OK)
			return rv;
	}
	k->plan.fields = k->fields;
	return (counter_mode ? k->counters : k->chains) == 1 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV read_params(const struct derive_call *call, struct kbkdf *k)
{
	const struct derive_row *row = cki_derive_map_find(call->mechanism->mechanism, CKI_NO_VARIANT);
	CK_RV rv;

	if (row == NULL)
		return CKR_MECHANISM_INVALID;
	k->plan.kdf = row->kdf;
	rv = row->kdf == MD_KDF_SP800_108_FEEDBACK ? cki_derive_param(call->mechanism, &k->params, sizeof(k->params))
						   : read_plain(call->mechanism, &k->params);
	if (rv == CKR_OK)
		rv = cki_derive_bytes(k->params.pIV, k->params.ulIVLen, &k->plan.salt);
	if (rv == CKR_OK)
		rv = read_fields(call, k);
	return rv != CKR_OK ? rv : choose_prf(call, k);
}

/* ---- the keys --------------------------------------------------------------------------------------- */

static CKI_DERIVED_KEY additional(const struct kbkdf *k, size_t i)
{
	CKI_DERIVED_KEY key;

	memcpy(&key, (const uint8_t *)k->params.pAdditionalDerivedKeys + i * sizeof(key), sizeof(key));
	return key;
}

static CK_RV check_additional(const struct kbkdf *k)
{
	if (k->params.ulAdditionalDerivedKeys == 0)
		return CKR_OK;
	if (k->params.pAdditionalDerivedKeys == NULL || k->params.ulAdditionalDerivedKeys > ADDITIONAL_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	for (size_t i = 0; i < k->params.ulAdditionalDerivedKeys; i++) {
		const CKI_DERIVED_KEY key = additional(k, i);

		if (key.phKey == NULL || (key.pTemplate == NULL && key.ulAttributeCount != 0))
			return CKR_MECHANISM_PARAM_INVALID;
	}
	return CKR_OK;
}

static CK_RV make_room(struct kbkdf *k)
{
	const size_t count = k->params.ulAdditionalDerivedKeys + 1;

	k->drafts = calloc(count, sizeof(*k->drafts));
	k->keys = calloc(count, sizeof(struct md_key *));
	k->handles = calloc(count, sizeof(*k->handles));
	k->parts = calloc(count, sizeof(*k->parts));
	if (k->drafts == NULL || k->keys == NULL || k->handles == NULL || k->parts == NULL)
		return CKR_HOST_MEMORY;
	k->count = count;
	return CKR_OK;
}

/* One key as its template has it; nothing assumes its length, because the length may be derived from. */
static CK_RV begin_key(const struct derive_call *call, struct kbkdf *k, size_t i)
{
	const struct derive_len len = { .secret_len = md_key_len(cki_object_key(call->base)) };
	struct md_kdf_plan plan = k->plan;
	const struct derive_one one = {
		.history = SECRET_KEY_LIKE_BASE,
		.others = k->others,
		.other_count = k->other_count,
	};
	CK_RV rv = cki_derive_begin_one(call, &one, &k->drafts[i]);

	if (rv == CKR_OK)
		rv = cki_derive_choose_len(&len, &k->drafts[i], &plan);
	if (rv == CKR_OK)
		k->parts[i] = (struct derive_piece){ .alg = plan.alg, .len = plan.key_len };
	return rv;
}

/* The handle tells the template that was wrong (6.42.6). */
static CK_RV begin_additional(const struct derive_call *call, struct kbkdf *k, size_t i)
{
	const CKI_DERIVED_KEY key = additional(k, i - 1);
	const CK_OBJECT_HANDLE none = CK_INVALID_HANDLE;
	struct derive_call its_call = *call;
	CK_RV rv;

	its_call.templ = key.pTemplate;
	its_call.count = key.ulAttributeCount;
	rv = begin_key(&its_call, k, i);
	if (rv != CKR_OK)
		memcpy(key.phKey, &none, sizeof(none));
	return rv;
}

static CK_RV begin_keys(const struct derive_call *call, struct kbkdf *k)
{
	CK_RV rv = check_additional(k);

	if (rv == CKR_OK)
		rv = make_room(k);
	if (rv == CKR_OK)
		rv = begin_key(call, k, 0);
	for (size_t i = 1; rv == CKR_OK && i < k->count; i++)
		rv = begin_additional(call, k, i);
	return rv;
}

/* ---- lengths ---------------------------------------------------------------------------------------- */

static size_t round_up(size_t len, size_t to)
{
	return (len + to - 1) / to * to;
}

/* The length as a field: bits, which must fit. */
static CK_RV write_length(struct kbkdf *k, uint64_t bits)
{
	const size_t width = k->fields[k->length_field].bytes.len;

	for (size_t i = 0; i < width; i++, bits >>= BITS_IN_BYTE)
		k->length[k->length_format.bLittleEndian ? i : width - 1 - i] = (uint8_t)bits;
	return bits == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/*
 * Where each key begins, and how much is to be derived. Each length is below 2^29 and there are few: nothing overflows.
 */
static CK_RV lay_out(const struct derive_call *call, struct kbkdf *k)
{
	size_t most = md_kdf_max_len(&k->plan, md_key_len(cki_object_key(call->base)));
	size_t keys = 0;
	size_t segments = 0;

	for (size_t i = 0; i < k->count; i++) {
		k->parts[i].at = segments;
		k->plan.key_len = segments + k->parts[i].len;
		keys += k->parts[i].len;
		segments += round_up(k->parts[i].len, k->segment);
	}
	if (most > MD_KEY_LEN_MAX)
		most = MD_KEY_LEN_MAX;
	if (k->plan.key_len > most)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (k->length_field == NO_FIELD)
		return CKR_OK;
	return write_length(k, BITS_IN_BYTE * (uint64_t)(k->length_format.dkmLengthMethod ==
							 CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS ? keys : segments));
}

/* ---- the derivation --------------------------------------------------------------------------------- */

/* Several keys by way of one that no object is made of. */
static CK_RV derive_block(struct md_key *base, struct kbkdf *k)
{
	AUTO_MD_KEY *block = NULL;
	CK_RV rv;

	k->plan.alg = MD_KEY_GENERIC;
	rv = cki_error(CKI_CALL_DERIVE, md_key_derive(base, &k->plan, &block));
	for (size_t i = 0; rv == CKR_OK && i < k->count; i++)
		rv = cki_derive_cut(block, &k->parts[i], &k->keys[i]);
	return rv;
}

static CK_RV derive_keys(const struct derive_call *call, struct kbkdf *k)
{
	struct md_key *base = cki_object_key(call->base);

	if (k->count > 1)
		return derive_block(base, k);
	k->plan.alg = k->parts[0].alg;
	return cki_error(CKI_CALL_DERIVE, md_key_derive(base, &k->plan, &k->keys[0]));
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO(kbkdf_end) struct kbkdf k = { .length_field = NO_FIELD };
	CK_RV rv = read_params(call, &k);

	if (rv == CKR_OK)
		rv = begin_keys(call, &k);
	if (rv == CKR_OK)
		rv = lay_out(call, &k);
	if (rv == CKR_OK)
		rv = derive_keys(call, &k);
	if (rv == CKR_OK)
		rv = cki_secret_key_commit_all(call->session, k.drafts, k.keys, k.count, k.handles);
	if (rv != CKR_OK)
		return rv;
	for (size_t i = 1; i < k.count; i++)
		memcpy(additional(&k, i - 1).phKey, &k.handles[i], sizeof(k.handles[i]));
	*ret_handle = k.handles[0];
	return CKR_OK;
}

const struct derive_scheme cki_derive_sp800_108 = { .run = run };
