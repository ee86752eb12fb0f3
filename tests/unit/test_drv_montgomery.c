/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Containers with keys of RFC 7748 and RFC 8032 through the function table: what their blobs hold, and agreements with
 * the known answers of RFC 7748, 5.2 and 6.
 */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "minidriver/cardmod_ext.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

enum { X25519, X448, ED25519, ED448, CURVES };

static const struct {
	enum card_key_type type;
	const char *curve;
	size_t width; /* bytes of a public key */
} curves[CURVES] = {
	[X25519] = { CRD_KEY_MONTGOMERY, "X25519", 32 },
	[X448] = { CRD_KEY_MONTGOMERY, "X448", 56 },
	[ED25519] = { CRD_KEY_EDWARDS, "ED25519", 32 },
	[ED448] = { CRD_KEY_EDWARDS, "ED448", 57 },
};

static void open_keys(void)
{
	fake_reset();
	for (size_t i = 0; i < CURVES; i++) {
		const struct fake_key key = {
			.type = curves[i].type,
			.curve = curves[i].curve,
			.usage = curves[i].type == CRD_KEY_MONTGOMERY ? CRD_USE_DERIVE : CRD_USE_SIGN,
			.no_pin = true,
		};

		ck_assert_uint_eq(fake_add_key(&key), i);
	}
	harness_open_described();
}

/* A request with a u-coordinate, for a test to spoil. */
struct request {
	BYTE blob[HARNESS_BLOB_MAX];
	CARD_DH_AGREEMENT_INFO info;
};

static void prepare(struct request *r, BYTE container, struct span u)
{
	const BCRYPT_ECCKEY_BLOB header = {
		.dwMagic = BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC,
		.cbKey = (ULONG)u.len,
	};

	memset(r, 0, sizeof(*r));
	memcpy(r->blob, &header, sizeof(header));
	memcpy(r->blob + sizeof(header), u.data, u.len);
	r->info = (CARD_DH_AGREEMENT_INFO){
		.dwVersion = CARD_DH_AGREEMENT_INFO_VERSION,
		.bContainerIndex = container,
		.dwPublicKey = (DWORD)(sizeof(header) + 2 * u.len),
		.pbPublicKey = r->blob,
	};
}

static DWORD construct(struct request *r)
{
	return harness_card->pfnCardConstructDHAgreement(harness_card, &r->info);
}

/* Refused with this code, and the card was not asked. */
static void refused(struct request *r, DWORD code)
{
	const unsigned before = fake_calls(FAKE_ECDH);

	ck_assert_code(construct(r), code);
	ck_assert_uint_eq(fake_calls(FAKE_ECDH), before);
}

START_TEST(the_blob_of_a_public_key_is_the_string_and_zeros)
{
	const bool agrees = curves[_i].type == CRD_KEY_MONTGOMERY;
	const size_t width = curves[_i].width;
	CONTAINER_INFO info = { .dwVersion = CONTAINER_INFO_CURRENT_VERSION };
	BCRYPT_ECCKEY_BLOB header;
	const BYTE zeros[64] = { 0 };
	PBYTE blob;

	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, (BYTE)_i, 0, &info), ERROR_SUCCESS);
	ck_assert_int_eq(info.pbKeyExPublicKey != NULL, agrees);
	ck_assert_int_eq(info.pbSigPublicKey != NULL, !agrees);
	blob = agrees ? info.pbKeyExPublicKey : info.pbSigPublicKey;
	ck_assert_uint_eq(agrees ? info.cbKeyExPublicKey : info.cbSigPublicKey, sizeof(header) + 2 * width);
	memcpy(&header, blob, sizeof(header));
	ck_assert_uint_eq(header.dwMagic, agrees ? BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC : BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC);
	ck_assert_uint_eq(header.cbKey, width);
	ck_assert(span_equal(span_of(blob + sizeof(header), width), fake_point((size_t)_i)));
	ck_assert_mem_eq(blob + sizeof(header) + width, zeros, width);
	harness_free(blob);
}
END_TEST

START_TEST(agreements_are_those_of_rfc_7748)
{
	AUTO_VECTORS *v = vectors_load(_i == X25519 ? "x25519-rfc7748.vec" : "x448-rfc7748.vec");

	harness_close();
	for (size_t i = 0; i < vectors_count(v); i++) {
		const struct fake_key key = {
			.type = CRD_KEY_MONTGOMERY,
			.curve = curves[_i].curve,
			.private_hex = vectors_text(v, i, "d"),
			.usage = CRD_USE_DERIVE,
			.no_pin = true,
		};
		struct harness_list none = { .desc = { .cBuffers = 0 } };
		struct request r;

		fake_reset();
		ck_assert_uint_eq(fake_add_key(&key), 0);
		harness_open_described();
		if (vectors_has(v, i, "public"))
			ck_assert(span_equal(fake_point(0), vectors_bytes(v, i, "public")));
		prepare(&r, 0, vectors_bytes(v, i, "u"));
		ck_assert_code(construct(&r), ERROR_SUCCESS);
		harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, &none, r.info.bSecretAgreementIndex,
				     vectors_bytes(v, i, "z"));
		harness_close();
	}
	ck_assert_uint_ge(vectors_count(v), 4);
	open_keys();
}
END_TEST

START_TEST(hashes_take_the_secret_as_rfc_7748_writes_it)
{
	EVP_PKEY *own = fake_pkey(X25519);
	uint8_t z[66];
	uint8_t digest[64];
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct request r;

	ck_assert_ptr_nonnull(own);
	ck_assert_uint_eq(fake_own_z(X25519, z), 32);
	prepare(&r, X25519, fake_point(X25519));
	ck_assert_code(construct(&r), ERROR_SUCCESS);
	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_derive_gives(BCRYPT_KDF_HASH, 0, &list, r.info.bSecretAgreementIndex,
			     span_of(digest, harness_digest("SHA2-256", span_of(z, 32), digest)));
}
END_TEST

START_TEST(every_wrong_length_magic_and_width_is_refused)
{
	static const ULONG magics[] = { 0, BCRYPT_ECDH_PUBLIC_P256_MAGIC, BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC };
	const struct span u = fake_point((size_t)_i);
	struct request r;

	prepare(&r, (BYTE)_i, u);
	for (DWORD len = 0; len <= HARNESS_BLOB_MAX; len++) {
		r.info.dwPublicKey = len;
		if (len != sizeof(BCRYPT_ECCKEY_BLOB) + 2 * u.len)
			refused(&r, SCARD_E_INVALID_PARAMETER);
	}
	for (size_t i = 0; i < ARRAY_COUNT(magics); i++) {
		prepare(&r, (BYTE)_i, u);
		memcpy(r.blob, &magics[i], sizeof(magics[i]));
		refused(&r, SCARD_E_INVALID_PARAMETER);
	}
	for (ULONG width = 0; width < 70; width++) {
		prepare(&r, (BYTE)_i, u);
		memcpy(r.blob + sizeof(ULONG), &width, sizeof(width));
		if (width != u.len)
			refused(&r, SCARD_E_INVALID_PARAMETER);
	}
	prepare(&r, (BYTE)_i, u);
	r.blob[sizeof(BCRYPT_ECCKEY_BLOB) + 2 * u.len - 1] = 1; /* a Y where there is none */
	refused(&r, SCARD_E_INVALID_PARAMETER);
	prepare(&r, (BYTE)_i, u);
	r.info.pbPublicKey = NULL;
	refused(&r, SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* u-coordinates of points of order 1, 2, 4 and 8 on the curve and its twist, also such as are not below p. */
static const struct {
	int curve;
	const char *u;
} small_orders[] = {
	{ X25519, "0000000000000000000000000000000000000000000000000000000000000000" },
	{ X25519, "0100000000000000000000000000000000000000000000000000000000000000" },
	{ X25519, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800" },
	{ X25519, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157" },
	{ X25519, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ X25519, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ X25519, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	{ X25519, "0000000000000000000000000000000000000000000000000000000000000080" },
	{ X448, "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"000000000000" },
	{ X448, "0100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"000000000000" },
	{ X448, "fefffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffff"
		"ffffffffffffff" },
	{ X448, "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffffffffffffffffffffffffffffffffffff"
		"ffffffffffffff" },
};

START_TEST(points_of_small_order_never_reach_the_card)
{
	uint8_t u[64];
	struct request r;
	const size_t len = harness_hex(small_orders[_i].u, u, sizeof(u));

	ck_assert_uint_eq(len, curves[small_orders[_i].curve].width);
	prepare(&r, (BYTE)small_orders[_i].curve, span_of(u, len));
	refused(&r, SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_key_that_only_signs_agrees_with_nothing)
{
	struct request r;

	prepare(&r, ED25519, fake_point(X25519));
	refused(&r, SCARD_E_NO_KEY_CONTAINER);
}
END_TEST

START_TEST(ed_dsa_signs_the_message_itself)
{
	static const char message[] = "a message longer than any hash, which is signed as it is, and not cut";
	CARD_SIGNING_INFO info = {
		.dwVersion = CARD_SIGNING_INFO_CURRENT_VERSION,
		.bContainerIndex = (BYTE)_i,
		.dwKeySpec = AT_SIGNATURE,
		.dwSigningFlags = CARD_BUFFER_SIZE_ONLY,
		.pbData = (PBYTE)(uintptr_t)message,
		.cbData = sizeof(message),
	};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	ck_assert_code(harness_card->pfnCardSignData(harness_card, &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbSignedData, 2 * curves[_i].width);
	info.dwSigningFlags = 0;
	ck_assert_code(harness_card->pfnCardSignData(harness_card, &info), ERROR_SUCCESS);
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, fake_pkey((size_t)_i)), 1);
	ck_assert_int_eq(EVP_DigestVerify(ctx, info.pbSignedData, info.cbSignedData, (const uint8_t *)message,
					  sizeof(message)), 1);
	EVP_MD_CTX_free(ctx);
	harness_free(info.pbSignedData);
	info.bContainerIndex = X25519;
	ck_assert_code(harness_card->pfnCardSignData(harness_card, &info), SCARD_E_UNSUPPORTED_FEATURE);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_keys, harness_close);
	tcase_add_loop_test(tc, the_blob_of_a_public_key_is_the_string_and_zeros, 0, CURVES);
	tcase_add_loop_test(tc, agreements_are_those_of_rfc_7748, X25519, X448 + 1);
	tcase_add_test(tc, hashes_take_the_secret_as_rfc_7748_writes_it);
	tcase_add_loop_test(tc, every_wrong_length_magic_and_width_is_refused, X25519, X448 + 1);
	tcase_add_loop_test(tc, points_of_small_order_never_reach_the_card, 0, ARRAY_COUNT(small_orders));
	tcase_add_test(tc, a_key_that_only_signs_agrees_with_nothing);
	tcase_add_loop_test(tc, ed_dsa_signs_the_message_itself, ED25519, ED448 + 1);
}

TEST_MAIN("minidriver/drv_montgomery", add)
