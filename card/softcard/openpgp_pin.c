/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (7.2.2 to 7.2.4). */
#include "config.h"

#include "card/softcard/openpgp_commands.h"
#include "card/softcard/reference.h"

#define P1_LOGOUT 0xFFu
#define P1_BY_RESET_CODE 0x00u
#define P1_BY_PW3 0x02u

/* A password of the card: where it is kept, and what its verification is remembered in. */
struct password {
	struct state_pin *pin;
	bool *verified;
	size_t len_min;
};

static bool find_password(struct openpgp *openpgp, uint8_t reference, struct password *ret)
{
	struct state *state = store_state(openpgp->store);

	switch (reference) {
	case OPENPGP_PW1_SIGN:
		*ret = (struct password){ &state->pin, &openpgp->pw1_sign, STATE_PW1_MIN };
		return true;
	case OPENPGP_PW1_OTHER:
		*ret = (struct password){ &state->pin, &openpgp->pw1_other, STATE_PW1_MIN };
		return true;
	case OPENPGP_PW3:
		*ret = (struct password){ &state->puk, &openpgp->pw3, STATE_PW3_MIN };
		return true;
	default:
		return false;
	}
}

static bool is_length(size_t len, size_t len_min)
{
	return len >= len_min && len <= STATE_PASSWORD_MAX;
}

unsigned openpgp_verify(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer UNUSED)
{
	struct password password;
	unsigned sw;

	if (apdu->p1 != 0 && apdu->p1 != P1_LOGOUT)
		return SW_WRONG_P1_P2;
	if (!find_password(openpgp, apdu->p2, &password))
		return SW_NO_REFERENCE;
	if (apdu->p1 == P1_LOGOUT) {
		*password.verified = false;
		return apdu->data.len == 0 ? SW_OK : SW_WRONG_DATA;
	}
	if (apdu->data.len == 0)
		return *password.verified ? (unsigned)SW_OK : reference_status(password.pin);
	if (!is_length(apdu->data.len, password.len_min))
		return SW_WRONG_DATA;
	*password.verified = false;
	sw = reference_try(openpgp->store, password.pin, apdu->data);
	if (sw == SW_OK)
		sw = reference_commit(openpgp->store);
	*password.verified = sw == SW_OK;
	return sw;
}

/*
 * The old and the new password follow each other without a mark between them; the old one's end is known by its
 * length (7.2.3).
 */
static void split(struct span data, size_t old_len, struct span *ret_old, struct span *ret_new)
{
	if (old_len > data.len)
		old_len = data.len;
	*ret_old = span_of(data.data, old_len);
	*ret_new = span_of(data.data + old_len, data.len - old_len);
}

/* Set a password that has just been shown to be known, or whose keeper has; the tries are all there again. */
static unsigned set_password(struct openpgp *openpgp, struct state_pin *pin, struct span value)
{
	if (!secret_set(&pin->value, value))
		return SW_MEMORY_FAILURE;
	pin->tries = pin->limit;
	return reference_commit(openpgp->store);
}

/* The tries are given back also where the new password is refused: the old one was right. */
static unsigned refuse_new(struct openpgp *openpgp)
{
	const unsigned sw = reference_commit(openpgp->store);

	return sw == SW_OK ? SW_WRONG_DATA : sw;
}

unsigned openpgp_change_reference_data(struct openpgp *openpgp, const struct apdu *apdu,
				       struct secret *answer UNUSED)
{
	struct password password;
	struct span old_value;
	struct span new_value;
	unsigned sw;

	if (apdu->p1 != 0)
		return SW_WRONG_P1_P2;
	if (apdu->p2 == OPENPGP_PW1_OTHER || !find_password(openpgp, apdu->p2, &password))
		return SW_NO_REFERENCE;
	if (apdu->data.len < password.len_min)
		return SW_WRONG_DATA;
	split(apdu->data, password.pin->value.len, &old_value, &new_value);
	if (apdu->p2 == OPENPGP_PW1_SIGN)
		openpgp_forget_pw1(openpgp);
	*password.verified = false;
	sw = reference_try(openpgp->store, password.pin, old_value);
	if (sw != SW_OK)
		return sw;
	if (!is_length(new_value.len, password.len_min))
		return refuse_new(openpgp);
	return set_password(openpgp, password.pin, new_value);
}

static unsigned reset_by_code(struct openpgp *openpgp, struct span data)
{
	struct state *state = store_state(openpgp->store);
	struct state_pin *code = &state->reset_code;
	struct span old_value;
	struct span new_value;
	unsigned sw;

	if (code->value.data == NULL)
		return SW_BLOCKED;
	split(data, code->value.len, &old_value, &new_value);
	sw = reference_try(openpgp->store, code, old_value);
	if (sw != SW_OK)
		return sw;
	if (!is_length(new_value.len, STATE_PW1_MIN))
		return refuse_new(openpgp);
	return set_password(openpgp, &state->pin, new_value);
}

unsigned openpgp_reset_retry_counter(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer UNUSED)
{
	if (apdu->p1 != P1_BY_RESET_CODE && apdu->p1 != P1_BY_PW3)
		return SW_WRONG_P1_P2;
	if (apdu->p2 != OPENPGP_PW1_SIGN)
		return SW_NO_REFERENCE;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	openpgp_forget_pw1(openpgp);
	if (apdu->p1 == P1_BY_RESET_CODE)
		return reset_by_code(openpgp, apdu->data);
	if (!openpgp->pw3)
		return SW_SECURITY_STATUS;
	if (!is_length(apdu->data.len, STATE_PW1_MIN))
		return SW_WRONG_DATA;
	return set_password(openpgp, &store_state(openpgp->store)->pin, apdu->data);
}
