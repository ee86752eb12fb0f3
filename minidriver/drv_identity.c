/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_identity.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "minidriver/drv_file.h"

#define DIGEST_LEN 32u
#define GUID_TEXT_LEN 38u

/* ---- digests ---------------------------------------------------------------------------------------- */

/* A SHA-256 under way; `good` is false once anything has failed. */
struct digest {
	EVP_MD_CTX *context;
	bool good;
};

static void digest_clear(struct digest *digest)
{
	EVP_MD_CTX_free(digest->context);
}

static struct digest digest_begin(void)
{
	const EVP_MD *md = ossl_md("SHA2-256");
	struct digest digest = { .context = EVP_MD_CTX_new() };

	digest.good = md != NULL && digest.context != NULL && EVP_DigestInit_ex2(digest.context, md, NULL) == 1;
	return digest;
}

static void add_raw(struct digest *digest, const void *data, size_t len)
{
	if (digest->good && len != 0)
		digest->good = EVP_DigestUpdate(digest->context, data, len) == 1;
}

static void add_number(struct digest *digest, size_t number)
{
	const uint64_t wide = number;

	add_raw(digest, &wide, sizeof(wide));
}

/* Bytes behind their length, so that two runs of them never look like another two. */
static void add_bytes(struct digest *digest, struct span bytes)
{
	add_number(digest, bytes.len);
	add_raw(digest, bytes.data, bytes.len);
}

static void add_text(struct digest *digest, const char *text)
{
	add_raw(digest, text, strlen(text) + 1);
}

static bool digest_end(struct digest *digest, uint8_t ret_value[DIGEST_LEN])
{
	return digest->good && EVP_DigestFinal_ex(digest->context, ret_value, NULL) == 1;
}

/* ---- the card and its containers -------------------------------------------------------------------- */

static void add_card(struct digest *digest, const struct drv *drv)
{
	const struct card_info *info = drv->ops->info(drv->card);

	add_text(digest, info->model);
	add_text(digest, info->serial);
}

bool drv_guid(const struct drv *drv, BYTE ret_guid[DRV_GUID_LEN])
{
	OSSL_QUIET();
	AUTO(digest_clear) struct digest digest = digest_begin();
	uint8_t value[DIGEST_LEN];

	add_card(&digest, drv);
	if (!digest_end(&digest, value))
		return false;
	memcpy(ret_guid, value, DRV_GUID_LEN);
	return true;
}

/* How many keys before this one have the same id. */
static size_t namesakes(const struct drv *drv, size_t container)
{
	const struct span id = drv->ops->key(drv->card, container)->id;
	size_t count = 0;

	for (size_t i = 0; i < container; i++)
		count += span_equal(drv->ops->key(drv->card, i)->id, id) ? 1 : 0;
	return count;
}

/* RFC 9562, 4 and 5.8: a UUID whose bits have a meaning of our own */
static bool print_guid(uint8_t bytes[DRV_GUID_LEN], WCHAR ret_name[MAX_CONTAINER_NAME_LEN + 1])
{
	char text[GUID_TEXT_LEN + 1];
	int len;

	bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x80);
	bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
	len = snprintf(text, sizeof(text), "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
		       bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8],
		       bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);
	if (len != (int)GUID_TEXT_LEN)
		return false;
	for (size_t i = 0; i <= GUID_TEXT_LEN; i++)
		ret_name[i] = (WCHAR)(unsigned char)text[i];
	return true;
}

bool drv_container_name(const struct drv *drv, size_t container, WCHAR ret_name[MAX_CONTAINER_NAME_LEN + 1])
{
	OSSL_QUIET();
	AUTO(digest_clear) struct digest digest = digest_begin();
	uint8_t value[DIGEST_LEN];

	add_card(&digest, drv);
	add_bytes(&digest, drv->ops->key(drv->card, container)->id);
	add_number(&digest, namesakes(drv, container));
	return digest_end(&digest, value) && print_guid(value, ret_name);
}

/* ---- cardcf ----------------------------------------------------------------------------------------- */

static void add_pins(struct digest *digest, const struct drv *drv)
{
	const size_t count = drv->ops->pin_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		const struct card_pin_info *pin = drv->ops->pin(drv->card, i);

		add_text(digest, pin->label);
		add_number(digest, pin->min_len);
		add_number(digest, pin->max_len);
		add_number(digest, pin->so);
		add_number(digest, pin->unblocked_by);
	}
}

static void add_containers(struct digest *digest, const struct drv *drv)
{
	const size_t count = drv_container_count(drv);

	for (size_t i = 0; i < count; i++) {
		const struct card_key_info *key = drv->ops->key(drv->card, i);

		add_number(digest, key->type);
		add_number(digest, key->bits);
		add_number(digest, key->usage);
		add_number(digest, key->pin);
		add_bytes(digest, key->id);
		add_bytes(digest, key->ec_params);
		add_bytes(digest, key->ec_point);
		add_bytes(digest, key->modulus);
		add_bytes(digest, key->public_exponent);
	}
}

/* What one certificate cannot be read for, while the card is there and works. */
static bool unreadable(DWORD err)
{
	return err == SCARD_E_FILE_NOT_FOUND || err == SCARD_E_COMM_DATA_LOST ||
	       err == SCARD_W_CARD_NOT_AUTHENTICATED || err == SCARD_W_SECURITY_VIOLATION;
}

static DWORD add_certificates(struct digest *digest, struct drv *drv)
{
	const size_t count = drv->ops->cert_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		char name[DRV_FILE_NAME_MAX];
		struct span der = SPAN_EMPTY;
		const DWORD err = drv_certificate_read(drv, i, &der);

		if (err != ERROR_SUCCESS && !unreadable(err))
			return err;
		drv_certificate_file(drv, i, name);
		add_text(digest, name);
		add_number(digest, drv->ops->cert(drv->card, i)->authority);
		add_bytes(digest, der);
	}
	return ERROR_SUCCESS;
}

static WORD word_of(const uint8_t value[DIGEST_LEN])
{
	return (WORD)(value[0] | value[1] << 8);
}

DWORD drv_cache_file(struct drv *drv, CARD_CACHE_FILE_FORMAT *ret_file)
{
	OSSL_QUIET();
	AUTO(digest_clear) struct digest pins = digest_begin();
	AUTO(digest_clear) struct digest containers = digest_begin();
	AUTO(digest_clear) struct digest files = digest_begin();
	uint8_t values[3][DIGEST_LEN];
	DWORD err;

	add_pins(&pins, drv);
	add_containers(&containers, drv);
	err = add_certificates(&files, drv);
	if (err != ERROR_SUCCESS)
		return err;
	if (!digest_end(&pins, values[0]) || !digest_end(&containers, values[1]) || !digest_end(&files, values[2]))
		return SCARD_E_UNEXPECTED;
	*ret_file = (CARD_CACHE_FILE_FORMAT){ .bVersion = CARD_CACHE_FILE_CURRENT_VERSION,
					      .bPinsFreshness = values[0][0],
					      .wContainersFreshness = word_of(values[1]),
					      .wFilesFreshness = word_of(values[2]) };
	return ERROR_SUCCESS;
}
