/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "card/opensc_internal.h"

static size_t bytes_of(size_t bits)
{
	return (bits + 7) / 8;
}

/* Types of keys, as bits. */
#define RSA (1u << CRD_KEY_RSA)
#define EC (1u << CRD_KEY_EC)
#define MONTGOMERY (1u << CRD_KEY_MONTGOMERY)
#define EDWARDS (1u << CRD_KEY_EDWARDS)

/* The key of an index if it is of one of the types and allows one of the uses. */
static card_err key_for(struct card *card, size_t key, unsigned any_type, unsigned any_use,
			const struct key_entry **ret_key)
{
	const struct key_entry *entry;

	if (key >= card->key_count)
		return CE_NOT_FOUND;
	entry = &card->keys[key];
	if ((1u << entry->info.type & any_type) == 0)
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

/* What a point of small order gives (RFC 7748, 6.1); all bytes are looked at. */
static bool is_zero(const struct secret *z)
{
	unsigned any = 0;

	for (size_t i = 0; i < z->len; i++)
		any |= z->data[i];
	return any == 0;
}

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
	if (key->info.type == CRD_KEY_MONTGOMERY)
		return (size_t)r == z->len && !is_zero(z) ? CE_OK : CE_DATA_INVALID;
	pad_left(z->data, z->len, (size_t)r);
	return CE_OK;
}

/* 04 || X || Y, or a u-coordinate. */
static bool peer_is_formed(const struct card_key_info *info, struct span peer)
{
	const size_t width = bytes_of(info->bits);

	if (width == 0)
		return false;
	if (info->type == CRD_KEY_MONTGOMERY)
		return peer.len == width;
	return peer.len == 1 + 2 * width && peer.data[0] == 0x04;
}

card_err op_ecdh(struct card *card, size_t key, struct span peer, struct secret *ret_z)
{
	WITH_CARD(card);
	AUTO_SECRET z = SECRET_INIT;
	const struct key_entry *entry = NULL;
	card_err err = key_for(card, key, EC | MONTGOMERY, CRD_USE_DERIVE, &entry);

	if (err != CE_OK)
		return err;
	if (!peer_is_formed(&entry->info, peer))
		return CE_DATA_INVALID;
	if (!secret_alloc(&z, bytes_of(entry->info.bits)))
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

/* Bytes of 00, type, padding and 00 around the content of a block at least (PKCS #1 v2.2, 7.2.1 and 9.2). */
#define PADDING_LEAST 11u

/* --- signature ---------------------------------------------------------------------------------------------------- */

struct signing {
	const struct key_entry *key;
	struct span input;
	uint8_t *signature;
	size_t len;            /* what the signature's length must be */
	unsigned long flags;   /* SC_ALGORITHM_* */
};

/* Whether the card leaves RSA's padding to us; if not, it has to be told what is inside of PKCS #1 v1.5's. */
bool key_computes_raw_rsa(const struct card *card, const struct sc_pkcs15_prkey_info *info)
{
	const struct sc_algorithm_info *algorithm = sc_card_find_rsa_alg(card->sc, (unsigned)info->modulus_length);

	/* A card that names no algorithm of this length is asked as it always was: libopensc refuses it by itself. */
	return algorithm == NULL || ((unsigned long)algorithm->flags & SC_ALGORITHM_RSA_RAW) != 0 ||
	       ((unsigned long)algorithm->flags & SC_ALGORITHM_RSA_PAD_PKCS1) == 0;
}

/* What a block of PKCS #1 v1.5 for signatures holds: 00 01 FF..FF 00 content (PKCS #1 v2.2, 9.2). */
static card_err take_block_apart(struct span block, struct span *ret_content)
{
	size_t at = 2;

	while (at < block.len && block.data[at] == 0xFF)
		at++;
	if (block.len < PADDING_LEAST || block.data[0] != 0 || block.data[1] != 0x01 || at + 1 < PADDING_LEAST ||
	    at == block.len || block.data[at] != 0)
		return CE_NOT_SUPPORTED;
	*ret_content = span_of(block.data + at + 1, block.len - at - 1);
	return CE_OK;
}

static card_err plan_rsa(const struct card *card, struct signing *plan)
{
	plan->len = bytes_of(plan->key->info.bits);
	plan->flags = SC_ALGORITHM_RSA_RAW;
	if (plan->input.len != plan->len)
		return CE_DATA_INVALID;
	if (key_computes_raw_rsa(card, plan->key->object->data))
		return CE_OK;
	plan->flags = SC_ALGORITHM_RSA_PAD_PKCS1 | SC_ALGORITHM_RSA_HASH_NONE;
	return take_block_apart(plan->input, &plan->input);
}

static card_err signing_plan(struct card *card, size_t key, struct span input, struct signing *ret_plan)
{
	const unsigned uses = CRD_USE_SIGN | CRD_USE_SIGN_RECOVER | CRD_USE_NON_REPUDIATION;
	struct signing plan = { .input = input };
	card_err err = key_for(card, key, RSA | EC | EDWARDS, uses, &plan.key);

	if (err == CE_OK && input.len == 0)
		err = CE_DATA_INVALID;
	if (err == CE_OK && plan.key->info.type == CRD_KEY_RSA)
		err = plan_rsa(card, &plan);
	if (err != CE_OK)
		return err;
	if (plan.key->info.type == CRD_KEY_EC) {
		plan.flags = SC_ALGORITHM_ECDSA_RAW;
		plan.len = 2 * bytes_of(plan.key->info.bits);
	} else if (plan.key->info.type == CRD_KEY_EDWARDS) {
		/* RFC 8032, 5.1 and 5.2: twice a public key, which has a bit more than the field */
		plan.flags = SC_ALGORITHM_EDDSA_RAW;
		plan.len = 2 * bytes_of(plan.key->info.bits + 1);
	}
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

/* Put the padding around a message of len bytes at the block's beginning: 00 02 FF..FF 00 message. */
static card_err put_block_together(struct secret *block, size_t len)
{
	if (len + PADDING_LEAST > block->len)
		return CE_DATA_INVALID;
	memmove(block->data + block->len - len, block->data, len);
	memset(block->data, 0xFF, block->len - len);
	block->data[0] = 0;
	block->data[1] = 0x02;
	block->data[block->len - len - 1] = 0;
	return CE_OK;
}

static card_err decrypt_held(struct card *card, const struct key_entry *key, struct span input,
			     struct secret *block)
{
	SECRET_CALL(card, block->len);
	const bool raw = key_computes_raw_rsa(card, key->object->data);
	const int r = sc_pkcs15_decipher(card->p15, key->object,
					 raw ? SC_ALGORITHM_RSA_RAW : SC_ALGORITHM_RSA_PAD_PKCS1, input.data,
					 input.len, block->data, block->len, NULL);

	wipe_stack();
	if (r < 0)
		return card_failed(card, "decrypt", r);
	if ((size_t)r > block->len)
		return CE_DATA_INVALID;
	if (!raw)
		return put_block_together(block, (size_t)r);
	pad_left(block->data, block->len, (size_t)r);
	return CE_OK;
}

card_err op_rsa_decrypt_raw(struct card *card, size_t key, struct span input, struct secret *ret_block)
{
	WITH_CARD(card);
	AUTO_SECRET block = SECRET_INIT;
	const struct key_entry *entry = NULL;
	card_err err = key_for(card, key, RSA, CRD_USE_DECRYPT | CRD_USE_UNWRAP, &entry);

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
