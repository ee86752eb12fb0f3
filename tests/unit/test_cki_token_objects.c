/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the objects of a card tell of themselves, and when the card is asked for it. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static const uint8_t oid[] = { 0x2B, 0x06, 0x01 };

static CK_OBJECT_HANDLE find_one(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	CK_ATTRIBUTE templ = { type, (void *)(uintptr_t)value, len };
	CK_OBJECT_HANDLE found[2] = { 0, 0 };
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, &templ, 1));
	env_ok(env.f->C_FindObjects(env.session, found, 2, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return count == 1 ? found[0] : 0;
}

static CK_OBJECT_HANDLE by_label(const char *label)
{
	return find_one(CKA_LABEL, label, strlen(label));
}

static bool claims(CK_ULONG profile)
{
	return find_one(CKA_PROFILE_ID, &profile, sizeof(profile)) != 0;
}

/* ---- certificates ----------------------------------------------------------------------------------- */

static void expect_date(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *time)
{
	char date[8];
	char text[16];
	struct tm tm;

	ck_assert_int_eq(ASN1_TIME_to_tm(time, &tm), 1);
	ck_assert_uint_eq(strftime(text, sizeof(text), "%Y%m%d", &tm), 8);
	ck_assert_uint_eq(env_attribute(object, type, date, sizeof(date)), 8);
	ck_assert_mem_eq(date, text, 8);
}

START_TEST(a_certificate_tells_what_stands_in_it_for_one_command)
{
	CK_OBJECT_HANDLE cert;
	CK_BYTE der[4096];
	CK_BYTE part[2048];
	CK_BYTE hash[EVP_MAX_MD_SIZE];
	const unsigned char *at = der;
	unsigned char *spki = NULL;
	size_t len;
	X509 *x509;

	env_start();
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	ck_assert_uint_eq(env_card_commands(), 0);
	len = env_attribute(cert, CKA_CHECK_VALUE, part, sizeof(part));
	ck_assert_uint_eq(len, 3);
	len = env_attribute(cert, CKA_VALUE, der, sizeof(der));
	ck_assert_int_eq(EVP_Digest(der, len, hash, NULL, EVP_sha1(), NULL), 1);
	ck_assert_mem_eq(part, hash, 3);
	x509 = d2i_X509(NULL, &at, (long)len);
	ck_assert_ptr_nonnull(x509);
	expect_date(cert, CKA_START_DATE, X509_get0_notBefore(x509));
	expect_date(cert, CKA_END_DATE, X509_get0_notAfter(x509));
	len = env_attribute(cert, CKA_PUBLIC_KEY_INFO, part, sizeof(part));
	ck_assert_int_eq(i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki), (int)len);
	ck_assert_mem_eq(part, spki, len);
	OPENSSL_free(spki);
	X509_free(x509);
	ck_assert_uint_eq(env_card_commands(), 1);
	env_stop();
}
END_TEST

START_TEST(a_certificate_has_the_defaults_of_the_standard)
{
	static const CK_ATTRIBUTE_TYPE empty[] = { CKA_URL, CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
						   CKA_HASH_OF_ISSUER_PUBLIC_KEY };
	CK_OBJECT_HANDLE cert;
	CK_BYTE part[8];

	env_start();
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	for (size_t i = 0; i < ENV_COUNT(empty); i++)
		ck_assert_uint_eq(env_attribute(cert, empty[i], part, sizeof(part)), 0);
	ck_assert_uint_eq(env_number(cert, CKA_CERTIFICATE_CATEGORY), CK_CERTIFICATE_CATEGORY_TOKEN_USER);
	ck_assert_uint_eq(env_number(cert, CKA_NAME_HASH_ALGORITHM), CKM_SHA_1);
	ck_assert_uint_eq(env_number(cert, CKA_JAVA_MIDP_SECURITY_DOMAIN), CK_SECURITY_DOMAIN_UNSPECIFIED);
	ck_assert(!env_flag(cert, CKA_TRUSTED));
	cert = by_label("authority");
	ck_assert_uint_eq(env_number(cert, CKA_CERTIFICATE_CATEGORY), CK_CERTIFICATE_CATEGORY_AUTHORITY);
	ck_assert(!env_flag(cert, CKA_TRUSTED));
	ck_assert_uint_eq(env_card_commands(), 0);
	env_stop();
}
END_TEST

START_TEST(a_private_certificate_shows_after_the_login)
{
	CK_ULONG before;

	env_card();
	fake_make_certificate_private(0);
	env_begin();
	before = env_count(CKO_CERTIFICATE);
	ck_assert_uint_eq(env_find(env.session, CKO_CERTIFICATE, ENV_P256), 0);
	ck_assert(!claims(CKP_PUBLIC_CERTIFICATES_TOKEN));
	env_login();
	ck_assert_uint_eq(env_count(CKO_CERTIFICATE), before + 1);
	ck_assert(env_flag(env_find(env.session, CKO_CERTIFICATE, ENV_P256), CKA_PRIVATE));
	env_stop();
}
END_TEST

/* ---- keys ------------------------------------------------------------------------------------------- */

static void expect_spki(CK_OBJECT_HANDLE object, EVP_PKEY *pkey)
{
	CK_BYTE info[1024];
	unsigned char *wanted = NULL;
	const size_t len = env_attribute(object, CKA_PUBLIC_KEY_INFO, info, sizeof(info));

	ck_assert_int_eq(i2d_PUBKEY(pkey, &wanted), (int)len);
	ck_assert_mem_eq(info, wanted, len);
	OPENSSL_free(wanted);
}

START_TEST(public_key_info_is_the_one_that_openssl_writes)
{
	static const char *const curves[] = { "X25519", "X448", "ED25519", "ED448", "secp521r1", "brainpoolP320r1" };
	size_t keys = ENV_SIGNER;

	env_card();
	for (size_t i = 0; i < ENV_COUNT(curves); i++) {
		const enum card_key_type type = curves[i][0] == 'X'	? CRD_KEY_MONTGOMERY
						: curves[i][0] == 'E' ? CRD_KEY_EDWARDS
								      : CRD_KEY_EC;

		keys = fake_add_key(&(struct fake_key){ .type = type, .curve = curves[i], .no_certificate = true,
							.usage = type == CRD_KEY_EDWARDS ? CRD_USE_SIGN
											 : CRD_USE_DERIVE }) + 1;
	}
	env_begin();
	env_login();
	for (size_t i = 1; i <= keys; i++) {
		expect_spki(env_find(env.session, CKO_PUBLIC_KEY, (enum env_key)i), fake_pkey(i - 1));
		expect_spki(env_find(env.session, CKO_PRIVATE_KEY, (enum env_key)i), fake_pkey(i - 1));
	}
	env_stop();
}
END_TEST

START_TEST(a_key_without_its_public_half_has_no_public_key_info)
{
	CK_BYTE info[8];

	env_card();
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_DERIVE,
					       .label = "half", .no_public = true, .no_certificate = true });
	env_begin();
	env_login();
	ck_assert_uint_eq(env_attribute(by_label("half"), CKA_PUBLIC_KEY_INFO, info, sizeof(info)), 0);
	env_stop();
}
END_TEST

START_TEST(both_halves_of_a_key_have_their_labels)
{
	const CK_BYTE id = ENV_SIGNER + 1;
	CK_BYTE found[4];

	env_card();
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_SIGN,
					       .label = "own", .public_label = "public", .no_certificate = true });
	env_begin();
	env_login();
	ck_assert_uint_eq(env_number(by_label("own"), CKA_CLASS), CKO_PRIVATE_KEY);
	ck_assert_uint_eq(env_number(by_label("public"), CKA_CLASS), CKO_PUBLIC_KEY);
	ck_assert_uint_eq(env_attribute(by_label("public"), CKA_ID, found, sizeof(found)), 1);
	ck_assert_uint_eq(found[0], id);
	env_stop();
}
END_TEST

START_TEST(what_is_secret_of_a_private_key_is_sensitive)
{
	static const CK_ATTRIBUTE_TYPE secret[] = { CKA_VALUE,	    CKA_PRIVATE_EXPONENT, CKA_PRIME_1,	  CKA_PRIME_2,
						    CKA_EXPONENT_1, CKA_EXPONENT_2,	  CKA_COEFFICIENT };
	CK_OBJECT_HANDLE rsa;

	env_start_logged_in();
	rsa = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	for (size_t i = 0; i < ENV_COUNT(secret); i++) {
		CK_BYTE buffer[512];
		CK_ATTRIBUTE attribute = { secret[i], buffer, sizeof(buffer) };

		env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, rsa, &attribute, 1));
		ck_assert_uint_eq(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	}
	ck_assert_uint_eq(env_number(rsa, CKA_MODULUS_BITS), 2048);
	ck_assert(!env_flag(rsa, CKA_OPENSC_NON_REPUDIATION));
	env_stop();
}
END_TEST

/* ---- data objects ----------------------------------------------------------------------------------- */

static void begin_with_data(void)
{
	env_card();
	(void)fake_add_data(&(struct fake_data){ .label = "open", .application = "for all",
						 .oid = span_of(oid, sizeof(oid)), .bytes = span_of("12345", 5) });
	(void)fake_add_data(&(struct fake_data){ .label = "closed", .application = "for one",
						 .bytes = span_of("678", 3), .is_private = true });
	(void)fake_add_data(&(struct fake_data){ .label = "none", .application = "" });
	env_begin();
}

START_TEST(a_data_object_tells_all_of_itself)
{
	CK_OBJECT_HANDLE data;
	char text[32];

	begin_with_data();
	data = by_label("open");
	ck_assert_uint_eq(env_number(data, CKA_CLASS), CKO_DATA);
	ck_assert(env_flag(data, CKA_TOKEN) && !env_flag(data, CKA_PRIVATE) && !env_flag(data, CKA_MODIFIABLE));
	ck_assert_uint_eq(env_attribute(data, CKA_APPLICATION, text, sizeof(text)), 7);
	ck_assert_mem_eq(text, "for all", 7);
	ck_assert_uint_eq(env_attribute(data, CKA_OBJECT_ID, text, sizeof(text)), sizeof(oid));
	ck_assert_mem_eq(text, oid, sizeof(oid));
	ck_assert_uint_eq(find_one(CKA_OBJECT_ID, oid, sizeof(oid)), data);
	ck_assert_uint_eq(env_card_commands(), 0);
	ck_assert_uint_eq(env_attribute(data, CKA_VALUE, text, sizeof(text)), 5);
	ck_assert_mem_eq(text, "12345", 5);
	ck_assert_uint_eq(env_attribute(by_label("none"), CKA_VALUE, text, sizeof(text)), 0);
	ck_assert_uint_eq(env_attribute(data, CKA_VALUE, text, sizeof(text)), 5);
	ck_assert_uint_eq(env_card_commands(), 2);
	env_stop();
}
END_TEST

START_TEST(private_data_shows_after_the_login_and_goes_with_the_logout)
{
	CK_OBJECT_HANDLE data;
	CK_ATTRIBUTE value = { CKA_VALUE, NULL, 0 };

	begin_with_data();
	ck_assert_uint_eq(by_label("closed"), 0);
	ck_assert_uint_eq(env_count(CKO_DATA), 2);
	env_login();
	ck_assert_uint_eq(env_count(CKO_DATA), 3);
	data = by_label("closed");
	ck_assert(env_flag(data, CKA_PRIVATE));
	env_ok(env.f->C_GetAttributeValue(env.session, data, &value, 1));
	ck_assert_uint_eq(value.ulValueLen, 3);
	env_ok(env.f->C_Logout(env.session));
	ck_assert_uint_eq(by_label("closed"), 0);
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, data, &value, 1));
	env_stop();
}
END_TEST

START_TEST(a_value_that_could_not_be_read_is_read_again)
{
	CK_OBJECT_HANDLE data;
	CK_ATTRIBUTE value = { CKA_VALUE, NULL, 0 };

	begin_with_data();
	data = by_label("open");
	fake_fail(FAKE_DATA_READ, CE_CARD, 1);
	env_rv(CKR_DEVICE_ERROR, env.f->C_GetAttributeValue(env.session, data, &value, 1));
	ck_assert_uint_eq(value.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	env_ok(env.f->C_GetAttributeValue(env.session, data, &value, 1));
	ck_assert_uint_eq(value.ulValueLen, 5);
	env_stop();
}
END_TEST

START_TEST(data_of_the_card_can_be_neither_changed_nor_destroyed)
{
	CK_SESSION_HANDLE writing;
	CK_OBJECT_HANDLE data;
	CK_OBJECT_HANDLE copy = 77;
	CK_ATTRIBUTE change = { CKA_LABEL, (void *)(uintptr_t)"new", 3 };

	begin_with_data();
	writing = env_session(CKF_RW_SESSION);
	data = by_label("open");
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_SetAttributeValue(writing, data, &change, 1));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_DestroyObject(writing, data));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_CopyObject(writing, data, NULL, 0, &copy));
	ck_assert_uint_eq(copy, 77);
	env_stop();
}
END_TEST

/* ---- profiles --------------------------------------------------------------------------------------- */

START_TEST(the_usual_card_meets_every_profile_but_the_complete_one)
{
	env_start();
	for (CK_ULONG profile = CKP_BASELINE_PROVIDER; profile <= CKP_HKDF_TLS_TOKEN; profile++)
		ck_assert_int_eq(claims(profile), profile != CKP_COMPLETE_PROVIDER);
	ck_assert_uint_eq(env_count(CKO_PROFILE), 5);
	ck_assert_uint_eq(env_card_commands(), 0);
	env_stop();
}
END_TEST

START_TEST(a_card_without_a_signing_key_is_no_authentication_token)
{
	fake_reset();
	(void)fake_add_pin("PIN", FAKE_PIN, 3, false);
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_DERIVE });
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_SIGN,
					       .no_public = true, .no_certificate = true });
	env_begin();
	ck_assert(!claims(CKP_AUTHENTICATION_TOKEN));
	ck_assert(claims(CKP_PUBLIC_CERTIFICATES_TOKEN));
	env_stop();
}
END_TEST

START_TEST(a_certificate_whose_public_key_is_not_found_is_no_public_certificates_token)
{
	fake_reset();
	(void)fake_add_pin("PIN", FAKE_PIN, 3, false);
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_SIGN,
					       .no_public = true });
	env_begin();
	ck_assert_uint_eq(env_count(CKO_PUBLIC_KEY), 0);
	ck_assert(!claims(CKP_PUBLIC_CERTIFICATES_TOKEN));
	env_stop();
}
END_TEST

/* ---- what costs nothing ----------------------------------------------------------------------------- */

START_TEST(the_tries_of_the_pin_are_asked_for_with_the_first_token_info)
{
	CK_TOKEN_INFO info;

	env_start();
	ck_assert_uint_eq(env_card_commands(), 0);
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(env_card_commands(), 1);
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(env_card_commands(), 1);
	ck_assert_uint_eq(info.flags & (CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED),
			  CKF_RNG | CKF_LOGIN_REQUIRED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED);
	ck_assert_uint_eq(info.flags & (CKF_WRITE_PROTECTED | CKF_CLOCK_ON_TOKEN | CKF_PROTECTED_AUTHENTICATION_PATH), 0);
	ck_assert_uint_eq(info.ulTotalPublicMemory, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(info.ulFreePrivateMemory, CK_UNAVAILABLE_INFORMATION);
	env_stop();
}
END_TEST

START_TEST(a_pin_that_does_not_tell_its_tries_hinders_no_token_info)
{
	CK_TOKEN_INFO info;

	env_start();
	fake_fail(FAKE_PIN_ASK, CE_NOT_SUPPORTED, 1);
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	env_take_card();
	env_rv(CKR_TOKEN_NOT_PRESENT, env.f->C_GetTokenInfo(env.slot, &info));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_certificate_tells_what_stands_in_it_for_one_command);
	tcase_add_test(tc, a_certificate_has_the_defaults_of_the_standard);
	tcase_add_test(tc, a_private_certificate_shows_after_the_login);
	tcase_add_test(tc, public_key_info_is_the_one_that_openssl_writes);
	tcase_add_test(tc, a_key_without_its_public_half_has_no_public_key_info);
	tcase_add_test(tc, both_halves_of_a_key_have_their_labels);
	tcase_add_test(tc, what_is_secret_of_a_private_key_is_sensitive);
	tcase_add_test(tc, a_data_object_tells_all_of_itself);
	tcase_add_test(tc, private_data_shows_after_the_login_and_goes_with_the_logout);
	tcase_add_test(tc, a_value_that_could_not_be_read_is_read_again);
	tcase_add_test(tc, data_of_the_card_can_be_neither_changed_nor_destroyed);
	tcase_add_test(tc, the_usual_card_meets_every_profile_but_the_complete_one);
	tcase_add_test(tc, a_card_without_a_signing_key_is_no_authentication_token);
	tcase_add_test(tc, a_certificate_whose_public_key_is_not_found_is_no_public_certificates_token);
	tcase_add_test(tc, the_tries_of_the_pin_are_asked_for_with_the_first_token_info);
	tcase_add_test(tc, a_pin_that_does_not_tell_its_tries_hinders_no_token_info);
}

TEST_MAIN("pkcs11/token_objects", add)
