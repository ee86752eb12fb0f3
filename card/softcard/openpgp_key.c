/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PSO: COMPUTE DIGITAL SIGNATURE, PSO: DECIPHER, INTERNAL AUTHENTICATE, GENERATE ASYMMETRIC KEY PAIR and MANAGE
 * SECURITY ENVIRONMENT (7.2.10, 7.2.11, 7.2.13, 7.2.14, 7.2.18).
 */
#include "config.h"

#include <string.h>

#include "card/softcard/keys.h"
#include "card/softcard/openpgp_algorithms.h"
#include "card/softcard/openpgp_commands.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/reference.h"
#include "card/softcard/tlv.h"

#define OPERATION_SIGN 0x9E9Au
#define OPERATION_DECIPHER 0x8086u
#define TAG_CIPHER 0xA6u
#define TAG_PUBLIC_KEY 0x7F49u
#define TAG_EXTERNAL_KEY 0x86u
#define CRYPTOGRAM_RSA 0x00u
#define SET_FOR_COMPUTATION 0x41u
#define P1_GENERATE 0x80u
#define P1_READ 0x81u

static unsigned sw_of(enum key_result result)
{
	switch (result) {
	case KEY_OK:
		return SW_OK;
	case KEY_BAD_INPUT:
		return SW_WRONG_DATA;
	case KEY_FAILED:
		break;
	}
	return SW_INTERNAL;
}

/* A key of the card, owned by the caller; NULL if there is none in that place. */
static EVP_PKEY *key_of(struct openpgp *openpgp, uint8_t reference)
{
	const struct state *state = store_state(openpgp->store);
	const struct secret *pkcs8 = &state->keys[state_key_index(STATE_OPENPGP, reference)];

	return pkcs8->data != NULL ? key_unpack(secret_span(pkcs8)) : NULL;
}

static enum key_result sign(EVP_PKEY *pkey, struct span input, struct secret *signature)
{
	const struct key_kind *kind = key_kind_of(pkey);

	switch (kind != NULL ? kind->family : KEY_FAMILY_MONTGOMERY) {
	case KEY_FAMILY_RSA:
		return key_rsa_sign(pkey, input, signature);
	case KEY_FAMILY_EC:
		return key_ecdsa_sign_plain(pkey, input, signature);
	case KEY_FAMILY_EDWARDS:
		return key_eddsa_sign(pkey, input, signature);
	case KEY_FAMILY_MONTGOMERY:
		break;
	}
	return KEY_BAD_INPUT;
}

/* One more signature made; and PW1 is used up unless its status says that it is good for several (4.3.1). */
static unsigned count_signature(struct openpgp *openpgp)
{
	struct state *state = store_state(openpgp->store);
	struct secret *counter = openpgp_object(state, OPENPGP_TAG_COUNTER);
	const struct secret *status = openpgp_object(state, OPENPGP_TAG_PW_STATUS);

	if (status->len == 0 || status->data[0] == 0)
		openpgp->pw1_sign = false;
	for (size_t i = counter->len; i > 0 && ++counter->data[i - 1] == 0; i--)
		continue;
	return reference_commit(openpgp->store);
}

static unsigned compute_signature(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	AUTO(key_free) EVP_PKEY *pkey = key_of(openpgp, OPENPGP_KEY_SIGNATURE);
	unsigned sw;

	if (pkey == NULL)
		return SW_NO_REFERENCE;
	if (!openpgp->pw1_sign)
		return SW_SECURITY_STATUS;
	sw = sw_of(sign(pkey, apdu->data, answer));
	if (sw == SW_OK)
		sw = count_signature(openpgp);
	if (sw != SW_OK)
		secret_clear(answer);
	return sw;
}

unsigned openpgp_internal_authenticate(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	AUTO(key_free) EVP_PKEY *pkey = key_of(
		openpgp, openpgp->swapped_authenticate ? OPENPGP_KEY_DECIPHER : OPENPGP_KEY_AUTHENTICATION);

	if (apdu->p1 != 0 || apdu->p2 != 0)
		return SW_WRONG_P1_P2;
	if (pkey == NULL)
		return SW_NO_REFERENCE;
	if (!openpgp->pw1_other)
		return SW_SECURITY_STATUS;
	return sw_of(sign(pkey, apdu->data, answer));
}

/* A6 { 7F49 { 86 public key } }: the other side's, for an agreement. */
static bool read_peer(struct span data, struct span *ret_point)
{
	struct span inner;

	return tlv_only(data, TAG_CIPHER, &inner) && tlv_only(inner, TAG_PUBLIC_KEY, &inner) &&
	       tlv_find(inner, TAG_EXTERNAL_KEY, ret_point);
}

static enum key_result decipher(EVP_PKEY *pkey, struct span data, struct secret *plain)
{
	struct span point;

	if (data.len == 0)
		return KEY_BAD_INPUT;
	if (data.data[0] == CRYPTOGRAM_RSA)
		return key_rsa_decrypt(pkey, span_of(data.data + 1, data.len - 1), plain);
	return read_peer(data, &point) ? key_ecdh(pkey, point, plain) : KEY_BAD_INPUT;
}

static unsigned run_decipher(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	AUTO(key_free) EVP_PKEY *pkey = key_of(
		openpgp, openpgp->swapped_decipher ? OPENPGP_KEY_AUTHENTICATION : OPENPGP_KEY_DECIPHER);

	if (pkey == NULL)
		return SW_NO_REFERENCE;
	if (!openpgp->pw1_other)
		return SW_SECURITY_STATUS;
	return sw_of(decipher(pkey, apdu->data, answer));
}

unsigned openpgp_perform_operation(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	switch ((unsigned)apdu->p1 << 8 | apdu->p2) {
	case OPERATION_SIGN:
		return compute_signature(openpgp, apdu, answer);
	case OPERATION_DECIPHER:
		return run_decipher(openpgp, apdu, answer);
	default:
		return SW_WRONG_P1_P2;
	}
}

/* Which of the keys 2 (decryption) and 3 (authentication) a command uses from now on. */
unsigned openpgp_manage_environment(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer UNUSED)
{
	struct span key;

	if (apdu->p1 != SET_FOR_COMPUTATION || (apdu->p2 != OPENPGP_KEY_DECIPHER && apdu->p2 != OPENPGP_KEY_AUTHENTICATION))
		return SW_WRONG_P1_P2;
	if (!tlv_only(apdu->data, 0x83, &key) || key.len != 1 || key.data[0] < 2 || key.data[0] > 3)
		return SW_WRONG_DATA;
	if (apdu->p2 == OPENPGP_KEY_DECIPHER)
		openpgp->swapped_decipher = key.data[0] == 3;
	else
		openpgp->swapped_authenticate = key.data[0] == 2;
	return SW_OK;
}

/* The key that a control reference template names: B6, B8 or A4, empty or with 84 01 01 in it. */
static bool read_reference(struct span data, uint8_t *ret_reference)
{
	struct tlv tlv;

	if (!tlv_take(&data, &tlv) || data.len != 0 || tlv.tag > UINT8_MAX ||
	    state_key_index(STATE_OPENPGP, (uint8_t)tlv.tag) == STATE_NONE)
		return false;
	*ret_reference = (uint8_t)tlv.tag;
	return tlv.value.len == 0 || span_equal(tlv.value, span_of("\x84\x01\x01", 3));
}

static unsigned put_public(EVP_PKEY *pkey, struct secret *answer)
{
	AUTO_SECRET public_key = SECRET_INIT;

	return key_put_public(pkey, &public_key) && tlv_put(answer, TAG_PUBLIC_KEY, secret_span(&public_key))
		       ? SW_OK
		       : SW_INTERNAL;
}

/* Fingerprint and time are the host's to put (7.2.14); a new signature key has made no signatures. */
static unsigned generate(struct openpgp *openpgp, uint8_t reference, struct secret *answer)
{
	struct state *state = store_state(openpgp->store);
	const struct key_kind *kind = openpgp_kind(
		reference,
		secret_span(openpgp_object(state, OPENPGP_TAG_ATTRIBUTES + openpgp_key_number(reference))));
	struct secret *counter = openpgp_object(state, OPENPGP_TAG_COUNTER);
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	unsigned sw;

	if (!openpgp->pw3)
		return SW_SECURITY_STATUS;
	if (kind == NULL || !key_generate(kind, &pkcs8))
		return SW_INTERNAL;
	pkey = key_unpack(secret_span(&pkcs8));
	if (pkey == NULL)
		return SW_INTERNAL;
	secret_move(&state->keys[state_key_index(STATE_OPENPGP, reference)], &pkcs8);
	if (reference == OPENPGP_KEY_SIGNATURE && counter->len != 0)
		memset(counter->data, 0, counter->len);
	sw = put_public(pkey, answer);
	if (sw == SW_OK)
		sw = reference_commit(openpgp->store);
	if (sw != SW_OK)
		secret_clear(answer);
	return sw;
}

unsigned openpgp_generate_key(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	uint8_t reference;

	if ((apdu->p1 != P1_GENERATE && apdu->p1 != P1_READ) || apdu->p2 != 0)
		return SW_WRONG_P1_P2;
	if (!read_reference(apdu->data, &reference))
		return SW_WRONG_DATA;
	if (apdu->p1 == P1_GENERATE)
		return generate(openpgp, reference, answer);
	pkey = key_of(openpgp, reference);
	return pkey != NULL ? put_public(pkey, answer) : (unsigned)SW_NO_REFERENCE;
}
