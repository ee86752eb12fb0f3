/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PC/SC interface as OpenSC calls it, in our own words: functions, structures and numbers agree with
 * pcsc-lite's winscard.h (a unit test compares them), whose names belong to another layer of this tree.
 *
 * OpenSC loads the library made of this by `provider_library` in its configuration file. Its readers stand in the
 * same file, which the environment variable OPENSC_CONF names:
 *
 *     app softcard {
 *             reader "Software Card 00" {
 *                     card = /path/to/card;
 *             }
 *     }
 *
 * A card is in its reader while its file exists.
 */
#ifndef MDP_CARD_SOFTCARD_PCSC_H
#define MDP_CARD_SOFTCARD_PCSC_H

#include "base/compiler.h"

#define PCSC_ATR_MAX 33

struct pcsc_reader_state {
	const char *name;
	void *user;
	unsigned long current; /* PCSC_STATE_*, and a number of events in the upper 16 bits */
	unsigned long event;
	unsigned long atr_len;
	unsigned char atr[PCSC_ATR_MAX];
};

struct pcsc_io_request {
	unsigned long protocol;
	unsigned long len;
};

/* As long as pcsc-lite's LONG, and positive there as here. */
enum pcsc_result {
	PCSC_OK = 0,
	PCSC_CANCELLED = 0x80100002,
	PCSC_INVALID_HANDLE = 0x80100003,
	PCSC_INVALID_PARAMETER = 0x80100004,
	PCSC_NO_MEMORY = 0x80100006,
	PCSC_INSUFFICIENT_BUFFER = 0x80100008,
	PCSC_UNKNOWN_READER = 0x80100009,
	PCSC_TIMEOUT = 0x8010000A,
	PCSC_SHARING_VIOLATION = 0x8010000B,
	PCSC_NO_CARD = 0x8010000C,
	PCSC_PROTOCOL_MISMATCH = 0x8010000F,
	PCSC_INVALID_VALUE = 0x80100011,
	PCSC_COMMUNICATION = 0x80100013,
	PCSC_NOT_TRANSACTED = 0x80100016,
	PCSC_NO_SERVICE = 0x8010001D,
	PCSC_UNSUPPORTED = 0x8010001F,
	PCSC_STOPPED = 0x8010001E,
	PCSC_NO_READERS = 0x8010002E,
	PCSC_UNRESPONSIVE_CARD = 0x80100066,
	PCSC_REMOVED_CARD = 0x80100069,
	PCSC_REFUSED = 0x8010006A,
};

enum pcsc_scope {
	PCSC_SCOPE_USER = 0,
	PCSC_SCOPE_GLOBAL = 3,
};

enum pcsc_share {
	PCSC_SHARE_EXCLUSIVE = 1,
	PCSC_SHARE_SHARED = 2,
	PCSC_SHARE_DIRECT = 3,
};

enum pcsc_protocol {
	PCSC_PROTOCOL_T0 = 1,
	PCSC_PROTOCOL_T1 = 2,
};

/* What becomes of the card at the end of a transaction or connection, or at a reconnection. */
enum pcsc_disposition {
	PCSC_LEAVE = 0,
	PCSC_RESET = 1,
	PCSC_UNPOWER = 2,
	PCSC_EJECT = 3,
};

/* A reader as the status functions tell. */
enum pcsc_state {
	PCSC_STATE_UNAWARE = 0x0000,
	PCSC_STATE_IGNORE = 0x0001,
	PCSC_STATE_CHANGED = 0x0002,
	PCSC_STATE_UNKNOWN = 0x0004,
	PCSC_STATE_EMPTY = 0x0010,
	PCSC_STATE_PRESENT = 0x0020,
	PCSC_STATE_MUTE = 0x0200,
};

/* A card as a connection's status tells. */
enum pcsc_card_state {
	PCSC_CARD_ABSENT = 0x0002,
	PCSC_CARD_PRESENT = 0x0004,
	PCSC_CARD_POWERED = 0x0010,
	PCSC_CARD_NEGOTIABLE = 0x0020,
};

enum pcsc_attribute {
	PCSC_ATTRIBUTE_VENDOR = 0x00010100,
	PCSC_ATTRIBUTE_ATR = 0x00090303,
	PCSC_ATTRIBUTE_FRIENDLY_NAME = 0x7FFF0003,
};

enum pcsc_control {
	PCSC_CONTROL_GET_FEATURES = 0x42000000 + 3400,
};

#define PCSC_ALLOCATE (~0UL)          /* as a length: the library allocates */
#define PCSC_INFINITE 0xFFFFFFFFUL    /* as a timeout in milliseconds */
#define PCSC_PNP "\\\\?PnP?\\Notification" /* the pseudo reader that tells of new readers */

/* The test that compares with winscard.h declares the same functions under other names. */
#ifndef PCSC_NAME
#define PCSC_NAME(name) SCard##name
#endif

EXPORT long PCSC_NAME(EstablishContext)(unsigned long scope, const void *reserved1, const void *reserved2,
					long *ret_context);
EXPORT long PCSC_NAME(ReleaseContext)(long context);
EXPORT long PCSC_NAME(IsValidContext)(long context);
EXPORT long PCSC_NAME(ListReaders)(long context, const char *groups, char *names, unsigned long *names_len);
EXPORT long PCSC_NAME(ListReaderGroups)(long context, char *groups, unsigned long *groups_len);
EXPORT long PCSC_NAME(FreeMemory)(long context, const void *memory);
EXPORT long PCSC_NAME(Connect)(long context, const char *reader, unsigned long share, unsigned long protocols,
			       long *ret_card, unsigned long *ret_protocol);
EXPORT long PCSC_NAME(Reconnect)(long card, unsigned long share, unsigned long protocols, unsigned long initialization,
				 unsigned long *ret_protocol);
EXPORT long PCSC_NAME(Disconnect)(long card, unsigned long disposition);
EXPORT long PCSC_NAME(BeginTransaction)(long card);
EXPORT long PCSC_NAME(EndTransaction)(long card, unsigned long disposition);
EXPORT long PCSC_NAME(Status)(long card, char *names, unsigned long *names_len, unsigned long *ret_state,
			      unsigned long *ret_protocol, unsigned char *atr, unsigned long *atr_len);
EXPORT long PCSC_NAME(GetStatusChange)(long context, unsigned long timeout, struct pcsc_reader_state *states,
				       unsigned long count);
EXPORT long PCSC_NAME(Cancel)(long context);
EXPORT long PCSC_NAME(Control)(long card, unsigned long code, const void *sent, unsigned long sent_len, void *received,
			       unsigned long received_room, unsigned long *ret_len);
EXPORT long PCSC_NAME(Transmit)(long card, const struct pcsc_io_request *send_request, const unsigned char *command,
				unsigned long command_len, struct pcsc_io_request *receive_request,
				unsigned char *answer, unsigned long *answer_len);
EXPORT long PCSC_NAME(GetAttrib)(long card, unsigned long attribute, unsigned char *value, unsigned long *value_len);
EXPORT long PCSC_NAME(SetAttrib)(long card, unsigned long attribute, const unsigned char *value,
				 unsigned long value_len);

#endif
