/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "card/opensc_internal.h"

static size_t bytes_of(size_t bits)
{
	return (bits + 7) / 8;
}

/* The key of an index if it is of a type and allows one of the uses. */
static card_err key_for(struct card *card, size_t key, enum card_key_type type, unsigned any_use,
			const struct key_entry **ret_key)
{
	const struct key_entry *entry;

	if (key >= card->key_count)
		return CE_NOT_FOUND;
	entry = &card->keys[key];
	if (entry->info.type != type)
		return CE_NOT_SUPPORTED;
	if ((entry->info.usage & any_use) == 0)
		return CE_NOT_ALLOWED;
	*ret_key = entry;
	return CE_OK;
}

/* Move what the card gave to the right of the buffer, zeros before it: some drivers strip them. */
static void pad_left(uint8_t *data, size_t room, size_t given)
{
	if (given >= room)
		return;
	memmove(data + room - given, data, given);
	memset(data, 0, room - given);
}

/* --- ECDH --------------------------------------------------------------------------------------------------------- */

/*
 * sc_pkcs15_derive() alone: it asks the card and hands the value over. (Card objects for derived keys are the
 * doing of OpenSC's PKCS #11 module, above it.) It must be offered exactly the field's width: a smaller room
 * makes it answer with a length and no value, and a larger one makes some drivers hand over Y as well.
 */
static card_err ecdh_held(struct card *card, const struct key_entry *key, struct span peer, struct secret *z)
{
	SECRET_CALL(card, z->len);
	const struct sc_pkcs15_prkey_info *info = key->object->data;
	size_t len = z->len;
	int r;

	if (bytes_of(info->field_length) != z->len)
		return CE_DATA_INVALID;
	r = sc_pkcs15_derive(card->p15, key->object, SC_ALGORITHM_ECDH_CDH_RAW, peer.data, peer.len, z->data, &len);
	wipe_stack();
	if (r < 0)
		return card_failed(card, "derive", r);
	if (r == 0 || (size_t)r > z->len)
		return CE_DATA_INVALID;
	pad_left(z->data, z->len, (size_t)r);
	return CE_OK;
}

card_err op_ecdh(struct card *card, size_t key, struct span peer, struct secret *ret_z)
{
	WITH_CARD(card);
	AUTO_SECRET z = SECRET_INIT;
	const struct key_entry *entry = NULL;
	card_err err = key_for(card, key, CRD_KEY_EC, CRD_USE_DERIVE, &entry);
	size_t width;

	if (err != CE_OK)
		return err;
	width = bytes_of(entry->info.bits);
	if (width == 0 || peer.len != 1 + 2 * width || peer.data[0] != 0x04)
		return CE_DATA_INVALID;
	if (!secret_alloc(&z, width))
		return CE_NO_MEMORY;
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = ecdh_held(card, entry, peer, &z);
	card_release(card);
	if (err == CE_OK)
		secret_move(ret_z, &z);
	return err;
}

/* --- signature ---------------------------------------------------------------------------------------------------- */

struct signing {
	const struct key_entry *key;
	struct span input;
	uint8_t *signature;
	size_t len;            /* what the signature's length must be */
	unsigned long flags;   /* SC_ALGORITHM_* */
};

static card_err signing_plan(struct card *card, size_t key, struct span input, struct signing *ret_plan)
{
	const unsigned uses = CRD_USE_SIGN | CRD_USE_SIGN_RECOVER | CRD_USE_NON_REPUDIATION;
	const struct card_key_info *info = op_key(card, key);
	struct signing plan = { .input = input };
	card_err err;

	if (info == NULL)
		return CE_NOT_FOUND;
	err = key_for(card, key, info->type, uses, &plan.key);
	if (err != CE_OK)
		return err;
	plan.flags = info->type == CRD_KEY_RSA ? SC_ALGORITHM_RSA_RAW : SC_ALGORITHM_ECDSA_RAW;
	plan.len = bytes_of(info->bits) * (info->type == CRD_KEY_RSA ? 1 : 2);
	if (input.len == 0 || (info->type == CRD_KEY_RSA && input.len != plan.len))
		return CE_DATA_INVALID;
	*ret_plan = plan;
	return CE_OK;
}

static card_err sign_held(struct card *card, const struct signing *plan)
{
	const int r = sc_pkcs15_compute_signature(card->p15, plan->key->object, plan->flags, plan->input.data,
						  plan->input.len, plan->signature, plan->len, NULL);

	if (r < 0)
		return card_failed(card, "sign", r);
	return (size_t)r == plan->len ? CE_OK : CE_DATA_INVALID;
}

card_err op_sign_raw(struct card *card, size_t key, struct span input, uint8_t *signature, size_t room,
		     size_t *ret_len)
{
	WITH_CARD(card);
	struct signing plan;
	card_err err = signing_plan(card, key, input, &plan);

	if (err != CE_OK)
		return err;
	if (room < plan.len)
		return CE_BUFFER;
	plan.signature = signature;
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = sign_held(card, &plan);
	card_release(card);
	if (err == CE_OK)
		*ret_len = plan.len;
	return err;
}

/* --- RSA decryption ----------------------------------------------------------------------------------------------- */

static card_err decrypt_held(struct card *card, const struct key_entry *key, struct span input,
			     struct secret *block)
{
	SECRET_CALL(card, block->len);
	const int r = sc_pkcs15_decipher(card->p15, key->object, SC_ALGORITHM_RSA_RAW, input.data, input.len,
					 block->data, block->len, NULL);

	wipe_stack();
	if (r < 0)
		return card_failed(card, "decrypt", r);
	if ((size_t)r > block->len)
		return CE_DATA_INVALID;
	pad_left(block->data, block->len, (size_t)r);
	return CE_OK;
}

card_err op_rsa_decrypt_raw(struct card *card, size_t key, struct span input, struct secret *ret_block)
{
	WITH_CARD(card);
	AUTO_SECRET block = SECRET_INIT;
	const struct key_entry *entry = NULL;
	card_err err = key_for(card, key, CRD_KEY_RSA, CRD_USE_DECRYPT | CRD_USE_UNWRAP, &entry);

	if (err != CE_OK)
		return err;
	if (input.len == 0 || input.len != bytes_of(entry->info.bits))
		return CE_DATA_INVALID;
	if (!secret_alloc(&block, input.len))
		return CE_NO_MEMORY;
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = decrypt_held(card, entry, input, &block);
	card_release(card);
	if (err == CE_OK)
		secret_move(ret_block, &block);
	return err;
}
