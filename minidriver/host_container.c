/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/curve_win.h"
#include "minidriver/error.h"
#include "minidriver/host.h"

void host_containers_free(struct md_card *card)
{
	for (size_t i = 0; i < card->container_count; i++) {
		struct host_container *c = &card->containers[i];

		host_bytes_clear(&c->id);
		host_bytes_clear(&c->label);
		host_bytes_clear(&c->public_label);
		host_bytes_clear(&c->ec_params);
		host_bytes_clear(&c->ec_point);
		host_bytes_clear(&c->modulus);
		host_bytes_clear(&c->exponent);
	}
	free(card->containers);
	card->containers = NULL;
	card->container_count = 0;
}

/* ---- public keys ------------------------------------------------------------------------------------ */

/* BCRYPT_ECCKEY_BLOB || X || Y -> the public key as md.h has it */
static md_err unpack_ec(struct span blob, struct host_container *c)
{
	BCRYPT_ECCKEY_BLOB header;
	struct curve curve;
	md_err err;

	if (blob.len < sizeof(header))
		return MD_E_UNEXPECTED;
	memcpy(&header, blob.data, sizeof(header));
	err = error_to_md(curve_error(curve_from_params(host_bytes_span(&c->ec_params), &curve)));
	if (err != MD_OK)
		return err;
	if (header.cbKey != curve.field_len || blob.len - sizeof(header) != 2 * curve.field_len)
		return MD_E_UNEXPECTED;
	if (!host_bytes_alloc(&c->ec_point, curve.point_len))
		return MD_E_NO_MEMORY;
	return curve_point_of_blob(&curve, blob.data + sizeof(header), c->ec_point.data) ? MD_OK : MD_E_UNEXPECTED;
}

static md_err unpack_exponent(DWORD exponent, struct host_container *c)
{
	size_t len = 1;

	while (len < sizeof(exponent) && exponent >> (8 * len) != 0)
		len++;
	if (!host_bytes_alloc(&c->exponent, len))
		return MD_E_NO_MEMORY;
	for (size_t i = 0; i < len; i++)
		c->exponent.data[len - 1 - i] = (uint8_t)(exponent >> (8 * i));
	return MD_OK;
}

/* PUBLICKEYBLOB, little-endian -> modulus and exponent, big-endian */
static md_err unpack_rsa(struct span blob, struct host_container *c)
{
	RSA_PUBLICKEYBLOB header;
	size_t len;

	if (blob.len < sizeof(header))
		return MD_E_UNEXPECTED;
	memcpy(&header, blob.data, sizeof(header));
	len = blob.len - sizeof(header);
	if (header.magic != RSA1_MAGIC || (header.bitlen + 7) / 8 != len)
		return MD_E_UNEXPECTED;
	if (!host_bytes_alloc(&c->modulus, len))
		return MD_E_NO_MEMORY;
	for (size_t i = 0; i < len; i++)
		c->modulus.data[i] = blob.data[sizeof(header) + len - 1 - i];
	return unpack_exponent(header.pubexp, c);
}

static md_err unpack_public_key(const CONTAINER_INFO *info, struct host_container *c)
{
	const bool exchange = info->pbKeyExPublicKey != NULL;
	const struct span blob = exchange ? span_of(info->pbKeyExPublicKey, info->cbKeyExPublicKey)
					  : span_of(info->pbSigPublicKey, info->cbSigPublicKey);

	if (blob.data == NULL)
		return MD_OK; /* the card does not give it */
	return c->view.type == MD_PUBLIC_RSA ? unpack_rsa(blob, c) : unpack_ec(blob, c);
}

static md_err read_public_key(struct md_card *card, BYTE index, struct host_container *c)
{
	CONTAINER_INFO info = { .dwVersion = CONTAINER_INFO_CURRENT_VERSION };
	const DWORD err = card->data.pfnCardGetContainerInfo(&card->data, index, 0, &info);
	md_err unpacked;

	if (err == SCARD_E_UNSUPPORTED_FEATURE)
		return MD_OK; /* a key that has no blob form: it is shown without its public half */
	if (err != ERROR_SUCCESS)
		return error_to_md(err);
	unpacked = unpack_public_key(&info, c);
	card->data.pfnCspFree(info.pbSigPublicKey);
	card->data.pfnCspFree(info.pbKeyExPublicKey);
	return unpacked;
}

/* ---- properties ------------------------------------------------------------------------------------- */

static size_t pin_index(const struct md_card *card, PIN_ID id)
{
	for (size_t i = 0; i < card->pin_count; i++) {
		if (card->pins[i].id == id)
			return i;
	}
	return MD_NO_INDEX;
}

static md_err read_numbers(struct md_card *card, int index, struct host_container *c)
{
	PIN_ID pin = ROLE_EVERYONE;
	DWORD usage = 0;
	DWORD paddings = 0;
	BOOL always = FALSE;
	BOOL generated = FALSE;
	const struct {
		LPCWSTR name;
		void *value;
	} numbers[] = {
		{ CCP_PIN_IDENTIFIER, &pin },
		{ CCP_EXT_KEY_USAGE, &usage },
		{ CCP_EXT_PADDINGS, &paddings },
		{ CCP_EXT_ALWAYS_AUTHENTICATE, &always },
		{ CCP_EXT_GENERATED_ON_CARD, &generated },
	};

	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		const struct host_query query = { .container = index, .name = numbers[i].name };
		const md_err err = host_property_fixed(card, &query, numbers[i].value, sizeof(DWORD));

		if (err != MD_OK)
			return err;
	}
	c->view.pin = pin_index(card, pin);
	c->view.usage = usage;
	c->view.paddings = paddings;
	c->view.always_authenticate = always != FALSE;
	c->view.generated_on_card = generated != FALSE;
	return MD_OK;
}
_Static_assert((unsigned)MD_USE_SIGN == CARD_EXT_USE_SIGN &&
		       (unsigned)MD_USE_SIGN_RECOVER == CARD_EXT_USE_SIGN_RECOVER &&
		       (unsigned)MD_USE_DECRYPT == CARD_EXT_USE_DECRYPT &&
		       (unsigned)MD_USE_UNWRAP == CARD_EXT_USE_UNWRAP &&
		       (unsigned)MD_USE_DERIVE == CARD_EXT_USE_DERIVE &&
		       (unsigned)MD_USE_NON_REPUDIATION == CARD_EXT_USE_NON_REPUDIATION,
	       "usage bits of the property and of md.h are the same");

_Static_assert((unsigned)MD_PAD_NONE == CARD_PADDING_NONE && (unsigned)MD_PAD_PKCS1 == CARD_PADDING_PKCS1 &&
		       (unsigned)MD_PAD_PSS == CARD_PADDING_PSS && (unsigned)MD_PAD_OAEP == CARD_PADDING_OAEP,
	       "padding bits of the property and of md.h are the same");

static md_err read_texts(struct md_card *card, int index, struct host_container *c)
{
	md_err err = host_property(card, &(struct host_query){ .container = index, .name = CCP_EXT_KEY_ID }, &c->id);

	if (err == MD_OK)
		err = host_property(card, &(struct host_query){ .container = index, .name = CCP_EXT_KEY_LABEL },
				    &c->label);
	if (err == MD_OK)
		err = host_property(card, &(struct host_query){ .container = index, .name = CCP_EXT_PUBLIC_LABEL },
				    &c->public_label);
	if (err == MD_OK)
		err = host_property(card, &(struct host_query){ .container = index, .name = CCP_EXT_EC_PARAMETERS },
				    &c->ec_params);
	return err;
}

static void set_view(struct host_container *c)
{
	c->view.id = host_bytes_span(&c->id);
	c->view.label = (const char *)c->label.data;
	c->view.public_label = (const char *)c->public_label.data;
	c->view.ec_params = host_bytes_span(&c->ec_params);
	c->view.ec_point = host_bytes_span(&c->ec_point);
	c->view.modulus = host_bytes_span(&c->modulus);
	c->view.public_exponent = host_bytes_span(&c->exponent);
}

/* By the parameters: an RSA key has none. A curve nobody knows is taken for one of the usual form. */
static enum md_public_type public_type(const struct host_container *c)
{
	struct curve curve;

	if (c->ec_params.len == 0)
		return MD_PUBLIC_RSA;
	if (curve_from_params(host_bytes_span(&c->ec_params), &curve) != CURVE_OK)
		return MD_PUBLIC_EC;
	switch (curve.form) {
	case CURVE_MONTGOMERY:
		return MD_PUBLIC_MONTGOMERY;
	case CURVE_EDWARDS:
		return MD_PUBLIC_EDWARDS;
	case CURVE_WEIERSTRASS:
	default:
		return MD_PUBLIC_EC;
	}
}

static md_err read_container(struct md_card *card, size_t index, const CONTAINER_MAP_RECORD *record)
{
	struct host_container *c = &card->containers[index];
	md_err err = read_texts(card, (int)index, c);

	if (err == MD_OK)
		err = read_numbers(card, (int)index, c);
	if (err != MD_OK)
		return err;
	c->view.type = public_type(c);
	c->view.bits = record->wKeyExchangeKeySizeBits != 0 ? record->wKeyExchangeKeySizeBits : record->wSigKeySizeBits;
	err = read_public_key(card, (BYTE)index, c);
	set_view(c);
	return err;
}

md_err host_read_containers(struct md_card *card)
{
	AUTO(host_bytes_clear) struct host_bytes map = { NULL, 0 };
	md_err err = host_file(card, szBASE_CSP_DIR, szCONTAINER_MAP_FILE, &map);
	size_t count;

	if (err != MD_OK)
		return err;
	count = map.len / sizeof(CONTAINER_MAP_RECORD);
	card->containers = calloc(count != 0 ? count : 1, sizeof(*card->containers));
	if (card->containers == NULL)
		return MD_E_NO_MEMORY;
	card->container_count = count;
	for (size_t i = 0; i < count && err == MD_OK; i++) {
		CONTAINER_MAP_RECORD record;

		memcpy(&record, map.data + i * sizeof(record), sizeof(record));
		err = read_container(card, i, &record);
	}
	return err;
}

size_t md_container_count(struct md_card *card)
{
	return card->container_count;
}

const struct md_container *md_container(struct md_card *card, size_t container)
{
	return container < card->container_count ? &card->containers[container].view : NULL;
}
