/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

static md_err read_details(struct md_card *card, PIN_ID id, CARD_EXT_PIN_DETAILS *ret_details)
{
	const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_PIN_DETAILS, .flags = id };

	return host_property_fixed(card, &query, ret_details, sizeof(*ret_details));
}

static md_err add_pin(struct md_card *card, PIN_ID id)
{
	struct host_pin *pin = &card->pins[card->pin_count];
	CARD_EXT_PIN_DETAILS details;
	const md_err err = read_details(card, id, &details);

	if (err != MD_OK)
		return err;
	pin->id = id;
	(void)snprintf(pin->label, sizeof(pin->label), "%s", details.szLabel);
	card->pin_count++;
	return MD_OK;
}

md_err host_read_pins(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_CARD_LIST_PINS };
	PIN_SET set = PIN_SET_NONE;
	md_err err = host_property_fixed(card, &query, &set, sizeof(set));

	for (PIN_ID id = ROLE_USER; err == MD_OK && id < ARRAY_COUNT(card->pins); id++) {
		if (IS_PIN_SET(set, id))
			err = add_pin(card, id);
	}
	return err;
}

size_t md_pin_count(struct md_card *card)
{
	return card->pin_count;
}

static int known_count(DWORD count)
{
	return count != CARD_EXT_NOT_KNOWN ? (int)count : -1;
}

md_err md_pin_ask(struct md_card *card, size_t pin)
{
	DWORD attempts;

	if (pin >= card->pin_count)
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	return host_property_fixed(card,
				   &(struct host_query){ .container = HOST_NO_CONTAINER,
							 .name = CP_EXT_PIN_ATTEMPTS,
							 .flags = card->pins[pin].id },
				   &attempts, sizeof(attempts));
}

md_err md_pin_info(struct md_card *card, size_t pin, struct md_pin *ret_pin)
{
	CARD_EXT_PIN_DETAILS details;
	md_err err;

	if (pin >= card->pin_count)
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = read_details(card, card->pins[pin].id, &details);
	if (err != MD_OK)
		return err;
	*ret_pin = (struct md_pin){
		.label = card->pins[pin].label,
		.min_len = details.cbMinLength,
		.max_len = details.cbMaxLength,
		.so = details.fAdministrator != FALSE,
		.initialized = details.fInitialized != FALSE,
		.tries_max = known_count(details.cMaxAttempts),
		.tries_left = known_count(details.cAttemptsRemaining),
	};
	return MD_OK;
}

md_err md_pin_verify(struct md_card *card, size_t pin, struct span value)
{
	AUTO_SECRET copy = SECRET_INIT;
	DWORD attempts = 0;

	if (pin >= card->pin_count || value.len > UINT32_MAX)
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	/* the table takes bytes it may write to */
	if (!secret_set(&copy, value))
		return MD_E_NO_MEMORY;
	return error_to_md(card->data.pfnCardAuthenticateEx(&card->data, card->pins[pin].id, 0,
							    copy.len != 0 ? copy.data : NULL, (DWORD)copy.len, NULL,
							    NULL, &attempts));
}

md_err md_pin_logout(struct md_card *card)
{
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	return error_to_md(card->data.pfnCardDeauthenticateEx(&card->data, PIN_SET_ALL_ROLES, 0));
}
