/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of vpcd, the virtual reader of the vsmartcard project: the card is in the reader of pcscd while this
 * is connected. Its protocol: each message is a length of two bytes, most significant first, and that many
 * bytes; a message of one byte is about power (0 off, 1 on, 2 reset) or asks for the ATR (4), any other is a
 * command, and its answer goes back in the same form.
 */
#ifndef MDP_CARD_SOFTCARD_VPCD_H
#define MDP_CARD_SOFTCARD_VPCD_H

#include "base/compiler.h"
#include "card/softcard/softcard.h"

#define VPCD_PORT "35963"

enum vpcd_result {
	VPCD_OK,
	VPCD_GONE,      /* nobody listens, or the connection ended; errno may say why */
	VPCD_CARD,      /* the card cannot be read any more */
	VPCD_NO_MEMORY,
};

struct vpcd; /* one connection; not for two threads at once */

/* Connect. *ret_vpcd is owned by the caller, NULL on failure. Errors: VPCD_GONE, VPCD_NO_MEMORY. */
enum vpcd_result vpcd_connect(const char *host, const char *port, struct vpcd **ret_vpcd) MUST_USE;

/*
 * A socket of the caller's, which belongs to the vpcd from now on. NULL for want of memory; the socket stays the
 * caller's then.
 */
struct vpcd *vpcd_new(int fd) MUST_USE;

/* Disconnect and free; for AUTO(). *vpcd may be NULL. */
void vpcd_close(struct vpcd **vpcd);

/* The socket, for poll(): when it can be read, vpcd_serve() is due. */
int vpcd_fd(const struct vpcd *vpcd) MUST_USE;

/*
 * Whether the reader has powered the card and asked for its ATR: whoever asks pcscd now is told of the card. It
 * looks for one only a few times a second.
 */
bool vpcd_is_noticed(const struct vpcd *vpcd) MUST_USE;

/* Read what has come, and answer each message that is whole. Errors: VPCD_GONE, VPCD_CARD, VPCD_NO_MEMORY. */
enum vpcd_result vpcd_serve(struct vpcd *vpcd, struct softcard *card) MUST_USE;

#endif
