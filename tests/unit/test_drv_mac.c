/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MAC functions of the extension table; what they compute is compared with published answers elsewhere, too. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_key_store.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

#define MAC_ROOM 256u

static const CARD_EXT_SESSION_KEYS *table;
static const BYTE data[300] = "what is authenticated";
static const BYTE iv[CARD_EXT_MAC_IV_MAX + 1] = "an initial value";
static const BYTE label[] = "client finished";

static const CARD_EXT_MAC_INFO hmac = { .dwMac = CARD_EXT_MAC_HMAC, .pwszHash = BCRYPT_SHA256_ALGORITHM };
static const CARD_EXT_MAC_INFO cmac = { .dwMac = CARD_EXT_MAC_CMAC };
static const CARD_EXT_MAC_INFO gmac = { .dwMac = CARD_EXT_MAC_GMAC, .pbIV = iv, .cbIV = 12 };
static const CARD_EXT_MAC_INFO tls = { .dwMac = CARD_EXT_MAC_TLS_FINISHED, .pwszHash = BCRYPT_SHA256_ALGORITHM,
				       .pbLabel = label, .cbLabel = sizeof(label) - 1, .cbMac = 12 };

static void set_up(void)
{
	harness_open();
	table = harness_keys();
}

static CARD_KEY_HANDLE generic(void)
{
	return harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(data, 20));
}

static CARD_KEY_HANDLE aes(void)
{
	return harness_import(CARD_AES_ALGORITHM, span_of(data, 16));
}

static PCARD_EXT_MAC begin(CARD_KEY_HANDLE key, const CARD_EXT_MAC_INFO *info)
{
	PCARD_EXT_MAC mac = NULL;

	ck_assert_code(table->pfnMacBegin(harness_card, key, info, &mac), ERROR_SUCCESS);
	return mac;
}

/* Begin what must be refused. */
static DWORD refused(CARD_KEY_HANDLE key, const CARD_EXT_MAC_INFO *info)
{
	PCARD_EXT_MAC mac = NULL;
	const DWORD err = table->pfnMacBegin(harness_card, key, info, &mac);

	ck_assert_ptr_null(mac);
	return err;
}

static size_t end(PCARD_EXT_MAC mac, BYTE out[MAC_ROOM])
{
	const size_t len = table->pfnMacLen(mac);

	ck_assert_uint_le(len, MAC_ROOM);
	ck_assert_code(table->pfnMacFinish(mac, NULL, 0, out), ERROR_SUCCESS);
	table->pfnMacDestroy(mac);
	return len;
}

static size_t run(CARD_KEY_HANDLE key, const CARD_EXT_MAC_INFO *info, struct span in, BYTE out[MAC_ROOM])
{
	PCARD_EXT_MAC mac = begin(key, info);

	ck_assert_code(table->pfnMacUpdate(mac, in.data, in.len), ERROR_SUCCESS);
	return end(mac, out);
}

START_TEST(the_last_data_may_come_with_the_end)
{
	const struct {
		CARD_EXT_MAC_INFO info;
		CARD_KEY_HANDLE key;
	} kinds[] = { { hmac, generic() }, { cmac, aes() }, { gmac, aes() }, { tls, generic() } };

	for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
		BYTE expected[MAC_ROOM];
		BYTE area[MAC_ROOM];
		const size_t len = run(kinds[k].key, &kinds[k].info, span_of(data, 200), expected);

		for (size_t first = 0; first <= 200; first += 50) {
			PCARD_EXT_MAC mac = begin(kinds[k].key, &kinds[k].info);

			memcpy(area, data, 200);
			ck_assert_code(table->pfnMacUpdate(mac, area, first), ERROR_SUCCESS);
			ck_assert_code(table->pfnMacFinish(mac, area + first, 200 - first, area), ERROR_SUCCESS);
			ck_assert_mem_eq(area, expected, len);
			table->pfnMacDestroy(mac);
		}
	}
}
END_TEST

/* The idle MAC that a key keeps is an open door only if it answers for the wrong thing. */
START_TEST(a_mac_that_was_used_begins_anew)
{
	const CARD_KEY_HANDLE keys[] = { generic(), harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(iv, 20)) };
	CARD_EXT_MAC_INFO sha1 = { .dwMac = CARD_EXT_MAC_HMAC, .pwszHash = BCRYPT_SHA1_ALGORITHM };
	BYTE first[2][MAC_ROOM];
	BYTE again[MAC_ROOM];

	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(run(keys[i], &hmac, span_of(data, 100), first[i]), 32);
	ck_assert_mem_ne(first[0], first[1], 32);
	for (size_t round = 0; round < 3; round++) {
		PCARD_EXT_MAC left = begin(keys[0], &hmac);

		for (size_t i = 0; i < 2; i++) {
			ck_assert_uint_eq(run(keys[i], &hmac, span_of(data, 100), again), 32);
			ck_assert_mem_eq(again, first[i], 32);
			ck_assert_uint_eq(run(keys[i], &sha1, span_of(data, 100), again), 20);
			ck_assert_mem_ne(again, first[i], 20);
		}
		/* one that is given up in the middle leaves nothing behind */
		ck_assert_code(table->pfnMacUpdate(left, data, 50), ERROR_SUCCESS);
		table->pfnMacDestroy(left);
	}
}
END_TEST

/* More at once than a key keeps, and of two kinds in turn. */
START_TEST(macs_of_one_key_run_side_by_side)
{
	const CARD_KEY_HANDLE key = generic();
	const CARD_EXT_MAC_INFO infos[] = {
		hmac, { .dwMac = CARD_EXT_MAC_HMAC, .pwszHash = BCRYPT_SHA512_ALGORITHM },
	};
	BYTE expected[2][MAC_ROOM];
	BYTE got[MAC_ROOM];
	PCARD_EXT_MAC macs[KEY_STORE_RESTING + 3];

	for (size_t i = 0; i < 2; i++)
		(void)run(key, &infos[i], span_of(data, 60), expected[i]);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_COUNT(macs); i++)
			macs[i] = begin(key, &infos[(i + round) % 2]);
		for (size_t at = 0; at < 60; at += 20)
			for (size_t i = 0; i < ARRAY_COUNT(macs); i++)
				ck_assert_code(table->pfnMacUpdate(macs[i], data + at, 20), ERROR_SUCCESS);
		for (size_t i = 0; i < ARRAY_COUNT(macs); i++) {
			const size_t which = (i + round) % 2;

			ck_assert_uint_eq(end(macs[i], got), which == 0 ? 32 : 64);
			ck_assert_mem_eq(got, expected[which], which == 0 ? 32 : 64);
		}
	}
}
END_TEST

START_TEST(a_shorter_mac_is_the_beginning_of_the_whole)
{
	const struct {
		CARD_EXT_MAC_INFO info;
		CARD_KEY_HANDLE key;
		size_t whole;
	} kinds[] = { { hmac, generic(), 32 }, { cmac, aes(), 16 }, { gmac, aes(), 16 } };

	for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
		CARD_EXT_MAC_INFO info = kinds[k].info;
		BYTE whole[MAC_ROOM];
		BYTE cut[MAC_ROOM];

		ck_assert_uint_eq(run(kinds[k].key, &info, span_of(data, 70), whole), kinds[k].whole);
		for (info.cbMac = 1; info.cbMac <= kinds[k].whole; info.cbMac++) {
			memset(cut, 0xEE, sizeof(cut));
			ck_assert_uint_eq(run(kinds[k].key, &info, span_of(data, 70), cut), info.cbMac);
			ck_assert_mem_eq(cut, whole, info.cbMac);
			ck_assert_uint_eq(cut[info.cbMac], 0xEE);
		}
		ck_assert_code(refused(kinds[k].key, &info), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(the_prf_of_tls_gives_what_nist_says)
{
	AUTO_VECTORS *v = vectors_load("tls-prf-nist.vec");

	ck_assert_uint_eq(vectors_count(v), 5);
	for (size_t i = 0; i < vectors_count(v); i++) {
		const struct span expected = vectors_bytes(v, i, "tag");
		const struct span text = vectors_bytes(v, i, "label");
		const CARD_EXT_MAC_INFO info = {
			.dwMac = CARD_EXT_MAC_TLS_FINISHED, .pbLabel = text.data, .cbLabel = text.len,
			.pwszHash = vectors_is(v, i, "hash", "") ? NULL : BCRYPT_SHA256_ALGORITHM,
			.cbMac = expected.len,
		};
		BYTE got[MAC_ROOM];

		ck_assert(vectors_is(v, i, "hash", "") || vectors_is(v, i, "hash", "SHA256"));
		ck_assert_uint_eq(run(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, vectors_bytes(v, i, "key")),
				      &info, vectors_bytes(v, i, "data"), got), expected.len);
		ck_assert_mem_eq(got, expected.data, expected.len);
	}
}
END_TEST

START_TEST(what_is_asked_is_checked)
{
	const CARD_KEY_HANDLE secret = generic();
	CARD_EXT_MAC_INFO info;
	PCARD_EXT_MAC mac = NULL;

	ck_assert_code(table->pfnMacBegin(harness_card, secret, NULL, &mac), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnMacBegin(harness_card, secret, &hmac, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnMacBegin(NULL, secret, &hmac, &mac), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(refused(4711, &hmac), SCARD_E_INVALID_HANDLE);
	info = hmac, info.dwMac = 0;
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = hmac, info.dwMac = CARD_EXT_MAC_TLS_FINISHED + 1;
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = hmac, info.pwszHash = NULL;
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = hmac, info.pwszHash = u"SHA257";
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = hmac, info.pbIV = iv, info.cbIV = 12;
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = hmac, info.pbLabel = label, info.cbLabel = 4;
	ck_assert_code(refused(secret, &info), SCARD_E_INVALID_PARAMETER);
	info = cmac, info.pwszHash = BCRYPT_SHA256_ALGORITHM;
	ck_assert_code(refused(aes(), &info), SCARD_E_INVALID_PARAMETER);
	table->pfnMacDestroy(NULL);
}
END_TEST

START_TEST(ivs_and_labels_have_their_lengths)
{
	CARD_EXT_MAC_INFO info = gmac;
	BYTE out[MAC_ROOM];

	for (info.cbIV = 0; info.cbIV <= CARD_EXT_MAC_IV_MAX + 1; info.cbIV++) {
		if (info.cbIV == 0 || info.cbIV > CARD_EXT_MAC_IV_MAX)
			ck_assert_code(refused(aes(), &info), SCARD_E_INVALID_PARAMETER);
		else
			ck_assert_uint_eq(run(aes(), &info, span_of(data, 5), out), 16);
	}
	info = gmac, info.pbIV = NULL;
	ck_assert_code(refused(aes(), &info), SCARD_E_INVALID_PARAMETER);
	info = tls, info.cbLabel = 0;
	ck_assert_code(refused(generic(), &info), SCARD_E_INVALID_PARAMETER);
	info = tls, info.pbLabel = NULL;
	ck_assert_code(refused(generic(), &info), SCARD_E_INVALID_PARAMETER);
	info = tls, info.cbLabel = 1025;
	ck_assert_code(refused(generic(), &info), SCARD_E_INVALID_PARAMETER);
	info = tls, info.cbMac = 0;
	ck_assert_code(refused(generic(), &info), SCARD_E_INVALID_PARAMETER);
	info = tls, info.cbMac = CARD_EXT_MAC_TLS_MAX + 1;
	ck_assert_code(refused(generic(), &info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(each_kind_wants_its_kind_of_key)
{
	const CARD_KEY_HANDLE des3 = harness_import(CARD_3DES_ALGORITHM, span_of(data, 24));
	const CARD_KEY_HANDLE des = harness_import(CARD_EXT_DES_ALGORITHM, span_of(data, 8));
	BYTE out[MAC_ROOM];

	ck_assert_code(refused(aes(), &hmac), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(refused(aes(), &tls), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(refused(generic(), &cmac), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(refused(generic(), &gmac), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(refused(des3, &gmac), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(refused(des, &cmac), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(run(des3, &cmac, span_of(data, 9), out), 8);
}
END_TEST

START_TEST(a_mac_ends_with_its_key_and_with_its_context)
{
	const CARD_EXT_MAC_INFO infos[] = { hmac, tls };

	for (size_t i = 0; i < ARRAY_COUNT(infos); i++) {
		const CARD_KEY_HANDLE key = generic();
		PCARD_EXT_MAC mac = begin(key, &infos[i]);
		BYTE out[MAC_ROOM];

		ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, key), ERROR_SUCCESS);
		ck_assert_code(table->pfnMacUpdate(mac, data, 4), SCARD_E_INVALID_HANDLE);
		ck_assert_code(table->pfnMacFinish(mac, NULL, 0, out), SCARD_E_INVALID_HANDLE);
		table->pfnMacDestroy(mac);
	}
	{
		PCARD_EXT_MAC mac = begin(generic(), &hmac);
		BYTE out[MAC_ROOM];

		(void)run(generic(), &hmac, span_of(data, 3), out); /* one that waits with its key */
		ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
		ck_assert_code(table->pfnMacUpdate(mac, data, 4), SCARD_E_INVALID_HANDLE);
		table->pfnMacDestroy(mac);
	}
}
END_TEST

START_TEST(a_finished_mac_takes_nothing_more)
{
	const CARD_EXT_MAC_INFO infos[] = { hmac, tls };

	for (size_t i = 0; i < ARRAY_COUNT(infos); i++) {
		PCARD_EXT_MAC mac = begin(generic(), &infos[i]);
		BYTE out[MAC_ROOM];

		ck_assert_code(table->pfnMacUpdate(mac, NULL, 4), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacUpdate(NULL, data, 4), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacUpdate(mac, NULL, 0), ERROR_SUCCESS);
		ck_assert_code(table->pfnMacFinish(mac, NULL, 0, NULL), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacFinish(NULL, NULL, 0, out), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacFinish(mac, NULL, 1, out), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacFinish(mac, NULL, 0, out), ERROR_SUCCESS);
		ck_assert_code(table->pfnMacFinish(mac, NULL, 0, out), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnMacUpdate(mac, data, 4), SCARD_E_INVALID_PARAMETER);
		table->pfnMacDestroy(mac);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, the_last_data_may_come_with_the_end);
	tcase_add_test(tc, a_mac_that_was_used_begins_anew);
	tcase_add_test(tc, macs_of_one_key_run_side_by_side);
	tcase_add_test(tc, a_shorter_mac_is_the_beginning_of_the_whole);
	tcase_add_test(tc, the_prf_of_tls_gives_what_nist_says);
	tcase_add_test(tc, what_is_asked_is_checked);
	tcase_add_test(tc, ivs_and_labels_have_their_lengths);
	tcase_add_test(tc, each_kind_wants_its_kind_of_key);
	tcase_add_test(tc, a_mac_ends_with_its_key_and_with_its_context);
	tcase_add_test(tc, a_finished_mac_takes_nothing_more);
}

TEST_MAIN("minidriver/drv_mac", add)
