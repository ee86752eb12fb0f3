/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of softcard-tool, for its table; and what their files lend each other. */
#ifndef MDP_TOOLS_SOFTCARD_TOOL_COMMANDS_H
#define MDP_TOOLS_SOFTCARD_TOOL_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "card/softcard/store.h"
#include "tools/softcard-tool-args.h"

extern const struct command_row command_new;
extern const struct command_row command_key;
extern const struct command_row command_import;
extern const struct command_row command_pin;
extern const struct command_row command_env;
extern const struct command_row command_cert;
extern const struct command_row command_info;
extern const struct command_row command_count;
extern const struct command_row command_serve;
extern const struct command_row command_insert;
extern const struct command_row command_remove;

/* Open the card that is the first argument, and hold it. Returns NULL, having said why; store_close() ends both. */
struct store *card_of(const struct arguments *arguments) MUST_USE;

/* Read a slot, by the name of a key that a card with this application has a place for. Returns false, having said why. */
bool slot_of(enum state_applet applet, const char *text, uint8_t *ret_reference) MUST_USE;

/* Read a whole file of up to 1 MiB. Returns false, having said why. */
bool file_read(const char *path, struct secret *ret_bytes) MUST_USE;

#endif
