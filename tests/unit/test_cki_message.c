/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Message-based encryption and decryption. What comes out is compared with C_Encrypt, whose answers test_vectors_cipher
 * knows.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "pkcs11/mech_table.h"
#include "tests/unit/cki_env.h"

#define PARAM(type, params) { type, &(params), sizeof(params) }
#define TEXT 61u

static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE iv[128] = "twelve bytes, and more of them, which only GCM takes";
static CK_BYTE aad[20] = "twenty bytes, extra.";
static CK_BYTE text[TEXT + 1] = "sixty-one bytes of plain text that nobody else has ever seen..";
static CK_BYTE tag[16];

static struct cki_gcm_message_params gcm;
static struct cki_ccm_message_params ccm;
static struct cki_chacha20_poly1305_message_params poly;
static struct cki_gcm_params plain_gcm = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 20, .tag_bits_count = 128 };
static struct cki_ccm_params plain_ccm = { .nonce = iv, .nonce_size = 12, .aad = aad, .aad_size = 20, .mac_size = 16 };
static struct cki_chacha20_poly1305_params plain_poly = { .nonce = iv, .nonce_size = 96, .aad = aad, .aad_size = 20 };

static const struct row {
	CK_MECHANISM_TYPE type;
	void *param;
	CK_ULONG param_len;
	CK_MECHANISM plain; /* the same encryption for C_EncryptInit */
	CK_KEY_TYPE key_type;
	bool streams;       /* each part of an encryption comes out at once */
} rows[] = {
	{ CKM_AES_GCM, &gcm, sizeof(gcm), PARAM(CKM_AES_GCM, plain_gcm), CKK_AES, true },
	{ CKM_AES_CCM, &ccm, sizeof(ccm), PARAM(CKM_AES_CCM, plain_ccm), CKK_AES, false },
	{ CKM_CHACHA20_POLY1305, &poly, sizeof(poly), PARAM(CKM_CHACHA20_POLY1305, plain_poly), CKK_CHACHA20, true },
};

static CK_OBJECT_HANDLE key;

static void begin(const struct row *row)
{
	memcpy(iv, "twelve bytes", 12);
	memset(tag, 0, sizeof(tag));
	gcm = (struct cki_gcm_message_params){ .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
	ccm = (struct cki_ccm_message_params){ .data_size = TEXT, .nonce = iv, .nonce_size = 12, .mac = tag,
					       .mac_size = 16 };
	poly = (struct cki_chacha20_poly1305_message_params){ .nonce = iv, .nonce_size = 96, .tag = tag };
	plain_ccm.data_size = TEXT;
	env_start_logged_in();
	key = env_import(row->key_type, key_bytes, 32);
}

static CK_RV init(const struct row *row, bool encrypt)
{
	CK_MECHANISM mechanism = { row->type, NULL, 0 };

	return encrypt ? C_MessageEncryptInit(env.session, &mechanism, key)
		       : C_MessageDecryptInit(env.session, &mechanism, key);
}

static CK_RV seal(const struct row *row, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *len)
{
	return C_EncryptMessage(env.session, row->param, row->param_len, aad, sizeof(aad), in, in_len, out, len);
}

static CK_RV unseal(const struct row *row, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *len)
{
	return C_DecryptMessage(env.session, row->param, row->param_len, aad, sizeof(aad), in, in_len, out, len);
}

static CK_RV seal_part(const struct row *row, struct span in, CK_BYTE *out, CK_ULONG *len, CK_FLAGS flags)
{
	return C_EncryptMessageNext(env.session, row->param, row->param_len, (CK_BYTE *)(uintptr_t)in.data, in.len, out,
				    len, flags);
}

static CK_RV unseal_part(const struct row *row, struct span in, CK_BYTE *out, CK_ULONG *len, CK_FLAGS flags)
{
	return C_DecryptMessageNext(env.session, row->param, row->param_len, (CK_BYTE *)(uintptr_t)in.data, in.len, out,
				    len, flags);
}

/* What C_Encrypt makes of the first bytes of the text with the nonce in iv. */
static void expected_of(const struct row *row, CK_ULONG len, CK_BYTE *out)
{
	CK_MECHANISM mechanism = row->plain;
	CK_ULONG out_len = len + 16;

	plain_ccm.data_size = len;
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_Encrypt(env.session, text, len, out, &out_len));
	ck_assert_uint_eq(out_len, len + 16);
}

/* ---- whole messages --------------------------------------------------------------------------------- */

START_TEST(a_message_is_the_encryption_with_its_tag_apart)
{
	const struct row *row = &rows[_i];
	CK_BYTE expected[TEXT + 16];
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT];
	CK_ULONG len;

	begin(row);
	env_ok(init(row, true));
	env_ok(init(row, false));
	for (CK_ULONG size = 0; size <= TEXT; size++) {
		iv[0] = (CK_BYTE)size;
		ccm.data_size = size;
		expected_of(row, size, expected);
		len = 4711;
		env_ok(seal(row, text, size, NULL, &len));
		ck_assert_uint_eq(len, size);
		env_ok(seal(row, text, size, sealed, &len));
		ck_assert_uint_eq(len, size);
		ck_assert_mem_eq(sealed, expected, size);
		ck_assert_mem_eq(tag, expected + size, 16);
		len = sizeof(opened);
		env_ok(unseal(row, sealed, size, opened, &len));
		ck_assert_uint_eq(len, size);
		ck_assert_mem_eq(opened, text, size);
	}
	env_ok(C_MessageEncryptFinal(env.session));
	env_ok(C_MessageDecryptFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(input_and_output_may_be_the_same_memory)
{
	const struct row *row = &rows[_i];
	CK_BYTE expected[TEXT + 16];
	CK_BYTE both[TEXT];
	CK_ULONG len = sizeof(both);

	begin(row);
	expected_of(row, TEXT, expected);
	memcpy(both, text, TEXT);
	env_ok(init(row, true));
	env_ok(init(row, false));
	env_ok(seal(row, both, TEXT, both, &len));
	ck_assert_mem_eq(both, expected, TEXT);
	env_ok(unseal(row, both, TEXT, both, &len));
	ck_assert_mem_eq(both, text, TEXT);
	env_stop();
}
END_TEST

START_TEST(nothing_of_an_unauthentic_message_comes_out)
{
	static const CK_BYTE untouched[TEXT];
	const struct row *row = &rows[_i];
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT];
	CK_BYTE *places[] = { &sealed[0], &sealed[TEXT - 1], &tag[0], &tag[15], &aad[7], &iv[11] };
	CK_ULONG len = sizeof(sealed);

	begin(row);
	env_ok(init(row, true));
	env_ok(seal(row, text, TEXT, sealed, &len));
	env_ok(init(row, false));
	for (size_t i = 0; i < ENV_COUNT(places); i++) {
		*places[i] ^= 0x10;
		memset(opened, 0, sizeof(opened));
		env_rv(CKR_AEAD_DECRYPT_FAILED, unseal(row, sealed, TEXT, opened, &len));
		ck_assert_mem_eq(opened, untouched, TEXT);
		*places[i] ^= 0x10;
	}
	/* the process goes on */
	env_ok(unseal(row, sealed, TEXT, opened, &len));
	ck_assert_mem_eq(opened, text, TEXT);
	env_stop();
}
END_TEST

START_TEST(a_room_too_small_costs_no_nonce)
{
	const struct row *row = &rows[0];
	CK_BYTE sealed[TEXT];
	CK_ULONG len = TEXT - 1;

	begin(row);
	gcm.iv_generator = CKG_GENERATE_COUNTER;
	env_ok(init(row, true));
	env_rv(CKR_BUFFER_TOO_SMALL, seal(row, text, TEXT, sealed, &len));
	ck_assert_uint_eq(len, TEXT);
	ck_assert_mem_eq(iv, "twelve bytes", 12);
	env_ok(seal(row, text, TEXT, NULL, &len));
	ck_assert_mem_eq(iv, "twelve bytes", 12);
	env_ok(seal(row, text, TEXT, sealed, &len));
	ck_assert_mem_eq(iv, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	env_stop();
}
END_TEST

/* ---- parts ------------------------------------------------------------------------------------------ */

START_TEST(a_message_can_come_in_parts)
{
	const struct row *row = &rows[_i];
	CK_BYTE expected[TEXT + 16];
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT];

	begin(row);
	expected_of(row, TEXT, expected);
	env_ok(init(row, true));
	env_ok(init(row, false));
	for (CK_ULONG size = 1; size <= TEXT + 1; size++) {
		CK_ULONG done = 0;
		CK_ULONG at = 0;
		CK_ULONG len;

		env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
		for (; at + size < TEXT; at += size) {
			len = sizeof(sealed) - done;
			env_ok(seal_part(row, span_of(text + at, size), sealed + done, &len, 0));
			ck_assert_uint_eq(len, row->streams ? size : 0);
			done += len;
		}
		len = sizeof(sealed) - done;
		env_ok(seal_part(row, span_of(text + at, TEXT - at), sealed + done, &len, CKF_END_OF_MESSAGE));
		ck_assert_uint_eq(done + len, TEXT);
		ck_assert_mem_eq(sealed, expected, TEXT);
		ck_assert_mem_eq(tag, expected + TEXT, 16);

		env_ok(C_DecryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
		for (at = 0; at + size < TEXT; at += size) {
			len = 0;
			env_ok(unseal_part(row, span_of(sealed + at, size), opened, &len, 0));
			ck_assert_uint_eq(len, 0);
		}
		len = TEXT - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, unseal_part(row, span_of(sealed + at, TEXT - at), opened, &len,
							 CKF_END_OF_MESSAGE));
		ck_assert_uint_eq(len, TEXT);
		env_ok(unseal_part(row, span_of(sealed + at, TEXT - at), NULL, &len, CKF_END_OF_MESSAGE));
		ck_assert_uint_eq(len, TEXT);
		env_ok(unseal_part(row, span_of(sealed + at, TEXT - at), opened, &len, CKF_END_OF_MESSAGE));
		ck_assert_uint_eq(len, TEXT);
		ck_assert_mem_eq(opened, text, TEXT);
	}
	env_ok(C_MessageEncryptFinal(env.session));
	env_ok(C_MessageDecryptFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(the_last_part_may_be_empty_and_so_may_the_message)
{
	const struct row *row = &rows[_i];
	CK_BYTE expected[TEXT + 16];
	CK_BYTE sealed[TEXT];
	CK_ULONG len = 0;

	begin(row);
	ccm.data_size = 0;
	expected_of(row, 0, expected);
	env_ok(init(row, true));
	env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
	env_ok(seal_part(row, SPAN_EMPTY, NULL, &len, CKF_END_OF_MESSAGE));
	ck_assert_uint_eq(len, 0);
	ck_assert_mem_eq(tag, expected, 16);
	env_ok(init(row, false));
	env_ok(C_DecryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
	env_ok(unseal_part(row, SPAN_EMPTY, NULL, &len, CKF_END_OF_MESSAGE));
	tag[0] ^= 1;
	env_ok(C_DecryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
	env_rv(CKR_AEAD_DECRYPT_FAILED, unseal_part(row, SPAN_EMPTY, sealed, &len, CKF_END_OF_MESSAGE));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, unseal_part(row, SPAN_EMPTY, sealed, &len, CKF_END_OF_MESSAGE));
	env_ok(C_MessageDecryptFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(parts_that_are_not_authentic_give_nothing)
{
	static const CK_BYTE untouched[TEXT];
	const struct row *row = &rows[_i];
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT] = { 0 };
	CK_ULONG len = sizeof(sealed);

	begin(row);
	env_ok(init(row, true));
	env_ok(seal(row, text, TEXT, sealed, &len));
	sealed[3] ^= 1;
	env_ok(init(row, false));
	env_ok(C_DecryptMessageBegin(env.session, row->param, row->param_len, aad, sizeof(aad)));
	env_ok(unseal_part(row, span_of(sealed, 40), opened, &len, 0));
	len = sizeof(opened);
	env_rv(CKR_AEAD_DECRYPT_FAILED, unseal_part(row, span_of(sealed + 40, TEXT - 40), opened, &len,
						    CKF_END_OF_MESSAGE));
	ck_assert_mem_eq(opened, untouched, TEXT);
	env_stop();
}
END_TEST

START_TEST(a_wrong_length_is_noticed)
{
	const struct row *row = &rows[1];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);

	begin(row);
	env_ok(init(row, true));
	env_rv(CKR_DATA_LEN_RANGE, seal(row, text, TEXT - 1, out, &len));
	env_ok(init(row, false));
	env_rv(CKR_ENCRYPTED_DATA_LEN_RANGE, unseal(row, text, TEXT - 1, out, &len));
	env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_rv(CKR_DATA_LEN_RANGE, seal_part(row, span_of(text, 5), out, &len, CKF_END_OF_MESSAGE));
	/* the message has ended, the process has not */
	env_rv(CKR_OPERATION_NOT_INITIALIZED, seal_part(row, span_of(text, 5), out, &len, 0));
	env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_stop();
}
END_TEST

START_TEST(a_tag_has_the_length_that_its_message_began_with)
{
	const struct row *row = &rows[0];
	CK_BYTE sealed[TEXT];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(sealed);

	begin(row);
	env_ok(init(row, true));
	env_ok(init(row, false));
	env_ok(seal(row, text, TEXT, sealed, &len));
	/* 32 bits of a tag are easier to hit than those 128 that were agreed on */
	for (int encrypts = 0; encrypts < 2; encrypts++) {
		gcm.tag_bits_count = 128;
		env_ok((encrypts ? C_EncryptMessageBegin : C_DecryptMessageBegin)(env.session, row->param,
										  row->param_len, aad, sizeof(aad)));
		gcm.tag_bits_count = 32;
		len = sizeof(out);
		env_rv(CKR_MECHANISM_PARAM_INVALID,
		       (encrypts ? seal_part : unseal_part)(row, span_of(sealed, TEXT), out, &len, CKF_END_OF_MESSAGE));
	}
	env_stop();
}
END_TEST

/* ---- nonces ----------------------------------------------------------------------------------------- */

static CK_RV next_nonce(const struct row *row)
{
	CK_BYTE out[4];
	CK_ULONG len = sizeof(out);

	return seal(row, text, 4, out, &len);
}

START_TEST(a_counter_begins_at_zero_with_each_process)
{
	const struct row *row = &rows[_i];
	CK_BYTE expected[12] = { 't', 'w', 'e', 'l' };

	begin(row);
	gcm.iv_generator = ccm.nonce_generator = CKG_GENERATE_COUNTER;
	gcm.iv_fixed_bits = ccm.nonce_fixed_bits = 32;
	ccm.data_size = 4;
	for (int process = 0; process < 2; process++) {
		env_ok(init(row, true));
		for (unsigned i = 0; i < 300; i++) {
			env_ok(next_nonce(row));
			expected[10] = (CK_BYTE)(i >> 8);
			expected[11] = (CK_BYTE)i;
			ck_assert_mem_eq(iv, expected, 12);
		}
		env_ok(C_MessageEncryptFinal(env.session));
	}
	env_stop();
}
END_TEST

START_TEST(fixed_bits_need_not_end_with_a_byte)
{
	const struct row *row = &rows[0];

	begin(row);
	gcm.iv_generator = CKG_GENERATE_COUNTER;
	gcm.iv_fixed_bits = 91;
	env_ok(init(row, true));
	for (unsigned i = 0; i < 32; i++) {
		env_ok(next_nonce(row));
		ck_assert_mem_eq(iv, "twelve byte", 11);
		ck_assert_uint_eq(iv[11], ('s' & 0xe0) | i);
	}
	env_rv(CKR_DATA_LEN_RANGE, next_nonce(row));
	env_rv(CKR_DATA_LEN_RANGE, next_nonce(row));
	env_stop();
}
END_TEST

/* As TLS 1.3 (RFC 8446 5.3) and NSS have it: the caller's nonce is the static one each time. */
START_TEST(an_exclusive_counter_wants_the_same_nonce_each_time)
{
	const struct row *row = &rows[_i];

	begin(row);
	gcm.iv_generator = ccm.nonce_generator = CKG_GENERATE_COUNTER_XOR;
	ccm.data_size = 4;
	env_ok(init(row, true));
	for (unsigned i = 0; i < 300; i++) {
		memcpy(iv, "twelve bytes", 12);
		env_ok(next_nonce(row));
		ck_assert_mem_eq(iv, "twelve byt", 10);
		ck_assert_uint_eq(iv[10], (CK_BYTE)('e' ^ i >> 8));
		ck_assert_uint_eq(iv[11], (CK_BYTE)('s' ^ i));
	}
	iv[0] ^= 1;
	env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	env_stop();
}
END_TEST

START_TEST(a_counted_process_keeps_its_rule)
{
	static const CK_ULONG others[] = { CKG_GENERATE_COUNTER_XOR, CKG_GENERATE, CKG_GENERATE_RANDOM };
	const struct row *row = &rows[0];

	begin(row);
	gcm.iv_generator = CKG_GENERATE_COUNTER;
	env_ok(init(row, true));
	env_ok(next_nonce(row));
	gcm.iv_fixed_bits = 8;
	env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	gcm.iv_fixed_bits = 0;
	gcm.iv_size = 13;
	env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	gcm.iv_size = 12;
	for (size_t i = 0; i < ENV_COUNT(others); i++) {
		gcm.iv_generator = others[i];
		env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	}
	gcm.iv_generator = CKG_GENERATE_COUNTER;
	env_ok(next_nonce(row));
	ck_assert_mem_eq(iv, "\0\0\0\0\0\0\0\0\0\0\0\1", 12);
	env_stop();
}
END_TEST

/* Both count from zero: a counter that came later would give the nonces once more. */
START_TEST(a_process_whose_nonces_were_chosen_for_it_does_not_begin_to_count)
{
	static const CK_ULONG counters[] = { CKG_GENERATE_COUNTER, CKG_GENERATE_COUNTER_XOR };
	const struct row *row = &rows[0];

	begin(row);
	gcm.iv_fixed_bits = 32;
	env_ok(init(row, true));
	gcm.iv_generator = CKG_GENERATE;
	env_ok(next_nonce(row));
	for (size_t i = 0; i < ENV_COUNT(counters); i++) {
		gcm.iv_generator = counters[i];
		env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	}
	gcm.iv_generator = CKG_GENERATE_RANDOM;
	env_ok(next_nonce(row));
	env_ok(C_MessageEncryptFinal(env.session));
	env_ok(init(row, true));
	gcm.iv_generator = CKG_GENERATE_COUNTER;
	env_ok(next_nonce(row));
	env_stop();
}
END_TEST

START_TEST(random_nonces_differ_and_keep_what_is_fixed)
{
	static const CK_ULONG generators[] = { CKG_GENERATE_RANDOM, CKG_GENERATE };
	const struct row *row = &rows[_i];
	CK_BYTE seen[64][12];

	begin(row);
	ccm.data_size = 4;
	env_ok(init(row, true));
	for (size_t i = 0; i < ENV_COUNT(seen); i++) {
		gcm.iv_generator = ccm.nonce_generator = generators[i % 2];
		gcm.iv_fixed_bits = ccm.nonce_fixed_bits = i % 4 < 2 ? 0 : 20;
		memcpy(iv, "twelve bytes", 12);
		env_ok(next_nonce(row));
		memcpy(seen[i], iv, 12);
		if (i % 4 >= 2) {
			ck_assert_mem_eq(iv, "tw", 2);
			ck_assert_uint_eq(iv[2] >> 4, 'e' >> 4);
		}
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(seen[i], seen[j], 12);
	}
	env_stop();
}
END_TEST

START_TEST(too_few_bits_for_random_nonces_are_refused)
{
	const struct row *row = &rows[0];

	begin(row);
	env_ok(init(row, true));
	gcm.iv_generator = CKG_GENERATE_RANDOM;
	gcm.iv_fixed_bits = 65;
	env_rv(CKR_MECHANISM_PARAM_INVALID, next_nonce(row));
	/* 40 bits are good for 2^((40-32)/2) nonces of one key, one of which was asked for above */
	gcm.iv_fixed_bits = 56;
	for (int i = 1; i < 16; i++)
		env_ok(next_nonce(row));
	env_rv(CKR_DATA_LEN_RANGE, next_nonce(row));
	env_stop();
}
END_TEST

/* CKG_GENERATE counts through all that is done with a key where its bits are too few to be random. */
START_TEST(generated_nonces_of_a_key_differ_between_processes)
{
	const struct row *row = &rows[0];
	CK_BYTE expected[12] = "twelve b";

	begin(row);
	gcm.iv_generator = CKG_GENERATE;
	gcm.iv_fixed_bits = 64;
	memset(expected + 8, 0, 4);
	for (CK_BYTE i = 0; i < 4; i++) {
		env_ok(init(row, true));
		env_ok(next_nonce(row));
		expected[11] = i;
		ck_assert_mem_eq(iv, expected, 12);
		env_ok(C_MessageEncryptFinal(env.session));
	}
	env_stop();
}
END_TEST

START_TEST(decryption_does_not_look_at_the_generator)
{
	const struct row *row = &rows[_i];
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT];
	CK_ULONG len = sizeof(sealed);

	begin(row);
	env_ok(init(row, true));
	env_ok(seal(row, text, TEXT, sealed, &len));
	gcm.iv_generator = ccm.nonce_generator = 4711;
	gcm.iv_fixed_bits = ccm.nonce_fixed_bits = 4711;
	env_ok(init(row, false));
	env_ok(unseal(row, sealed, TEXT, opened, &len));
	ck_assert_mem_eq(opened, text, TEXT);
	ck_assert_mem_eq(iv, "twelve bytes", 12);
	env_stop();
}
END_TEST

/* ---- refusals and states ---------------------------------------------------------------------------- */

START_TEST(parameters_are_refused_precisely)
{
	struct cki_gcm_message_params bad[11];
	struct cki_ccm_message_params bad_ccm[5];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);

	begin(&rows[0]);
	env_ok(init(&rows[0], true));
	for (size_t i = 0; i < ENV_COUNT(bad); i++)
		bad[i] = gcm;
	bad[0].iv = NULL;
	bad[1].iv_size = 0;
	bad[2].iv_size = 129;
	bad[3].iv_size = ~0ul;
	bad[4].tag = NULL;
	bad[5].tag_bits_count = 127;
	bad[6].tag_bits_count = 136;
	bad[7].tag_bits_count = 0;
	bad[8].iv_generator = 5;
	bad[9].iv_generator = CKG_GENERATE;
	bad[9].iv_fixed_bits = 96;
	bad[10].iv_generator = CKG_GENERATE;
	bad[10].iv_fixed_bits = ~0ul;
	for (size_t i = 0; i < ENV_COUNT(bad); i++)
		ck_assert_msg(C_EncryptMessage(env.session, &bad[i], sizeof(bad[i]), NULL, 0, text, TEXT, out, &len) ==
			      CKR_MECHANISM_PARAM_INVALID, "%zu", i);
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_EncryptMessage(env.session, NULL, 0, NULL, 0, text, TEXT, out, &len));
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_EncryptMessage(env.session, NULL, sizeof(gcm), NULL, 0, text, TEXT, out,
							     &len));
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_EncryptMessage(env.session, &gcm, sizeof(gcm) - 1, NULL, 0, text, TEXT,
							     out, &len));
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_EncryptMessageBegin(env.session, &bad[0], sizeof(bad[0]), NULL, 0));
	env_rv(CKR_ARGUMENTS_BAD, C_EncryptMessage(env.session, &gcm, sizeof(gcm), NULL, 1, text, TEXT, out, &len));
	env_rv(CKR_ARGUMENTS_BAD, C_EncryptMessage(env.session, &gcm, sizeof(gcm), NULL, 0, NULL, 1, out, &len));
	env_rv(CKR_ARGUMENTS_BAD, C_EncryptMessage(env.session, &gcm, sizeof(gcm), NULL, 0, text, TEXT, out, NULL));
	env_rv(CKR_ARGUMENTS_BAD, C_EncryptMessageBegin(env.session, &gcm, sizeof(gcm), NULL, 1));
	env_ok(C_MessageEncryptFinal(env.session));
	env_ok(init(&rows[1], true));
	for (size_t i = 0; i < ENV_COUNT(bad_ccm); i++)
		bad_ccm[i] = ccm;
	bad_ccm[0].nonce_size = 6;
	bad_ccm[1].nonce_size = 14;
	bad_ccm[2].mac_size = 3;
	bad_ccm[3].mac_size = ~0ul;
	bad_ccm[4].mac = NULL;
	for (size_t i = 0; i < ENV_COUNT(bad_ccm); i++)
		ck_assert_msg(C_EncryptMessage(env.session, &bad_ccm[i], sizeof(ccm), NULL, 0, text, TEXT, out, &len) ==
			      CKR_MECHANISM_PARAM_INVALID, "CCM %zu", i);
	env_stop();
}
END_TEST

START_TEST(a_parameter_need_not_be_aligned)
{
	CK_BYTE room[sizeof(gcm) + 1];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);

	begin(&rows[0]);
	memcpy(room + 1, &gcm, sizeof(gcm));
	env_ok(init(&rows[0], true));
	env_ok(C_EncryptMessage(env.session, room + 1, sizeof(gcm), NULL, 0, text, TEXT, out, &len));
	env_stop();
}
END_TEST

START_TEST(beginning_refuses_precisely)
{
	CK_MECHANISM none = { CKM_AES_CBC, NULL, 0 };
	CK_MECHANISM good = { CKM_AES_GCM, &gcm, sizeof(gcm) };
	CK_MECHANISM odd = { CKM_AES_GCM, &gcm, sizeof(gcm) - 1 };
	CK_MECHANISM missing = { CKM_AES_GCM, NULL, sizeof(gcm) };
	CK_MECHANISM chacha = { CKM_CHACHA20_POLY1305, NULL, 0 };
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE no_encrypt = { CKA_ENCRYPT, &no, sizeof(no) };

	begin(&rows[0]);
	env_rv(CKR_MECHANISM_INVALID, C_MessageEncryptInit(env.session, &none, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_MessageEncryptInit(env.session, &odd, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, C_MessageEncryptInit(env.session, &missing, key));
	env_rv(CKR_KEY_HANDLE_INVALID, C_MessageEncryptInit(env.session, &good, 4711));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, C_MessageEncryptInit(env.session, &chacha, key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, C_MessageDecryptInit(env.session, &good, env.key));
	env_rv(CKR_SESSION_HANDLE_INVALID, C_MessageEncryptInit(4711, &good, key));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_MessageEncryptInit(env.session, NULL, 0));
	env_ok(C_MessageEncryptInit(env.session, &good, key));
	env_rv(CKR_OPERATION_ACTIVE, C_MessageEncryptInit(env.session, &good, key));
	env_ok(C_MessageEncryptInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_MessageEncryptFinal(env.session));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &no_encrypt, 1));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, C_MessageEncryptInit(env.session, &good, key));
	env_ok(C_MessageDecryptInit(env.session, &good, key));
	env_stop();
}
END_TEST

START_TEST(calls_out_of_order_are_refused)
{
	const struct row *row = &rows[_i];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);

	begin(row);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, seal(row, text, TEXT, out, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, unseal(row, text, TEXT, out, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, seal_part(row, SPAN_EMPTY, out, &len, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_MessageEncryptFinal(env.session));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_ok(init(row, true));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, seal_part(row, SPAN_EMPTY, out, &len, 0));
	env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_rv(CKR_OPERATION_ACTIVE, C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_rv(CKR_OPERATION_ACTIVE, seal(row, text, TEXT, out, &len));
	env_rv(CKR_OPERATION_ACTIVE, C_MessageEncryptFinal(env.session));
	env_ok(C_SessionCancel(env.session, CKF_MESSAGE_DECRYPT));
	env_rv(CKR_OPERATION_ACTIVE, C_MessageEncryptFinal(env.session));
	env_ok(C_SessionCancel(env.session, CKF_MESSAGE_ENCRYPT));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, C_MessageEncryptFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(a_process_ends_with_the_login_of_its_key)
{
	const struct row *row = &rows[0];
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);

	begin(row);
	env_ok(init(row, true));
	env_ok(C_EncryptMessageBegin(env.session, row->param, row->param_len, NULL, 0));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, seal_part(row, span_of(text, 5), out, &len, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, seal_part(row, span_of(text, 5), out, &len, 0));
	env_stop();
}
END_TEST

START_TEST(a_process_does_not_outlive_its_card)
{
	const struct row *row = &rows[0];
	CK_SLOT_INFO info;
	CK_BYTE out[TEXT];
	CK_ULONG len = sizeof(out);
	CK_RV rv;

	begin(row);
	env_ok(init(row, true));
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	rv = seal(row, text, TEXT, out, &len);
	ck_assert(rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID);
	env_stop();
}
END_TEST

START_TEST(mechanisms_for_messages_say_so)
{
	CK_MECHANISM_INFO info;

	begin(&rows[0]);
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		env_ok(env.f->C_GetMechanismInfo(env.slot, rows[i].type, &info));
		ck_assert_uint_eq(info.flags & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE),
				  CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE);
	}
	for (size_t i = 0; cki_mech_row(i) != NULL; i++)
		ck_assert(cki_mech_row(i)->type == CKM_AES_GCM || cki_mech_row(i)->type == CKM_AES_CCM ||
			  cki_mech_row(i)->type == CKM_CHACHA20_POLY1305 ||
			  (cki_mech_row(i)->flags & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT)) == 0);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	const int all = (int)ENV_COUNT(rows);

	tcase_add_loop_test(tc, a_message_is_the_encryption_with_its_tag_apart, 0, all);
	tcase_add_loop_test(tc, input_and_output_may_be_the_same_memory, 0, all);
	tcase_add_loop_test(tc, nothing_of_an_unauthentic_message_comes_out, 0, all);
	tcase_add_test(tc, a_room_too_small_costs_no_nonce);
	tcase_add_loop_test(tc, a_message_can_come_in_parts, 0, all);
	tcase_add_loop_test(tc, the_last_part_may_be_empty_and_so_may_the_message, 0, all);
	tcase_add_loop_test(tc, parts_that_are_not_authentic_give_nothing, 0, all);
	tcase_add_test(tc, a_wrong_length_is_noticed);
	tcase_add_test(tc, a_tag_has_the_length_that_its_message_began_with);
	tcase_add_loop_test(tc, a_counter_begins_at_zero_with_each_process, 0, 2);
	tcase_add_test(tc, fixed_bits_need_not_end_with_a_byte);
	tcase_add_loop_test(tc, an_exclusive_counter_wants_the_same_nonce_each_time, 0, 2);
	tcase_add_test(tc, a_counted_process_keeps_its_rule);
	tcase_add_test(tc, a_process_whose_nonces_were_chosen_for_it_does_not_begin_to_count);
	tcase_add_loop_test(tc, random_nonces_differ_and_keep_what_is_fixed, 0, 2);
	tcase_add_test(tc, too_few_bits_for_random_nonces_are_refused);
	tcase_add_test(tc, generated_nonces_of_a_key_differ_between_processes);
	tcase_add_loop_test(tc, decryption_does_not_look_at_the_generator, 0, all);
	tcase_add_test(tc, parameters_are_refused_precisely);
	tcase_add_test(tc, a_parameter_need_not_be_aligned);
	tcase_add_test(tc, beginning_refuses_precisely);
	tcase_add_loop_test(tc, calls_out_of_order_are_refused, 0, all);
	tcase_add_test(tc, a_process_ends_with_the_login_of_its_key);
	tcase_add_test(tc, a_process_does_not_outlive_its_card);
	tcase_add_test(tc, mechanisms_for_messages_say_so);
}

TEST_MAIN("pkcs11/message", add)
