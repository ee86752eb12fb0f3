/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding objects of the card and reading their attributes. */
#include "config.h"

#include <openssl/x509.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_ULONG count_found(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG total = 0;
	CK_ULONG got = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, templ, count));
	do {
		env_ok(env.f->C_FindObjects(env.session, found, 2, &got));
		total += got;
	} while (got != 0);
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return total;
}

static CK_ULONG count_class(CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE templ = { CKA_CLASS, &class, sizeof(class) };

	return count_found(&templ, 1);
}

START_TEST(public_objects_show_before_login_and_private_ones_after)
{
	CK_ULONG certificates;
	CK_ULONG public_keys;

	env_start();
	certificates = count_class(CKO_CERTIFICATE);
	public_keys = count_class(CKO_PUBLIC_KEY);
	ck_assert_uint_ge(certificates, 1);
	ck_assert_uint_eq(public_keys, 6);
	ck_assert_uint_eq(count_class(CKO_PRIVATE_KEY), 0);
	ck_assert_uint_eq(count_class(CKO_PROFILE), 5);
	env_login();
	ck_assert_uint_eq(count_class(CKO_PRIVATE_KEY), 6);
	ck_assert_uint_eq(count_class(CKO_CERTIFICATE), certificates);
	ck_assert_uint_eq(count_found(NULL, 0), certificates + public_keys + 6 + 5);
	env_stop();
}
END_TEST

START_TEST(unknown_classes_and_attributes_find_nothing_and_cost_nothing)
{
	static CK_OBJECT_CLASS classes[] = { 0x0a, 0x0b, CKO_DATA, 0xce534353ul, 0xce534354ul, CKO_SECRET_KEY };
	unsigned long before;

	env_start();
	before = env_card_commands();
	for (size_t i = 0; i < ENV_COUNT(classes); i++) {
		CK_ATTRIBUTE templ[] = {
			{ CKA_CLASS, &classes[i], sizeof(classes[i]) },
			{ CKA_ISSUER, (void *)(uintptr_t)"xy", 2 },
		};

		ck_assert_uint_eq(count_found(templ, 2), 0);
	}
	ck_assert_uint_eq(env_card_commands(), before);
	env_stop();
}
END_TEST

START_TEST(a_certificate_is_read_once)
{
	CK_OBJECT_HANDLE cert;
	CK_BYTE der[4096];
	CK_BYTE part[2048];
	CK_BYTE again[2048];
	const unsigned char *at = der;
	unsigned char *name = NULL;
	unsigned long before;
	size_t len;
	X509 *x509;

	env_start();
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	ck_assert_uint_ne(cert, 0);
	len = env_attribute(cert, CKA_VALUE, der, sizeof(der));
	x509 = d2i_X509(NULL, &at, (long)len);
	ck_assert_ptr_nonnull(x509);
	before = env_card_commands();
	len = env_attribute(cert, CKA_SUBJECT, part, sizeof(part));
	ck_assert_int_eq(i2d_X509_NAME(X509_get_subject_name(x509), &name), (int)len);
	ck_assert_mem_eq(part, name, len);
	OPENSSL_free(name);
	ck_assert_uint_gt(env_attribute(cert, CKA_ISSUER, again, sizeof(again)), 0);
	ck_assert_uint_gt(env_attribute(cert, CKA_SERIAL_NUMBER, again, sizeof(again)), 2);
	ck_assert_uint_eq(again[0], 2);
	ck_assert_uint_eq(env_number(cert, CKA_CERTIFICATE_TYPE), CKC_X_509);
	ck_assert(!env_flag(cert, CKA_PRIVATE));
	ck_assert(env_flag(cert, CKA_TOKEN));
	ck_assert_uint_eq(env_card_commands(), before);
	X509_free(x509);
	env_stop();
}
END_TEST

START_TEST(certificates_are_found_by_what_stands_in_them)
{
	CK_BYTE subject[2048];
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_OBJECT_HANDLE cert;
	CK_ATTRIBUTE templ[] = { { CKA_SUBJECT, subject, 0 }, { CKA_CLASS, &class, sizeof(class) } };

	env_start();
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	templ[0].ulValueLen = env_attribute(cert, CKA_SUBJECT, subject, sizeof(subject));
	ck_assert_uint_ge(count_found(templ, 2), 1);
	subject[templ[0].ulValueLen - 1] ^= 1;
	ck_assert_uint_eq(count_found(templ, 2), 0);
	env_stop();
}
END_TEST

START_TEST(an_ec_private_key_tells_what_it_is_for)
{
	CK_OBJECT_HANDLE signer;
	CK_BYTE params[64];
	CK_MECHANISM_TYPE allowed[32];

	env_start_logged_in();
	signer = env_find(env.session, CKO_PRIVATE_KEY, ENV_SIGNER);
	ck_assert_uint_eq(env_number(env.key, CKA_CLASS), CKO_PRIVATE_KEY);
	ck_assert_uint_eq(env_number(env.key, CKA_KEY_TYPE), CKK_EC);
	ck_assert(env_flag(env.key, CKA_DERIVE));
	ck_assert(!env_flag(signer, CKA_DERIVE));
	ck_assert(env_flag(signer, CKA_SIGN));
	ck_assert(!env_flag(env.key, CKA_DECRYPT));
	ck_assert(env_flag(env.key, CKA_SENSITIVE));
	ck_assert(!env_flag(env.key, CKA_EXTRACTABLE));
	ck_assert(env_flag(env.key, CKA_PRIVATE));
	ck_assert(env_flag(env.key, CKA_TOKEN));
	ck_assert(!env_flag(env.key, CKA_MODIFIABLE));
	ck_assert(!env_flag(env.key, CKA_ALWAYS_AUTHENTICATE));
	ck_assert_int_eq(env_flag(env.key, CKA_LOCAL), env_flag(env.key, CKA_ALWAYS_SENSITIVE));
	ck_assert_int_eq(env_flag(env.key, CKA_LOCAL), env_flag(env.key, CKA_NEVER_EXTRACTABLE));
	ck_assert(env_flag(env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS), CKA_ALWAYS_AUTHENTICATE));
	ck_assert_uint_eq(env_attribute(env.key, CKA_EC_PARAMS, params, sizeof(params)), 10);
	ck_assert_mem_eq(params, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
	ck_assert_uint_gt(env_attribute(env.key, CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)), 0);
	ck_assert_uint_gt(env_attribute(env.key, CKA_UNIQUE_ID, params, sizeof(params)), 0);
	env_stop();
}
END_TEST

START_TEST(public_keys_have_their_public_parts)
{
	CK_BYTE point[140];
	CK_BYTE modulus[512];
	CK_OBJECT_HANDLE rsa;

	env_start();
	ck_assert_uint_eq(env_attribute(env_find(env.session, CKO_PUBLIC_KEY, ENV_P256), CKA_EC_POINT, point,
					sizeof(point)), 67);
	ck_assert_mem_eq(point, "\x04\x41\x04", 3);
	ck_assert_uint_eq(env_attribute(env_find(env.session, CKO_PUBLIC_KEY, ENV_P521), CKA_EC_POINT, point,
					sizeof(point)), 136);
	ck_assert_mem_eq(point, "\x04\x81\x85\x04", 4);
	rsa = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
	ck_assert_uint_eq(env_number(rsa, CKA_KEY_TYPE), CKK_RSA);
	ck_assert_uint_eq(env_attribute(rsa, CKA_MODULUS, modulus, sizeof(modulus)) * 8, env_number(rsa,
												    CKA_MODULUS_BITS));
	ck_assert_uint_eq(env_attribute(rsa, CKA_PUBLIC_EXPONENT, modulus, sizeof(modulus)), 3);
	ck_assert(env_flag(rsa, CKA_VERIFY));
	env_stop();
}
END_TEST

START_TEST(every_attribute_is_answered_whatever_became_of_the_others)
{
	CK_OBJECT_CLASS class = 0;
	CK_BYTE small[1];
	CK_BYTE id[4];
	CK_ATTRIBUTE templ[] = {
		{ CKA_PRIVATE_EXPONENT, small, 1 },
		{ CKA_CLASS, &class, sizeof(class) },
		{ 0x7777, small, 1 },
		{ CKA_EC_PARAMS, small, 1 },
		{ CKA_ID, id, sizeof(id) },
		{ CKA_LABEL, NULL, 99 },
	};

	env_start_logged_in();
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, env.key, templ, ENV_COUNT(templ)));
	ck_assert_uint_eq(templ[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(templ[1].ulValueLen, sizeof(class));
	ck_assert_uint_eq(class, CKO_PRIVATE_KEY);
	ck_assert_uint_eq(templ[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(templ[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(templ[4].ulValueLen, 1);
	ck_assert_uint_eq(id[0], ENV_P256);
	ck_assert_uint_ne(templ[5].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, env.key, &templ[2], 1));
	templ[3].ulValueLen = 1;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_GetAttributeValue(env.session, env.key, &templ[3], 1));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetAttributeValue(env.session, env.key, NULL, 1));
	env_ok(env.f->C_GetAttributeValue(env.session, env.key, NULL, 0));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, 0, templ, 1));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, ~env.key, templ, 1));
	env_stop();
}
END_TEST

START_TEST(objects_of_the_card_stay_as_they_are)
{
	CK_SESSION_HANDLE writing;
	CK_OBJECT_HANDLE cert;
	CK_OBJECT_HANDLE copy = 77;
	CK_BYTE label[] = "new";
	CK_ATTRIBUTE change = { CKA_LABEL, label, 3 };
	CK_ULONG size = 0;

	env_start_logged_in();
	writing = env_session(CKF_RW_SESSION);
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	env_rv(CKR_SESSION_READ_ONLY, env.f->C_DestroyObject(env.session, cert));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_DestroyObject(writing, cert));
	env_rv(CKR_SESSION_READ_ONLY, env.f->C_SetAttributeValue(env.session, cert, &change, 1));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_SetAttributeValue(writing, cert, &change, 1));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_CopyObject(writing, env.key, NULL, 0, &copy));
	ck_assert_uint_eq(copy, 77);
	env_ok(env.f->C_GetObjectSize(env.session, cert, &size));
	ck_assert_uint_gt(size, 0);
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_DestroyObject(writing, 4711));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetObjectSize(env.session, 4711, &size));
	env_stop();
}
END_TEST

START_TEST(one_search_at_a_time)
{
	CK_OBJECT_HANDLE found;
	CK_ULONG count = 0;
	CK_ATTRIBUTE broken = { CKA_LABEL, NULL, 4 };

	env_start();
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_FindObjects(env.session, &found, 1, &count));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_FindObjectsFinal(env.session));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_FindObjectsInit(env.session, NULL, 1));
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env.f->C_FindObjectsInit(env.session, &broken, 1));
	env_ok(env.f->C_FindObjectsInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_FindObjectsInit(env.session, NULL, 0));
	env_ok(env.f->C_FindObjects(env.session, NULL, 0, &count));
	ck_assert_uint_eq(count, 0);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_FindObjects(env.session, NULL, 1, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(a_search_can_be_cancelled)
{
	CK_FUNCTION_LIST_3_0 *f;
	CK_INTERFACE *interface = NULL;

	env_start();
	env_ok(C_GetInterface(NULL, NULL, &interface, 0));
	f = interface->pFunctionList;
	env_ok(f->C_FindObjectsInit(env.session, NULL, 0));
	env_ok(f->C_SessionCancel(env.session, CKF_ENCRYPT));
	env_rv(CKR_OPERATION_ACTIVE, f->C_FindObjectsInit(env.session, NULL, 0));
	env_ok(f->C_SessionCancel(env.session, CKF_FIND_OBJECTS));
	env_ok(f->C_FindObjectsInit(env.session, NULL, 0));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, public_objects_show_before_login_and_private_ones_after);
	tcase_add_test(tc, unknown_classes_and_attributes_find_nothing_and_cost_nothing);
	tcase_add_test(tc, a_certificate_is_read_once);
	tcase_add_test(tc, certificates_are_found_by_what_stands_in_them);
	tcase_add_test(tc, an_ec_private_key_tells_what_it_is_for);
	tcase_add_test(tc, public_keys_have_their_public_parts);
	tcase_add_test(tc, every_attribute_is_answered_whatever_became_of_the_others);
	tcase_add_test(tc, objects_of_the_card_stay_as_they_are);
	tcase_add_test(tc, one_search_at_a_time);
	tcase_add_test(tc, a_search_can_be_cancelled);
}

TEST_MAIN("pkcs11/object", add)
