/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The errors that cross md.h upward. Their values are the minidriver's own return codes (winerror.h), under
 * names that need nothing of Windows: MD_E_INVALID_PARAMETER is what the driver side calls
 * SCARD_E_INVALID_PARAMETER. minidriver/error.c asserts that the two lists are one.
 */
#ifndef MDP_MINIDRIVER_MD_ERROR_H
#define MDP_MINIDRIVER_MD_ERROR_H

#include <stdint.h>

#define MD_ERROR_LIST(X)                                                                                  \
	X(MD_OK, 0u, "success")                                                                           \
	X(MD_E_INSUFFICIENT_BUFFER, 122u, "the buffer is too small (ERROR_INSUFFICIENT_BUFFER)")          \
	X(MD_E_MORE_DATA, 234u, "more data than fits (ERROR_MORE_DATA)")                                  \
	X(MD_E_OVERFLOW, 534u, "more data than a counter can count (ERROR_ARITHMETIC_OVERFLOW)")          \
	X(MD_E_REVISION_MISMATCH, 1306u, "a structure of an unknown version (ERROR_REVISION_MISMATCH)")   \
	X(MD_E_CANCELLED, 0x80100002u, "the user cancelled")                                              \
	X(MD_E_INVALID_HANDLE, 0x80100003u, "a stale or foreign handle")                                  \
	X(MD_E_INVALID_PARAMETER, 0x80100004u, "a parameter is wrong")                                    \
	X(MD_E_NO_MEMORY, 0x80100006u, "out of memory, or out of places")                                 \
	X(MD_E_CARD_BUFFER, 0x80100008u, "the buffer is too small (SCARD)")                               \
	X(MD_E_UNKNOWN_READER, 0x80100009u, "no such reader")                                             \
	X(MD_E_TIMEOUT, 0x8010000Au, "the reader or its user took too long")                              \
	X(MD_E_SHARING_VIOLATION, 0x8010000Bu, "another program holds the card")                          \
	X(MD_E_NO_SMARTCARD, 0x8010000Cu, "no card in the reader")                                        \
	X(MD_E_UNKNOWN_CARD, 0x8010000Du, "no driver knows this card")                                    \
	X(MD_E_INVALID_VALUE, 0x80100011u, "a value the card does not take")                              \
	X(MD_E_COMM_ERROR, 0x80100013u, "a command did not get through")                                  \
	X(MD_E_NO_SERVICE, 0x8010001Du, "the smart card service is not running")                          \
	X(MD_E_UNEXPECTED, 0x8010001Fu, "the card failed in a way nobody named")                          \
	X(MD_E_UNSUPPORTED_FEATURE, 0x80100022u, "the card or the driver cannot do that")                 \
	X(MD_E_DIR_NOT_FOUND, 0x80100023u, "no such directory on the card")                               \
	X(MD_E_FILE_NOT_FOUND, 0x80100024u, "no such file on the card")                                   \
	X(MD_E_NO_ACCESS, 0x80100027u, "access is denied")                                                \
	X(MD_E_COMM_DATA_LOST, 0x8010002Fu, "the card's data cannot be read")                             \
	X(MD_E_NO_KEY_CONTAINER, 0x80100030u, "no such key container")                                    \
	X(MD_W_RESET_CARD, 0x80100068u, "the card was reset")                                             \
	X(MD_W_REMOVED_CARD, 0x80100069u, "the card was removed")                                         \
	X(MD_W_SECURITY_VIOLATION, 0x8010006Au, "the key may not be used so, or not now")                 \
	X(MD_W_WRONG_CHV, 0x8010006Bu, "the PIN is wrong")                                                \
	X(MD_W_CHV_BLOCKED, 0x8010006Cu, "the PIN is blocked")                                            \
	X(MD_W_CARD_NOT_AUTHENTICATED, 0x8010006Fu, "the PIN has not been given")                         \
	X(MD_E_TAG_MISMATCH, 0xC000A002u, "the data is not authentic (STATUS_AUTH_TAG_MISMATCH)")

enum md_err {
#define X(name, value, text) name = (int)(value),
	MD_ERROR_LIST(X)
#undef X
};
typedef enum md_err md_err;

/* "MD_E_NO_MEMORY", for the log; "?" for a value that is none. Static storage. */
const char *md_err_name(md_err err);

#endif
