/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define LONGEST 1000u

static uint8_t z[66];
static size_t z_len;
static struct harness_base bases[2];

static const struct {
	LPCWSTR name;
	const char *ossl;
	size_t natural;
} xofs[] = { { BCRYPT_SHAKE128_ALGORITHM, "SHAKE128", 32 }, { BCRYPT_SHAKE256_ALGORITHM, "SHAKE256", 64 } };

static void set_up(void)
{
	harness_open();
	z_len = fake_own_z(1, z);
	bases[0] = HARNESS_INDEX(harness_agree(1));
	bases[1] = (struct harness_base){
		.from_key = true, .key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)) };
}

static void shake(const char *name, size_t len, uint8_t *ret_bytes)
{
	EVP_MD *md = EVP_MD_fetch(ossl_context(), name, NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	ck_assert_int_eq(EVP_DigestInit_ex2(context, md, NULL), 1);
	ck_assert_int_eq(EVP_DigestUpdate(context, z, z_len), 1);
	ck_assert_int_eq(EVP_DigestFinalXOF(context, ret_bytes, len), 1);
	EVP_MD_CTX_free(context);
	EVP_MD_free(md);
}

START_TEST(each_xof_gives_any_length_and_twice_its_strength_of_itself)
{
	static const size_t lens[] = { 1, 16, 31, 32, 33, 64, 168, LONGEST };

	for (size_t x = 0; x < ARRAY_COUNT(xofs); x++) {
		for (size_t b = 0; b < ARRAY_COUNT(bases); b++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };
			uint8_t expected[LONGEST];

			harness_name(&list, xofs[x].name);
			shake(xofs[x].ossl, xofs[x].natural, expected);
			harness_gives(bases[b], CARD_EXT_KDF_XOF, &list, span_of(expected, xofs[x].natural));
			for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
				const DWORD bits = (DWORD)(8 * lens[i]);

				list.desc.cBuffers = 1;
				harness_dword(&list, KDF_KEYBITLENGTH, &bits);
				shake(xofs[x].ossl, lens[i], expected);
				harness_gives(bases[b], CARD_EXT_KDF_XOF, &list, span_of(expected, lens[i]));
			}
		}
	}
}
END_TEST

START_TEST(a_hash_is_no_xof_and_a_xof_no_hash)
{
	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);

		if (!hash_available(hash))
			continue;
		for (size_t row = 0; kdf_row(row) != NULL; row++) {
			const struct kdf_ops *ops = kdf_row(row);
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			if (((ops->required | ops->optional) & KDF_BIT(KDF_HASH_ALGORITHM)) == 0 ||
			    hash->xof == ops->xof)
				continue;
			harness_name(&list, hash->name);
			for (ULONG i = 1; i < KDF_PARAMS; i++) {
				if ((ops->required & KDF_BIT(harness_type(i))) != 0)
					harness_value(harness_type(i), ops->xof, &list);
			}
			ck_assert_code(harness_refuses(bases[0], ops->name, &list), SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

START_TEST(the_xof_has_no_default)
{
	ck_assert_code(harness_refuses(bases[0], CARD_EXT_KDF_XOF, NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_xof_gives_any_length_and_twice_its_strength_of_itself);
	tcase_add_test(tc, a_hash_is_no_xof_and_a_xof_no_hash);
	tcase_add_test(tc, the_xof_has_no_default);
}

TEST_MAIN("minidriver/kdf_xof", add)
