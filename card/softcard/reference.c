/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/reference.h"

unsigned reference_commit(struct store *store)
{
	return store_commit(store) == STORE_OK ? SW_OK : SW_MEMORY_FAILURE;
}

unsigned reference_try(struct store *store, struct state_pin *pin, struct span value)
{
	unsigned sw;

	if (pin->tries == 0)
		return SW_BLOCKED;
	pin->tries--;
	sw = reference_commit(store);
	if (sw != SW_OK)
		return sw;
	if (!secret_equal(secret_span(&pin->value), value))
		return SW_TRIES_LEFT | pin->tries;
	pin->tries = pin->limit;
	return SW_OK;
}

unsigned reference_status(const struct state_pin *pin)
{
	return pin->tries == 0 ? (unsigned)SW_BLOCKED : SW_TRIES_LEFT | pin->tries;
}
