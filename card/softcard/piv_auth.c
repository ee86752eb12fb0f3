/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GENERAL AUTHENTICATE (SP 800-73-4 part 2, 3.2.4). */
#include "config.h"

#include "card/softcard/keys.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/tlv.h"

#define TEMPLATE_FIRST 0x80u

static bool read_template(struct span data, struct piv_template *template)
{
	struct span rest;
	struct tlv tlv;

	if (!tlv_only(data, PIV_TEMPLATE, &rest))
		return false;
	while (rest.len != 0) {
		size_t part;

		if (!tlv_take(&rest, &tlv) || tlv.tag < TEMPLATE_FIRST)
			return false;
		part = tlv.tag - TEMPLATE_FIRST;
		if (part >= ARRAY_COUNT(template->has) || template->has[part])
			return false;
		template->has[part] = true;
		template->value[part] = tlv.value;
	}
	return true;
}

unsigned piv_put_template(struct secret *answer, unsigned part, struct span value)
{
	AUTO_SECRET inner = SECRET_INIT;

	return tlv_put(&inner, PIV_TEMPLATE_TAG(part), value) &&
	       tlv_put(answer, PIV_TEMPLATE, secret_span(&inner)) ? SW_OK : SW_MEMORY_FAILURE;
}

/* Whether a key may be used now (part 1, table 4b): 9E always, 9C after a PIN of its own, the others after the PIN. */
static bool may_use(const struct piv *piv, uint8_t reference)
{
	if (reference == PIV_KEY_CARD_AUTHENTICATION)
		return true;
	return reference == PIV_KEY_SIGNATURE ? piv->pin_fresh : piv->pin_verified;
}

static bool is_for_agreement(uint8_t reference)
{
	return reference == PIV_KEY_MANAGEMENT ||
	       (reference >= PIV_KEY_RETIRED_FIRST && reference <= PIV_KEY_RETIRED_LAST);
}

/*
 * An elliptic curve key of 9D or a retired one agrees, the others sign (SP 800-73-4 part 1, table 4b; part 2, A.4
 * and A.5).
 */
static enum key_result use_key(EVP_PKEY *pkey, uint8_t reference, const struct piv_template *template,
			       struct secret *result)
{
	const struct key_kind *kind = key_kind_of(pkey);

	if (kind == NULL)
		return KEY_FAILED;
	if (template->has[PIV_EXPONENTIATION]) {
		if (kind->family != KEY_FAMILY_EC || !is_for_agreement(reference) || template->has[PIV_CHALLENGE])
			return KEY_BAD_INPUT;
		return key_ecdh(pkey, template->value[PIV_EXPONENTIATION], result);
	}
	if (!template->has[PIV_CHALLENGE])
		return KEY_BAD_INPUT;
	if (kind->family == KEY_FAMILY_RSA)
		return key_rsa_raw(pkey, template->value[PIV_CHALLENGE], result);
	if (is_for_agreement(reference))
		return KEY_BAD_INPUT;
	return key_ecdsa_sign(pkey, template->value[PIV_CHALLENGE], result);
}

static unsigned private_key_authenticate(struct piv *piv, const struct apdu *apdu, const struct piv_template *template,
					 struct secret *answer)
{
	const size_t index = state_key_index(STATE_PIV, apdu->p2);
	const struct secret *key = &store_state(piv->store)->keys[index];
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	AUTO_SECRET result = SECRET_INIT;
	const struct key_kind *kind;

	if (key->data == NULL)
		return SW_NO_REFERENCE;
	pkey = key_unpack(secret_span(key));
	kind = pkey != NULL ? key_kind_of(pkey) : NULL;
	if (kind == NULL)
		return SW_MEMORY_FAILURE;
	if (kind->id != apdu->p1)
		return SW_WRONG_P1_P2;
	if (!may_use(piv, apdu->p2))
		return SW_SECURITY_STATUS;
	if (!template->has[PIV_RESPONSE] || template->value[PIV_RESPONSE].len != 0 || template->has[PIV_WITNESS])
		return SW_WRONG_DATA;
	if (apdu->p2 != PIV_KEY_CARD_AUTHENTICATION)
		piv->pin_fresh = false;
	switch (use_key(pkey, apdu->p2, template, &result)) {
	case KEY_OK:
		return piv_put_template(answer, PIV_RESPONSE, secret_span(&result));
	case KEY_BAD_INPUT:
		return SW_WRONG_DATA;
	case KEY_FAILED:
		break;
	}
	return SW_INTERNAL;
}

unsigned piv_general_authenticate(struct piv *piv, const struct apdu *apdu, struct secret *answer)
{
	struct piv_template template = { 0 };

	if (apdu->p2 != PIV_KEY_ADMIN && state_key_index(STATE_PIV, apdu->p2) == STATE_NONE)
		return SW_NO_REFERENCE;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (!read_template(apdu->data, &template))
		return SW_WRONG_DATA;
	if (apdu->p2 == PIV_KEY_ADMIN)
		return piv_admin_authenticate(piv, apdu->p1, &template, answer);
	return private_key_authenticate(piv, apdu, &template, answer);
}
