/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card/softcard/vpcd.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

static const char *const no_keys[] = { NULL };
static struct fixture *fixture;
static struct vpcd *vpcd;
static int reader; /* our end: the reader's */

static void setup(void)
{
	int fds[2];

	fixture = fixture_new(no_keys);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	vpcd = vpcd_new(fds[0]);
	ck_assert_ptr_nonnull(vpcd);
	ck_assert_int_eq(vpcd_fd(vpcd), fds[0]);
	reader = fds[1];
}

static void teardown(void)
{
	vpcd_close(&vpcd);
	(void)close(reader);
	fixture_free(fixture);
}

static void tell(const void *bytes, size_t len)
{
	ck_assert_int_eq(write(reader, bytes, len), (ssize_t)len);
}

/* Whether the card's next message is this. */
static void expect(const void *bytes, size_t len)
{
	uint8_t got[512];

	ck_assert_int_eq(recv(reader, got, len, MSG_WAITALL), (ssize_t)len);
	ck_assert_mem_eq(got, bytes, len);
}

static void expect_silence(void)
{
	char byte;

	ck_assert_int_eq(recv(reader, &byte, 1, MSG_DONTWAIT), -1);
}

static void serve(void)
{
	ck_assert_int_eq(vpcd_serve(vpcd, fixture->card), VPCD_OK);
}

START_TEST(the_atr_is_told_when_asked_for)
{
	tell("\0\1\4", 3);
	serve();
	expect("\0\x14", 2);
	expect(softcard_atr.data, softcard_atr.len);
}
END_TEST

START_TEST(power_is_obeyed_in_silence)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	for (char control = 0; control < 3; control++) {
		const char message[] = { 0, 1, control };

		tell(message, sizeof(message));
		serve();
		expect_silence();
		ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_TRIES_LEFT | 3);
	}
}
END_TEST

START_TEST(a_card_is_noticed_when_powered_and_asked)
{
	tell("\0\1\4", 3);
	serve();
	ck_assert(!vpcd_is_noticed(vpcd));
	tell("\0\1\1", 3);
	serve();
	ck_assert(!vpcd_is_noticed(vpcd));
	tell("\0\1\4", 3);
	serve();
	ck_assert(vpcd_is_noticed(vpcd));
}
END_TEST

START_TEST(a_command_is_answered)
{
	tell("\0\4\0\x20\0\x80", 6);
	serve();
	expect("\0\2\x63\xC3", 4);
}
END_TEST

START_TEST(messages_come_in_pieces_and_several_at_once)
{
	tell("\0\4\0\x20", 4);
	serve();
	expect_silence();
	tell("\0\x80\0\4\0\x20\1\x80\0", 9);
	serve();
	expect("\0\2\x63\xC3\0\2\x6A\x86", 8);
	expect_silence();
	tell("\1\4", 2);
	serve();
	expect("\0\x14", 2);
}
END_TEST

START_TEST(an_empty_message_and_an_unknown_control_are_passed_over)
{
	tell("\0\0\0\1\7\0\4\0\x20\0\x80", 11);
	serve();
	expect("\0\2\x63\xC3", 4);
	expect_silence();
}
END_TEST

START_TEST(the_longest_message_is_taken)
{
	static uint8_t message[2 + 0xFFFF] = { 0xFF, 0xFF };
	enum vpcd_result result = VPCD_OK;
	size_t at = 0;

	while (at < sizeof(message) && result == VPCD_OK) {
		const ssize_t done = send(reader, message + at, sizeof(message) - at, MSG_DONTWAIT);

		if (done > 0)
			at += (size_t)done;
		result = vpcd_serve(vpcd, fixture->card);
	}
	while (result == VPCD_OK && recv(reader, message, 1, MSG_DONTWAIT | MSG_PEEK) <= 0)
		result = vpcd_serve(vpcd, fixture->card);
	ck_assert_int_eq(result, VPCD_OK);
	expect("\0\2\x67\x00", 4);
}
END_TEST

START_TEST(the_end_of_the_connection_is_noticed)
{
	ck_assert_int_eq(shutdown(reader, SHUT_WR), 0);
	ck_assert_int_eq(vpcd_serve(vpcd, fixture->card), VPCD_GONE);
}
END_TEST

START_TEST(a_card_that_is_gone_is_noticed)
{
	ck_assert_int_eq(unlink(fixture->path), 0);
	tell("\0\4\0\x20\0\x80", 6);
	ck_assert_int_eq(vpcd_serve(vpcd, fixture->card), VPCD_CARD);
}
END_TEST

START_TEST(connect_finds_who_listens_and_nobody)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	AUTO(vpcd_close) struct vpcd *connected = NULL;
	char port[8];

	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(port, sizeof(port), "%u", (unsigned)ntohs(address.sin_port));
	ck_assert_int_eq(vpcd_connect("127.0.0.1", port, &connected), VPCD_OK);
	ck_assert_ptr_nonnull(connected);
	(void)close(listener);
	vpcd_close(&connected);
	ck_assert_int_eq(vpcd_connect("127.0.0.1", port, &connected), VPCD_GONE);
	ck_assert_int_eq(vpcd_connect("127.0.0.1", "no port", &connected), VPCD_GONE);
	ck_assert_ptr_null(connected);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_atr_is_told_when_asked_for);
	tcase_add_test(tc, power_is_obeyed_in_silence);
	tcase_add_test(tc, a_card_is_noticed_when_powered_and_asked);
	tcase_add_test(tc, a_command_is_answered);
	tcase_add_test(tc, messages_come_in_pieces_and_several_at_once);
	tcase_add_test(tc, an_empty_message_and_an_unknown_control_are_passed_over);
	tcase_add_test(tc, the_longest_message_is_taken);
	tcase_add_test(tc, the_end_of_the_connection_is_noticed);
	tcase_add_test(tc, a_card_that_is_gone_is_noticed);
	tcase_add_test(tc, connect_finds_who_listens_and_nobody);
}

TEST_MAIN("card/softcard/vpcd", add)
