/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/host_kdf.h"

#include <stdio.h>
#include <string.h>

#include "minidriver/drv_hash.h"
#include "minidriver/host.h"
#include "minidriver/wide.h"

/* ---- hashes ----------------------------------------------------------------------------------------- */

static const enum hash_id hash_ids[] = {
	[MD_HASH_NONE] = HASH_COUNT,
	[MD_HASH_MD5] = HASH_MD5,
	[MD_HASH_SHA1] = HASH_SHA1,
	[MD_HASH_SHA224] = HASH_SHA224,
	[MD_HASH_SHA256] = HASH_SHA256,
	[MD_HASH_SHA384] = HASH_SHA384,
	[MD_HASH_SHA512] = HASH_SHA512,
	[MD_HASH_SHA3_224] = HASH_SHA3_224,
	[MD_HASH_SHA3_256] = HASH_SHA3_256,
	[MD_HASH_SHA3_384] = HASH_SHA3_384,
	[MD_HASH_SHA3_512] = HASH_SHA3_512,
	[MD_HASH_SHA512_224] = HASH_SHA512_224,
	[MD_HASH_SHA512_256] = HASH_SHA512_256,
	[MD_HASH_BLAKE2B_160] = HASH_BLAKE2B_160,
	[MD_HASH_BLAKE2B_256] = HASH_BLAKE2B_256,
	[MD_HASH_BLAKE2B_384] = HASH_BLAKE2B_384,
	[MD_HASH_BLAKE2B_512] = HASH_BLAKE2B_512,
	[MD_HASH_SHAKE128] = HASH_SHAKE128,
	[MD_HASH_SHAKE256] = HASH_SHAKE256,
};
_Static_assert(ARRAY_COUNT(hash_ids) == MD_HASH_COUNT, "a row for each hash");

static const struct hash *find_hash(enum md_hash hash)
{
	if (hash == MD_HASH_NONE || (unsigned)hash >= MD_HASH_COUNT)
		return NULL;
	return hash_of(hash_ids[hash]);
}

LPCWSTR host_hash_name(enum md_hash hash)
{
	const struct hash *found = find_hash(hash);

	return found != NULL ? found->name : NULL;
}

size_t md_hash_len(enum md_hash hash)
{
	const struct hash *found = find_hash(hash);

	return found != NULL ? found->len : 0;
}

bool md_hash_available(enum md_hash hash)
{
	const struct hash *found = find_hash(hash);

	return found != NULL && hash_available(found);
}

/* ---- the members of a plan -------------------------------------------------------------------------- */

enum part {
	PART_END = 0,
	PART_HASH,
	PART_INFO,
	PART_SALT,
	PART_SALT_KEY,
	PART_LABEL,
	PART_PREPEND,
	PART_APPEND,
	PART_FIELDS,
	PART_ITERATIONS,
	PART_OFFSET,
	PART_EXPAND,   /* not a parameter but a flag */
	PART_PROTOCOL, /* follows from whether there is a hash */
	PART_EMPTY,    /* a parameter that must be there and says nothing */
	PART_CNG_LABEL,   /* SP800_108_CTR_HMAC's two: among the fields */
	PART_CNG_CONTEXT,
	PART_SECOND,   /* of every derivation */
	PART_COUNT
};
#define PART_BIT(part) (1u << (part))

static const char *const part_names[] = {
	[PART_END] = "",
	[PART_HASH] = "hash",
	[PART_INFO] = "info",
	[PART_SALT] = "salt",
	[PART_SALT_KEY] = "salt_key",
	[PART_LABEL] = "label",
	[PART_PREPEND] = "prepend",
	[PART_APPEND] = "append",
	[PART_FIELDS] = "fields",
	[PART_ITERATIONS] = "iterations",
	[PART_OFFSET] = "bit_offset",
	[PART_EXPAND] = "expand",
	[PART_PROTOCOL] = "0x0303 with a hash, 0x0301 without",
	[PART_EMPTY] = "empty",
	[PART_CNG_LABEL] = "label in the fields",
	[PART_CNG_CONTEXT] = "context in the fields",
	[PART_SECOND] = "second",
};
_Static_assert(ARRAY_COUNT(part_names) == PART_COUNT, "a name for each part");

/* Which members a plan has something in. */
static unsigned parts_of(const struct md_kdf_plan *plan)
{
	return (plan->hash != MD_HASH_NONE ? PART_BIT(PART_HASH) : 0) | (plan->info.len ? PART_BIT(PART_INFO) : 0) |
	       (plan->salt.len ? PART_BIT(PART_SALT) : 0) | (plan->salt_key != NULL ? PART_BIT(PART_SALT_KEY) : 0) |
	       (plan->label.len ? PART_BIT(PART_LABEL) : 0) | (plan->prepend.len ? PART_BIT(PART_PREPEND) : 0) |
	       (plan->append.len ? PART_BIT(PART_APPEND) : 0) | (plan->field_count ? PART_BIT(PART_FIELDS) : 0) |
	       (plan->iterations ? PART_BIT(PART_ITERATIONS) : 0) | (plan->bit_offset ? PART_BIT(PART_OFFSET) : 0) |
	       (plan->expand ? PART_BIT(PART_EXPAND) : 0);
}

/* ---- the carriers ----------------------------------------------------------------------------------- */

struct parameter {
	ULONG type;
	const char *type_name;
	enum part part;
	bool always; /* also where the member is empty */
};

struct carrier {
	enum md_kdf kdf;
	LPCWSTR name;
	bool windows;
	unsigned required; /* members */
	unsigned optional;
	size_t (*max_len)(const struct md_kdf_plan *plan, size_t secret_len);
	/* What only some plans satisfy; NULL: all. */
	bool (*fits)(const struct md_kdf_plan *plan);
	struct parameter parameters[6];
};

#define PARAMETER(type, part) { type, #type, part, false }
#define ALWAYS(type, part) { type, #type, part, true }

static size_t times(size_t count, size_t len)
{
	size_t product;

	return __builtin_mul_overflow(count, len, &product) ? SIZE_MAX : product;
}
static size_t plus(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static size_t max_secret(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)plan;
	return secret_len;
}
static size_t max_counter(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)secret_len;
	return times(UINT32_MAX, md_hash_len(plan->hash));
}
static size_t max_hash(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)secret_len;
	return md_hash_len(plan->hash);
}
static size_t max_capi(const struct md_kdf_plan *plan, size_t secret_len)
{
	return times(2, max_hash(plan, secret_len));
}
/* RFC 5869, 2.3 */
static size_t max_hkdf(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)secret_len;
	return times(255, md_hash_len(plan->hash));
}
static size_t max_any(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)plan;
	(void)secret_len;
	return SIZE_MAX;
}
/* HMAC is not there for hashes whose length is a parameter. */
static size_t max_tls(const struct md_kdf_plan *plan, size_t secret_len)
{
	const struct hash *hash = find_hash(plan->hash);

	return hash != NULL && (hash->sized || hash->xof) ? 0 : max_any(plan, secret_len);
}
static size_t max_join(const struct md_kdf_plan *plan, size_t secret_len)
{
	return plus(plus(plan->prepend.len, secret_len), plan->append.len);
}
static size_t max_xor(const struct md_kdf_plan *plan, size_t secret_len)
{
	return plan->info.len < secret_len ? plan->info.len : secret_len;
}
static size_t max_info(const struct md_kdf_plan *plan, size_t secret_len)
{
	(void)secret_len;
	return plan->info.len;
}

/* SP 800-108: 2^32 - 1 rounds, and no more than a counter's width counts. */
#define CMAC_LEN 16u
static size_t max_rounds(const struct md_kdf_plan *plan, size_t secret_len)
{
	size_t rounds = UINT32_MAX;

	(void)secret_len;
	for (size_t i = 0; i < plan->field_count; i++) {
		const struct md_kdf_field *field = &plan->fields[i];

		if (field->type == MD_FIELD_COUNTER && field->width < sizeof(uint32_t))
			rounds = ((size_t)1 << 8 * field->width) - 1;
	}
	return times(rounds, plan->hash != MD_HASH_NONE ? md_hash_len(plan->hash) : CMAC_LEN);
}

static bool is_bytes(const struct md_kdf_field *field)
{
	return field->type == MD_FIELD_BYTES;
}

/*
 * The one form that CNG has: counter of 32 bits || label || 00 || context || length of the key in bits, 32 bits, all
 * big-endian; and HMAC.
 */
static bool fits_ctr_hmac(const struct md_kdf_plan *plan)
{
	const struct md_kdf_field *f = plan->fields;
	const size_t bits = 8 * plan->key_len;
	const uint8_t len[4] = { (uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits };
	static const uint8_t zero;

	if (plan->field_count != 5 || plan->key_len > MD_KEY_LEN_MAX || plan->hash == MD_HASH_NONE)
		return false;
	return f[0].type == MD_FIELD_COUNTER && f[0].width == 4 && !f[0].little_endian && is_bytes(&f[1]) &&
	       is_bytes(&f[2]) && is_bytes(&f[3]) && is_bytes(&f[4]) && span_equal(f[2].bytes, span_of(&zero, 1)) &&
	       span_equal(f[4].bytes, span_of(len, sizeof(len)));
}

#define TLS_SEED_LEN 64u
#define TLS_MASTER_LEN 48u

static bool fits_tls_prf(const struct md_kdf_plan *plan)
{
	return plan->info.len == TLS_SEED_LEN && plan->key_len == TLS_MASTER_LEN &&
	       (plan->hash == MD_HASH_NONE || plan->hash == MD_HASH_SHA256 || plan->hash == MD_HASH_SHA384);
}

#define H PART_BIT(PART_HASH)
#define INFO PART_BIT(PART_INFO)
#define SALT PART_BIT(PART_SALT)
#define SALT_KEY PART_BIT(PART_SALT_KEY)
#define LABEL PART_BIT(PART_LABEL)
#define AROUND (PART_BIT(PART_PREPEND) | PART_BIT(PART_APPEND))
#define FIELDS PART_BIT(PART_FIELDS)

/* Sorted by number; of more than one with the same, the first that fits. */
static const struct carrier carriers[] = {
	{ MD_KDF_RAW, CARD_EXT_KDF_RAW_SECRET_BE, .max_len = max_secret },
	{ MD_KDF_X963, CARD_EXT_KDF_X963, .required = H, .optional = INFO, .max_len = max_counter,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), ALWAYS(KDF_GENERIC_PARAMETER, PART_INFO) } },
	{ MD_KDF_CONCAT, BCRYPT_KDF_SP80056A_CONCAT, true, .required = H, .optional = INFO, .max_len = max_counter,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), ALWAYS(KDF_ALGORITHMID, PART_INFO),
			  ALWAYS(KDF_PARTYUINFO, PART_EMPTY), ALWAYS(KDF_PARTYVINFO, PART_EMPTY) } },
	{ MD_KDF_HASH, BCRYPT_KDF_HASH, true, .required = H, .optional = AROUND, .max_len = max_hash,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(KDF_SECRET_PREPEND, PART_PREPEND),
			  PARAMETER(KDF_SECRET_APPEND, PART_APPEND) } },
	{ MD_KDF_XOF, CARD_EXT_KDF_XOF, .required = H, .max_len = max_any,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH) } },
	{ MD_KDF_HKDF, BCRYPT_KDF_HKDF, true, .required = H, .optional = SALT | SALT_KEY | INFO, .max_len = max_hkdf,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(KDF_HKDF_SALT, PART_SALT),
			  PARAMETER(CARD_EXT_KDF_SALT_KEY, PART_SALT_KEY), PARAMETER(KDF_HKDF_INFO, PART_INFO) } },
	{ MD_KDF_HKDF_EXTRACT, BCRYPT_KDF_HMAC, true, .required = H | SALT_KEY, .max_len = max_hash,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(CARD_EXT_KDF_SALT_KEY, PART_SALT_KEY) } },
	{ MD_KDF_HKDF_EXTRACT, BCRYPT_KDF_HMAC, true, .required = H, .optional = SALT, .max_len = max_hash,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), ALWAYS(KDF_HMAC_KEY, PART_SALT) } },
	{ MD_KDF_HKDF_EXPAND, CARD_EXT_KDF_HKDF_EXPAND, .required = H, .optional = INFO, .max_len = max_hkdf,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(KDF_HKDF_INFO, PART_INFO) } },
	{ MD_KDF_SP800_108_COUNTER, BCRYPT_SP800108_CTR_HMAC_ALGORITHM, true, .required = H | FIELDS,
	  .max_len = max_rounds, .fits = fits_ctr_hmac,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), ALWAYS(KDF_LABEL, PART_CNG_LABEL),
			  ALWAYS(KDF_CONTEXT, PART_CNG_CONTEXT) } },
	{ MD_KDF_SP800_108_COUNTER, CARD_EXT_KDF_SP800_108_COUNTER, .required = FIELDS, .optional = H,
	  .max_len = max_rounds,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(CARD_EXT_KDF_FIELD, PART_FIELDS) } },
	{ MD_KDF_SP800_108_FEEDBACK, CARD_EXT_KDF_SP800_108_FEEDBACK, .required = FIELDS, .optional = H | SALT,
	  .max_len = max_rounds,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(CARD_EXT_KDF_IV, PART_SALT),
			  PARAMETER(CARD_EXT_KDF_FIELD, PART_FIELDS) } },
	{ MD_KDF_SP800_108_PIPELINE, CARD_EXT_KDF_SP800_108_PIPELINE, .required = FIELDS, .optional = H,
	  .max_len = max_rounds,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(CARD_EXT_KDF_FIELD, PART_FIELDS) } },
	{ MD_KDF_TLS_PRF, BCRYPT_KDF_TLS_PRF, true, .required = INFO, .optional = H | LABEL, .max_len = max_tls,
	  .fits = fits_tls_prf,
	  .parameters = { ALWAYS(KDF_TLS_PRF_PROTOCOL, PART_PROTOCOL), PARAMETER(KDF_HASH_ALGORITHM, PART_HASH),
			  ALWAYS(KDF_TLS_PRF_LABEL, PART_LABEL), ALWAYS(KDF_TLS_PRF_SEED, PART_INFO) } },
	{ MD_KDF_TLS_PRF, CARD_EXT_KDF_TLS_PRF, .optional = H | LABEL | INFO, .max_len = max_tls,
	  .parameters = { ALWAYS(KDF_TLS_PRF_PROTOCOL, PART_PROTOCOL), PARAMETER(KDF_HASH_ALGORITHM, PART_HASH),
			  ALWAYS(KDF_TLS_PRF_LABEL, PART_LABEL), ALWAYS(KDF_TLS_PRF_SEED, PART_INFO) } },
	{ MD_KDF_JOIN, CARD_EXT_KDF_JOIN, .optional = AROUND, .max_len = max_join,
	  .parameters = { PARAMETER(KDF_SECRET_PREPEND, PART_PREPEND), PARAMETER(KDF_SECRET_APPEND, PART_APPEND) } },
	{ MD_KDF_XOR, CARD_EXT_KDF_XOR, .required = INFO, .max_len = max_xor,
	  .parameters = { PARAMETER(KDF_GENERIC_PARAMETER, PART_INFO) } },
	{ MD_KDF_EXTRACT, CARD_EXT_KDF_EXTRACT_BITS, .optional = PART_BIT(PART_OFFSET), .max_len = max_secret,
	  .parameters = { ALWAYS(CARD_EXT_KDF_BIT_OFFSET, PART_OFFSET) } },
	{ MD_KDF_ENCRYPT, CARD_EXT_KDF_ENCRYPT_DATA, .required = INFO, .optional = SALT, .max_len = max_info,
	  .parameters = { PARAMETER(KDF_GENERIC_PARAMETER, PART_INFO), PARAMETER(CARD_EXT_KDF_IV, PART_SALT) } },
	{ MD_KDF_PBKDF2, BCRYPT_PBKDF2_ALGORITHM, true, .required = H | PART_BIT(PART_ITERATIONS), .optional = SALT,
	  .max_len = max_counter,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), ALWAYS(KDF_SALT, PART_SALT),
			  PARAMETER(KDF_ITERATION_COUNT, PART_ITERATIONS) } },
	{ MD_KDF_CAPI, BCRYPT_CAPI_KDF_ALGORITHM, true, .required = H, .optional = PART_BIT(PART_EXPAND),
	  .max_len = max_capi,
	  .parameters = { PARAMETER(KDF_HASH_ALGORITHM, PART_HASH), PARAMETER(BCRYPT_CAPI_AES_FLAG, PART_EXPAND) } },
};

#undef H
#undef INFO
#undef SALT
#undef SALT_KEY
#undef LABEL
#undef AROUND
#undef FIELDS

/* A SHAKE is a hash for one derivation only. */
static bool hash_suits(const struct md_kdf_plan *plan)
{
	const struct hash *hash = find_hash(plan->hash);

	if (hash == NULL)
		return plan->hash == MD_HASH_NONE;
	return hash->xof == (plan->kdf == MD_KDF_XOF);
}

static const struct carrier *find_carrier(const struct md_kdf_plan *plan)
{
	const unsigned parts = parts_of(plan);

	if (!hash_suits(plan))
		return NULL;
	/* in the order of the numbers, each of which has a row: none is further up than its number */
	for (size_t i = (size_t)plan->kdf; i < ARRAY_COUNT(carriers) && carriers[i].kdf <= plan->kdf; i++) {
		const struct carrier *carrier = &carriers[i];

		if (carrier->kdf == plan->kdf && (carrier->required & ~parts) == 0 &&
		    (parts & ~(carrier->required | carrier->optional)) == 0 &&
		    (carrier->fits == NULL || carrier->fits(plan)))
			return carrier;
	}
	return NULL;
}

size_t md_kdf_max_len(const struct md_kdf_plan *plan, size_t secret_len)
{
	const struct carrier *carrier = find_carrier(plan);

	if (plan->second != NULL)
		secret_len = plus(secret_len, md_key_len(plan->second));
	return carrier != NULL ? carrier->max_len(plan, secret_len) : 0;
}

bool md_kdf_carrier(size_t index, struct md_kdf_carrier *ret_carrier)
{
	const struct carrier *carrier = index < ARRAY_COUNT(carriers) ? &carriers[index] : NULL;
	size_t at = 0;

	if (carrier == NULL)
		return false;
	*ret_carrier = (struct md_kdf_carrier){ .kdf = carrier->kdf, .windows = carrier->windows };
	for (size_t i = 0; carrier->name[i] != 0 && i < sizeof(ret_carrier->name) - 1; i++)
		ret_carrier->name[i] = (char)carrier->name[i];
	for (size_t i = 0; i < ARRAY_COUNT(carrier->parameters) && carrier->parameters[i].part != PART_END; i++)
		at += (size_t)snprintf(ret_carrier->parameters + at, sizeof(ret_carrier->parameters) - at, "%s%s = %s",
				       i != 0 ? ", " : "", carrier->parameters[i].type_name,
				       part_names[carrier->parameters[i].part]);
	return true;
}

/* ---- packing ---------------------------------------------------------------------------------------- */

/* The interface's pvBuffer is not const, though nothing writes there. */
static void add(struct host_kdf *kdf, ULONG type, struct span bytes)
{
	kdf->buffers[kdf->desc.cBuffers++] = (NCryptBuffer){ .cbBuffer = (ULONG)bytes.len, .BufferType = type,
							     .pvBuffer = (PVOID)(uintptr_t)bytes.data };
}

static void add_field(struct host_kdf *kdf, const struct md_kdf_field *field, CARD_KEY_HANDLE *key)
{
	switch (field->type) {
	case MD_FIELD_BYTES:
		add(kdf, CARD_EXT_KDF_FIELD_BYTES, field->bytes);
		return;
	case MD_FIELD_COUNTER:
		kdf->counter = (CARD_EXT_KDF_COUNTER){ .cbWidth = (DWORD)field->width,
						       .fLittleEndian = field->little_endian };
		add(kdf, CARD_EXT_KDF_FIELD_COUNTER, span_of(&kdf->counter, sizeof(kdf->counter)));
		return;
	case MD_FIELD_CHAIN:
		add(kdf, CARD_EXT_KDF_FIELD_CHAIN, SPAN_EMPTY);
		return;
	case MD_FIELD_KEY:
		*key = field->key->handle;
		add(kdf, CARD_EXT_KDF_FIELD_KEY, span_of(key, sizeof(*key)));
		return;
	}
}

static struct span hash_name(enum md_hash hash)
{
	const struct hash *found = find_hash(hash);

	return found != NULL ? span_of(found->name, wide_size(found->name)) : SPAN_EMPTY;
}

/* The bytes of a member, as they stand in a list. */
static struct span part_bytes(const struct md_kdf_plan *plan, enum part part, struct host_kdf *kdf)
{
	switch (part) {
	case PART_HASH:
		return hash_name(plan->hash);
	case PART_INFO:
		return plan->info;
	case PART_SALT:
		return plan->salt;
	case PART_SALT_KEY:
		return plan->salt_key != NULL ? span_of(&kdf->salt_key, sizeof(kdf->salt_key)) : SPAN_EMPTY;
	case PART_LABEL:
		return plan->label;
	case PART_PREPEND:
		return plan->prepend;
	case PART_APPEND:
		return plan->append;
	case PART_ITERATIONS:
		return span_of(&kdf->iterations, sizeof(kdf->iterations));
	case PART_OFFSET:
		return span_of(&kdf->bit_offset, sizeof(kdf->bit_offset));
	case PART_PROTOCOL:
		return span_of(&kdf->protocol, sizeof(kdf->protocol));
	case PART_CNG_LABEL:
		return plan->fields[1].bytes;
	case PART_CNG_CONTEXT:
		return plan->fields[3].bytes;
	case PART_SECOND:
		return span_of(&kdf->second, sizeof(kdf->second));
	case PART_END:
	case PART_FIELDS:
	case PART_EXPAND:
	case PART_EMPTY:
	case PART_COUNT:
		break;
	}
	return SPAN_EMPTY;
}

static void add_parameter(const struct md_kdf_plan *plan, const struct parameter *parameter, struct host_kdf *kdf)
{
	const struct span bytes = part_bytes(plan, parameter->part, kdf);

	if (parameter->part == PART_FIELDS) {
		for (size_t i = 0; i < plan->field_count; i++)
			add_field(kdf, &plan->fields[i], &kdf->field_keys[i]);
		return;
	}
	if (bytes.len != 0 || parameter->always)
		add(kdf, parameter->type, bytes);
}

/* What a ULONG cannot say, and fields that are none. */
static bool lengths_fit(const struct md_kdf_plan *plan)
{
	size_t counters = 0;

	if (plan->info.len > UINT32_MAX || plan->salt.len > UINT32_MAX || plan->label.len > UINT32_MAX ||
	    plan->prepend.len > UINT32_MAX || plan->append.len > UINT32_MAX || plan->field_count > MD_FIELDS_MAX)
		return false;
	for (size_t i = 0; i < plan->field_count; i++) {
		const struct md_kdf_field *field = &plan->fields[i];

		if (field->bytes.len > UINT32_MAX || (unsigned)field->type > MD_FIELD_KEY)
			return false;
		if (field->type == MD_FIELD_KEY && field->key == NULL)
			return false;
		if (field->type == MD_FIELD_COUNTER && (field->width == 0 || field->width > sizeof(uint64_t)))
			return false;
		counters += field->type == MD_FIELD_COUNTER;
	}
	return counters <= 1;
}

/* Each member but the room for the list's buffers and for what they point to: it is long, and filled as it is used. */
static void begin_list(const struct md_kdf_plan *plan, const struct carrier *carrier, struct host_kdf *ret_kdf)
{
	ret_kdf->name = carrier->name;
	ret_kdf->flags = plan->expand ? BCRYPT_CAPI_AES_FLAG : 0;
	ret_kdf->desc = (NCryptBufferDesc){ .ulVersion = BCRYPTBUFFER_VERSION, .pBuffers = ret_kdf->buffers };
	ret_kdf->salt_key = plan->salt_key != NULL ? plan->salt_key->handle : 0;
	ret_kdf->second = plan->second != NULL ? plan->second->handle : 0;
	ret_kdf->protocol = plan->hash != MD_HASH_NONE ? TLS1_2_PROTOCOL_VERSION : TLS1_PROTOCOL_VERSION;
	ret_kdf->iterations = plan->iterations;
	ret_kdf->bit_offset = plan->bit_offset;
}

md_err host_kdf_pack(const struct md_kdf_plan *plan, struct host_kdf *ret_kdf)
{
	const struct carrier *carrier = NULL;

	if (lengths_fit(plan))
		carrier = find_carrier(plan);
	if (carrier == NULL || (plan->salt.len != 0 && plan->salt_key != NULL))
		return MD_E_INVALID_PARAMETER;
	begin_list(plan, carrier, ret_kdf);
	for (size_t i = 0; i < ARRAY_COUNT(carrier->parameters) && carrier->parameters[i].part != PART_END; i++)
		add_parameter(plan, &carrier->parameters[i], ret_kdf);
	if (plan->second != NULL)
		add(ret_kdf, CARD_EXT_KDF_SESSION_KEY, part_bytes(plan, PART_SECOND, ret_kdf));
	return MD_OK;
}
