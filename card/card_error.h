/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can go wrong between us and a card, in the card layer's own words.
 * One list gives the enumerators, their names for the log, and what the tests walk.
 */
#ifndef MDP_CARD_ERROR_H
#define MDP_CARD_ERROR_H

#include "base/compiler.h"

#define CE_LIST(X)                                                              \
	X(CE_OK, "success")                                                             \
	X(CE_NO_MEMORY, "out of memory")                                                \
	X(CE_INVALID_ARGUMENT, "an argument the caller chose is wrong")                 \
	X(CE_INTERNAL, "something that cannot happen")                                  \
	X(CE_NO_SERVICE, "the smart card service is not there")                         \
	X(CE_NO_READER, "the reader is gone")                                           \
	X(CE_NO_CARD, "no card in the reader")                                          \
	X(CE_CARD_REMOVED, "the card was taken out, or another was put in")             \
	X(CE_CARD_RESET, "the card was reset by somebody else")                         \
	X(CE_UNKNOWN_CARD, "no driver knows this card")                                 \
	X(CE_TRANSMIT, "a command did not get through")                                 \
	X(CE_SHARING, "another program holds the reader")                               \
	X(CE_TIMEOUT, "the reader or its user took too long")                           \
	X(CE_CANCELLED, "the user pressed cancel on the reader")                        \
	X(CE_NOT_SUPPORTED, "the card or its driver cannot do that")                    \
	X(CE_NOT_ALLOWED, "the key or the object may not be used so")                   \
	X(CE_NOT_FOUND, "no such key, certificate or file")                             \
	X(CE_NOT_AUTHENTICATED, "the PIN has not been given")                           \
	X(CE_PIN_WRONG, "the PIN was wrong")                                            \
	X(CE_PIN_LENGTH, "the PIN has a length or characters the card does not take")   \
	X(CE_PIN_BLOCKED, "the PIN is blocked")                                         \
	X(CE_DATA_INVALID, "the card refused the data, or answered with unusable data") \
	X(CE_BUFFER, "the answer does not fit")                                         \
	X(CE_CARD, "the card failed in another way")

enum card_err {
#define X(name, text) name,
	CE_LIST(X)
#undef X
	CE_COUNT
};

/* `card_err` must be looked at. */
typedef enum card_err card_err;

/* The name ("CE_NO_CARD") of an error, for the log; "?" for a value that is none. Static storage. */
const char *card_err_name(card_err err);

#endif
