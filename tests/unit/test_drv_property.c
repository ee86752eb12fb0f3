/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static DWORD get(LPCWSTR name, DWORD flags, void *data, DWORD room, DWORD *ret_len)
{
	return harness_card->pfnCardGetProperty(harness_card, name, data, room, ret_len, flags);
}

static DWORD number(LPCWSTR name, DWORD flags)
{
	DWORD value = 0xAAAAAAAA;
	DWORD len = 0;

	ck_assert_code(get(name, flags, &value, sizeof(value), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(value));
	return value;
}

/* Every property there is, and the flags it takes; the size it has. */
static const struct {
	LPCWSTR name;
	DWORD flags;
	DWORD len;        /* 0: any */
	bool takes_flags;
} known[] = {
	{ CP_CARD_FREE_SPACE, 0, sizeof(CARD_FREE_SPACE_INFO), false },
	{ CP_CARD_CAPABILITIES, 0, sizeof(CARD_CAPABILITIES), false },
	{ CP_CARD_KEYSIZES, AT_ECDHE_P384, sizeof(CARD_KEY_SIZES), true },
	{ CP_CARD_READ_ONLY, 0, 4, false },
	{ CP_CARD_CACHE_MODE, 0, 4, false },
	{ CP_SUPPORTS_WIN_X509_ENROLLMENT, 0, 4, false },
	{ CP_CARD_GUID, 0, 16, false },
	{ CP_CARD_SERIAL_NO, 0, 8, false },
	{ CP_CARD_PIN_INFO, ROLE_USER, sizeof(PIN_INFO), true },
	{ CP_CARD_LIST_PINS, 0, 4, false },
	{ CP_CARD_AUTHENTICATED_STATE, 0, 4, false },
	{ CP_CARD_PIN_STRENGTH_VERIFY, ROLE_USER, 4, true },
	{ CP_CARD_PIN_STRENGTH_CHANGE, ROLE_USER, 4, true },
	{ CP_CARD_PIN_STRENGTH_UNBLOCK, ROLE_USER, 4, true },
	{ CP_KEY_IMPORT_SUPPORT, 0, 4, false },
	{ CP_ENUM_ALGORITHMS, CARD_CIPHER_OPERATION, 0, true },
	{ CP_ENUM_ALGORITHMS, CARD_ASYMMETRIC_OPERATION, 0, true },
	{ CP_PADDING_SCHEMES, CARD_ASYMMETRIC_OPERATION, 4, true },
	{ CP_CHAINING_MODES, CARD_CIPHER_OPERATION, 0, true },
	{ CP_EXT_LABEL, 0, 9, false },
	{ CP_EXT_MANUFACTURER, 0, 6, false },
	{ CP_EXT_MODEL, 0, 4, false },
	{ CP_EXT_SERIAL, 0, 8, false },
	{ CP_EXT_LOGIN_REQUIRED, 0, 4, false },
	{ CP_EXT_CARD_PRESENT, 0, 4, false },
	{ CP_EXT_PIN_DETAILS, ROLE_USER, sizeof(CARD_EXT_PIN_DETAILS), true },
	{ CP_EXT_CERTIFICATE_COUNT, 0, 4, false },
	{ CP_EXT_CERTIFICATE, 0, sizeof(CARD_EXT_CERTIFICATE), true },
	{ CP_EXT_PIN_ATTEMPTS, ROLE_USER, 4, true },
	{ CP_EXT_DATA_COUNT, 0, 4, false },
	{ CP_EXT_VERSIONS, 0, sizeof(CARD_EXT_VERSIONS), false },
	{ CP_EXT_SESSION_KEYS, 0, sizeof(void *), false },
};

START_TEST(each_property_tells_its_length_and_needs_the_room)
{
	for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
		BYTE bytes[1024];
		DWORD len = 0;
		DWORD again = 0;

		ck_assert_msg(get(known[i].name, known[i].flags, NULL, 0, &len) == ERROR_INSUFFICIENT_BUFFER, "row %zu",
			      i);
		ck_assert_msg(known[i].len == 0 || len == known[i].len, "row %zu: %u", i, (unsigned)len);
		ck_assert_code(get(known[i].name, known[i].flags, bytes, len - 1, &again), ERROR_INSUFFICIENT_BUFFER);
		ck_assert_uint_eq(again, len);
		ck_assert_code(get(known[i].name, known[i].flags, bytes, sizeof(bytes), &again), ERROR_SUCCESS);
		ck_assert_uint_eq(again, len);
		ck_assert_code(get(known[i].name, known[i].flags, NULL, len, &again), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(get(known[i].name, known[i].flags, bytes, len, NULL), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(get(known[i].name, 0xFFFF, bytes, len, &again), SCARD_E_INVALID_PARAMETER);
		if (!known[i].takes_flags)
			ck_assert_code(get(known[i].name, 1, bytes, len, &again), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(names_that_are_none_are_wrong)
{
	BYTE bytes[16];
	DWORD len = 0;

	ck_assert_code(get(u"", 0, bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(u"Free Spac", 0, bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(u"Free Spaces", 0, bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(NULL, 0, bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(CP_PARENT_WINDOW, 0, bytes, sizeof(bytes), &len),
		       SCARD_E_INVALID_PARAMETER); /* write only */
	ck_assert_code(harness_card->pfnCardGetProperty(NULL, CP_CARD_GUID, bytes, 16, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_card_is_read_only_and_says_so)
{
	CARD_FREE_SPACE_INFO space;
	CARD_CAPABILITIES capabilities;
	DWORD len;

	ck_assert_uint_eq(number(CP_CARD_READ_ONLY, 0), TRUE);
	ck_assert_uint_eq(number(CP_SUPPORTS_WIN_X509_ENROLLMENT, 0), FALSE);
	ck_assert_uint_eq(number(CP_CARD_CACHE_MODE, 0), CP_CACHE_MODE_NO_CACHE);
	ck_assert_code(get(CP_CARD_FREE_SPACE, 0, &space, sizeof(space), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(space.dwBytesAvailable, 0);
	ck_assert_uint_eq(space.dwKeyContainersAvailable, 0);
	ck_assert_uint_eq(space.dwMaxKeyContainers, 5);
	ck_assert_code(get(CP_CARD_CAPABILITIES, 0, &capabilities, sizeof(capabilities), &len), ERROR_SUCCESS);
	ck_assert_int_eq(capabilities.fKeyGen, FALSE);
	ck_assert_uint_eq(number(CP_KEY_IMPORT_SUPPORT, 0), 0);
}
END_TEST

static PIN_INFO pin_info(PIN_ID id)
{
	PIN_INFO info;
	DWORD len;

	ck_assert_code(get(CP_CARD_PIN_INFO, id, &info, sizeof(info), &len), ERROR_SUCCESS);
	return info;
}

START_TEST(a_pin_that_may_be_changed_or_unblocked_is_taken_in_plain)
{
	static const PIN_ID pins[] = { ROLE_USER, ROLE_ADMIN };
	DWORD value;
	DWORD len;

	for (size_t i = 0; i < ARRAY_COUNT(pins); i++) {
		const PIN_INFO info = pin_info(pins[i]);

		ck_assert_uint_eq(number(CP_CARD_PIN_STRENGTH_VERIFY, pins[i]), CARD_PIN_STRENGTH_PLAINTEXT);
		ck_assert_uint_eq(number(CP_CARD_PIN_STRENGTH_CHANGE, pins[i]),
				  info.dwChangePermission != PIN_SET_NONE ? CARD_PIN_STRENGTH_PLAINTEXT : 0);
		ck_assert_uint_eq(number(CP_CARD_PIN_STRENGTH_UNBLOCK, pins[i]),
				  info.dwUnblockPermission != PIN_SET_NONE ? CARD_PIN_STRENGTH_PLAINTEXT : 0);
	}
	ck_assert_code(get(CP_CARD_PIN_STRENGTH_VERIFY, ROLE_EVERYONE, &value, sizeof(value), &len),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(CP_CARD_PIN_STRENGTH_CHANGE, 7, &value, sizeof(value), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(CP_CARD_PIN_STRENGTH_UNBLOCK, 7, &value, sizeof(value), &len), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(pins_are_the_user_and_the_administrator)
{
	PIN_INFO info;
	CARD_EXT_PIN_DETAILS details;
	DWORD len;

	ck_assert_uint_eq(number(CP_CARD_LIST_PINS, 0), CREATE_PIN_SET(ROLE_USER) | CREATE_PIN_SET(ROLE_ADMIN));
	ck_assert_code(get(CP_CARD_PIN_INFO, ROLE_USER, &info, sizeof(info), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(info.dwVersion, 6);
	ck_assert_int_eq(info.PinType, AlphaNumericPinType);
	ck_assert_int_eq(info.PinPurpose, PrimaryCardPin);
	ck_assert_uint_eq(info.dwUnblockPermission, CREATE_PIN_SET(ROLE_ADMIN));
	ck_assert_uint_eq(info.dwChangePermission, CREATE_PIN_SET(ROLE_USER));
	ck_assert_int_eq(info.PinCachePolicy.PinCachePolicyType, PinCacheNormal);
	ck_assert_code(get(CP_CARD_PIN_INFO, ROLE_ADMIN, &info, sizeof(info), &len), ERROR_SUCCESS);
	ck_assert_int_eq(info.PinPurpose, UnblockOnlyPin);
	ck_assert_code(get(CP_CARD_PIN_INFO, ROLE_EVERYONE, &info, sizeof(info), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(CP_CARD_PIN_INFO, 3, &info, sizeof(info), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(CP_EXT_PIN_DETAILS, ROLE_ADMIN, &details, sizeof(details), &len), ERROR_SUCCESS);
	ck_assert_str_eq(details.szLabel, "PUK");
	ck_assert_int_eq(details.fAdministrator, TRUE);
	ck_assert_uint_eq(details.cAttemptsRemaining, 3);
	ck_assert_uint_eq(details.cbMinLength, 4);
	ck_assert_uint_eq(details.cbMaxLength, 12);
}
END_TEST

START_TEST(key_sizes_are_per_specification)
{
	CARD_KEY_SIZES sizes = { .dwVersion = 1 };

	for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_ECDHE_P521; spec++)
		ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, spec, 0, &sizes), ERROR_SUCCESS);
	ck_assert_uint_eq(sizes.dwDefaultBitlen, 521);
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, AT_SIGNATURE, 0, &sizes), ERROR_SUCCESS);
	ck_assert_uint_eq(sizes.dwDefaultBitlen, 2048);
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 0, 0, &sizes), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 9, 0, &sizes), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 1, 1, &sizes), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 1, 0, NULL), SCARD_E_INVALID_PARAMETER);
	sizes.dwVersion = 2;
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 1, 0, &sizes), ERROR_REVISION_MISMATCH);
	sizes.dwVersion = 0;
	ck_assert_code(harness_card->pfnCardQueryKeySizes(harness_card, 1, 0, &sizes), ERROR_SUCCESS);
}
END_TEST

START_TEST(capabilities_are_asked_in_the_old_way_too)
{
	CARD_CAPABILITIES capabilities = { .dwVersion = 0 };

	ck_assert_code(harness_card->pfnCardQueryCapabilities(harness_card, &capabilities), ERROR_SUCCESS);
	ck_assert_uint_eq(capabilities.dwVersion, 1);
	ck_assert_int_eq(capabilities.fCertificateCompression, TRUE);
	capabilities.dwVersion = 2;
	ck_assert_code(harness_card->pfnCardQueryCapabilities(harness_card, &capabilities), ERROR_REVISION_MISMATCH);
	ck_assert_code(harness_card->pfnCardQueryCapabilities(harness_card, NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(certificates_are_described)
{
	CARD_EXT_CERTIFICATE certificate;
	DWORD len;

	ck_assert_uint_eq(number(CP_EXT_CERTIFICATE_COUNT, 0), 6);
	ck_assert_code(get(CP_EXT_CERTIFICATE, 3, &certificate, sizeof(certificate), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(certificate.dwContainer, 3);
	ck_assert_str_eq(certificate.szFile, "kxc03");
	ck_assert_uint_eq(certificate.cbId, 1);
	ck_assert_uint_eq(certificate.rgbId[0], 4);
	ck_assert_code(get(CP_EXT_CERTIFICATE, 4, &certificate, sizeof(certificate), &len), ERROR_SUCCESS);
	ck_assert_str_eq(certificate.szFile, "ksc04");
	ck_assert_code(get(CP_EXT_CERTIFICATE, 5, &certificate, sizeof(certificate), &len), ERROR_SUCCESS);
	ck_assert_int_eq(certificate.fAuthority, TRUE);
	ck_assert_uint_eq(certificate.dwContainer, CARD_EXT_NOT_KNOWN);
	ck_assert_str_eq(certificate.szFile, "xcr05");
	ck_assert_str_eq(certificate.szLabel, "authority");
	ck_assert_code(get(CP_EXT_CERTIFICATE, 6, &certificate, sizeof(certificate), &len), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_card_that_is_gone_is_told)
{
	DWORD value;
	DWORD len;

	ck_assert_uint_eq(number(CP_EXT_CARD_PRESENT, 0), TRUE);
	fake_insert_card(0);
	ck_assert_code(get(CP_EXT_CARD_PRESENT, 0, &value, sizeof(value), &len), SCARD_W_REMOVED_CARD);
	fake_unplug(0);
	ck_assert_code(get(CP_EXT_CARD_PRESENT, 0, &value, sizeof(value), &len), SCARD_E_UNKNOWN_READER);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

START_TEST(only_window_and_context_string_may_be_set)
{
	BYTE bytes[8] = { 0 };
	PCARD_DATA c = harness_card;

	ck_assert_code(c->pfnCardSetProperty(c, CP_PARENT_WINDOW, bytes, 8, 0), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardSetProperty(c, CP_PIN_CONTEXT_STRING, bytes, 8, 0), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardSetProperty(c, CP_PIN_CONTEXT_STRING, NULL, 0, 0), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardSetProperty(c, CP_PIN_CONTEXT_STRING, NULL, 8, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetProperty(c, CP_PARENT_WINDOW, bytes, 8, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetProperty(c, NULL, bytes, 8, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetProperty(c, u"No Such", bytes, 8, 0), SCARD_E_UNSUPPORTED_FEATURE);
	for (size_t i = 0; i < ARRAY_COUNT(known); i++)
		ck_assert_code(c->pfnCardSetProperty(c, known[i].name, bytes, 8, 0), SCARD_E_UNSUPPORTED_FEATURE);
}
END_TEST

START_TEST(data_objects_are_described_by_their_number)
{
	static const uint8_t oid[] = { 0x2B, 0x06, 0x01 };
	CARD_EXT_DATA described;
	DWORD len = 0;

	harness_close();
	fake_reset();
	(void)fake_add_data(&(struct fake_data){ .label = "label", .application = "application",
						 .oid = span_of(oid, sizeof(oid)), .is_private = true });
	harness_open_described();
	ck_assert_uint_eq(number(CP_EXT_DATA_COUNT, 0), 1);
	ck_assert_code(get(CP_EXT_DATA, 0, &described, sizeof(described), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(described.fPrivate, TRUE);
	ck_assert_str_eq(described.szFile, "dat00");
	ck_assert_uint_eq(described.cbOid, sizeof(oid));
	ck_assert_mem_eq(described.rgbOid, oid, sizeof(oid));
	ck_assert_str_eq(described.szLabel, "label");
	ck_assert_str_eq(described.szApplication, "application");
	ck_assert_code(get(CP_EXT_DATA, 1, &described, sizeof(described), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, each_property_tells_its_length_and_needs_the_room);
	tcase_add_test(tc, names_that_are_none_are_wrong);
	tcase_add_test(tc, the_card_is_read_only_and_says_so);
	tcase_add_test(tc, a_pin_that_may_be_changed_or_unblocked_is_taken_in_plain);
	tcase_add_test(tc, pins_are_the_user_and_the_administrator);
	tcase_add_test(tc, key_sizes_are_per_specification);
	tcase_add_test(tc, capabilities_are_asked_in_the_old_way_too);
	tcase_add_test(tc, certificates_are_described);
	tcase_add_test(tc, a_card_that_is_gone_is_told);
	tcase_add_test(tc, only_window_and_context_string_may_be_set);
	tcase_add_test(tc, data_objects_are_described_by_their_number);
}

TEST_MAIN("minidriver/drv_property", add)
