/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table from the card's errors to the minidriver's return codes, and the names of those for md.h.
 */
#ifndef MDP_MINIDRIVER_ERROR_H
#define MDP_MINIDRIVER_ERROR_H

#include "base/compiler.h"
#include "card/card_error.h"
#include "minidriver/md_error.h"
#include "minidriver/winerror.h"

/* The return code for a card's error; total: SCARD_E_UNEXPECTED for a number that is none. */
DWORD error_from_card(card_err err) MUST_USE;

/* The same code as md.h calls it; MD_E_UNEXPECTED for a code that is not on its list. */
md_err error_to_md(DWORD code) MUST_USE;

#endif
