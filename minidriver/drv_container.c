/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/curve_win.h"
#include "minidriver/drv.h"
#include "minidriver/drv_container.h"
#include "minidriver/wide.h"

bool drv_key_signs(const struct card_key_info *key)
{
	/* a key that may do nothing we know of is shown as a signature key */
	return key->type == CRD_KEY_RSA ? !drv_key_exchanges(key)
					: (key->usage & CRD_USE_DERIVE) == 0 || (key->usage & CRD_USE_SIGN) != 0;
}

bool drv_key_exchanges(const struct card_key_info *key)
{
	const unsigned rsa = CRD_USE_DECRYPT | CRD_USE_UNWRAP;

	return (key->usage & (key->type == CRD_KEY_RSA ? rsa : (unsigned)CRD_USE_DERIVE)) != 0;
}

/* A blob under construction, in the caller's memory. */
struct blob {
	PBYTE data; /* of pfnCspAlloc; NULL: no public key */
	DWORD len;
};

static DWORD blob_alloc(PCARD_DATA card_data, size_t len, struct blob *blob)
{
	blob->data = card_data->pfnCspAlloc(len);
	blob->len = (DWORD)len;
	return blob->data != NULL ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

static DWORD exponent_of(struct span big_endian, DWORD *ret_value)
{
	DWORD value = 0;

	if (big_endian.len > sizeof(value))
		return SCARD_E_UNSUPPORTED_FEATURE;
	for (size_t i = 0; i < big_endian.len; i++)
		value = value << 8 | big_endian.data[i];
	*ret_value = value;
	return ERROR_SUCCESS;
}

static DWORD pack_rsa(PCARD_DATA card_data, const struct card_key_info *key, bool exchange, struct blob *ret_blob)
{
	RSA_PUBLICKEYBLOB header = { .bType = PUBLICKEYBLOB, .bVersion = CUR_BLOB_VERSION, .magic = RSA1_MAGIC,
				     .aiKeyAlg = exchange ? CALG_RSA_KEYX : CALG_RSA_SIGN,
				     .bitlen = (DWORD)(key->modulus.len * 8) };
	DWORD err;

	if (key->modulus.len == 0)
		return ERROR_SUCCESS;
	err = exponent_of(key->public_exponent, &header.pubexp);
	if (err == ERROR_SUCCESS)
		err = blob_alloc(card_data, sizeof(header) + key->modulus.len, ret_blob);
	if (err != ERROR_SUCCESS)
		return err;
	memcpy(ret_blob->data, &header, sizeof(header));
	for (size_t i = 0; i < key->modulus.len; i++)
		ret_blob->data[sizeof(header) + i] = key->modulus.data[key->modulus.len - 1 - i];
	return ERROR_SUCCESS;
}

static DWORD pack_ec(PCARD_DATA card_data, const struct card_key_info *key, bool exchange, struct blob *ret_blob)
{
	BCRYPT_ECCKEY_BLOB header;
	struct curve curve;
	DWORD err;

	if (key->ec_point.len == 0)
		return ERROR_SUCCESS;
	err = curve_error(curve_from_params(key->ec_params, &curve));
	if (err != ERROR_SUCCESS)
		return err;
	if (key->ec_point.len != curve.point_len)
		return SCARD_E_UNEXPECTED;
	header.dwMagic = exchange ? curve_ecdh_magic(&curve) : curve_ecdsa_magic(&curve);
	header.cbKey = (ULONG)curve.field_len;
	err = blob_alloc(card_data, sizeof(header) + 2 * curve.field_len, ret_blob);
	if (err != ERROR_SUCCESS)
		return err;
	memcpy(ret_blob->data, &header, sizeof(header));
	curve_point_to_blob(&curve, key->ec_point.data, ret_blob->data + sizeof(header));
	return ERROR_SUCCESS;
}

static DWORD pack(PCARD_DATA card_data, const struct card_key_info *key, bool exchange, struct blob *ret_blob)
{
	if (key->type == CRD_KEY_RSA)
		return pack_rsa(card_data, key, exchange, ret_blob);
	return pack_ec(card_data, key, exchange, ret_blob);
}

static DWORD pack_both(PCARD_DATA card_data, const struct card_key_info *key, PCONTAINER_INFO info)
{
	struct blob sign = { NULL, 0 };
	struct blob exchange = { NULL, 0 };
	DWORD err = drv_key_signs(key) ? pack(card_data, key, false, &sign) : ERROR_SUCCESS;

	if (err == ERROR_SUCCESS && drv_key_exchanges(key))
		err = pack(card_data, key, true, &exchange);
	if (err != ERROR_SUCCESS) {
		if (sign.data != NULL)
			card_data->pfnCspFree(sign.data);
		return err;
	}
	info->dwReserved = 0;
	info->cbSigPublicKey = sign.data != NULL ? sign.len : 0;
	info->pbSigPublicKey = sign.data;
	info->cbKeyExPublicKey = exchange.data != NULL ? exchange.len : 0;
	info->pbKeyExPublicKey = exchange.data;
	return ERROR_SUCCESS;
}

DWORD drv_get_container_info(PCARD_DATA card_data, BYTE index, DWORD flags, PCONTAINER_INFO info)
{
	const struct card_key_info *key;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(card_data, &(struct drv_structure){ info, CONTAINER_INFO_CURRENT_VERSION },
					&drv, &version);

	if (err == ERROR_SUCCESS && flags != 0)
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = drv_container(drv, index, &key);
	return err != ERROR_SUCCESS ? err : pack_both(card_data, key, info);
}

/* ---- properties ------------------------------------------------------------------------------------- */

static struct span keep_number(DWORD value, DWORD *number)
{
	*number = value;
	return span_of(number, sizeof(*number));
}

static struct span get_pin(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	return keep_number(drv_pin_id(drv, key->pin), number);
}

static struct span get_id(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	(void)number;
	return key->id;
}

static struct span get_label(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	(void)number;
	return span_of(key->label, strlen(key->label));
}

static struct span get_public_label(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	(void)number;
	return span_of(key->public_label, strlen(key->public_label));
}

static struct span get_usage(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	/* bit for bit: asserted below */
	(void)drv;
	return keep_number(key->usage, number);
}
_Static_assert(CARD_EXT_USE_SIGN == CRD_USE_SIGN && CARD_EXT_USE_SIGN_RECOVER == CRD_USE_SIGN_RECOVER &&
		       CARD_EXT_USE_DECRYPT == CRD_USE_DECRYPT && CARD_EXT_USE_UNWRAP == CRD_USE_UNWRAP &&
		       CARD_EXT_USE_DERIVE == CRD_USE_DERIVE && CARD_EXT_USE_NON_REPUDIATION == CRD_USE_NON_REPUDIATION,
	       "usage bits of the card and of the property are the same");

static struct span get_always_authenticate(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	return keep_number(key->always_authenticate ? TRUE : FALSE, number);
}

static struct span get_generated(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	return keep_number(key->generated_on_card ? TRUE : FALSE, number);
}

static struct span get_paddings(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	return keep_number(key->paddings, number);
}
_Static_assert(CARD_PADDING_NONE == CRD_PAD_NONE && CARD_PADDING_PKCS1 == CRD_PAD_PKCS1 &&
		       CARD_PADDING_PSS == CRD_PAD_PSS && CARD_PADDING_OAEP == CRD_PAD_OAEP,
	       "padding bits of the card and of the property are the same");

static struct span get_ec_params(const struct drv *drv, const struct card_key_info *key, DWORD *number)
{
	(void)drv;
	(void)number;
	return key->ec_params;
}

static const struct {
	LPCWSTR name;
	struct span (*get)(const struct drv *drv, const struct card_key_info *key, DWORD *number);
} properties[] = {
	{ CCP_PIN_IDENTIFIER, get_pin },
	{ CCP_EXT_KEY_ID, get_id },
	{ CCP_EXT_KEY_LABEL, get_label },
	{ CCP_EXT_PUBLIC_LABEL, get_public_label },
	{ CCP_EXT_KEY_USAGE, get_usage },
	{ CCP_EXT_ALWAYS_AUTHENTICATE, get_always_authenticate },
	{ CCP_EXT_GENERATED_ON_CARD, get_generated },
	{ CCP_EXT_PADDINGS, get_paddings },
	{ CCP_EXT_EC_PARAMETERS, get_ec_params },
};

/* CCP_CONTAINER_INFO brings memory of the caller's with it, so the room is checked before anything is made. */
static DWORD answer_container_info(PCARD_DATA card_data, const struct card_key_info *key,
				   const struct drv_answer *answer)
{
	CONTAINER_INFO info = { .dwVersion = CONTAINER_INFO_CURRENT_VERSION };
	DWORD err;

	*answer->ret_len = sizeof(info);
	if (answer->room < sizeof(info))
		return ERROR_INSUFFICIENT_BUFFER;
	err = pack_both(card_data, key, &info);
	if (err == ERROR_SUCCESS)
		memcpy(answer->data, &info, sizeof(info));
	return err;
}

static bool agrees(const struct card_key_info *key)
{
	return key->type == CRD_KEY_EC && drv_key_exchanges(key);
}

/*
 * With which container a caller agrees who holds this one's EC signature key: itself if the key can, else the first on
 * the same curve, else the first.
 */
static bool associated_container(const struct drv *drv, const struct card_key_info *key, BYTE *ret_index)
{
	const size_t count = drv_container_count(drv);
	size_t found = count;

	for (size_t i = 0; i < count; i++) {
		const struct card_key_info *other = drv->ops->key(drv->card, i);

		if (!agrees(other) || (agrees(key) && other != key))
			continue;
		if (span_equal(other->ec_params, key->ec_params)) {
			*ret_index = (BYTE)i;
			return true;
		}
		found = found == count ? i : found;
	}
	*ret_index = (BYTE)found;
	return found != count;
}

static DWORD answer_associated(const struct drv *drv, const struct card_key_info *key, const struct drv_answer *answer)
{
	BYTE index;

	if (key->type != CRD_KEY_EC || !drv_key_signs(key) || !associated_container(drv, key, &index))
		return SCARD_E_UNSUPPORTED_FEATURE;
	return drv_answer(answer, span_of(&index, sizeof(index)));
}

static DWORD answer_property(PCARD_DATA card_data, BYTE index, LPCWSTR name, const struct drv_answer *answer)
{
	const struct card_key_info *key;
	struct drv *drv;
	DWORD number = 0;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err == ERROR_SUCCESS)
		err = drv_container(drv, index, &key);
	if (err != ERROR_SUCCESS)
		return err;
	if (wide_equal(name, CCP_CONTAINER_INFO))
		return answer_container_info(card_data, key, answer);
	if (wide_equal(name, CCP_ASSOCIATED_ECDH_KEY))
		return answer_associated(drv, key, answer);
	for (size_t i = 0; i < ARRAY_COUNT(properties); i++) {
		if (wide_equal(name, properties[i].name))
			return drv_answer(answer, properties[i].get(drv, key, &number));
	}
	return SCARD_E_INVALID_PARAMETER;
}

DWORD drv_get_container_property(PCARD_DATA card_data, BYTE index, LPCWSTR name, PBYTE data, DWORD room, PDWORD ret_len,
				 DWORD flags)
{
	const struct drv_answer answer = { .data = data, .room = room, .ret_len = ret_len };

	if (name == NULL || ret_len == NULL || flags != 0 || (data == NULL && room != 0))
		return SCARD_E_INVALID_PARAMETER;
	return answer_property(card_data, index, name, &answer);
}
