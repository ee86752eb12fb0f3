/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a plan of md.h becomes a name and a parameter list: which carrier is taken, what stands in the list, and what is
 * refused before the driver is asked.
 */
#include "config.h"

#include <string.h>

#include "minidriver/host.h"
#include "minidriver/host_kdf.h"
#include "minidriver/wide.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t bytes[128] = { 1, 2, 3 };
static struct md_key *base;     /* 32 bytes, generic */
static struct md_key *salt_key; /* 20 bytes, generic */

static void set_up(void)
{
	host_open();
	base = host_import(MD_KEY_GENERIC, span_of(bytes, 32));
	salt_key = host_import(MD_KEY_GENERIC, span_of(bytes, 20));
}

static void tear_down(void)
{
	md_key_release(base);
	md_key_release(salt_key);
	host_close();
}

/* ---- members ---------------------------------------------------------------------------------------- */

enum member {
	HASH = 0,
	INFO,
	SALT,
	SALT_KEY,
	LABEL,
	PREPEND,
	APPEND,
	FIELDS,
	ITERATIONS,
	OFFSET,
	EXPAND,
	MEMBER_COUNT
};
#define BIT(member) (1u << (member))

static const struct md_kdf_field counter_field[] = { { .type = MD_FIELD_COUNTER, .width = 4 } };

static void set_member(struct md_kdf_plan *plan, enum member member)
{
	switch (member) {
	case HASH:
		plan->hash = MD_HASH_SHA256;
		return;
	case INFO:
		plan->info = span_of(bytes, 32);
		return;
	case SALT:
		plan->salt = span_of(bytes, 16);
		return;
	case SALT_KEY:
		plan->salt_key = salt_key;
		return;
	case LABEL:
		plan->label = span_of(bytes, 3);
		return;
	case PREPEND:
		plan->prepend = span_of(bytes, 4);
		return;
	case APPEND:
		plan->append = span_of(bytes, 5);
		return;
	case FIELDS:
		plan->fields = counter_field;
		plan->field_count = 1;
		return;
	case ITERATIONS:
		plan->iterations = 2;
		return;
	case OFFSET:
		plan->bit_offset = 3;
		return;
	case EXPAND:
		plan->expand = true;
		return;
	case MEMBER_COUNT:
		break;
	}
	ck_abort();
}

static struct md_kdf_plan plan_with(enum md_kdf kdf, unsigned members)
{
	struct md_kdf_plan plan = { .kdf = kdf, .key_len = 16 };

	for (unsigned member = 0; member < MEMBER_COUNT; member++) {
		if ((members & BIT(member)) != 0)
			set_member(&plan, (enum member)member);
	}
	if (kdf == MD_KDF_XOF)
		plan.hash = MD_HASH_SHAKE128;
	return plan;
}

/* ---- which carrier, and what is in its list --------------------------------------------------------- */

#define END 0xFFFFFFFFu

/* What each derivation must be given and may be given, and what it is then. */
static const struct {
	enum md_kdf kdf;
	unsigned members; /* of this row's plan */
	LPCWSTR name;
	ULONG types[6];
} packed[] = {
	{ MD_KDF_RAW, 0, CARD_EXT_KDF_RAW_SECRET_BE, { END } },
	{ MD_KDF_X963, BIT(HASH), CARD_EXT_KDF_X963, { KDF_HASH_ALGORITHM, KDF_GENERIC_PARAMETER, END } },
	{ MD_KDF_X963, BIT(HASH) | BIT(INFO), CARD_EXT_KDF_X963, { KDF_HASH_ALGORITHM, KDF_GENERIC_PARAMETER, END } },
	{ MD_KDF_CONCAT, BIT(HASH), BCRYPT_KDF_SP80056A_CONCAT,
	  { KDF_HASH_ALGORITHM, KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO, END } },
	{ MD_KDF_CONCAT, BIT(HASH) | BIT(INFO), BCRYPT_KDF_SP80056A_CONCAT,
	  { KDF_HASH_ALGORITHM, KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO, END } },
	{ MD_KDF_HASH, BIT(HASH), BCRYPT_KDF_HASH, { KDF_HASH_ALGORITHM, END } },
	{ MD_KDF_HASH, BIT(HASH) | BIT(PREPEND) | BIT(APPEND), BCRYPT_KDF_HASH,
	  { KDF_HASH_ALGORITHM, KDF_SECRET_PREPEND, KDF_SECRET_APPEND, END } },
	{ MD_KDF_XOF, BIT(HASH), CARD_EXT_KDF_XOF, { KDF_HASH_ALGORITHM, END } },
	{ MD_KDF_HKDF, BIT(HASH), BCRYPT_KDF_HKDF, { KDF_HASH_ALGORITHM, END } },
	{ MD_KDF_HKDF, BIT(HASH) | BIT(SALT) | BIT(INFO), BCRYPT_KDF_HKDF,
	  { KDF_HASH_ALGORITHM, KDF_HKDF_SALT, KDF_HKDF_INFO, END } },
	{ MD_KDF_HKDF, BIT(HASH) | BIT(SALT_KEY), BCRYPT_KDF_HKDF, { KDF_HASH_ALGORITHM, CARD_EXT_KDF_SALT_KEY, END } },
	{ MD_KDF_HKDF_EXTRACT, BIT(HASH), BCRYPT_KDF_HMAC, { KDF_HASH_ALGORITHM, KDF_HMAC_KEY, END } },
	{ MD_KDF_HKDF_EXTRACT, BIT(HASH) | BIT(SALT), BCRYPT_KDF_HMAC, { KDF_HASH_ALGORITHM, KDF_HMAC_KEY, END } },
	{ MD_KDF_HKDF_EXTRACT, BIT(HASH) | BIT(SALT_KEY), BCRYPT_KDF_HMAC,
	  { KDF_HASH_ALGORITHM, CARD_EXT_KDF_SALT_KEY, END } },
	{ MD_KDF_HKDF_EXPAND, BIT(HASH), CARD_EXT_KDF_HKDF_EXPAND, { KDF_HASH_ALGORITHM, END } },
	{ MD_KDF_HKDF_EXPAND, BIT(HASH) | BIT(INFO), CARD_EXT_KDF_HKDF_EXPAND,
	  { KDF_HASH_ALGORITHM, KDF_HKDF_INFO, END } },
	{ MD_KDF_SP800_108_COUNTER, BIT(FIELDS), CARD_EXT_KDF_SP800_108_COUNTER, { CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_SP800_108_COUNTER, BIT(HASH) | BIT(FIELDS), CARD_EXT_KDF_SP800_108_COUNTER,
	  { KDF_HASH_ALGORITHM, CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_SP800_108_FEEDBACK, BIT(FIELDS), CARD_EXT_KDF_SP800_108_FEEDBACK, { CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_SP800_108_FEEDBACK, BIT(HASH) | BIT(SALT) | BIT(FIELDS), CARD_EXT_KDF_SP800_108_FEEDBACK,
	  { KDF_HASH_ALGORITHM, CARD_EXT_KDF_IV, CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_SP800_108_PIPELINE, BIT(FIELDS), CARD_EXT_KDF_SP800_108_PIPELINE, { CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_SP800_108_PIPELINE, BIT(HASH) | BIT(FIELDS), CARD_EXT_KDF_SP800_108_PIPELINE,
	  { KDF_HASH_ALGORITHM, CARD_EXT_KDF_FIELD_COUNTER, END } },
	{ MD_KDF_TLS_PRF, 0, CARD_EXT_KDF_TLS_PRF, { KDF_TLS_PRF_PROTOCOL, KDF_TLS_PRF_LABEL, KDF_TLS_PRF_SEED, END } },
	{ MD_KDF_TLS_PRF, BIT(HASH) | BIT(LABEL) | BIT(INFO), CARD_EXT_KDF_TLS_PRF,
	  { KDF_TLS_PRF_PROTOCOL, KDF_HASH_ALGORITHM, KDF_TLS_PRF_LABEL, KDF_TLS_PRF_SEED, END } },
	{ MD_KDF_JOIN, 0, CARD_EXT_KDF_JOIN, { END } },
	{ MD_KDF_JOIN, BIT(PREPEND) | BIT(APPEND), CARD_EXT_KDF_JOIN, { KDF_SECRET_PREPEND, KDF_SECRET_APPEND, END } },
	{ MD_KDF_XOR, BIT(INFO), CARD_EXT_KDF_XOR, { KDF_GENERIC_PARAMETER, END } },
	{ MD_KDF_EXTRACT, 0, CARD_EXT_KDF_EXTRACT_BITS, { CARD_EXT_KDF_BIT_OFFSET, END } },
	{ MD_KDF_EXTRACT, BIT(OFFSET), CARD_EXT_KDF_EXTRACT_BITS, { CARD_EXT_KDF_BIT_OFFSET, END } },
	{ MD_KDF_ENCRYPT, BIT(INFO), CARD_EXT_KDF_ENCRYPT_DATA, { KDF_GENERIC_PARAMETER, END } },
	{ MD_KDF_ENCRYPT, BIT(INFO) | BIT(SALT), CARD_EXT_KDF_ENCRYPT_DATA,
	  { KDF_GENERIC_PARAMETER, CARD_EXT_KDF_IV, END } },
	{ MD_KDF_PBKDF2, BIT(HASH) | BIT(ITERATIONS), BCRYPT_PBKDF2_ALGORITHM,
	  { KDF_HASH_ALGORITHM, KDF_SALT, KDF_ITERATION_COUNT, END } },
	{ MD_KDF_PBKDF2, BIT(HASH) | BIT(ITERATIONS) | BIT(SALT), BCRYPT_PBKDF2_ALGORITHM,
	  { KDF_HASH_ALGORITHM, KDF_SALT, KDF_ITERATION_COUNT, END } },
	{ MD_KDF_CAPI, BIT(HASH), BCRYPT_CAPI_KDF_ALGORITHM, { KDF_HASH_ALGORITHM, END } },
	{ MD_KDF_CAPI, BIT(HASH) | BIT(EXPAND), BCRYPT_CAPI_KDF_ALGORITHM, { KDF_HASH_ALGORITHM, END } },
};

static void list_is(const struct host_kdf *kdf, const ULONG *types, size_t row)
{
	ULONG count = 0;

	for (; types[count] != END; count++) {
		ck_assert_msg(count < kdf->desc.cBuffers, "row %zu: a list of %u", row, (unsigned)kdf->desc.cBuffers);
		ck_assert_msg(kdf->buffers[count].BufferType == types[count], "row %zu, parameter %u: %#x", row,
			      (unsigned)count, (unsigned)kdf->buffers[count].BufferType);
	}
	ck_assert_msg(kdf->desc.cBuffers == count, "row %zu: a list of %u", row, (unsigned)kdf->desc.cBuffers);
	ck_assert_ptr_eq(kdf->desc.pBuffers, kdf->buffers);
}

START_TEST(each_derivation_has_its_carrier_and_list)
{
	unsigned seen = 0;

	for (size_t row = 0; row < ARRAY_COUNT(packed); row++) {
		struct md_kdf_plan plan = plan_with(packed[row].kdf, packed[row].members);
		struct host_kdf kdf;

		seen |= 1u << packed[row].kdf;
		ck_assert_msg(host_kdf_pack(&plan, &kdf) == MD_OK, "row %zu", row);
		ck_assert_msg(wide_equal(kdf.name, packed[row].name), "row %zu", row);
		list_is(&kdf, packed[row].types, row);
		ck_assert_uint_eq(kdf.flags, plan.expand ? BCRYPT_CAPI_AES_FLAG : 0);
		ck_assert_msg(md_kdf_max_len(&plan, 32) != 0, "row %zu", row);
		/* a second key joins whatever the derivation is, and stands last */
		plan.second = salt_key;
		ck_assert_msg(host_kdf_pack(&plan, &kdf) == MD_OK, "row %zu", row);
		ck_assert_uint_eq(kdf.buffers[kdf.desc.cBuffers - 1].BufferType, CARD_EXT_KDF_SESSION_KEY);
		ck_assert_mem_eq(kdf.buffers[kdf.desc.cBuffers - 1].pvBuffer, &salt_key->handle,
				 sizeof(salt_key->handle));
	}
	ck_assert_uint_eq(seen, (1u << MD_KDF_COUNT) - 1);
}
END_TEST

static unsigned members_of(enum md_kdf kdf, bool required)
{
	unsigned all = 0;
	unsigned common = ~0u;

	for (size_t row = 0; row < ARRAY_COUNT(packed); row++) {
		if (packed[row].kdf != kdf)
			continue;
		all |= packed[row].members;
		common &= packed[row].members;
	}
	return required ? common : all;
}

static void refused(const struct md_kdf_plan *plan, const char *why, unsigned number)
{
	struct host_kdf kdf = { .name = NULL };

	ck_assert_msg(host_kdf_pack(plan, &kdf) == MD_E_INVALID_PARAMETER, "kdf %d, %s %u", plan->kdf, why, number);
	ck_assert_ptr_null(kdf.name);
}

START_TEST(each_member_that_a_derivation_does_not_read_is_refused)
{
	for (unsigned kdf = 0; kdf < MD_KDF_COUNT; kdf++) {
		const unsigned needed = members_of((enum md_kdf)kdf, true);
		const unsigned read = members_of((enum md_kdf)kdf, false);

		for (unsigned member = 0; member < MEMBER_COUNT; member++) {
			struct md_kdf_plan plan = plan_with((enum md_kdf)kdf, needed | BIT(member));
			struct md_key *key = NULL;

			if ((read & BIT(member)) != 0)
				continue;
			refused(&plan, "with member", member);
			ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
			ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
			ck_assert_ptr_null(key);
		}
	}
}
END_TEST

START_TEST(each_member_that_a_derivation_needs_must_be_there)
{
	for (unsigned kdf = 0; kdf < MD_KDF_COUNT; kdf++) {
		const unsigned needed = members_of((enum md_kdf)kdf, true);

		for (unsigned member = 0; member < MEMBER_COUNT; member++) {
			struct md_kdf_plan plan = plan_with((enum md_kdf)kdf, needed & ~BIT(member));
			struct md_key *key = NULL;

			if ((needed & BIT(member)) == 0)
				continue;
			if (member == HASH)
				plan.hash = MD_HASH_NONE;
			refused(&plan, "without member", member);
			ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
			ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
			ck_assert_ptr_null(key);
		}
	}
}
END_TEST

START_TEST(a_salt_is_bytes_or_a_key)
{
	static const enum md_kdf kdfs[] = { MD_KDF_HKDF, MD_KDF_HKDF_EXTRACT };

	for (size_t i = 0; i < ARRAY_COUNT(kdfs); i++) {
		const struct md_kdf_plan plan = plan_with(kdfs[i], BIT(HASH) | BIT(SALT) | BIT(SALT_KEY));
		struct md_key *key = NULL;

		refused(&plan, "with two salts", 0);
		ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
		ck_assert_ptr_null(key);
	}
}
END_TEST

START_TEST(a_hash_that_is_none_and_a_shake_for_another_are_refused)
{
	for (unsigned kdf = 0; kdf < MD_KDF_COUNT; kdf++) {
		struct md_kdf_plan plan = plan_with((enum md_kdf)kdf, members_of((enum md_kdf)kdf, false));

		if (plan.salt_key != NULL)
			plan.salt = SPAN_EMPTY;
		plan.hash = MD_HASH_COUNT;
		refused(&plan, "hash", MD_HASH_COUNT);
		plan.hash = kdf == MD_KDF_XOF ? MD_HASH_SHA256 : MD_HASH_SHAKE256;
		refused(&plan, "hash", plan.hash);
	}
}
END_TEST

START_TEST(a_number_that_is_no_derivation_is_refused)
{
	const struct md_kdf_plan plan = plan_with(MD_KDF_COUNT, BIT(HASH));

	refused(&plan, "kdf", MD_KDF_COUNT);
	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
}
END_TEST

/* ---- CNG's own form of counter mode, and of the TLS PRF --------------------------------------------- */

static const uint8_t zero;
static const uint8_t be_bits[4] = { 0, 0, 0, 128 };

static void cng_fields(struct md_kdf_field fields[6])
{
	const struct md_kdf_field form[6] = {
		{ .type = MD_FIELD_COUNTER, .width = 4 },
		{ .bytes = span_of("label", 5) },
		{ .bytes = span_of(&zero, 1) },
		{ .bytes = span_of("context", 7) },
		{ .bytes = span_of(be_bits, sizeof(be_bits)) },
		{ .bytes = span_of("more", 4) },
	};

	memcpy(fields, form, sizeof(form));
}

static LPCWSTR carrier_of(const struct md_kdf_plan *plan)
{
	static struct host_kdf kdf;

	ck_assert_md(host_kdf_pack(plan, &kdf), MD_OK);
	return kdf.name;
}

static void name_is(LPCWSTR name, LPCWSTR expected)
{
	ck_assert(wide_equal(name, expected));
}

START_TEST(counter_mode_is_cngs_where_it_can_be)
{
	struct md_kdf_field fields[6];
	struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_COUNTER, .hash = MD_HASH_SHA256, .fields = fields,
				    .field_count = 5, .key_len = 16 };
	struct host_kdf kdf;

	cng_fields(fields);
	ck_assert_md(host_kdf_pack(&plan, &kdf), MD_OK);
	name_is(kdf.name, BCRYPT_SP800108_CTR_HMAC_ALGORITHM);
	list_is(&kdf, (const ULONG[]){ KDF_HASH_ALGORITHM, KDF_LABEL, KDF_CONTEXT, END }, 0);
	ck_assert_mem_eq(kdf.buffers[1].pvBuffer, "label", 5);
	ck_assert_mem_eq(kdf.buffers[2].pvBuffer, "context", 7);
	fields[1].bytes = SPAN_EMPTY;
	fields[3].bytes = SPAN_EMPTY;
	ck_assert_md(host_kdf_pack(&plan, &kdf), MD_OK);
	name_is(kdf.name, BCRYPT_SP800108_CTR_HMAC_ALGORITHM);
	list_is(&kdf, (const ULONG[]){ KDF_HASH_ALGORITHM, KDF_LABEL, KDF_CONTEXT, END }, 1);
	ck_assert_uint_eq(kdf.buffers[1].cbBuffer, 0);
}
END_TEST

START_TEST(counter_mode_of_any_other_form_is_ours)
{
	static const uint8_t le_bits[4] = { 128, 0, 0, 0 };

	for (unsigned change = 0; change < 10; change++) {
		struct md_kdf_field fields[6];
		struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_COUNTER, .hash = MD_HASH_SHA256, .fields = fields,
					    .field_count = 5, .key_len = 16 };

		cng_fields(fields);
		if (change == 0)
			fields[0].width = 2;
		if (change == 1)
			fields[0].little_endian = true;
		if (change == 2)
			fields[2].bytes = span_of("\1", 1);
		if (change == 3)
			fields[2].bytes = SPAN_EMPTY;
		if (change == 4)
			fields[4].bytes = span_of(le_bits, sizeof(le_bits));
		if (change == 5)
			plan.key_len = 32;
		if (change == 6)
			plan.hash = MD_HASH_NONE;
		if (change == 7)
			plan.field_count = 4;
		if (change == 8)
			plan.field_count = 6;
		if (change == 9)
			fields[1].type = MD_FIELD_CHAIN;
		name_is(carrier_of(&plan), CARD_EXT_KDF_SP800_108_COUNTER);
	}
}
END_TEST

START_TEST(both_forms_of_counter_mode_give_the_same_key)
{
	struct md_kdf_field fields[6];
	struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_COUNTER, .hash = MD_HASH_SHA256, .fields = fields,
				    .field_count = 5, .key_len = 16 };
	struct md_key *cng = NULL;
	struct md_key *ours = NULL;
	uint8_t key[16];

	cng_fields(fields);
	name_is(carrier_of(&plan), BCRYPT_SP800108_CTR_HMAC_ALGORITHM);
	ck_assert_md(md_key_derive(base, &plan, &cng), MD_OK);
	/* an empty field more */
	fields[5].bytes = SPAN_EMPTY;
	plan.field_count = 6;
	name_is(carrier_of(&plan), CARD_EXT_KDF_SP800_108_COUNTER);
	ck_assert_md(md_key_derive(base, &plan, &ours), MD_OK);
	ck_assert_md(md_key_read(cng, key, sizeof(key)), MD_OK);
	host_key_is(ours, span_of(key, sizeof(key)));
	md_key_release(cng);
	md_key_release(ours);
}
END_TEST

START_TEST(the_tls_prf_is_cngs_for_a_master_secret)
{
	static const uint8_t label[5000];
	struct md_kdf_plan plan = { .kdf = MD_KDF_TLS_PRF, .info = span_of(bytes, 64), .key_len = 48 };

	name_is(carrier_of(&plan), BCRYPT_KDF_TLS_PRF);
	plan.label = span_of(label, sizeof(label));
	name_is(carrier_of(&plan), BCRYPT_KDF_TLS_PRF);
	plan.label = SPAN_EMPTY;
	plan.hash = MD_HASH_SHA384;
	name_is(carrier_of(&plan), BCRYPT_KDF_TLS_PRF);
	plan.hash = MD_HASH_SHA512;
	name_is(carrier_of(&plan), CARD_EXT_KDF_TLS_PRF);
	plan.hash = MD_HASH_SHA256;
	plan.key_len = 47;
	name_is(carrier_of(&plan), CARD_EXT_KDF_TLS_PRF);
	plan.key_len = 48;
	plan.info.len = 63;
	name_is(carrier_of(&plan), CARD_EXT_KDF_TLS_PRF);
}
END_TEST

/* ---- what stands in the list ------------------------------------------------------------------------ */

static const NCryptBuffer *find(const struct host_kdf *kdf, ULONG type)
{
	for (ULONG i = 0; i < kdf->desc.cBuffers; i++) {
		if (kdf->buffers[i].BufferType == type)
			return &kdf->buffers[i];
	}
	ck_abort_msg("no %#x", (unsigned)type);
	return NULL;
}

static void holds(const struct host_kdf *kdf, ULONG type, const void *value, size_t len)
{
	const NCryptBuffer *buffer = find(kdf, type);

	ck_assert_uint_eq(buffer->cbBuffer, len);
	ck_assert_mem_eq(buffer->pvBuffer, value, len);
}

START_TEST(the_values_are_those_of_the_plan)
{
	static const uint64_t two = 2;
	static const uint64_t three = 3;
	static const DWORD tls12 = TLS1_2_PROTOCOL_VERSION;
	static const DWORD tls10 = TLS1_PROTOCOL_VERSION;
	struct host_kdf kdf;

	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_PBKDF2, .hash = MD_HASH_SHA3_384,
								.iterations = 2, .salt = span_of("salt", 4) },
				   &kdf),
		     MD_OK);
	holds(&kdf, KDF_HASH_ALGORITHM, BCRYPT_SHA3_384_ALGORITHM, sizeof(BCRYPT_SHA3_384_ALGORITHM));
	holds(&kdf, KDF_SALT, "salt", 4);
	holds(&kdf, KDF_ITERATION_COUNT, &two, sizeof(two));
	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_EXTRACT, .bit_offset = 3 }, &kdf), MD_OK);
	holds(&kdf, CARD_EXT_KDF_BIT_OFFSET, &three, sizeof(three));
	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_TLS_PRF, .hash = MD_HASH_SHA1 }, &kdf),
		     MD_OK);
	holds(&kdf, KDF_TLS_PRF_PROTOCOL, &tls12, sizeof(tls12));
	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_TLS_PRF }, &kdf), MD_OK);
	holds(&kdf, KDF_TLS_PRF_PROTOCOL, &tls10, sizeof(tls10));
	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_HKDF, .hash = MD_HASH_MD5,
								.salt_key = salt_key },
				   &kdf),
		     MD_OK);
	holds(&kdf, CARD_EXT_KDF_SALT_KEY, &salt_key->handle, sizeof(salt_key->handle));
}
END_TEST

START_TEST(the_fields_keep_their_order_and_form)
{
	const struct md_kdf_field fields[] = {
		{ .bytes = span_of("a", 1) },
		{ .type = MD_FIELD_COUNTER, .width = 8, .little_endian = true },
		{ .type = MD_FIELD_CHAIN },
		{ .type = MD_FIELD_KEY, .key = salt_key },
		{ .bytes = span_of("bc", 2) },
		{ .type = MD_FIELD_KEY, .key = base },
	};
	const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 8, .fLittleEndian = 1 };
	struct host_kdf kdf;

	ck_assert_md(host_kdf_pack(&(const struct md_kdf_plan){ .kdf = MD_KDF_SP800_108_PIPELINE, .fields = fields,
								.field_count = ARRAY_COUNT(fields) },
				   &kdf),
		     MD_OK);
	list_is(&kdf,
		(const ULONG[]){ CARD_EXT_KDF_FIELD_BYTES, CARD_EXT_KDF_FIELD_COUNTER, CARD_EXT_KDF_FIELD_CHAIN,
				 CARD_EXT_KDF_FIELD_KEY, CARD_EXT_KDF_FIELD_BYTES, CARD_EXT_KDF_FIELD_KEY, END },
		0);
	holds(&kdf, CARD_EXT_KDF_FIELD_BYTES, "a", 1);
	holds(&kdf, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	ck_assert_uint_eq(kdf.buffers[2].cbBuffer, 0);
	holds(&kdf, CARD_EXT_KDF_FIELD_KEY, &salt_key->handle, sizeof(salt_key->handle));
	ck_assert_mem_eq(kdf.buffers[4].pvBuffer, "bc", 2);
	ck_assert_mem_eq(kdf.buffers[5].pvBuffer, &base->handle, sizeof(base->handle));
}
END_TEST

START_TEST(a_key_among_the_fields_is_its_bytes)
{
	static const enum md_kdf kdfs[] = { MD_KDF_SP800_108_FEEDBACK, MD_KDF_SP800_108_PIPELINE };
	struct md_kdf_field fields[] = { { .type = MD_FIELD_CHAIN }, { .type = MD_FIELD_KEY, .key = salt_key } };
	struct md_card *other_card = NULL;
	struct md_key *key[2] = { NULL, NULL };
	uint8_t got[100];

	for (size_t i = 0; i < ARRAY_COUNT(kdfs); i++) {
		const struct md_kdf_plan plan = { .kdf = kdfs[i], .hash = MD_HASH_SHA256, .fields = fields,
						  .field_count = 2, .key_len = sizeof(got) };

		fields[1] = (struct md_kdf_field){ .type = MD_FIELD_KEY, .key = salt_key };
		ck_assert_md(md_key_derive(base, &plan, &key[0]), MD_OK);
		ck_assert_md(md_key_read(key[0], got, sizeof(got)), MD_OK);
		fields[1] = (struct md_kdf_field){ .bytes = span_of(bytes, 20) };
		ck_assert_md(md_key_derive(base, &plan, &key[1]), MD_OK);
		host_key_is(key[1], span_of(got, sizeof(got)));
		md_key_release(key[0]);
		md_key_release(key[1]);
		key[0] = key[1] = NULL;
		ck_assert_md(md_card_acquire(host_md, 0, &other_card), MD_OK);
		ck_assert_md(md_key_import(other_card, MD_KEY_GENERIC, span_of(bytes, 20), &key[0]), MD_OK);
		fields[1] = (struct md_kdf_field){ .type = MD_FIELD_KEY, .key = key[0] };
		ck_assert_md(md_key_derive(base, &plan, &key[1]), MD_E_INVALID_HANDLE);
		ck_assert_ptr_null(key[1]);
		md_key_release(key[0]);
		md_card_release(other_card);
	}
}
END_TEST

START_TEST(there_are_32_fields_at_most)
{
	struct md_kdf_field fields[MD_FIELDS_MAX + 1] = { { .type = MD_FIELD_CHAIN } };
	struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_FEEDBACK, .hash = MD_HASH_SHA256, .fields = fields,
				    .field_count = MD_FIELDS_MAX, .salt = span_of(bytes, 32), .second = salt_key,
				    .key_len = 40 };
	struct host_kdf kdf;
	struct md_key *key = NULL;

	for (size_t i = 1; i < ARRAY_COUNT(fields); i++)
		fields[i].bytes = span_of(bytes, i);
	ck_assert_md(host_kdf_pack(&plan, &kdf), MD_OK);
	/* hash, initial value and second key besides */
	ck_assert_uint_eq(kdf.desc.cBuffers, MD_FIELDS_MAX + 3);
	ck_assert_uint_le(kdf.desc.cBuffers, ARRAY_COUNT(kdf.buffers));
	ck_assert_md(md_key_derive(base, &plan, &key), MD_OK);
	md_key_release(key);
	key = NULL;
	plan.field_count++;
	refused(&plan, "fields", MD_FIELDS_MAX + 1);
	ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(key);
}
END_TEST

START_TEST(a_field_that_is_none_is_refused)
{
	static const struct md_kdf_field wrong[][2] = {
		{ { .type = MD_FIELD_COUNTER, .width = 0 } },
		{ { .type = MD_FIELD_COUNTER, .width = 9 } },
		{ { .type = MD_FIELD_COUNTER, .width = SIZE_MAX } },
		{ { .type = (enum md_field_type)4 } },
		{ { .type = MD_FIELD_COUNTER, .width = 4 }, { .type = MD_FIELD_COUNTER, .width = 4 } },
		{ { .bytes = { bytes, (size_t)UINT32_MAX + 1 } } },
		{ { .type = MD_FIELD_KEY } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		const struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_COUNTER, .fields = wrong[i],
						  .field_count = i == 4 ? 2 : 1, .key_len = 16 };

		refused(&plan, "field", (unsigned)i);
	}
}
END_TEST

/* The mode decides which fields there must be; the driver knows. */
START_TEST(each_mode_wants_its_own_fields)
{
	static const struct md_kdf_field counter[] = { { .type = MD_FIELD_COUNTER, .width = 1 } };
	static const struct md_kdf_field chain[] = { { .type = MD_FIELD_CHAIN } };
	static const struct md_kdf_field two_chains[] = { { .type = MD_FIELD_CHAIN }, { .type = MD_FIELD_CHAIN } };
	static const struct md_kdf_field none[] = { { .bytes = { bytes, 4 } } };
	static const struct {
		enum md_kdf kdf;
		const struct md_kdf_field *fields;
		size_t count;
		md_err err;
	} cases[] = {
		{ MD_KDF_SP800_108_COUNTER, counter, 1, MD_OK },
		{ MD_KDF_SP800_108_COUNTER, chain, 1, MD_E_INVALID_PARAMETER },
		{ MD_KDF_SP800_108_COUNTER, none, 1, MD_E_INVALID_PARAMETER },
		{ MD_KDF_SP800_108_FEEDBACK, chain, 1, MD_OK },
		{ MD_KDF_SP800_108_FEEDBACK, counter, 1, MD_E_INVALID_PARAMETER },
		{ MD_KDF_SP800_108_FEEDBACK, two_chains, 2, MD_E_INVALID_PARAMETER },
		{ MD_KDF_SP800_108_PIPELINE, chain, 1, MD_OK },
		{ MD_KDF_SP800_108_PIPELINE, none, 1, MD_E_INVALID_PARAMETER },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct md_kdf_plan plan = { .kdf = cases[i].kdf, .hash = MD_HASH_SHA1, .fields = cases[i].fields,
						  .field_count = cases[i].count, .key_len = 16 };
		struct md_key *key = NULL;

		ck_assert_md(md_key_derive(base, &plan, &key), cases[i].err);
		ck_assert_int_eq(key != NULL, cases[i].err == MD_OK);
		md_key_release(key);
	}
}
END_TEST

/* ---- lengths ---------------------------------------------------------------------------------------- */

START_TEST(bytes_longer_than_a_ulong_says_are_refused)
{
	const struct span longer = span_of(bytes, (size_t)UINT32_MAX + 1);

	refused(&(const struct md_kdf_plan){ .kdf = MD_KDF_HKDF, .hash = MD_HASH_SHA1, .info = longer }, "info", 0);
	refused(&(const struct md_kdf_plan){ .kdf = MD_KDF_HKDF, .hash = MD_HASH_SHA1, .salt = longer }, "salt", 0);
	refused(&(const struct md_kdf_plan){ .kdf = MD_KDF_TLS_PRF, .label = longer }, "label", 0);
	refused(&(const struct md_kdf_plan){ .kdf = MD_KDF_JOIN, .prepend = longer }, "prepend", 0);
	refused(&(const struct md_kdf_plan){ .kdf = MD_KDF_JOIN, .append = longer }, "append", 0);
}
END_TEST

/* The longest can be had, one byte more cannot. */
static void longest_is(struct md_kdf_plan plan, size_t len)
{
	struct md_key *key = NULL;

	ck_assert_uint_eq(md_kdf_max_len(&plan, md_key_len(base)), len);
	plan.key_len = len;
	ck_assert_md(md_key_derive(base, &plan, &key), MD_OK);
	ck_assert_uint_eq(md_key_len(key), len);
	md_key_release(key);
	key = NULL;
	plan.key_len = len + 1;
	ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(key);
}

START_TEST(the_longest_key_is_known_beforehand)
{
	static const struct md_kdf_field fields[] = { { .type = MD_FIELD_COUNTER, .width = 1 },
						      { .type = MD_FIELD_CHAIN } };
	static const enum md_kdf modes[] = { MD_KDF_SP800_108_FEEDBACK, MD_KDF_SP800_108_PIPELINE };

	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_CAPI, .hash = MD_HASH_SHA1 }, (size_t)2 * 20);
	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_CAPI, .hash = MD_HASH_SHA512, .expand = true }, (size_t)2 * 64);
	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_HKDF, .hash = MD_HASH_SHA512 }, (size_t)255 * 64);
	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_HKDF_EXPAND, .hash = MD_HASH_SHA1 }, (size_t)255 * 20);
	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_HKDF_EXTRACT, .hash = MD_HASH_SHA384 }, 48);
	longest_is((struct md_kdf_plan){ .kdf = MD_KDF_SP800_108_COUNTER, .fields = fields, .field_count = 1 },
		   (size_t)255 * 16);
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
		longest_is((struct md_kdf_plan){ .kdf = modes[i], .hash = MD_HASH_SHA256, .fields = fields,
						 .field_count = 2 },
			   (size_t)255 * 32);
}
END_TEST

START_TEST(a_wide_counter_and_pbkdf2_end_at_two_to_the_32_less_one_rounds)
{
	struct md_kdf_field field = { .type = MD_FIELD_COUNTER };
	const struct md_kdf_plan plan = { .kdf = MD_KDF_SP800_108_COUNTER, .fields = &field, .field_count = 1 };

	for (field.width = 1; field.width <= 8; field.width++) {
		const size_t rounds = field.width < 4 ? ((size_t)1 << 8 * field.width) - 1 : UINT32_MAX;

		ck_assert_uint_eq(md_kdf_max_len(&plan, 32), rounds * 16);
	}
	ck_assert_uint_eq(md_kdf_max_len(&(const struct md_kdf_plan){ .kdf = MD_KDF_PBKDF2, .hash = MD_HASH_SHA512,
								      .iterations = 1 },
					 32),
			  (size_t)UINT32_MAX * 64);
}
END_TEST

START_TEST(key_lengths_suit_their_algorithm)
{
	static const struct {
		enum md_key_alg alg;
		size_t len;
		md_err err;
	} cases[] = {
		{ MD_KEY_GENERIC, 1, MD_OK },	  { MD_KEY_GENERIC, 0, MD_E_INVALID_PARAMETER },
		{ MD_KEY_AES, 16, MD_OK },	  { MD_KEY_AES, 24, MD_OK },
		{ MD_KEY_AES, 32, MD_OK },	  { MD_KEY_AES, 17, MD_E_INVALID_PARAMETER },
		{ MD_KEY_DES3, 24, MD_OK },	  { MD_KEY_DES3, 16, MD_E_INVALID_PARAMETER },
		{ MD_KEY_DES2, 16, MD_OK },	  { MD_KEY_DES, 8, MD_OK },
		{ MD_KEY_ALG_COUNT, 16, MD_E_INVALID_PARAMETER },
		{ MD_KEY_GENERIC, (size_t)MD_KEY_LEN_MAX + 1, MD_E_INVALID_PARAMETER },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct md_kdf_plan plan = { .kdf = MD_KDF_HKDF, .hash = MD_HASH_SHA256, .alg = cases[i].alg,
						  .key_len = cases[i].len };
		struct md_key *from_key = NULL;
		struct md_key *from_password = NULL;

		ck_assert_md(md_key_derive(base, &plan, &from_key), cases[i].err);
		ck_assert_md(md_password_derive(host_card, span_of(bytes, 32), &plan, &from_password), cases[i].err);
		ck_assert_int_eq(from_key != NULL, cases[i].err == MD_OK);
		ck_assert_int_eq(from_password != NULL, cases[i].err == MD_OK);
		md_key_release(from_key);
		md_key_release(from_password);
	}
}
END_TEST

START_TEST(aes_cmac_wants_a_key_of_an_aes_length)
{
	const struct md_kdf_plan plan = plan_with(MD_KDF_SP800_108_COUNTER, BIT(FIELDS));
	struct md_key *key = NULL;

	ck_assert_md(md_key_derive(base, &plan, &key), MD_OK);
	md_key_release(key);
	key = NULL;
	ck_assert_md(md_key_derive(salt_key, &plan, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_password_derive(host_card, SPAN_EMPTY, &plan, &key), MD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(key);
}
END_TEST

/* ---- keys of another card --------------------------------------------------------------------------- */

START_TEST(keys_of_another_card_are_invalid_handles)
{
	struct md_card *other_card = NULL;
	struct md_key *foreign = NULL;
	struct md_key *key = NULL;
	struct md_agreement *agreement = host_agree(0, fake_point(0));

	ck_assert_md(md_card_acquire(host_md, 0, &other_card), MD_OK);
	ck_assert_md(md_key_import(other_card, MD_KEY_GENERIC, span_of(bytes, 20), &foreign), MD_OK);
	for (size_t row = 0; row < ARRAY_COUNT(packed); row++) {
		struct md_kdf_plan plan = plan_with(packed[row].kdf, packed[row].members);

		if (plan.salt_key != NULL)
			plan.salt_key = foreign;
		else
			plan.second = foreign;
		ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_HANDLE);
		ck_assert_md(md_derive(agreement, &plan, &key), MD_E_INVALID_HANDLE);
		ck_assert_md(md_password_derive(host_card, span_of(bytes, 32), &plan, &key), MD_E_INVALID_HANDLE);
		ck_assert_md(md_password_derive(host_card, SPAN_EMPTY, &plan, &key), MD_E_INVALID_HANDLE);
		ck_assert_ptr_null(key);
	}
	md_agreement_destroy(agreement);
	md_key_release(foreign);
	md_card_release(other_card);
}
END_TEST

START_TEST(keys_whose_card_is_gone_are_invalid_handles)
{
	const struct md_kdf_plan plan = plan_with(MD_KDF_HKDF, BIT(HASH));
	struct md_kdf_plan salted = plan;
	struct md_card *other_card = NULL;
	struct md_key *other = NULL;
	struct md_key *other_salt = NULL;
	struct md_key *key = NULL;

	ck_assert_md(md_card_acquire(host_md, 0, &other_card), MD_OK);
	ck_assert_md(md_key_import(other_card, MD_KEY_GENERIC, span_of(bytes, 20), &other), MD_OK);
	ck_assert_md(md_key_import(other_card, MD_KEY_GENERIC, span_of(bytes, 20), &other_salt), MD_OK);
	salted.salt_key = other_salt;
	ck_assert_md(md_key_derive(other, &salted, &key), MD_OK);
	md_key_release(key);
	key = NULL;
	md_card_release(other_card);
	ck_assert_md(md_key_derive(other, &plan, &key), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_derive(other, &salted, &key), MD_E_INVALID_HANDLE);
	ck_assert_ptr_null(key);
	md_key_release(other);
	md_key_release(other_salt);
}
END_TEST

START_TEST(the_carriers_are_sorted_and_each_derivation_has_one)
{
	struct md_kdf_carrier carrier;
	unsigned last = 0;

	for (size_t i = 0; md_kdf_carrier(i, &carrier); i++) {
		ck_assert(carrier.kdf == last || (i != 0 && carrier.kdf == last + 1));
		last = carrier.kdf;
	}
	ck_assert_uint_eq(last, MD_KDF_COUNT - 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, each_derivation_has_its_carrier_and_list);
	tcase_add_test(tc, the_carriers_are_sorted_and_each_derivation_has_one);
	tcase_add_test(tc, each_member_that_a_derivation_does_not_read_is_refused);
	tcase_add_test(tc, each_member_that_a_derivation_needs_must_be_there);
	tcase_add_test(tc, a_salt_is_bytes_or_a_key);
	tcase_add_test(tc, a_hash_that_is_none_and_a_shake_for_another_are_refused);
	tcase_add_test(tc, a_number_that_is_no_derivation_is_refused);
	tcase_add_test(tc, counter_mode_is_cngs_where_it_can_be);
	tcase_add_test(tc, counter_mode_of_any_other_form_is_ours);
	tcase_add_test(tc, both_forms_of_counter_mode_give_the_same_key);
	tcase_add_test(tc, the_tls_prf_is_cngs_for_a_master_secret);
	tcase_add_test(tc, the_values_are_those_of_the_plan);
	tcase_add_test(tc, the_fields_keep_their_order_and_form);
	tcase_add_test(tc, a_key_among_the_fields_is_its_bytes);
	tcase_add_test(tc, there_are_32_fields_at_most);
	tcase_add_test(tc, a_field_that_is_none_is_refused);
	tcase_add_test(tc, each_mode_wants_its_own_fields);
	tcase_add_test(tc, bytes_longer_than_a_ulong_says_are_refused);
	tcase_add_test(tc, the_longest_key_is_known_beforehand);
	tcase_add_test(tc, a_wide_counter_and_pbkdf2_end_at_two_to_the_32_less_one_rounds);
	tcase_add_test(tc, key_lengths_suit_their_algorithm);
	tcase_add_test(tc, aes_cmac_wants_a_key_of_an_aes_length);
	tcase_add_test(tc, keys_of_another_card_are_invalid_handles);
	tcase_add_test(tc, keys_whose_card_is_gone_are_invalid_handles);
}

TEST_MAIN("minidriver/host_kdf", add)
