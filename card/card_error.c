/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/card_error.h"

const char *card_err_name(card_err err)
{
	static const char *const names[CE_COUNT] = {
#define X(name, text) [name] = #name,
		CE_LIST(X)
#undef X
	};

	return (unsigned)err < CE_COUNT ? names[err] : "?";
}
