/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PC/SC: connections to a card, transactions and commands. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "card/softcard/pcsc.h"
#include "card/softcard/pcsc_handles.h"
#include "card/softcard/pcsc_output.h"

#define PROTOCOL PCSC_PROTOCOL_T1 /* what the ATR offers */
#define VENDOR "minidriver-pkcs11"
#define FILE_MODE 0600

/* The connection's card, one command at a time. */
static void unlock(pthread_mutex_t **mutex)
{
	(void)pthread_mutex_unlock(*mutex);
}
static pthread_mutex_t *locked(pthread_mutex_t *mutex)
{
	(void)pthread_mutex_lock(mutex);
	return mutex;
}
#define HOLDING(connection) AUTO(unlock) UNUSED pthread_mutex_t *held_here_ = locked(&(connection)->mutex)

static long result_of(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		return PCSC_OK;
	case STORE_ABSENT:
		return PCSC_REMOVED_CARD;
	case STORE_CORRUPT:
		return PCSC_UNRESPONSIVE_CARD;
	case STORE_NO_MEMORY:
		return PCSC_NO_MEMORY;
	case STORE_EXISTS:
	case STORE_IO:
		break;
	}
	return PCSC_COMMUNICATION;
}

/* CARD.users is locked by each connection as long as it lasts: shared, or exclusively. */
static long join_users(struct pcsc_connection *connection, unsigned long share)
{
	const int how = share == PCSC_SHARE_EXCLUSIVE ? LOCK_EX : LOCK_SH;
	char *name = NULL;

	if (connection->users_fd < 0) {
		if (asprintf(&name, "%s.users", reader_card_path(connection->reader)) < 0)
			return PCSC_NO_MEMORY;
		connection->users_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
		free(name);
	}
	if (connection->users_fd < 0)
		return PCSC_COMMUNICATION;
	if (flock(connection->users_fd, how | LOCK_NB) == 0)
		return PCSC_OK;
	return errno == EWOULDBLOCK ? PCSC_SHARING_VIOLATION : PCSC_COMMUNICATION;
}

/* Power the card up, if there is one and the caller wants one. */
static long power_up(struct pcsc_connection *connection, unsigned long share)
{
	enum store_result result;
	long joined;

	if ((reader_state(connection->reader) & PCSC_STATE_EMPTY) != 0)
		return share == PCSC_SHARE_DIRECT ? PCSC_OK : PCSC_NO_CARD;
	if (share == PCSC_SHARE_DIRECT)
		return PCSC_OK;
	joined = join_users(connection, share);
	if (joined != PCSC_OK)
		return joined;
	result = softcard_open(reader_card_path(connection->reader), &connection->card);
	return result == STORE_ABSENT ? (long)PCSC_NO_CARD : result_of(result);
}

static bool share_is_known(unsigned long share)
{
	return share == PCSC_SHARE_EXCLUSIVE || share == PCSC_SHARE_SHARED || share == PCSC_SHARE_DIRECT;
}

long SCardConnect(long context, const char *reader, unsigned long share, unsigned long protocols, long *ret_card,
		  unsigned long *ret_protocol)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = NULL;
	struct reader *in;
	long handle;
	long result;

	if (ret_card == NULL || ret_protocol == NULL)
		return PCSC_INVALID_PARAMETER;
	*ret_card = 0;
	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	if (reader == NULL)
		return PCSC_UNKNOWN_READER;
	if (!share_is_known(share))
		return PCSC_INVALID_VALUE;
	in = readers_find(&found->readers, reader);
	if (in == NULL)
		return PCSC_UNKNOWN_READER;
	if (share != PCSC_SHARE_DIRECT && (protocols & PROTOCOL) == 0)
		return PCSC_PROTOCOL_MISMATCH;
	connection = pcsc_connection_new(context, in);
	if (connection == NULL)
		return PCSC_NO_MEMORY;
	connection->share = share;
	result = power_up(connection, share);
	if (result != PCSC_OK)
		return result;
	handle = pcsc_connection_publish(connection);
	if (handle == 0)
		return PCSC_NO_MEMORY;
	*ret_card = handle;
	*ret_protocol = connection->card != NULL ? (unsigned long)PROTOCOL : 0;
	return PCSC_OK;
}

static void end_all(struct pcsc_connection *connection)
{
	for (; connection->transactions != 0; connection->transactions--)
		softcard_end(connection->card);
}

static void dispose(struct pcsc_connection *connection, unsigned long disposition)
{
	if (disposition != PCSC_LEAVE && connection->card != NULL)
		softcard_reset(connection->card);
}

long SCardReconnect(long card, unsigned long share, unsigned long protocols, unsigned long initialization,
		    unsigned long *ret_protocol)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);
	long result;

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	if (ret_protocol == NULL)
		return PCSC_INVALID_PARAMETER;
	if (!share_is_known(share) || initialization > PCSC_UNPOWER)
		return PCSC_INVALID_VALUE;
	if (share != PCSC_SHARE_DIRECT && (protocols & PROTOCOL) == 0)
		return PCSC_PROTOCOL_MISMATCH;
	HOLDING(connection);
	if (connection->card != NULL && !softcard_is_present(connection->card)) {
		/* Another card than before, or none: the connection begins anew with what is there. */
		end_all(connection);
		softcard_close(&connection->card);
	}
	if (connection->card == NULL) {
		result = power_up(connection, share);
		if (result != PCSC_OK)
			return result;
	} else if (share != connection->share && share != PCSC_SHARE_DIRECT) {
		result = join_users(connection, share);
		if (result != PCSC_OK)
			return result;
	}
	dispose(connection, initialization);
	connection->share = share;
	*ret_protocol = connection->card != NULL ? (unsigned long)PROTOCOL : 0;
	return PCSC_OK;
}

long SCardDisconnect(long card, unsigned long disposition)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = NULL;

	if (disposition > PCSC_EJECT)
		return PCSC_INVALID_VALUE;
	connection = pcsc_connection_remove(card);
	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	HOLDING(connection);
	end_all(connection);
	dispose(connection, disposition);
	return PCSC_OK;
}

long SCardBeginTransaction(long card)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);
	enum store_result result;

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	HOLDING(connection);
	if (connection->card == NULL)
		return PCSC_NO_CARD;
	result = softcard_begin(connection->card);
	if (result == STORE_OK)
		connection->transactions++;
	return result_of(result);
}

long SCardEndTransaction(long card, unsigned long disposition)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	if (disposition > PCSC_EJECT)
		return PCSC_INVALID_VALUE;
	HOLDING(connection);
	if (connection->transactions == 0)
		return PCSC_NOT_TRANSACTED;
	dispose(connection, disposition);
	connection->transactions--;
	softcard_end(connection->card);
	return PCSC_OK;
}

/* The name and the NUL after it. */
static struct span name_span(const struct reader *reader)
{
	return span_of(reader_name(reader), strlen(reader_name(reader)) + 1);
}

/* "name\0\0", as PC/SC lists names. */
static long give_names(const struct reader *reader, char *names, unsigned long *names_len)
{
	AUTO_SECRET list = SECRET_INIT;

	if (!buffer_add(&list, name_span(reader)) || !buffer_add_byte(&list, 0))
		return PCSC_NO_MEMORY;
	return pcsc_give(secret_span(&list), names, names_len);
}

long SCardStatus(long card, char *names, unsigned long *names_len, unsigned long *ret_state,
		 unsigned long *ret_protocol, unsigned char *atr, unsigned long *atr_len)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);
	bool powered;
	long named;
	long given;

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	HOLDING(connection);
	powered = connection->card != NULL;
	if (powered && !softcard_is_present(connection->card))
		return PCSC_REMOVED_CARD;
	if (ret_state != NULL)
		*ret_state = powered ? (unsigned long)(PCSC_CARD_PRESENT | PCSC_CARD_POWERED | PCSC_CARD_NEGOTIABLE)
				     : (unsigned long)PCSC_CARD_ABSENT;
	if (ret_protocol != NULL)
		*ret_protocol = powered ? (unsigned long)PROTOCOL : 0;
	named = give_names(connection->reader, names, names_len);
	given = pcsc_give(powered ? softcard_atr : SPAN_EMPTY, atr, atr_len);
	return named != PCSC_OK ? named : given;
}

long SCardTransmit(long card, const struct pcsc_io_request *send_request, const unsigned char *command,
		   unsigned long command_len, struct pcsc_io_request *receive_request, unsigned char *answer,
		   unsigned long *answer_len)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);
	AUTO_SECRET room = SECRET_INIT;
	enum store_result result;
	size_t len = 0;

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	if (command == NULL || answer == NULL || answer_len == NULL || command_len == 0 ||
	    command_len > APDU_COMMAND_MAX)
		return PCSC_INVALID_PARAMETER;
	if (send_request != NULL && send_request->protocol != PROTOCOL)
		return PCSC_PROTOCOL_MISMATCH;
	HOLDING(connection);
	if (connection->card == NULL)
		return PCSC_NO_CARD;
	if (!secret_alloc(&room, APDU_ANSWER_MAX))
		return PCSC_NO_MEMORY;
	result = softcard_transmit(connection->card, span_of(command, command_len), room.data, &len);
	if (result != STORE_OK)
		return result_of(result);
	if (receive_request != NULL)
		receive_request->protocol = PROTOCOL;
	if (*answer_len == PCSC_ALLOCATE)
		return PCSC_INVALID_PARAMETER;
	return pcsc_give(span_of(room.data, len), answer, answer_len);
}

long SCardControl(long card, unsigned long code, const void *sent UNUSED, unsigned long sent_len UNUSED,
		  void *received UNUSED, unsigned long received_room UNUSED, unsigned long *ret_len)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);

	if (ret_len != NULL)
		*ret_len = 0;
	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	/* The reader has none of the features of PC/SC part 10: an empty list. */
	return code == PCSC_CONTROL_GET_FEATURES ? PCSC_OK : PCSC_UNSUPPORTED;
}

long SCardGetAttrib(long card, unsigned long attribute, unsigned char *value, unsigned long *value_len)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);

	if (connection == NULL)
		return PCSC_INVALID_HANDLE;
	if (value_len == NULL)
		return PCSC_INVALID_PARAMETER;
	HOLDING(connection);
	switch (attribute) {
	case PCSC_ATTRIBUTE_ATR:
		return pcsc_give(connection->card != NULL ? softcard_atr : SPAN_EMPTY, value, value_len);
	case PCSC_ATTRIBUTE_VENDOR:
		return pcsc_give(span_of(VENDOR, sizeof(VENDOR)), value, value_len);
	case PCSC_ATTRIBUTE_FRIENDLY_NAME:
		return pcsc_give(name_span(connection->reader), value, value_len);
	default:
		return PCSC_UNSUPPORTED;
	}
}

long SCardSetAttrib(long card, unsigned long attribute UNUSED, const unsigned char *value UNUSED,
		    unsigned long value_len UNUSED)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(card);

	return connection == NULL ? PCSC_INVALID_HANDLE : PCSC_UNSUPPORTED;
}
