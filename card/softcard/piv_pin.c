/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (SP 800-73-4 part 2, 3.2.1 to 3.2.3). */
#include "config.h"

#include "card/softcard/piv_commands.h"
#include "card/softcard/reference.h"

#define PIN_SHORTEST 6u
#define PADDING 0xFFu
#define P1_LOGOUT 0xFFu

bool piv_pin_is_formed(struct span pin)
{
	size_t digits = 0;

	if (pin.len != STATE_PIN_LEN)
		return false;
	while (digits < pin.len && pin.data[digits] >= '0' && pin.data[digits] <= '9')
		digits++;
	for (size_t i = digits; i < pin.len; i++)
		if (pin.data[i] != PADDING)
			return false;
	return digits >= PIN_SHORTEST;
}

static void set_verified(struct piv *piv, bool verified)
{
	piv->pin_verified = verified;
	piv->pin_fresh = verified;
}

static unsigned pin_status(const struct piv *piv)
{
	const struct state_pin *pin = &store_state(piv->store)->pin;

	if (piv->pin_verified)
		return SW_OK;
	return reference_status(pin);
}

static unsigned logout(struct piv *piv, const struct apdu *apdu)
{
	if (apdu->data.len != 0)
		return SW_WRONG_DATA;
	set_verified(piv, false);
	return SW_OK;
}

unsigned piv_verify(struct piv *piv, const struct apdu *apdu, struct secret *answer UNUSED)
{
	unsigned sw;

	if (apdu->p1 != 0 && apdu->p1 != P1_LOGOUT)
		return SW_WRONG_P1_P2;
	if (apdu->p2 != PIV_REFERENCE_PIN)
		return SW_NO_REFERENCE;
	if (apdu->p1 == P1_LOGOUT)
		return logout(piv, apdu);
	if (apdu->data.len == 0)
		return pin_status(piv);
	if (apdu->data.len != STATE_PIN_LEN)
		return SW_WRONG_DATA;
	sw = reference_try(piv->store, &store_state(piv->store)->pin, apdu->data);
	if (sw == SW_OK)
		sw = reference_commit(piv->store);
	set_verified(piv, sw == SW_OK);
	return sw;
}

unsigned piv_change_reference_data(struct piv *piv, const struct apdu *apdu, struct secret *answer UNUSED)
{
	struct state *state = store_state(piv->store);
	const bool is_pin = apdu->p2 == PIV_REFERENCE_PIN;
	struct state_pin *pin = is_pin ? &state->pin : &state->puk;
	struct span old_value;
	struct span new_value;
	unsigned sw;

	if (apdu->p1 != 0)
		return SW_WRONG_P1_P2;
	if (!is_pin && apdu->p2 != PIV_REFERENCE_PUK)
		return SW_NO_REFERENCE;
	if (apdu->data.len != 2 * STATE_PIN_LEN)
		return SW_WRONG_DATA;
	old_value = span_of(apdu->data.data, STATE_PIN_LEN);
	new_value = span_of(apdu->data.data + STATE_PIN_LEN, STATE_PIN_LEN);
	if (pin->tries == 0)
		return SW_BLOCKED;
	if (is_pin && !piv_pin_is_formed(new_value))
		return SW_WRONG_DATA;
	sw = reference_try(piv->store, pin, old_value);
	if (sw == SW_OK && !secret_set(&pin->value, new_value))
		sw = SW_MEMORY_FAILURE;
	if (sw == SW_OK)
		sw = reference_commit(piv->store);
	if (is_pin)
		set_verified(piv, sw == SW_OK);
	return sw;
}

unsigned piv_reset_retry_counter(struct piv *piv, const struct apdu *apdu, struct secret *answer UNUSED)
{
	struct state *state = store_state(piv->store);
	struct span puk;
	struct span new_pin;
	unsigned sw;

	if (apdu->p1 != 0)
		return SW_WRONG_P1_P2;
	if (apdu->p2 != PIV_REFERENCE_PIN)
		return SW_NO_REFERENCE;
	if (apdu->data.len != 2 * STATE_PIN_LEN)
		return SW_WRONG_DATA;
	puk = span_of(apdu->data.data, STATE_PIN_LEN);
	new_pin = span_of(apdu->data.data + STATE_PIN_LEN, STATE_PIN_LEN);
	if (state->puk.tries == 0)
		return SW_BLOCKED;
	if (!piv_pin_is_formed(new_pin))
		return SW_WRONG_DATA;
	sw = reference_try(piv->store, &state->puk, puk);
	if (sw != SW_OK) {
		set_verified(piv, false);
		return sw;
	}
	if (!secret_set(&state->pin.value, new_pin))
		return SW_MEMORY_FAILURE;
	state->pin.tries = state->pin.limit;
	return reference_commit(piv->store);
}
