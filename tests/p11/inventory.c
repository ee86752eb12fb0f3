/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *     inventory MODULE PIN          what a module shows of its tokens, a fact a line: name, tabulator, value
 *     inventory --steps MODULE PIN  the calls of a client step by step
 *
 * The lines of two modules over the same card can be put side by side: objects are named by their class and identifier,
 * not by their handle. With --steps the name of each step is printed when it is done, and a line is awaited before the
 * next: whoever reads it counts the card's commands in between.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/p11/names.h"
#include "tests/p11/p11_module.h"

#define SLOTS_MAX 64u
#define OBJECTS_MAX 512u
#define VALUE_MAX 16384u
#define NAME_MAX_LEN 200u

static struct p11_module module;

static bool fine(CK_RV rv, const char *call)
{
	char room[P11_NAME_ROOM];

	if (rv != CKR_OK)
		(void)fprintf(stderr, "%s: %s\n", call, p11_rv_name(rv, room));
	return rv == CKR_OK;
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static void print_text(const unsigned char *text, size_t len)
{
	while (len > 0 && text[len - 1] == ' ')
		len--;
	(void)putchar('"');
	for (size_t i = 0; i < len; i++)
		(void)(text[i] < ' ' || text[i] == 0x7F ? printf("\\x%02x", text[i]) : putchar(text[i]));
	(void)putchar('"');
}

static void fact_text(const char *prefix, const char *name, const unsigned char *text, size_t len)
{
	(void)printf("%s/%s\t", prefix, name);
	print_text(text, len);
	(void)putchar('\n');
}

static void fact_number(const char *prefix, const char *name, CK_ULONG number)
{
	if (number == CK_UNAVAILABLE_INFORMATION)
		(void)printf("%s/%s\tunavailable\n", prefix, name);
	else
		(void)printf("%s/%s\t%lu\n", prefix, name, number);
}

static void fact_version(const char *prefix, const char *name, CK_VERSION version)
{
	(void)printf("%s/%s\t%u.%u\n", prefix, name, version.major, version.minor);
}

static void fact_flags(const char *prefix, CK_FLAGS flags, const struct p11_flag *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((flags & names[i].flag) != 0)
			(void)printf("%s/flag/%s\tyes\n", prefix, names[i].name);
}

static bool show_slot(const char *prefix, CK_SLOT_ID slot)
{
	CK_SLOT_INFO info;

	if (!fine(module.f->C_GetSlotInfo(slot, &info), "C_GetSlotInfo"))
		return false;
	fact_text(prefix, "description", info.slotDescription, sizeof(info.slotDescription));
	fact_flags(prefix, info.flags, p11_slot_flags, p11_slot_flag_count);
	return true;
}

static bool show_token(const char *prefix, CK_SLOT_ID slot)
{
	CK_TOKEN_INFO info;

	if (!fine(module.f->C_GetTokenInfo(slot, &info), "C_GetTokenInfo"))
		return false;
	fact_text(prefix, "label", info.label, sizeof(info.label));
	fact_text(prefix, "manufacturer", info.manufacturerID, sizeof(info.manufacturerID));
	fact_text(prefix, "model", info.model, sizeof(info.model));
	fact_text(prefix, "serial", info.serialNumber, sizeof(info.serialNumber));
	fact_flags(prefix, info.flags, p11_token_flags, p11_token_flag_count);
	fact_number(prefix, "max sessions", info.ulMaxSessionCount);
	fact_number(prefix, "max RW sessions", info.ulMaxRwSessionCount);
	fact_number(prefix, "min PIN length", info.ulMinPinLen);
	fact_number(prefix, "max PIN length", info.ulMaxPinLen);
	fact_number(prefix, "total public memory", info.ulTotalPublicMemory);
	fact_number(prefix, "free public memory", info.ulFreePublicMemory);
	fact_number(prefix, "total private memory", info.ulTotalPrivateMemory);
	fact_number(prefix, "free private memory", info.ulFreePrivateMemory);
	fact_version(prefix, "hardware version", info.hardwareVersion);
	fact_version(prefix, "firmware version", info.firmwareVersion);
	if ((info.flags & CKF_CLOCK_ON_TOKEN) != 0)
		fact_text(prefix, "time", info.utcTime, sizeof(info.utcTime));
	return true;
}

/* ---- mechanisms ------------------------------------------------------------------------------------------------- */

static CK_MECHANISM_TYPE *mechanisms(CK_SLOT_ID slot, CK_ULONG *ret_count)
{
	CK_MECHANISM_TYPE *list;

	if (!fine(module.f->C_GetMechanismList(slot, NULL, ret_count), "C_GetMechanismList"))
		return NULL;
	list = calloc(*ret_count + 1, sizeof(*list));
	if (list != NULL && !fine(module.f->C_GetMechanismList(slot, list, ret_count), "C_GetMechanismList")) {
		free(list);
		return NULL;
	}
	return list;
}

static bool show_mechanism(CK_SLOT_ID slot, CK_MECHANISM_TYPE type)
{
	char room[P11_NAME_ROOM];
	char prefix[NAME_MAX_LEN];
	CK_MECHANISM_INFO info;

	if (!fine(module.f->C_GetMechanismInfo(slot, type, &info), "C_GetMechanismInfo"))
		return false;
	(void)snprintf(prefix, sizeof(prefix), "mechanism/%s", p11_mechanism_name(type, room));
	(void)printf("%s\tyes\n", prefix);
	fact_number(prefix, "min key", info.ulMinKeySize);
	fact_number(prefix, "max key", info.ulMaxKeySize);
	fact_flags(prefix, info.flags, p11_mechanism_flags, p11_mechanism_flag_count);
	return true;
}

static bool show_mechanisms(CK_SLOT_ID slot)
{
	CK_ULONG count = 0;
	CK_MECHANISM_TYPE *list = mechanisms(slot, &count);
	bool good = list != NULL;

	for (CK_ULONG i = 0; good && i < count; i++)
		good = show_mechanism(slot, list[i]);
	free(list);
	return good;
}

/* ---- objects ---------------------------------------------------------------------------------------------------- */

static CK_BYTE value[VALUE_MAX];

static CK_RV read_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
			    CK_ULONG *ret_len)
{
	CK_ATTRIBUTE attribute = { type, value, sizeof(value) };
	const CK_RV rv = module.f->C_GetAttributeValue(session, object, &attribute, 1);

	*ret_len = rv == CKR_OK ? attribute.ulValueLen : 0;
	return rv;
}

static size_t find_all(CK_SESSION_HANDLE session, CK_ATTRIBUTE *templ, CK_ULONG templ_count, CK_OBJECT_HANDLE *objects)
{
	CK_ULONG count = 0;
	CK_ULONG more = 0;

	if (!fine(module.f->C_FindObjectsInit(session, templ, templ_count), "C_FindObjectsInit"))
		return 0;
	do {
		if (!fine(module.f->C_FindObjects(session, objects + count, OBJECTS_MAX - count, &more), "C_FindObjects"))
			break;
		count += more;
	} while (more != 0 && count < OBJECTS_MAX);
	(void)fine(module.f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	return count;
}

static void print_numbers(CK_ULONG len)
{
	for (CK_ULONG at = 0; at + sizeof(CK_ULONG) <= len; at += sizeof(CK_ULONG)) {
		CK_ULONG number;

		memcpy(&number, value + at, sizeof(number));
		if (number == CK_UNAVAILABLE_INFORMATION)
			(void)printf("%sunavailable", at != 0 ? " " : "");
		else
			(void)printf("%s0x%lx", at != 0 ? " " : "", number);
	}
}

static void print_bytes(CK_ULONG len)
{
	if (len == 0)
		(void)fputs("empty", stdout);
	for (CK_ULONG i = 0; i < len; i++)
		(void)printf("%02x", value[i]);
}

static void print_value(enum p11_form form, CK_ULONG len)
{
	switch (form) {
	case P11_TEXT:
		print_text(value, len);
		return;
	case P11_BOOL:
		(void)fputs(len != sizeof(CK_BBOOL) ? "not a CK_BBOOL" : value[0] != CK_FALSE ? "true" : "false", stdout);
		return;
	case P11_NUMBER:
	case P11_NUMBERS:
		print_numbers(len);
		return;
	case P11_BYTES:
	default:
		print_bytes(len);
	}
}

/* Class and CKA_ID, else what else names an object of its class. */
static void object_name(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, char to[NAME_MAX_LEN])
{
	static const CK_ATTRIBUTE_TYPE names[] = { CKA_ID, CKA_PROFILE_ID, CKA_OBJECT_ID, CKA_LABEL };
	char room[P11_NAME_ROOM];
	CK_OBJECT_CLASS class = CK_UNAVAILABLE_INFORMATION;
	CK_ULONG len = 0;
	size_t at;

	if (read_attribute(session, object, CKA_CLASS, &len) == CKR_OK && len == sizeof(class))
		memcpy(&class, value, sizeof(class));
	at = (size_t)snprintf(to, NAME_MAX_LEN, "%s/", p11_class_name(class, room));
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (read_attribute(session, object, names[i], &len) != CKR_OK || len == 0)
			continue;
		for (CK_ULONG j = 0; j < len && at + 3 < NAME_MAX_LEN; j++)
			at += (size_t)snprintf(to + at, NAME_MAX_LEN - at, "%02x", value[j]);
		return;
	}
}

static void show_object(const char *when, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	char object_is[NAME_MAX_LEN];
	char room[P11_NAME_ROOM];

	object_name(session, object, object_is);
	for (size_t i = 0; i < p11_attribute_count; i++) {
		CK_ULONG len = 0;
		const CK_RV rv = read_attribute(session, object, p11_attributes[i].type, &len);

		if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
			continue;
		(void)printf("object/%s/%s/%s\t", when, object_is, p11_attributes[i].name);
		if (rv == CKR_OK)
			print_value(p11_attributes[i].form, len);
		else
			(void)printf("!%s", p11_rv_name(rv, room));
		(void)putchar('\n');
	}
}

static void show_objects(const char *when, CK_SESSION_HANDLE session)
{
	static CK_OBJECT_HANDLE objects[OBJECTS_MAX];
	const size_t count = find_all(session, NULL, 0, objects);

	for (size_t i = 0; i < count; i++)
		show_object(when, session, objects[i]);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static bool login(CK_SESSION_HANDLE session, const char *pin)
{
	return fine(module.f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)), "C_Login");
}

static bool show(CK_SLOT_ID slot, size_t number, const char *pin)
{
	char prefix[NAME_MAX_LEN];
	CK_SESSION_HANDLE session;

	(void)snprintf(prefix, sizeof(prefix), "slot/%zu", number);
	if (!show_slot(prefix, slot))
		return false;
	(void)snprintf(prefix, sizeof(prefix), "token/%zu", number);
	if (!show_token(prefix, slot) || !show_mechanisms(slot) ||
	    !fine(module.f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession"))
		return false;
	show_objects("before", session);
	if (!login(session, pin))
		return false;
	show_objects("after", session);
	return fine(module.f->C_CloseSession(session), "C_CloseSession");
}

static size_t slots_with_token(CK_SLOT_ID slots[SLOTS_MAX])
{
	CK_ULONG count = SLOTS_MAX;

	return fine(module.f->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList") ? count : 0;
}

static int inventory(const char *pin)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	const size_t count = slots_with_token(slots);
	CK_INFO info;

	if (!fine(module.f->C_GetInfo(&info), "C_GetInfo") || count == 0)
		return 1;
	fact_version("library", "cryptoki", info.cryptokiVersion);
	fact_version("library", "version", info.libraryVersion);
	fact_text("library", "description", info.libraryDescription, sizeof(info.libraryDescription));
	for (size_t i = 0; i < count; i++)
		if (!show(slots[i], i, pin))
			return 1;
	return 0;
}

/* ---- step by step ----------------------------------------------------------------------------------------------- */

#define AGAIN 50 /* how often a call is made that must cost nothing */

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static const char *user_pin;

/* The attributes of every object of a class (CK_UNAVAILABLE_INFORMATION: of all). */
static bool read_all(CK_OBJECT_CLASS class, const CK_ATTRIBUTE_TYPE *types, size_t type_count)
{
	static CK_OBJECT_HANDLE objects[OBJECTS_MAX];
	CK_ATTRIBUTE templ = { CKA_CLASS, &class, sizeof(class) };
	const size_t count = find_all(session, &templ, class != CK_UNAVAILABLE_INFORMATION, objects);
	CK_ULONG len;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < type_count; j++)
			(void)read_attribute(session, objects[i], types[j], &len);
	return count != 0;
}

static bool step_slots(void)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_SLOT_INFO slot_info;
	CK_INFO info;

	if (!fine(module.f->C_GetInfo(&info), "C_GetInfo") || slots_with_token(slots) == 0)
		return false;
	slot = slots[0];
	return fine(module.f->C_GetSlotInfo(slot, &slot_info), "C_GetSlotInfo");
}

static bool step_session(void)
{
	return fine(module.f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
}

static const CK_ATTRIBUTE_TYPE listed[] = { CKA_CLASS,	  CKA_ID,	    CKA_LABEL,	  CKA_KEY_TYPE, CKA_TOKEN,
					    CKA_PRIVATE, CKA_EC_PARAMS, CKA_EC_POINT, CKA_MODULUS,	CKA_PUBLIC_EXPONENT };
static const CK_ATTRIBUTE_TYPE of_certificates[] = { CKA_VALUE, CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER };
static const CK_ATTRIBUTE_TYPE of_data[] = { CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE };

static bool step_list(void)
{
	return read_all(CK_UNAVAILABLE_INFORMATION, listed, ARRAY_COUNT(listed));
}

static bool step_token(void)
{
	CK_TOKEN_INFO info;

	return fine(module.f->C_GetTokenInfo(slot, &info), "C_GetTokenInfo");
}

static bool step_mechanisms(void)
{
	CK_ULONG count = 0;
	CK_MECHANISM_TYPE *list = mechanisms(slot, &count);
	bool good = list != NULL;

	for (CK_ULONG i = 0; good && i < count; i++) {
		CK_MECHANISM_INFO info;

		good = fine(module.f->C_GetMechanismInfo(slot, list[i], &info), "C_GetMechanismInfo");
	}
	free(list);
	return good;
}

/* What NSS and desktops ask again and again. */
static bool step_polling(void)
{
	static const CK_OBJECT_CLASS unknown[] = { CKO_VENDOR_DEFINED | 0x4E534350UL | 3, /* CKO_NSS_TRUST */
						   CKO_VENDOR_DEFINED | 0x4E534350UL | 4, /* CKO_NSS_BUILTIN_ROOT_LIST */
						   CKO_HW_FEATURE, CKO_MECHANISM, 0xA, 0xB };
	static CK_OBJECT_HANDLE objects[OBJECTS_MAX];
	size_t found = 0;

	for (int i = 0; i < AGAIN; i++) {
		CK_SESSION_INFO info;

		if (!fine(module.f->C_GetSessionInfo(session, &info), "C_GetSessionInfo"))
			return false;
		for (size_t j = 0; j < ARRAY_COUNT(unknown); j++) {
			CK_OBJECT_CLASS class = unknown[j];
			CK_BYTE serial[] = { 0x02, 0x01, 0x2A };
			CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) },
						 { CKA_SERIAL_NUMBER, serial, sizeof(serial) } };

			found += find_all(session, templ, ARRAY_COUNT(templ), objects);
		}
	}
	return found == 0;
}

static bool step_certificates(void)
{
	return read_all(CKO_CERTIFICATE, of_certificates, ARRAY_COUNT(of_certificates));
}

static bool step_data(void)
{
	(void)read_all(CKO_DATA, of_data, ARRAY_COUNT(of_data));
	return true; /* a card may have none */
}

static bool step_login(void)
{
	return login(session, user_pin);
}

static const struct step {
	const char *name;
	bool (*run)(void);
} steps[] = {
	{ "slots", step_slots },
	{ "session", step_session },
	{ "list", step_list },
	{ "list again", step_list },
	{ "token", step_token },
	{ "token again", step_token },
	{ "mechanisms", step_mechanisms },
	{ "polling", step_polling },
	{ "certificates", step_certificates },
	{ "certificates again", step_certificates },
	{ "data", step_data },
	{ "data again", step_data },
	{ "login", step_login },
	{ "list of the user", step_list },
	{ "data of the user", step_data },
	{ "data of the user again", step_data },
	{ "polling of the user", step_polling },
};

static bool await_go(const char *done)
{
	char line[8];

	(void)printf("%s\n", done);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

static int by_steps(void)
{
	bool go = await_go("initialize");

	for (size_t i = 0; go && i < ARRAY_COUNT(steps); i++) {
		if (!steps[i].run()) {
			(void)fprintf(stderr, "step failed: %s\n", steps[i].name);
			return 1;
		}
		go = await_go(steps[i].name);
	}
	return go ? 0 : 1;
}

int main(int argc, char *argv[])
{
	const bool stepping = argc == 4 && strcmp(argv[1], "--steps") == 0;
	const struct p11_config config = { .path = argc >= 3 ? argv[argc - 2] : NULL };
	int status;

	if (argc != 3 && !stepping) {
		(void)fprintf(stderr, "usage: inventory [--steps] MODULE PIN\n");
		return 2;
	}
	if (!p11_module_load(&config, &module))
		return 1;
	user_pin = argv[argc - 1];
	status = stepping ? by_steps() : inventory(user_pin);
	p11_module_close(&module);
	return status;
}
