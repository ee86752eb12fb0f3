/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/vpcd.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"

#define LENGTH_LEN 2u
#define MESSAGE_MAX (LENGTH_LEN + 0xFFFFu)
#define FD_NONE (-1)

enum control {
	CONTROL_POWER_OFF = 0,
	CONTROL_POWER_ON = 1,
	CONTROL_RESET = 2,
	CONTROL_GET_ATR = 4,
};

struct vpcd {
	int fd;
	bool powered;
	bool noticed;
	struct secret received; /* MESSAGE_MAX bytes, of which the first received_len are filled */
	size_t received_len;
	struct secret answer; /* a length, then APDU_ANSWER_MAX bytes */
};

static void addresses_free(struct addrinfo **addresses)
{
	if (*addresses != NULL)
		freeaddrinfo(*addresses);
}

/*
 * The protocol is a ping-pong of small messages: waiting for more to send, or with the acknowledgement, costs up
 * to 40 ms each. The kernel forgets TCP_QUICKACK, so it is said after each read.
 */
static void hurry(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

struct vpcd *vpcd_new(int fd)
{
	AUTO(vpcd_close) struct vpcd *vpcd = calloc(1, sizeof(*vpcd));

	if (vpcd == NULL)
		return NULL;
	vpcd->fd = FD_NONE;
	if (!secret_alloc(&vpcd->received, MESSAGE_MAX) || !secret_alloc(&vpcd->answer, LENGTH_LEN + APDU_ANSWER_MAX))
		return NULL;
	vpcd->fd = fd;
	hurry(fd);
	return STEAL(vpcd);
}

void vpcd_close(struct vpcd **vpcd)
{
	if (*vpcd == NULL)
		return;
	if ((*vpcd)->fd != FD_NONE)
		(void)close((*vpcd)->fd);
	secret_clear(&(*vpcd)->received);
	secret_clear(&(*vpcd)->answer);
	free(*vpcd);
	*vpcd = NULL;
}

int vpcd_fd(const struct vpcd *vpcd)
{
	return vpcd->fd;
}

bool vpcd_is_noticed(const struct vpcd *vpcd)
{
	return vpcd->noticed;
}

static int connect_to(const struct addrinfo *address)
{
	const int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);

	if (fd == FD_NONE || connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	(void)close(fd);
	return FD_NONE;
}

enum vpcd_result vpcd_connect(const char *host, const char *port, struct vpcd **ret_vpcd)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	AUTO(addresses_free) struct addrinfo *addresses = NULL;
	int fd = FD_NONE;

	*ret_vpcd = NULL;
	if (getaddrinfo(host, port, &hints, &addresses) != 0)
		return VPCD_GONE;
	for (const struct addrinfo *address = addresses; address != NULL && fd == FD_NONE; address = address->ai_next)
		fd = connect_to(address);
	if (fd == FD_NONE)
		return VPCD_GONE;
	*ret_vpcd = vpcd_new(fd);
	if (*ret_vpcd != NULL)
		return VPCD_OK;
	(void)close(fd);
	return VPCD_NO_MEMORY;
}

static bool send_all(int fd, struct span bytes)
{
	while (bytes.len != 0) {
		const ssize_t done = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0)
			bytes = span_of(bytes.data + done, bytes.len - (size_t)done);
	}
	return true;
}

/* Send the len bytes that stand after the place for their length. */
static enum vpcd_result send_answer(struct vpcd *vpcd, size_t len)
{
	/* An answer of more than 65535 bytes has no form here; no command that vpcd hands on can ask for one. */
	if (len > 0xFFFFu)
		return VPCD_GONE;
	vpcd->answer.data[0] = (uint8_t)(len >> 8);
	vpcd->answer.data[1] = (uint8_t)len;
	return send_all(vpcd->fd, span_of(vpcd->answer.data, LENGTH_LEN + len)) ? VPCD_OK : VPCD_GONE;
}

static enum vpcd_result serve_control(struct vpcd *vpcd, struct softcard *card, uint8_t control)
{
	switch (control) {
	case CONTROL_POWER_OFF:
	case CONTROL_POWER_ON:
	case CONTROL_RESET:
		softcard_reset(card);
		vpcd->powered = control != CONTROL_POWER_OFF;
		return VPCD_OK;
	case CONTROL_GET_ATR:
		memcpy(vpcd->answer.data + LENGTH_LEN, softcard_atr.data, softcard_atr.len);
		if (send_answer(vpcd, softcard_atr.len) != VPCD_OK)
			return VPCD_GONE;
		vpcd->noticed = vpcd->noticed || vpcd->powered;
		return VPCD_OK;
	default:
		return VPCD_OK;
	}
}

static enum vpcd_result serve_message(struct vpcd *vpcd, struct softcard *card, struct span message)
{
	size_t len = 0;

	if (message.len == 0)
		return VPCD_OK;
	if (message.len == 1)
		return serve_control(vpcd, card, message.data[0]);
	if (softcard_transmit(card, message, vpcd->answer.data + LENGTH_LEN, &len) != STORE_OK)
		return VPCD_CARD;
	return send_answer(vpcd, len);
}

/* Take the first whole message, if there is one. */
static bool take_message(struct span *rest, struct span *ret_message)
{
	size_t len;

	if (rest->len < LENGTH_LEN)
		return false;
	len = (size_t)rest->data[0] << 8 | rest->data[1];
	if (rest->len < LENGTH_LEN + len)
		return false;
	*ret_message = span_of(rest->data + LENGTH_LEN, len);
	*rest = span_of(rest->data + LENGTH_LEN + len, rest->len - LENGTH_LEN - len);
	return true;
}

static enum vpcd_result serve_received(struct vpcd *vpcd, struct softcard *card)
{
	struct span rest = span_of(vpcd->received.data, vpcd->received_len);
	enum vpcd_result result = VPCD_OK;
	struct span message;

	while (result == VPCD_OK && take_message(&rest, &message))
		result = serve_message(vpcd, card, message);
	if (rest.len != 0)
		memmove(vpcd->received.data, rest.data, rest.len);
	vpcd->received_len = rest.len;
	return result;
}

enum vpcd_result vpcd_serve(struct vpcd *vpcd, struct softcard *card)
{
	ssize_t done;

	do {
		done = recv(vpcd->fd, vpcd->received.data + vpcd->received_len, MESSAGE_MAX - vpcd->received_len, 0);
	} while (done < 0 && errno == EINTR);
	if (done <= 0)
		return VPCD_GONE;
	hurry(vpcd->fd);
	vpcd->received_len += (size_t)done;
	return serve_received(vpcd, card);
}
