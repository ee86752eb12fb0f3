/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PC/SC provider, called as OpenSC calls it. */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card/softcard/pcsc.h"
#include "card/softcard/pcsc_output.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define READER "Test Reader 00"
#define OTHER_READER "Test Reader 01"

static const char *const no_keys[] = { NULL };
static struct fixture *fixture;
static char configuration[FIXTURE_PATH_MAX + 32];
static long context;

/* A card in one reader, and another that is empty. */
static void setup(void)
{
	FILE *file;

	fixture = fixture_new(no_keys);
	(void)snprintf(configuration, sizeof(configuration), "%s/opensc.conf", fixture->directory);
	file = fopen(configuration, "w");
	ck_assert_ptr_nonnull(file);
	(void)fprintf(file,
		      "app default { debug = 0; }\n"
		      "app softcard { reader \"" READER "\" { card = \"%s\"; }\n"
		      "reader \"" OTHER_READER "\" { card = %s/none; } reader nameless { } }\n",
		      fixture->path, fixture->directory);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(setenv("OPENSC_CONF", configuration, 1), 0);
	ck_assert_int_eq(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &context), PCSC_OK);
}

static void teardown(void)
{
	ck_assert_int_eq(SCardReleaseContext(context), PCSC_OK);
	fixture_free(fixture);
}

static long connect_card(void)
{
	unsigned long protocol = 0;
	long card = 0;

	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1, &card,
				      &protocol),
			 PCSC_OK);
	ck_assert_uint_eq(protocol, PCSC_PROTOCOL_T1);
	return card;
}

/* Send VERIFY without a PIN, or with one: the status word. */
static unsigned transmit(long card, const char *hex)
{
	const struct pcsc_io_request request = { PCSC_PROTOCOL_T1, sizeof(request) };
	AUTO_SECRET command = SECRET_INIT;
	unsigned char answer[258];
	unsigned long len = sizeof(answer);

	fixture_read_hex(hex, &command);
	ck_assert_int_eq(SCardTransmit(card, &request, command.data, command.len, NULL, answer, &len), PCSC_OK);
	ck_assert_uint_ge(len, 2);
	return (unsigned)answer[len - 2] << 8 | answer[len - 1];
}

START_TEST(readers_are_those_of_the_configuration)
{
	static const char expected[] = READER "\0" OTHER_READER "\0";
	char names[128];
	unsigned long len = 0;
	char *allocated = NULL;

	ck_assert_int_eq(SCardListReaders(context, NULL, NULL, &len), PCSC_OK);
	ck_assert_uint_eq(len, sizeof(expected));
	len--;
	ck_assert_int_eq(SCardListReaders(context, NULL, names, &len), PCSC_INSUFFICIENT_BUFFER);
	len = sizeof(names);
	ck_assert_int_eq(SCardListReaders(context, NULL, names, &len), PCSC_OK);
	ck_assert_uint_eq(len, sizeof(expected));
	ck_assert_mem_eq(names, expected, sizeof(expected));
	len = PCSC_ALLOCATE;
	ck_assert_int_eq(SCardListReaders(context, NULL, (char *)&allocated, &len), PCSC_OK);
	ck_assert_mem_eq(allocated, expected, sizeof(expected));
	ck_assert_int_eq(SCardFreeMemory(context, allocated), PCSC_OK);
	len = PCSC_ALLOCATE;
	ck_assert_int_eq(SCardListReaders(context, NULL, NULL, &len), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardListReaders(context, NULL, names, NULL), PCSC_INVALID_PARAMETER);
	len = sizeof(names);
	ck_assert_int_eq(SCardListReaderGroups(context, names, &len), PCSC_OK);
}
END_TEST

START_TEST(no_configuration_is_no_readers)
{
	unsigned long len = 0;
	long other = 0;

	ck_assert_int_eq(unsetenv("OPENSC_CONF"), 0);
	ck_assert_int_eq(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &other), PCSC_OK);
	ck_assert_int_eq(SCardListReaders(other, NULL, NULL, &len), PCSC_NO_READERS);
	ck_assert_int_eq(SCardReleaseContext(other), PCSC_OK);
	ck_assert_int_eq(setenv("OPENSC_CONF", "/nonexistent/opensc.conf", 1), 0);
	ck_assert_int_eq(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &other), PCSC_OK);
	ck_assert_int_eq(SCardListReaders(other, NULL, NULL, &len), PCSC_NO_READERS);
	ck_assert_int_eq(SCardReleaseContext(other), PCSC_OK);
}
END_TEST

START_TEST(stale_and_foreign_handles_are_refused_everywhere)
{
	const long card = connect_card();
	const long bad[] = { 0, -1, 12345, card, context };
	unsigned long number = 0;
	long got = 0;
	unsigned char byte = 0;

	ck_assert_int_eq(SCardDisconnect(card, PCSC_LEAVE), PCSC_OK);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(SCardDisconnect(bad[i], PCSC_LEAVE), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardReconnect(bad[i], PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &number),
				 PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardBeginTransaction(bad[i]), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardEndTransaction(bad[i], PCSC_LEAVE), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardStatus(bad[i], NULL, NULL, NULL, NULL, NULL, NULL), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardTransmit(bad[i], NULL, &byte, 1, NULL, &byte, &number), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardControl(bad[i], PCSC_CONTROL_GET_FEATURES, NULL, 0, NULL, 0, &number),
				 PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardGetAttrib(bad[i], PCSC_ATTRIBUTE_ATR, NULL, &number), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardSetAttrib(bad[i], PCSC_ATTRIBUTE_ATR, NULL, 0), PCSC_INVALID_HANDLE);
	}
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(SCardReleaseContext(bad[i]), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardIsValidContext(bad[i]), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardCancel(bad[i]), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardListReaders(bad[i], NULL, NULL, &number), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardGetStatusChange(bad[i], 0, NULL, 0), PCSC_INVALID_HANDLE);
		ck_assert_int_eq(SCardConnect(bad[i], READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &got, &number),
				 PCSC_INVALID_HANDLE);
	}
	ck_assert_int_eq(SCardIsValidContext(context), PCSC_OK);
}
END_TEST

START_TEST(releasing_a_context_ends_its_connections)
{
	const long card = connect_card();

	ck_assert_int_eq(SCardReleaseContext(context), PCSC_OK);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_INVALID_HANDLE);
	ck_assert_int_eq(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &context), PCSC_OK);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_INVALID_HANDLE);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	const struct pcsc_io_request t0 = { PCSC_PROTOCOL_T0, sizeof(t0) };
	const long card = connect_card();
	unsigned char bytes[258] = { 0 };
	unsigned long number = sizeof(bytes);
	long got = 0;

	ck_assert_int_eq(SCardEstablishContext(99, NULL, NULL, &got), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardEstablishContext(0, NULL, NULL, NULL), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardConnect(context, NULL, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &got, &number),
			 PCSC_UNKNOWN_READER);
	ck_assert_int_eq(SCardConnect(context, "No", PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &got, &number),
			 PCSC_UNKNOWN_READER);
	ck_assert_int_eq(SCardConnect(context, READER, 9, PCSC_PROTOCOL_T1, &got, &number), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T0, &got, &number),
			 PCSC_PROTOCOL_MISMATCH);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, NULL, &number),
			 PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardTransmit(card, &t0, bytes, 4, NULL, bytes, &number), PCSC_PROTOCOL_MISMATCH);
	ck_assert_int_eq(SCardTransmit(card, NULL, NULL, 4, NULL, bytes, &number), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, 0, NULL, bytes, &number), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, APDU_COMMAND_MAX + 1, NULL, bytes, &number),
			 PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, 4, NULL, NULL, &number), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, 4, NULL, bytes, NULL), PCSC_INVALID_PARAMETER);
	number = 1;
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, 4, NULL, bytes, &number), PCSC_INSUFFICIENT_BUFFER);
	ck_assert_int_eq(SCardEndTransaction(card, PCSC_LEAVE), PCSC_NOT_TRANSACTED);
	ck_assert_int_eq(SCardEndTransaction(card, 9), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardDisconnect(card, 9), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, 9, &number), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T0, 0, &number), PCSC_PROTOCOL_MISMATCH);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, 0, NULL), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardControl(card, 1, NULL, 0, NULL, 0, &number), PCSC_UNSUPPORTED);
	ck_assert_int_eq(SCardControl(card, PCSC_CONTROL_GET_FEATURES, NULL, 0, bytes, sizeof(bytes), &number),
			 PCSC_OK);
	ck_assert_uint_eq(number, 0);
}
END_TEST

START_TEST(status_and_attributes_tell_of_the_card)
{
	const long card = connect_card();
	unsigned char atr[PCSC_ATR_MAX];
	unsigned long atr_len = sizeof(atr);
	unsigned long state = 0;
	unsigned long protocol = 0;
	unsigned long len = 0;
	char name[64];

	ck_assert_int_eq(SCardStatus(card, NULL, &len, &state, &protocol, atr, &atr_len), PCSC_OK);
	ck_assert_uint_eq(len, sizeof(READER) + 1);
	ck_assert_uint_eq(state & PCSC_CARD_PRESENT, PCSC_CARD_PRESENT);
	ck_assert_uint_eq(protocol, PCSC_PROTOCOL_T1);
	ck_assert(span_equal(span_of(atr, atr_len), softcard_atr));
	len = sizeof(name);
	ck_assert_int_eq(SCardStatus(card, name, &len, NULL, NULL, NULL, NULL), PCSC_OK);
	ck_assert_str_eq(name, READER);
	len = 3;
	ck_assert_int_eq(SCardStatus(card, name, &len, NULL, NULL, NULL, NULL), PCSC_INSUFFICIENT_BUFFER);
	len = sizeof(name);
	ck_assert_int_eq(SCardGetAttrib(card, PCSC_ATTRIBUTE_FRIENDLY_NAME, (unsigned char *)name, &len), PCSC_OK);
	ck_assert_str_eq(name, READER);
	len = sizeof(name);
	ck_assert_int_eq(SCardGetAttrib(card, PCSC_ATTRIBUTE_ATR, (unsigned char *)name, &len), PCSC_OK);
	ck_assert_uint_eq(len, softcard_atr.len);
	ck_assert_int_eq(SCardGetAttrib(card, 1, (unsigned char *)name, &len), PCSC_UNSUPPORTED);
	ck_assert_int_eq(SCardSetAttrib(card, 1, NULL, 0), PCSC_UNSUPPORTED);
}
END_TEST

START_TEST(a_reset_ends_the_security_status_and_leave_does_not)
{
	const long card = connect_card();
	unsigned long protocol = 0;

	ck_assert_uint_eq(transmit(card, FIXTURE_VERIFY), SW_OK);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &protocol), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_OK);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_RESET, &protocol), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(transmit(card, FIXTURE_VERIFY), SW_OK);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_OK);
	ck_assert_int_eq(SCardEndTransaction(card, PCSC_LEAVE), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_OK);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_OK);
	ck_assert_int_eq(SCardEndTransaction(card, PCSC_RESET), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(exclusive_keeps_others_out)
{
	unsigned long protocol = 0;
	const long shared = connect_card();
	long exclusive = 0;
	long third = 0;

	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_EXCLUSIVE, PCSC_PROTOCOL_T1, &exclusive, &protocol),
			 PCSC_SHARING_VIOLATION);
	ck_assert_int_eq(SCardDisconnect(shared, PCSC_LEAVE), PCSC_OK);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_EXCLUSIVE, PCSC_PROTOCOL_T1, &exclusive, &protocol),
			 PCSC_OK);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &third, &protocol),
			 PCSC_SHARING_VIOLATION);
	ck_assert_int_eq(SCardReconnect(exclusive, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &protocol),
			 PCSC_OK);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &third, &protocol),
			 PCSC_OK);
}
END_TEST

/*
 * What a process does that wants the card while another has a transaction: it says so, waits, and says when it has
 * it.
 */
static int want_card(int say)
{
	long own = 0;
	long card = 0;
	unsigned long protocol = 0;

	if (SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &own) != PCSC_OK ||
	    SCardConnect(own, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &card, &protocol) != PCSC_OK)
		return 1;
	if (write(say, "w", 1) != 1 || SCardBeginTransaction(card) != PCSC_OK || write(say, "g", 1) != 1)
		return 2;
	return SCardEndTransaction(card, PCSC_LEAVE) == PCSC_OK ? 0 : 3;
}

START_TEST(a_transaction_keeps_other_processes_waiting)
{
	const long card = connect_card();
	int fds[2];
	char said = 0;
	int status = 1;
	pid_t child;

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_OK);
	child = fork();
	if (child == 0)
		_exit(want_card(fds[1]));
	while (read(fds[0], &said, 1) != 1)
		(void)usleep(1000);
	ck_assert_int_eq(said, 'w');
	(void)usleep(100000);
	/* It has to wait as long as we like; our own commands go on. */
	ck_assert_int_eq(read(fds[0], &said, 1), -1);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_TRIES_LEFT | 3);
	ck_assert_int_eq(SCardEndTransaction(card, PCSC_LEAVE), PCSC_OK);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fds[0], &said, 1), 1);
	ck_assert_int_eq(said, 'g');
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

START_TEST(a_process_that_dies_in_a_transaction_lets_go)
{
	const long card = connect_card();
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		long own = 0;
		long other = 0;
		unsigned long protocol = 0;

		_exit(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &own) == PCSC_OK &&
				      SCardConnect(own, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &other,
						   &protocol) == PCSC_OK &&
				      SCardBeginTransaction(other) == PCSC_OK
			      ? 0
			      : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_OK);
}
END_TEST

START_TEST(a_forked_process_has_none_of_its_parents_handles)
{
	const long card = connect_card();
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(SCardIsValidContext(context) == PCSC_INVALID_HANDLE &&
				      SCardBeginTransaction(card) == PCSC_INVALID_HANDLE
			      ? 0
			      : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void take_out(void)
{
	char kept[FIXTURE_PATH_MAX + 32];

	(void)snprintf(kept, sizeof(kept), "%s.kept", fixture->path);
	ck_assert_int_eq(rename(fixture->path, kept), 0);
}

static void put_in(void)
{
	char kept[FIXTURE_PATH_MAX + 32];

	(void)snprintf(kept, sizeof(kept), "%s.kept", fixture->path);
	ck_assert_int_eq(rename(kept, fixture->path), 0);
}

START_TEST(a_removed_card_is_told_by_each_function)
{
	const long card = connect_card();
	unsigned char bytes[258] = { 0, 0x20, 0, 0x80 };
	unsigned long len = sizeof(bytes);
	unsigned long protocol = 0;
	long other = 0;

	take_out();
	ck_assert_int_eq(SCardTransmit(card, NULL, bytes, 4, NULL, bytes, &len), PCSC_REMOVED_CARD);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_REMOVED_CARD);
	ck_assert_int_eq(SCardStatus(card, NULL, NULL, NULL, NULL, NULL, NULL), PCSC_REMOVED_CARD);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &protocol),
			 PCSC_NO_CARD);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &other, &protocol),
			 PCSC_NO_CARD);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_DIRECT, 0, &other, &protocol), PCSC_OK);
	ck_assert_uint_eq(protocol, 0);
	ck_assert_int_eq(SCardBeginTransaction(other), PCSC_NO_CARD);
	put_in();
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &protocol), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(another_card_is_not_taken_for_the_one_before)
{
	const long card = connect_card();
	unsigned long protocol = 0;

	ck_assert_uint_eq(transmit(card, FIXTURE_VERIFY), SW_OK);
	fixture_make_card(fixture->path, no_keys, PERSONALISE_ADMIN_ALGORITHM, personalise_admin_key);
	ck_assert_int_eq(SCardBeginTransaction(card), PCSC_REMOVED_CARD);
	ck_assert_int_eq(SCardReconnect(card, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, PCSC_LEAVE, &protocol), PCSC_OK);
	ck_assert_uint_eq(transmit(card, "00200080"), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(a_damaged_card_does_not_respond)
{
	struct pcsc_reader_state state = { .name = READER };
	unsigned long protocol = 0;
	long card = 0;
	FILE *file = fopen(fixture->path, "w");

	ck_assert_ptr_nonnull(file);
	(void)fputs("damage", file);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &card, &protocol),
			 PCSC_UNRESPONSIVE_CARD);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &state, 1), PCSC_OK);
	ck_assert_uint_eq(state.event & PCSC_STATE_MUTE, PCSC_STATE_MUTE);
	ck_assert_uint_eq(state.atr_len, 0);
}
END_TEST

START_TEST(status_change_tells_what_is_and_then_what_changed)
{
	struct pcsc_reader_state states[] = { { .name = READER }, { .name = OTHER_READER } };

	ck_assert_int_eq(SCardGetStatusChange(context, 0, states, 2), PCSC_OK);
	ck_assert_uint_eq(states[0].event & 0xFFFFu, PCSC_STATE_PRESENT | PCSC_STATE_CHANGED);
	ck_assert(span_equal(span_of(states[0].atr, states[0].atr_len), softcard_atr));
	ck_assert_uint_eq(states[1].event & 0xFFFFu, PCSC_STATE_EMPTY | PCSC_STATE_CHANGED);
	for (size_t i = 0; i < 2; i++)
		states[i].current = states[i].event;
	ck_assert_int_eq(SCardGetStatusChange(context, 0, states, 2), PCSC_TIMEOUT);
	ck_assert_int_eq(SCardGetStatusChange(context, 30, states, 2), PCSC_TIMEOUT);
	take_out();
	ck_assert_int_eq(SCardGetStatusChange(context, 0, states, 2), PCSC_OK);
	ck_assert_uint_eq(states[0].event & 0xFFFFu, PCSC_STATE_EMPTY | PCSC_STATE_CHANGED);
	ck_assert_uint_eq(states[1].event & PCSC_STATE_CHANGED, 0);
	/* Out and in again while nobody looked at it by name: the number of events tells. */
	put_in();
	states[0].current = states[0].event;
	ck_assert_int_eq(SCardGetStatusChange(context, 0, states, 2), PCSC_OK);
	states[0].current = states[0].event;
	fixture_make_card(fixture->path, no_keys, PERSONALISE_ADMIN_ALGORITHM, personalise_admin_key);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, states, 2), PCSC_OK);
	ck_assert_uint_eq(states[0].event & 0xFFFFu, PCSC_STATE_PRESENT | PCSC_STATE_CHANGED);
	ck_assert_uint_ne(states[0].event >> 16, states[0].current >> 16);
}
END_TEST

START_TEST(what_a_card_does_is_no_change_of_its_reader)
{
	struct pcsc_reader_state state = { .name = READER };
	const long card = connect_card();

	ck_assert_int_eq(SCardGetStatusChange(context, 0, &state, 1), PCSC_OK);
	state.current = state.event;
	ck_assert_uint_eq(transmit(card, FIXTURE_VERIFY_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &state, 1), PCSC_TIMEOUT);
}
END_TEST

START_TEST(status_change_checks_what_it_is_given)
{
	struct pcsc_reader_state unknown = { .name = "No" };
	struct pcsc_reader_state nameless = { .name = NULL };
	struct pcsc_reader_state ignored = { .name = "No", .current = PCSC_STATE_IGNORE };
	struct pcsc_reader_state pnp = { .name = PCSC_PNP };

	ck_assert_int_eq(SCardGetStatusChange(context, 0, &unknown, 1), PCSC_UNKNOWN_READER);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &nameless, 1), PCSC_INVALID_VALUE);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, NULL, 1), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &unknown, 1000000), PCSC_INVALID_PARAMETER);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, NULL, 0), PCSC_OK);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &ignored, 1), PCSC_TIMEOUT);
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &pnp, 1), PCSC_TIMEOUT);
	ck_assert_uint_eq(pnp.event >> 16, 2);
	pnp.current = 5u << 16;
	ck_assert_int_eq(SCardGetStatusChange(context, 0, &pnp, 1), PCSC_OK);
}
END_TEST

static void *wait_for_ever(void *result)
{
	struct pcsc_reader_state states[] = { { .name = READER }, { .name = PCSC_PNP } };
	long waited = SCardGetStatusChange(context, 0, states, 1);

	states[0].current = states[0].event;
	if (waited == PCSC_OK)
		waited = SCardGetStatusChange(context, PCSC_INFINITE, states, 2);
	memcpy(result, &waited, sizeof(waited));
	return NULL;
}

START_TEST(waiting_for_ever_ends_by_cancel_by_release_and_by_removal)
{
	pthread_t thread;
	long result = 0;
	void *joined = NULL;

	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, &result), 0);
	(void)usleep(150000);
	switch (_i) {
	case 0:
		ck_assert_int_eq(SCardCancel(context), PCSC_OK);
		break;
	case 1:
		ck_assert_int_eq(SCardReleaseContext(context), PCSC_OK);
		break;
	default:
		take_out();
		break;
	}
	ck_assert_int_eq(pthread_join(thread, &joined), 0);
	ck_assert_int_eq(result, _i == 2 ? PCSC_OK : PCSC_CANCELLED);
	if (_i == 1)
		ck_assert_int_eq(SCardEstablishContext(PCSC_SCOPE_USER, NULL, NULL, &context), PCSC_OK);
}
END_TEST

/* Many threads with a connection each, and a common one. */
static void *work(void *common)
{
	long shared;

	memcpy(&shared, common, sizeof(shared));
	for (int i = 0; i < 50; i++) {
		unsigned long protocol = 0;
		long own = 0;
		unsigned char bytes[258] = { 0, 0x20, 0, 0x80 };
		unsigned long len = sizeof(bytes);

		if (SCardConnect(context, READER, PCSC_SHARE_SHARED, PCSC_PROTOCOL_T1, &own, &protocol) != PCSC_OK ||
		    SCardBeginTransaction(own) != PCSC_OK ||
		    SCardTransmit(own, NULL, bytes, 4, NULL, bytes, &len) != PCSC_OK || bytes[0] != 0x63 ||
		    SCardEndTransaction(own, PCSC_LEAVE) != PCSC_OK)
			return common;
		len = sizeof(bytes);
		memcpy(bytes, "\0\x20\0\x80", 4);
		if (SCardTransmit(shared, NULL, bytes, 4, NULL, bytes, &len) != PCSC_OK || bytes[0] != 0x63 ||
		    SCardDisconnect(own, PCSC_LEAVE) != PCSC_OK)
			return common;
	}
	return NULL;
}

START_TEST(threads_share_a_card)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];
	long shared = connect_card();

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &shared), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, readers_are_those_of_the_configuration);
	tcase_add_test(tc, no_configuration_is_no_readers);
	tcase_add_test(tc, stale_and_foreign_handles_are_refused_everywhere);
	tcase_add_test(tc, releasing_a_context_ends_its_connections);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, status_and_attributes_tell_of_the_card);
	tcase_add_test(tc, a_reset_ends_the_security_status_and_leave_does_not);
	tcase_add_test(tc, exclusive_keeps_others_out);
	tcase_add_test(tc, a_transaction_keeps_other_processes_waiting);
	tcase_add_test(tc, a_process_that_dies_in_a_transaction_lets_go);
	tcase_add_test(tc, a_forked_process_has_none_of_its_parents_handles);
	tcase_add_test(tc, a_removed_card_is_told_by_each_function);
	tcase_add_test(tc, another_card_is_not_taken_for_the_one_before);
	tcase_add_test(tc, a_damaged_card_does_not_respond);
	tcase_add_test(tc, status_change_tells_what_is_and_then_what_changed);
	tcase_add_test(tc, what_a_card_does_is_no_change_of_its_reader);
	tcase_add_test(tc, status_change_checks_what_it_is_given);
	tcase_add_loop_test(tc, waiting_for_ever_ends_by_cancel_by_release_and_by_removal, 0, 3);
	tcase_add_test(tc, threads_share_a_card);
}

TEST_MAIN("card/softcard/pcsc", add)
