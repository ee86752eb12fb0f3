/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/p11/derive_case.h"

#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

/* ---- the mechanisms --------------------------------------------------------------------------------------- */

#define ROW(m, f, ...) { .mechanism = m, .name = #m, .family = FAMILY_##f, __VA_ARGS__ }
#define HASH_ROW(m, h) { .mechanism = m, .name = #m, .family = FAMILY_HASH, .hash = h }

static const struct derive_mechanism mechanisms[] = {
	ROW(CKM_ECDH1_DERIVE, ECDH, .hash = NULL),
	ROW(CKM_ECDH1_COFACTOR_DERIVE, ECDH, .hash = NULL),
	HASH_ROW(CKM_MD5_KEY_DERIVATION, "MD5"),
	HASH_ROW(CKM_SHA1_KEY_DERIVATION, "SHA1"),
	HASH_ROW(CKM_SHA224_KEY_DERIVATION, "SHA224"),
	HASH_ROW(CKM_SHA256_KEY_DERIVATION, "SHA256"),
	HASH_ROW(CKM_SHA384_KEY_DERIVATION, "SHA384"),
	HASH_ROW(CKM_SHA512_KEY_DERIVATION, "SHA512"),
	HASH_ROW(CKM_SHA512_224_KEY_DERIVATION, "SHA512-224"),
	HASH_ROW(CKM_SHA512_256_KEY_DERIVATION, "SHA512-256"),
	HASH_ROW(CKM_SHA3_224_KEY_DERIVATION, "SHA3-224"),
	HASH_ROW(CKM_SHA3_256_KEY_DERIVATION, "SHA3-256"),
	HASH_ROW(CKM_SHA3_384_KEY_DERIVATION, "SHA3-384"),
	HASH_ROW(CKM_SHA3_512_KEY_DERIVATION, "SHA3-512"),
	HASH_ROW(CKM_SHAKE_128_KEY_DERIVATION, "SHAKE128"),
	HASH_ROW(CKM_SHAKE_256_KEY_DERIVATION, "SHAKE256"),
	HASH_ROW(CKM_BLAKE2B_160_KEY_DERIVE, "BLAKE2B-160"),
	HASH_ROW(CKM_BLAKE2B_256_KEY_DERIVE, "BLAKE2B-256"),
	HASH_ROW(CKM_BLAKE2B_384_KEY_DERIVE, "BLAKE2B-384"),
	HASH_ROW(CKM_BLAKE2B_512_KEY_DERIVE, "BLAKE2B-512"),
	ROW(CKM_CONCATENATE_BASE_AND_KEY, SECOND_KEY, .hash = NULL),
	ROW(CKM_CONCATENATE_BASE_AND_DATA, DATA, .hash = NULL),
	ROW(CKM_CONCATENATE_DATA_AND_BASE, DATA, .hash = NULL),
	ROW(CKM_XOR_BASE_AND_DATA, DATA, .hash = NULL),
	ROW(CKM_EXTRACT_KEY_FROM_KEY, BITS, .hash = NULL),
	ROW(CKM_DES_ECB_ENCRYPT_DATA, DATA, .block = 8),
	ROW(CKM_DES_CBC_ENCRYPT_DATA, CBC, .block = 8),
	ROW(CKM_DES3_ECB_ENCRYPT_DATA, DATA, .block = 8),
	ROW(CKM_DES3_CBC_ENCRYPT_DATA, CBC, .block = 8),
	ROW(CKM_AES_ECB_ENCRYPT_DATA, DATA, .block = 16),
	ROW(CKM_AES_CBC_ENCRYPT_DATA, CBC, .block = 16),
	ROW(CKM_CAMELLIA_ECB_ENCRYPT_DATA, DATA, .block = 16),
	ROW(CKM_CAMELLIA_CBC_ENCRYPT_DATA, CBC, .block = 16),
	ROW(CKM_ARIA_ECB_ENCRYPT_DATA, DATA, .block = 16),
	ROW(CKM_ARIA_CBC_ENCRYPT_DATA, CBC, .block = 16),
	ROW(CKM_SEED_ECB_ENCRYPT_DATA, DATA, .block = 16),
	ROW(CKM_SEED_CBC_ENCRYPT_DATA, CBC, .block = 16),
	ROW(CKM_HKDF_DERIVE, HKDF, .hash = NULL),
	ROW(CKM_HKDF_DATA, HKDF, .hash = NULL),
	ROW(CKM_SP800_108_COUNTER_KDF, KBKDF, .hash = NULL),
	ROW(CKM_SP800_108_FEEDBACK_KDF, KBKDF, .hash = NULL),
	ROW(CKM_SP800_108_DOUBLE_PIPELINE_KDF, KBKDF, .hash = NULL),
	ROW(CKM_SSL3_MASTER_KEY_DERIVE, TLS_MASTER, .hash = "SSL3"),
	ROW(CKM_SSL3_MASTER_KEY_DERIVE_DH, TLS_MASTER, .hash = "SSL3", .dh = true),
	ROW(CKM_SSL3_KEY_AND_MAC_DERIVE, TLS_KEYS, .hash = "SSL3"),
	ROW(CKM_TLS_MASTER_KEY_DERIVE, TLS_MASTER, .hash = "MD5-SHA1"),
	ROW(CKM_TLS_MASTER_KEY_DERIVE_DH, TLS_MASTER, .hash = "MD5-SHA1", .dh = true),
	ROW(CKM_TLS_KEY_AND_MAC_DERIVE, TLS_KEYS, .hash = "MD5-SHA1"),
	ROW(CKM_TLS_PRF, TLS_PRF, .hash = "MD5-SHA1"),
	ROW(CKM_TLS_KDF, TLS_KDF, .hash = NULL),
	ROW(CKM_TLS12_MASTER_KEY_DERIVE, TLS_MASTER, .tls12 = true),
	ROW(CKM_TLS12_MASTER_KEY_DERIVE_DH, TLS_MASTER, .tls12 = true, .dh = true),
	ROW(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, TLS_EXTENDED, .tls12 = true),
	ROW(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, TLS_EXTENDED, .tls12 = true, .dh = true),
	ROW(CKM_TLS12_KEY_AND_MAC_DERIVE, TLS_KEYS, .tls12 = true),
	ROW(CKM_TLS12_KEY_SAFE_DERIVE, TLS_KEYS, .tls12 = true),
	ROW(CKM_TLS12_KDF, TLS_KDF, .tls12 = true),
	ROW(CKM_PKCS5_PBKD2, PBKDF2, .hash = NULL),
	{ .mechanism = P11_MECHANISM_CAPI, .name = "CKM_MINIDRIVER_CAPI_DERIVE", .family = FAMILY_CAPI },
};

const struct derive_mechanism *derive_mechanism_find(CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < ARRAY_COUNT(mechanisms); i++)
		if (mechanisms[i].mechanism == mechanism)
			return &mechanisms[i];
	return NULL;
}

const struct derive_mechanism *derive_mechanism_at(size_t i)
{
	return i < ARRAY_COUNT(mechanisms) ? &mechanisms[i] : NULL;
}

/* ---- the result ------------------------------------------------------------------------------------------- */

struct span derive_result_part(const struct derive_result *result, size_t i)
{
	return span_of(result->bytes + result->parts[i].at, result->parts[i].len);
}

static size_t used(const struct derive_result *result)
{
	return result->count == 0 ? 0 : result->parts[result->count - 1].at + result->parts[result->count - 1].len;
}

bool derive_result_add(struct derive_result *result, struct span part)
{
	const size_t at = used(result);

	if (result->count == PARTS_MAX || part.len > RESULT_ROOM - at)
		return false;
	if (part.len > 0)
		memcpy(result->bytes + at, part.data, part.len);
	result->parts[result->count].at = at;
	result->parts[result->count].len = part.len;
	result->count++;
	return true;
}

/* ---- one run ---------------------------------------------------------------------------------------------- */

#define HANDLES_MAX 16u

/* What a call points into must live as long as the call. */
struct run {
	const struct derive_session *s;
	const struct derive_case *c;
	struct derive_result *result;
	CK_OBJECT_HANDLE handles[HANDLES_MAX]; /* to be destroyed */
	size_t handle_count;
	CK_MECHANISM mechanism;
	union {
		CK_ECDH1_DERIVE_PARAMS ecdh;
		struct p11_string_data data;
		struct p11_aes_cbc_data aes;
		struct p11_des_cbc_data des;
		CK_OBJECT_HANDLE second;
		CK_ULONG bit;
		struct p11_hkdf_params hkdf;
		struct p11_kbkdf_params kbkdf;
		struct p11_kbkdf_feedback_params feedback;
		struct p11_tls12_master_params master;
		struct p11_tls_extended_params extended;
		struct p11_tls12_key_params keys;
		struct p11_tls_prf_params prf;
		struct p11_tls_kdf_params kdf;
		struct p11_pbkdf2_params pbkdf2;
		struct p11_capi_params capi;
	} params;
	struct p11_prf_data fields[FIELDS_MAX];
	struct p11_counter_format counters[FIELDS_MAX];
	struct p11_length_format lengths[FIELDS_MAX];
	CK_OBJECT_HANDLE field_keys[FIELDS_MAX];
	struct p11_derived_key more[MORE_MAX];
	CK_ATTRIBUTE more_templates[MORE_MAX][5];
	CK_OBJECT_HANDLE more_keys[MORE_MAX];
	CK_VERSION version;
	struct p11_tls_key_material material;
	CK_BYTE ivs[2][64];
	CK_BYTE output[RESULT_ROOM];
	CK_ULONG output_len;
	CK_ULONG password_len;
};

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
static CK_KEY_TYPE generic_secret = CKK_GENERIC_SECRET;

static void *pointer(struct span span)
{
	return (void *)(uintptr_t)(span.len > 0 ? span.data : NULL);
}

static CK_RV said(struct run *r, const char *call, CK_RV rv)
{
	if (rv != CKR_OK)
		r->result->call = call;
	return rv;
}

static void will_destroy(struct run *r, CK_OBJECT_HANDLE handle)
{
	if (handle != CK_INVALID_HANDLE && r->handle_count < HANDLES_MAX)
		r->handles[r->handle_count++] = handle;
}

static CK_RV create(struct run *r, CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *ret_handle)
{
	const CK_RV rv = r->s->f->C_CreateObject(r->s->session, templ, count, ret_handle);

	if (rv == CKR_OK)
		will_destroy(r, *ret_handle);
	return said(r, "C_CreateObject", rv);
}

static CK_RV create_secret(struct run *r, CK_KEY_TYPE type, struct span value, CK_OBJECT_HANDLE *ret_handle)
{
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &secret_key, sizeof(secret_key) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, (void *)(uintptr_t)value.data, value.len },
		{ CKA_TOKEN, &no, sizeof(no) },
		{ CKA_SENSITIVE, &no, sizeof(no) },
		{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
		{ CKA_DERIVE, &yes, sizeof(yes) },
	};

	return create(r, templ, ARRAY_COUNT(templ), ret_handle);
}

/* ---- the EC key ------------------------------------------------------------------------------------------- */

static CK_RV find_ec(struct run *r, CK_OBJECT_HANDLE *ret_handle)
{
	CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
	CK_FUNCTION_LIST *f = r->s->f;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &private_key, sizeof(private_key) },
		{ CKA_EC_PARAMS, pointer(r->c->curve), r->c->curve.len },
	};
	CK_ULONG count = 0;
	CK_RV rv = f->C_FindObjectsInit(r->s->session, templ, r->c->curve.len > 0 ? 2 : 1);

	if (rv == CKR_OK)
		rv = f->C_FindObjects(r->s->session, ret_handle, 1, &count);
	(void)f->C_FindObjectsFinal(r->s->session);
	if (rv == CKR_OK && count == 0)
		rv = CKR_KEY_HANDLE_INVALID;
	return said(r, "C_FindObjects", rv);
}

static CK_RV create_ec(struct run *r, CK_OBJECT_HANDLE *ret_handle)
{
	CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = CKK_EC;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &private_key, sizeof(private_key) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_EC_PARAMS, pointer(r->c->curve), r->c->curve.len },
		{ CKA_VALUE, pointer(r->c->base), r->c->base.len },
		{ CKA_TOKEN, &no, sizeof(no) },
		{ CKA_SENSITIVE, &no, sizeof(no) },
		{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
		{ CKA_DERIVE, &yes, sizeof(yes) },
	};

	return create(r, templ, ARRAY_COUNT(templ), ret_handle);
}

static CK_RV base_key(struct run *r, CK_OBJECT_HANDLE *ret_handle)
{
	if (r->c->base_type == CKK_EC)
		return r->s->token_ec ? find_ec(r, ret_handle) : create_ec(r, ret_handle);
	return create_secret(r, r->c->base_type, r->c->base, ret_handle);
}

/* ---- parameters ------------------------------------------------------------------------------------------- */

static void use(struct run *r, size_t len)
{
	r->mechanism = (CK_MECHANISM){ r->c->m->mechanism, len > 0 ? &r->params : NULL, len };
}

static void ecdh(struct run *r)
{
	r->params.ecdh = (CK_ECDH1_DERIVE_PARAMS){
		.kdf = r->c->number,
		.ulSharedDataLen = r->c->data.len,
		.pSharedData = pointer(r->c->data),
		.ulPublicDataLen = r->c->point.len,
		.pPublicData = pointer(r->c->point),
	};
	use(r, sizeof(r->params.ecdh));
}

static void data(struct run *r)
{
	r->params.data = (struct p11_string_data){ pointer(r->c->data), r->c->data.len };
	use(r, sizeof(r->params.data));
}

static void cbc(struct run *r)
{
	if (r->c->m->block == 8) {
		r->params.des = (struct p11_des_cbc_data){ { 0 }, pointer(r->c->data), r->c->data.len };
		memcpy(r->params.des.iv, r->c->salt.data, sizeof(r->params.des.iv));
		use(r, sizeof(r->params.des));
		return;
	}
	r->params.aes = (struct p11_aes_cbc_data){ { 0 }, pointer(r->c->data), r->c->data.len };
	memcpy(r->params.aes.iv, r->c->salt.data, sizeof(r->params.aes.iv));
	use(r, sizeof(r->params.aes));
}

static CK_RV second_key(struct run *r)
{
	CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
	const CK_RV rv = create_secret(r, CKK_GENERIC_SECRET, r->c->second, &handle);

	r->params.second = handle;
	use(r, sizeof(r->params.second));
	return rv;
}

static CK_RV hkdf(struct run *r)
{
	const struct derive_case *c = r->c;
	CK_OBJECT_HANDLE salt_key = CK_INVALID_HANDLE;
	CK_RV rv = CKR_OK;

	if (c->salt_is_key)
		rv = create_secret(r, CKK_GENERIC_SECRET, c->second, &salt_key);
	r->params.hkdf = (struct p11_hkdf_params){
		.extract = c->extract,
		.expand = c->expand,
		.hash = c->hash,
		.salt_type = c->salt_is_key ? P11_SALT_KEY : c->salt.len > 0 ? P11_SALT_DATA : P11_SALT_NULL,
		.salt = pointer(c->salt),
		.salt_len = c->salt.len,
		.salt_key = salt_key,
		.info = pointer(c->data),
		.info_len = c->data.len,
	};
	use(r, sizeof(r->params.hkdf));
	return rv;
}

static struct p11_prf_data kbkdf_field(struct run *r, size_t i)
{
	const struct derive_field *field = &r->c->fields[i];
	const bool counter_mode = r->c->m->mechanism == CKM_SP800_108_COUNTER_KDF;

	if (field->type == P11_FIELD_BYTES)
		return (struct p11_prf_data){ field->type, pointer(field->bytes), field->bytes.len };
	if (field->type == P11_FIELD_KEY)
		return (struct p11_prf_data){ field->type, &r->field_keys[i], sizeof(r->field_keys[i]) };
	if (field->type == P11_FIELD_LENGTH) {
		r->lengths[i] = (struct p11_length_format){ field->method, field->little_endian, field->bits };
		return (struct p11_prf_data){ field->type, &r->lengths[i], sizeof(r->lengths[i]) };
	}
	if (field->type == P11_FIELD_ITERATION && !counter_mode)
		return (struct p11_prf_data){ field->type, NULL, 0 };
	r->counters[i] = (struct p11_counter_format){ field->little_endian, field->bits };
	return (struct p11_prf_data){ field->type, &r->counters[i], sizeof(r->counters[i]) };
}

static CK_RV kbkdf_fields(struct run *r)
{
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < r->c->field_count; i++) {
		if (r->c->fields[i].type == P11_FIELD_KEY)
			rv = create_secret(r, CKK_GENERIC_SECRET, r->c->fields[i].bytes, &r->field_keys[i]);
		r->fields[i] = kbkdf_field(r, i);
	}
	return rv;
}

static void kbkdf_more(struct run *r)
{
	for (size_t i = 0; i < r->c->more_count; i++) {
		const CK_ATTRIBUTE templ[] = {
			{ CKA_CLASS, &secret_key, sizeof(secret_key) },
			{ CKA_KEY_TYPE, &generic_secret, sizeof(generic_secret) },
			{ CKA_VALUE_LEN, (void *)(uintptr_t)&r->c->more[i], sizeof(r->c->more[i]) },
			{ CKA_SENSITIVE, &no, sizeof(no) },
			{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
		};

		memcpy(r->more_templates[i], templ, sizeof(templ));
		r->more[i] = (struct p11_derived_key){ r->more_templates[i], ARRAY_COUNT(templ), &r->more_keys[i] };
	}
}

static CK_RV kbkdf(struct run *r)
{
	const struct derive_case *c = r->c;
	const CK_RV rv = kbkdf_fields(r);

	kbkdf_more(r);
	if (c->m->mechanism == CKM_SP800_108_FEEDBACK_KDF) {
		r->params.feedback = (struct p11_kbkdf_feedback_params){
			c->hash, c->field_count, r->fields, c->salt.len, pointer(c->salt),
			c->more_count, c->more_count > 0 ? r->more : NULL,
		};
		use(r, sizeof(r->params.feedback));
		return rv;
	}
	r->params.kbkdf = (struct p11_kbkdf_params){
		c->hash, c->field_count, r->fields, c->more_count, c->more_count > 0 ? r->more : NULL,
	};
	use(r, sizeof(r->params.kbkdf));
	return rv;
}

static struct p11_tls_randoms randoms(const struct derive_case *c)
{
	return (struct p11_tls_randoms){ pointer(c->client), c->client.len, pointer(c->server), c->server.len };
}

static void tls_master(struct run *r)
{
	r->params.master = (struct p11_tls12_master_params){
		randoms(r->c), r->c->m->dh ? NULL : &r->version, r->c->hash,
	};
	use(r, r->c->m->tls12 ? sizeof(r->params.master) : P11_TLS_MASTER_PARAMS_LEN);
}

static void tls_extended(struct run *r)
{
	r->params.extended = (struct p11_tls_extended_params){
		r->c->hash, pointer(r->c->data), r->c->data.len, r->c->m->dh ? NULL : &r->version,
	};
	use(r, sizeof(r->params.extended));
}

static void tls_keys(struct run *r)
{
	r->material.client_iv = r->ivs[0];
	r->material.server_iv = r->ivs[1];
	r->params.keys = (struct p11_tls12_key_params){
		r->c->mac_bits, r->c->key_bits, r->c->iv_bits, CK_FALSE, randoms(r->c), &r->material, r->c->hash,
	};
	use(r, r->c->m->tls12 ? sizeof(r->params.keys) : P11_TLS_KEY_PARAMS_LEN);
}

static void tls_prf(struct run *r)
{
	r->output_len = r->c->len;
	r->params.prf = (struct p11_tls_prf_params){
		pointer(r->c->data), r->c->data.len, pointer(r->c->label), r->c->label.len, r->output, &r->output_len,
	};
	use(r, sizeof(r->params.prf));
}

static void tls_kdf(struct run *r)
{
	r->params.kdf = (struct p11_tls_kdf_params){
		r->c->hash,     pointer(r->c->label), r->c->label.len,
		randoms(r->c), pointer(r->c->data),  r->c->data.len,
	};
	use(r, sizeof(r->params.kdf));
}

static void pbkdf2(struct run *r)
{
	r->password_len = r->c->base.len;
	r->params.pbkdf2 = (struct p11_pbkdf2_params){
		.salt_source = P11_SALT_SPECIFIED,
		.salt = pointer(r->c->salt),
		.salt_len = r->c->salt.len,
		.iterations = r->c->iterations,
		.prf = r->c->number,
		.password = pointer(r->c->base),
		.password_len.pointer = &r->password_len,
	};
	if (r->s->password_len_is_number)
		r->params.pbkdf2.password_len.number = r->password_len;
	use(r, sizeof(r->params.pbkdf2));
}

static void capi(struct run *r)
{
	r->params.capi = (struct p11_capi_params){
		.hash = r->c->hash, .alg_id = r->c->number, .flags = r->c->key_bits << 16 | r->c->salt_flag
	};
	use(r, sizeof(r->params.capi));
}

static CK_RV prepare(struct run *r)
{
	switch (r->c->m->family) {
	case FAMILY_ECDH: ecdh(r); return CKR_OK;
	case FAMILY_HASH: use(r, 0); return CKR_OK;
	case FAMILY_DATA: data(r); return CKR_OK;
	case FAMILY_CBC: cbc(r); return CKR_OK;
	case FAMILY_SECOND_KEY: return second_key(r);
	case FAMILY_BITS:
		r->params.bit = r->c->number;
		use(r, sizeof(r->params.bit));
		return CKR_OK;
	case FAMILY_HKDF: return hkdf(r);
	case FAMILY_KBKDF: return kbkdf(r);
	case FAMILY_TLS_MASTER: tls_master(r); return CKR_OK;
	case FAMILY_TLS_EXTENDED: tls_extended(r); return CKR_OK;
	case FAMILY_TLS_KEYS: tls_keys(r); return CKR_OK;
	case FAMILY_TLS_PRF: tls_prf(r); return CKR_OK;
	case FAMILY_TLS_KDF: tls_kdf(r); return CKR_OK;
	case FAMILY_PBKDF2: pbkdf2(r); return CKR_OK;
	case FAMILY_CAPI: capi(r); return CKR_OK;
	}
	return CKR_MECHANISM_INVALID;
}

/* ---- results ---------------------------------------------------------------------------------------------- */

static CK_RV add(struct run *r, struct span part)
{
	return said(r, "more than there is room for", derive_result_add(r->result, part) ? CKR_OK : CKR_HOST_MEMORY);
}

static CK_RV read_key(struct run *r, CK_OBJECT_HANDLE handle)
{
	CK_BYTE value[RESULT_ROOM];
	CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };
	const CK_RV rv = r->s->f->C_GetAttributeValue(r->s->session, handle, &attribute, 1);

	if (rv != CKR_OK)
		return said(r, "C_GetAttributeValue", rv);
	if (r->c->m->family == FAMILY_TLS_KEYS && attribute.ulValueLen == 0)
		return CKR_OK;
	return add(r, span_of(value, attribute.ulValueLen));
}

static CK_RV read_keys(struct run *r, const CK_OBJECT_HANDLE *handles, size_t count)
{
	CK_RV rv = CKR_OK;

	for (size_t i = 0; i < count; i++)
		will_destroy(r, handles[i]);
	for (size_t i = 0; rv == CKR_OK && i < count; i++)
		if (handles[i] != CK_INVALID_HANDLE)
			rv = read_key(r, handles[i]);
	return rv;
}

/* A MAC key of no bits is no key, or one of no bytes. */
static CK_RV read_material(struct run *r)
{
	const CK_OBJECT_HANDLE handles[] = {
		r->material.client_mac, r->material.server_mac, r->material.client_key, r->material.server_key,
	};
	CK_RV rv = read_keys(r, handles, ARRAY_COUNT(handles));

	for (size_t i = 0; rv == CKR_OK && r->c->iv_bits > 0 && i < ARRAY_COUNT(r->ivs); i++)
		rv = add(r, span_of(r->ivs[i], r->c->iv_bits / 8));
	return rv;
}

static CK_RV read_results(struct run *r, CK_OBJECT_HANDLE key)
{
	const enum derive_family family = r->c->m->family;
	CK_RV rv;

	if (family == FAMILY_TLS_PRF)
		return add(r, span_of(r->output, r->output_len));
	if (family == FAMILY_TLS_KEYS)
		return read_material(r);
	rv = read_keys(r, &key, 1);
	if (rv == CKR_OK && family == FAMILY_KBKDF)
		rv = read_keys(r, r->more_keys, r->c->more_count);
	if (rv == CKR_OK && (family == FAMILY_TLS_MASTER || family == FAMILY_TLS_EXTENDED) && !r->c->m->dh) {
		const CK_BYTE version[] = { r->version.major, r->version.minor };

		rv = add(r, span_of(version, sizeof(version)));
	}
	return rv;
}

/* ---- the call --------------------------------------------------------------------------------------------- */

static size_t result_template(const struct derive_case *c, CK_ATTRIBUTE templ[6])
{
	size_t n = 0;

	templ[n++] = (CK_ATTRIBUTE){ CKA_CLASS, (void *)(uintptr_t)&c->class, sizeof(c->class) };
	templ[n++] = (CK_ATTRIBUTE){ CKA_TOKEN, &no, sizeof(no) };
	if (c->class == CKO_SECRET_KEY) {
		templ[n++] = (CK_ATTRIBUTE){ CKA_KEY_TYPE, (void *)(uintptr_t)&c->type, sizeof(c->type) };
		templ[n++] = (CK_ATTRIBUTE){ CKA_SENSITIVE, &no, sizeof(no) };
		templ[n++] = (CK_ATTRIBUTE){ CKA_EXTRACTABLE, &yes, sizeof(yes) };
	}
	/* A DES key has the one length that it has. */
	if (c->len != 0 && c->m->family != FAMILY_TLS_PRF && c->type != CKK_DES3)
		templ[n++] = (CK_ATTRIBUTE){ CKA_VALUE_LEN, (void *)(uintptr_t)&c->len, sizeof(c->len) };
	return n;
}

static CK_RV derive(struct run *r, CK_OBJECT_HANDLE *ret_key)
{
	const struct derive_session *s = r->s;
	const bool without_handle = r->c->m->family == FAMILY_TLS_KEYS || r->c->m->family == FAMILY_TLS_PRF;
	CK_ATTRIBUTE templ[6];
	const CK_ULONG count = result_template(r->c, templ);
	CK_OBJECT_HANDLE base = CK_INVALID_HANDLE;
	CK_RV rv = prepare(r);

	if (rv != CKR_OK)
		return rv;
	if (r->c->m->family == FAMILY_PBKDF2)
		return said(r, "C_GenerateKey", s->f->C_GenerateKey(s->session, &r->mechanism, templ, count, ret_key));
	rv = base_key(r, &base);
	if (rv != CKR_OK)
		return rv;
	rv = s->f->C_DeriveKey(s->session, &r->mechanism, base, templ, count, without_handle ? NULL : ret_key);
	return said(r, "C_DeriveKey", rv);
}

CK_RV derive_case_run(const struct derive_session *s, const struct derive_case *c, struct derive_result *ret_result)
{
	struct run r;
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_RV rv;

	memset(&r, 0, sizeof(r));
	r.s = s;
	r.c = c;
	r.result = ret_result;
	ret_result->count = 0;
	ret_result->call = NULL;
	rv = derive(&r, &key);
	if (rv == CKR_OK)
		rv = read_results(&r, key);
	for (size_t i = 0; i < r.handle_count; i++)
		(void)s->f->C_DestroyObject(s->session, r.handles[i]);
	return rv;
}
