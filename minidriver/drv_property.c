/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "minidriver/drv.h"
#include "minidriver/drv_file.h"
#include "minidriver/drv_identity.h"
#include "minidriver/error.h"
#include "minidriver/wide.h"

/* A property's value on its way out: bytes that live long enough, or one of the small structures here. */
struct value {
	struct span bytes;
	union {
		DWORD number;
		PIN_INFO pin_info;
		CARD_FREE_SPACE_INFO free_space;
		CARD_CAPABILITIES capabilities;
		CARD_KEY_SIZES key_sizes;
		CARD_EXT_PIN_DETAILS pin_details;
		CARD_EXT_CERTIFICATE certificate;
		CARD_EXT_DATA data;
		CARD_EXT_VERSIONS versions;
		BYTE guid[DRV_GUID_LEN];
		const CARD_EXT_SESSION_KEYS *session_keys;
	} kept;
};

static DWORD keep(struct value *value, size_t size)
{
	value->bytes = span_of(&value->kept, size);
	return ERROR_SUCCESS;
}

static DWORD keep_number(struct value *value, DWORD number)
{
	value->kept.number = number;
	return keep(value, sizeof(value->kept.number));
}

static DWORD keep_text(struct value *value, const char *text)
{
	value->bytes = span_of(text, strlen(text));
	return ERROR_SUCCESS;
}

static const struct card_info *card_info(const struct drv *drv)
{
	return drv->ops->info(drv->card);
}

/* ---- Windows' own ----------------------------------------------------------------------------------- */

static DWORD get_free_space(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	drv_free_space(drv, &value->kept.free_space);
	return keep(value, sizeof(value->kept.free_space));
}

static DWORD get_capabilities(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	value->kept.capabilities = (CARD_CAPABILITIES){ .dwVersion = CARD_CAPABILITIES_CURRENT_VERSION,
							.fCertificateCompression = TRUE };
	return keep(value, sizeof(value->kept.capabilities));
}

static DWORD key_sizes(DWORD key_spec, PCARD_KEY_SIZES sizes)
{
	static const CARD_KEY_SIZES by_spec[] = {
		[AT_KEYEXCHANGE] = { 1, 1024, 2048, 4096, 64 }, [AT_SIGNATURE] = { 1, 1024, 2048, 4096, 64 },
		[AT_ECDSA_P256] = { 1, 256, 256, 256, 1 },      [AT_ECDSA_P384] = { 1, 384, 384, 384, 1 },
		[AT_ECDSA_P521] = { 1, 521, 521, 521, 1 },      [AT_ECDHE_P256] = { 1, 256, 256, 256, 1 },
		[AT_ECDHE_P384] = { 1, 384, 384, 384, 1 },      [AT_ECDHE_P521] = { 1, 521, 521, 521, 1 },
	};

	if (key_spec == 0 || key_spec >= ARRAY_COUNT(by_spec))
		return SCARD_E_INVALID_PARAMETER;
	*sizes = by_spec[key_spec];
	return ERROR_SUCCESS;
}

static DWORD get_key_sizes(struct drv *drv, DWORD flags, struct value *value)
{
	const DWORD err = key_sizes(flags, &value->kept.key_sizes);

	(void)drv;
	return err != ERROR_SUCCESS ? err : keep(value, sizeof(value->kept.key_sizes));
}

static DWORD get_true(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	return keep_number(value, TRUE);
}

static DWORD get_false(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	return keep_number(value, FALSE);
}

static DWORD get_cache_mode(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	return keep_number(value, CP_CACHE_MODE_NO_CACHE);
}

static DWORD get_guid(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return drv_guid(drv, value->kept.guid) ? keep(value, DRV_GUID_LEN) : SCARD_E_UNEXPECTED;
}

static DWORD get_serial(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_text(value, card_info(drv)->serial);
}

static DWORD pin_of(const struct drv *drv, DWORD id, const struct card_pin_info **ret_pin)
{
	if (id >= DRV_PINS || drv->pins[id] == CRD_NO_INDEX)
		return SCARD_E_INVALID_PARAMETER;
	*ret_pin = drv->ops->pin(drv->card, drv->pins[id]);
	return *ret_pin != NULL ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD get_pin_info(struct drv *drv, DWORD flags, struct value *value)
{
	const DWORD err = drv_pin_info(drv, flags, &value->kept.pin_info);

	return err != ERROR_SUCCESS ? err : keep(value, sizeof(value->kept.pin_info));
}

static DWORD get_pin_list(struct drv *drv, DWORD flags, struct value *value)
{
	PIN_SET set = PIN_SET_NONE;

	(void)flags;
	for (PIN_ID id = ROLE_USER; id < DRV_PINS; id++)
		set |= drv->pins[id] != CRD_NO_INDEX ? CREATE_PIN_SET(id) : PIN_SET_NONE;
	return keep_number(value, set);
}

static DWORD get_authenticated(struct drv *drv, DWORD flags, struct value *value)
{
	PIN_SET set = PIN_SET_NONE;
	const DWORD err = drv_pins_authenticated(drv, &set);

	(void)flags;
	return err != ERROR_SUCCESS ? err : keep_number(value, set);
}

static DWORD get_pin_strength(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_pin_info *pin;
	const DWORD err = pin_of(drv, flags, &pin);

	return err != ERROR_SUCCESS ? err : keep_number(value, CARD_PIN_STRENGTH_PLAINTEXT);
}

static DWORD strength_of(PIN_SET permission, struct value *value)
{
	return keep_number(value, permission != PIN_SET_NONE ? CARD_PIN_STRENGTH_PLAINTEXT : 0);
}

static DWORD get_pin_strength_change(struct drv *drv, DWORD flags, struct value *value)
{
	const DWORD err = get_pin_info(drv, flags, value);

	return err != ERROR_SUCCESS ? err : strength_of(value->kept.pin_info.dwChangePermission, value);
}

static DWORD get_pin_strength_unblock(struct drv *drv, DWORD flags, struct value *value)
{
	const DWORD err = get_pin_info(drv, flags, value);

	return err != ERROR_SUCCESS ? err : strength_of(value->kept.pin_info.dwUnblockPermission, value);
}

/* A read-only card takes no key pair, in whatever form. */
static DWORD get_key_import(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	return keep_number(value, 0);
}

static DWORD get_algorithms(struct drv *drv, DWORD flags, struct value *value)
{
	static const WCHAR ciphers[] = CARD_AES_ALGORITHM u"\0" CARD_3DES_ALGORITHM u"\0" CARD_3DES_112_ALGORITHM u"\0";
	static const WCHAR asymmetric[] = u"RSA\0ECDSA_P256\0ECDSA_P384\0ECDSA_P521\0ECDH_P256\0ECDH_P384\0ECDH_P521\0";

	(void)drv;
	if (flags == CARD_CIPHER_OPERATION)
		value->bytes = span_of(ciphers, sizeof(ciphers));
	else if (flags == CARD_ASYMMETRIC_OPERATION)
		value->bytes = span_of(asymmetric, sizeof(asymmetric));
	else
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

/* Those of the card's RSA keys, which need not be the same for each. */
static DWORD key_paddings(const struct drv *drv)
{
	const struct card_key_info *key;
	DWORD paddings = CARD_PADDING_NONE;

	for (size_t i = 0; i < drv_container_count(drv); i++)
		if (drv_container(drv, (BYTE)i, &key) == ERROR_SUCCESS)
			paddings |= key->paddings;
	return paddings;
}

static DWORD get_paddings(struct drv *drv, DWORD flags, struct value *value)
{
	if (flags == CARD_ASYMMETRIC_OPERATION)
		return keep_number(value, key_paddings(drv));
	return flags == CARD_CIPHER_OPERATION ? keep_number(value, CARD_PADDING_NONE) : SCARD_E_INVALID_PARAMETER;
}

static DWORD get_chaining_modes(struct drv *drv, DWORD flags, struct value *value)
{
	static const WCHAR modes[] = BCRYPT_CHAIN_MODE_CBC u"\0" BCRYPT_CHAIN_MODE_ECB u"\0" BCRYPT_CHAIN_MODE_CFB
		u"\0" BCRYPT_CHAIN_MODE_GCM u"\0" BCRYPT_CHAIN_MODE_CCM u"\0";

	(void)drv;
	if (flags != CARD_CIPHER_OPERATION)
		return SCARD_E_INVALID_PARAMETER;
	value->bytes = span_of(modes, sizeof(modes));
	return ERROR_SUCCESS;
}

/* ---- ours ------------------------------------------------------------------------------------------- */

static DWORD get_label(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_text(value, card_info(drv)->label);
}

static DWORD get_manufacturer(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_text(value, card_info(drv)->manufacturer);
}

static DWORD get_model(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_text(value, card_info(drv)->model);
}

static DWORD get_login_required(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_number(value, card_info(drv)->login_required ? TRUE : FALSE);
}

static DWORD get_card_present(struct drv *drv, DWORD flags, struct value *value)
{
	card_err err;

	(void)flags;
	LOCKED(&drv->lock);
	err = drv->ops->check(drv->card);
	return err != CE_OK ? error_from_card(err) : keep_number(value, TRUE);
}

static DWORD count_or_unknown(int count)
{
	return count >= 0 ? (DWORD)count : CARD_EXT_NOT_KNOWN;
}

static DWORD get_pin_details(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_pin_info *pin;
	DWORD err;

	LOCKED(&drv->lock); /* tries_left changes */
	err = pin_of(drv, flags, &pin);
	if (err != ERROR_SUCCESS)
		return err;
	value->kept.pin_details = (CARD_EXT_PIN_DETAILS){
		.cbMinLength = (DWORD)pin->min_len,
		.cbMaxLength = (DWORD)pin->max_len,
		.cMaxAttempts = count_or_unknown(pin->tries_max),
		.cAttemptsRemaining = count_or_unknown(pin->tries_left),
		.fAdministrator = pin->so ? TRUE : FALSE,
		.fInitialized = pin->initialized ? TRUE : FALSE,
	};
	(void)snprintf(value->kept.pin_details.szLabel, sizeof(value->kept.pin_details.szLabel), "%s", pin->label);
	return keep(value, sizeof(value->kept.pin_details));
}

static DWORD get_pin_attempts(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_pin_info *pin;
	card_err asked;
	DWORD err;

	LOCKED(&drv->lock);
	err = pin_of(drv, flags, &pin);
	if (err != ERROR_SUCCESS)
		return err;
	asked = drv->ops->pin_ask(drv->card, drv->pins[flags]);
	if (asked != CE_OK)
		return error_from_card(asked);
	return keep_number(value, count_or_unknown(pin->tries_left));
}

static DWORD get_certificate_count(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_number(value, (DWORD)drv->ops->cert_count(drv->card));
}

static DWORD get_certificate(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_cert_info *cert = drv->ops->cert(drv->card, flags);
	CARD_EXT_CERTIFICATE *out = &value->kept.certificate;

	if (cert == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if (cert->id.len > CARD_EXT_ID_MAX)
		return SCARD_E_UNEXPECTED;
	*out = (CARD_EXT_CERTIFICATE){
		.fAuthority = cert->authority ? TRUE : FALSE,
		.fPrivate = cert->is_private ? TRUE : FALSE,
		.dwContainer = cert->key < drv_container_count(drv) ? (DWORD)cert->key : CARD_EXT_NOT_KNOWN,
		.cbId = (DWORD)cert->id.len,
	};
	if (cert->id.len != 0)
		memcpy(out->rgbId, cert->id.data, cert->id.len);
	(void)snprintf(out->szLabel, sizeof(out->szLabel), "%s", cert->label);
	drv_certificate_file(drv, flags, out->szFile);
	return keep(value, sizeof(*out));
}

static DWORD get_data_count(struct drv *drv, DWORD flags, struct value *value)
{
	(void)flags;
	return keep_number(value, (DWORD)drv->ops->data_count(drv->card));
}

static DWORD get_data(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_data_info *data = drv->ops->data(drv->card, flags);
	CARD_EXT_DATA *out = &value->kept.data;

	if (data == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if (data->oid.len > CARD_EXT_ID_MAX)
		return SCARD_E_UNEXPECTED;
	*out = (CARD_EXT_DATA){ .fPrivate = data->is_private ? TRUE : FALSE, .cbOid = (DWORD)data->oid.len };
	if (data->oid.len != 0)
		memcpy(out->rgbOid, data->oid.data, data->oid.len);
	(void)snprintf(out->szLabel, sizeof(out->szLabel), "%s", data->label);
	(void)snprintf(out->szApplication, sizeof(out->szApplication), "%s", data->application);
	drv_data_file(flags, out->szFile);
	return keep(value, sizeof(*out));
}

static DWORD get_versions(struct drv *drv, DWORD flags, struct value *value)
{
	const struct card_info *info = card_info(drv);

	(void)flags;
	value->kept.versions = (CARD_EXT_VERSIONS){
		.bHardwareMajor = info->hardware.major,
		.bHardwareMinor = info->hardware.minor,
		.bFirmwareMajor = info->firmware.major,
		.bFirmwareMinor = info->firmware.minor,
	};
	return keep(value, sizeof(value->kept.versions));
}

static DWORD get_session_keys(struct drv *drv, DWORD flags, struct value *value)
{
	(void)drv;
	(void)flags;
	value->kept.session_keys = drv_session_key_table();
	return keep(value, sizeof(value->kept.session_keys));
}

/* ---- the table -------------------------------------------------------------------------------------- */

struct property {
	LPCWSTR name;
	bool takes_flags;    /* dwFlags says more; else it must be 0 */
	bool without_card;   /* served in no-card mode, too */
	bool settable;       /* SPEC: a read-only card lets these be set */
	DWORD (*get)(struct drv *drv, DWORD flags, struct value *value); /* NULL: write only */
};

static const struct property properties[] = {
	{ .name = CP_CARD_FREE_SPACE, .get = get_free_space },
	{ .name = CP_CARD_CAPABILITIES, .get = get_capabilities },
	{ .name = CP_CARD_KEYSIZES, .get = get_key_sizes, .takes_flags = true },
	{ .name = CP_CARD_READ_ONLY, .get = get_true },
	{ .name = CP_CARD_CACHE_MODE, .get = get_cache_mode },
	{ .name = CP_SUPPORTS_WIN_X509_ENROLLMENT, .get = get_false },
	{ .name = CP_CARD_GUID, .get = get_guid },
	{ .name = CP_CARD_SERIAL_NO, .get = get_serial },
	{ .name = CP_CARD_PIN_INFO, .get = get_pin_info, .takes_flags = true },
	{ .name = CP_CARD_LIST_PINS, .get = get_pin_list },
	{ .name = CP_CARD_AUTHENTICATED_STATE, .get = get_authenticated },
	{ .name = CP_CARD_PIN_STRENGTH_VERIFY, .get = get_pin_strength, .takes_flags = true },
	{ .name = CP_CARD_PIN_STRENGTH_CHANGE, .get = get_pin_strength_change, .takes_flags = true },
	{ .name = CP_CARD_PIN_STRENGTH_UNBLOCK, .get = get_pin_strength_unblock, .takes_flags = true },
	{ .name = CP_PARENT_WINDOW, .settable = true },
	{ .name = CP_PIN_CONTEXT_STRING, .settable = true },
	{ .name = CP_KEY_IMPORT_SUPPORT, .get = get_key_import },
	{ .name = CP_ENUM_ALGORITHMS, .get = get_algorithms, .takes_flags = true },
	{ .name = CP_PADDING_SCHEMES, .get = get_paddings, .takes_flags = true },
	{ .name = CP_CHAINING_MODES, .get = get_chaining_modes, .takes_flags = true },
	{ .name = CP_EXT_LABEL, .get = get_label },
	{ .name = CP_EXT_MANUFACTURER, .get = get_manufacturer },
	{ .name = CP_EXT_MODEL, .get = get_model },
	{ .name = CP_EXT_SERIAL, .get = get_serial },
	{ .name = CP_EXT_LOGIN_REQUIRED, .get = get_login_required },
	{ .name = CP_EXT_CARD_PRESENT, .get = get_card_present },
	{ .name = CP_EXT_PIN_DETAILS, .get = get_pin_details, .takes_flags = true },
	{ .name = CP_EXT_PIN_ATTEMPTS, .get = get_pin_attempts, .takes_flags = true },
	{ .name = CP_EXT_CERTIFICATE_COUNT, .get = get_certificate_count },
	{ .name = CP_EXT_CERTIFICATE, .get = get_certificate, .takes_flags = true },
	{ .name = CP_EXT_DATA_COUNT, .get = get_data_count },
	{ .name = CP_EXT_DATA, .get = get_data, .takes_flags = true },
	{ .name = CP_EXT_VERSIONS, .get = get_versions },
	{ .name = CP_EXT_SESSION_KEYS, .get = get_session_keys, .without_card = true },
};

static const struct property *find(LPCWSTR name)
{
	for (size_t i = 0; i < ARRAY_COUNT(properties); i++) {
		if (wide_equal(name, properties[i].name))
			return &properties[i];
	}
	return NULL;
}

DWORD drv_get_property(PCARD_DATA card_data, LPCWSTR name, PBYTE data, DWORD room, PDWORD ret_len, DWORD flags)
{
	const struct property *property;
	struct value value;
	struct drv *drv;
	DWORD err = drv_enter(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (name == NULL || ret_len == NULL || (data == NULL && room != 0))
		return SCARD_E_INVALID_PARAMETER;
	property = find(name);
	if (property == NULL || property->get == NULL || (flags != 0 && !property->takes_flags))
		return SCARD_E_INVALID_PARAMETER;
	if (drv->no_card && !property->without_card)
		return SCARD_E_UNSUPPORTED_FEATURE;
	err = property->get(drv, flags, &value);
	if (err != ERROR_SUCCESS)
		return err;
	return drv_answer(&(struct drv_answer){ .data = data, .room = room, .ret_len = ret_len }, value.bytes);
}

DWORD drv_set_property(PCARD_DATA card_data, LPCWSTR name, PBYTE data, DWORD len, DWORD flags)
{
	const struct property *property;
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (name == NULL || flags != 0 || (data == NULL && len != 0))
		return SCARD_E_INVALID_PARAMETER;
	property = find(name);
	/* there is no window and no dialogue here: what may be set is taken and means nothing */
	return property != NULL && property->settable ? ERROR_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

/* ---- the older functions of the same kind ----------------------------------------------------------- */

DWORD drv_query_capabilities(PCARD_DATA card_data, PCARD_CAPABILITIES capabilities)
{
	struct value value;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(
		card_data, &(struct drv_structure){ capabilities, CARD_CAPABILITIES_CURRENT_VERSION }, &drv, &version);

	if (err == ERROR_SUCCESS)
		err = get_capabilities(drv, 0, &value);
	if (err == ERROR_SUCCESS)
		*capabilities = value.kept.capabilities;
	return err;
}

DWORD drv_query_key_sizes(PCARD_DATA card_data, DWORD key_spec, DWORD flags, PCARD_KEY_SIZES sizes)
{
	struct drv *drv;
	DWORD version;
	const DWORD err = drv_enter_versioned(
		card_data, &(struct drv_structure){ sizes, CARD_KEY_SIZES_CURRENT_VERSION }, &drv, &version);

	if (err != ERROR_SUCCESS)
		return err;
	return flags == 0 ? key_sizes(key_spec, sizes) : SCARD_E_INVALID_PARAMETER;
}
