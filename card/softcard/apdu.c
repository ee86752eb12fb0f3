/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/apdu.h"

#include <string.h>

#include "card/softcard/buffer.h"

#define HEADER_LEN 4u
#define SHORT_LE_MAX 256u
#define EXTENDED_LE_MAX 65536u
#define CLA_CHAIN 0x10u
#define CLA_SECURE_MESSAGING 0x0Cu
#define CLA_CHANNEL 0x03u
#define INS_GET_RESPONSE 0xC0u

static size_t short_le(uint8_t byte)
{
	return byte != 0 ? byte : SHORT_LE_MAX;
}

static size_t extended_number(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static size_t extended_le(const uint8_t *at)
{
	const size_t le = extended_number(at);

	return le != 0 ? le : EXTENDED_LE_MAX;
}

/* Cases 2E, 3E and 4E: what follows the header begins with 00. */
static bool parse_extended(struct span body, struct apdu *apdu)
{
	size_t lc;

	if (body.len == 3) {
		apdu->le = extended_le(body.data + 1);
		return true;
	}
	if (body.len < 4)
		return false;
	lc = extended_number(body.data + 1);
	if (lc == 0 || (body.len != 3 + lc && body.len != 3 + lc + 2))
		return false;
	apdu->data = span_of(body.data + 3, lc);
	if (body.len == 3 + lc + 2)
		apdu->le = extended_le(body.data + 3 + lc);
	return true;
}

bool apdu_parse(struct span command, struct apdu *ret_apdu)
{
	struct apdu apdu = { 0 };
	struct span body;
	size_t lc;

	if (command.len < HEADER_LEN)
		return false;
	apdu.cla = command.data[0];
	apdu.ins = command.data[1];
	apdu.p1 = command.data[2];
	apdu.p2 = command.data[3];
	body = span_of(command.data + HEADER_LEN, command.len - HEADER_LEN);
	if (body.len == 1)
		apdu.le = short_le(body.data[0]);
	if (body.len > 1 && body.data[0] == 0 && !parse_extended(body, &apdu))
		return false;
	if (body.len > 1 && body.data[0] != 0) {
		lc = body.data[0];
		if (body.len != 1 + lc && body.len != 1 + lc + 1)
			return false;
		apdu.data = span_of(body.data + 1, lc);
		if (body.len == 1 + lc + 1)
			apdu.le = short_le(body.data[1 + lc]);
	}
	*ret_apdu = apdu;
	return true;
}

static void drop_chain(struct apdu_engine *engine)
{
	secret_clear(&engine->chain);
	engine->chaining = false;
}

static void drop_pending(struct apdu_engine *engine)
{
	secret_clear(&engine->pending);
	engine->pending_at = 0;
}

void apdu_engine_reset(struct apdu_engine *engine)
{
	drop_chain(engine);
	drop_pending(engine);
}

static size_t put_sw(uint8_t *answer, size_t len, unsigned sw)
{
	answer[len] = (uint8_t)(sw >> 8);
	answer[len + 1] = (uint8_t)sw;
	return len + 2;
}

/* Hand out as much of the pending answer as was asked for; what stays is announced by 61xx. */
static size_t hand_out(struct apdu_engine *engine, size_t le, uint8_t *answer)
{
	const size_t left = engine->pending.len - engine->pending_at;
	const size_t len = left < le ? left : le;

	if (len != 0)
		memcpy(answer, engine->pending.data + engine->pending_at, len);
	engine->pending_at += len;
	if (left == len) {
		drop_pending(engine);
		return put_sw(answer, len, SW_OK);
	}
	return put_sw(answer, len, SW_MORE | (left - len < SHORT_LE_MAX ? (unsigned)(left - len) : 0));
}

static size_t get_response(struct apdu_engine *engine, const struct apdu *apdu, uint8_t *answer)
{
	if (apdu->p1 != 0 || apdu->p2 != 0)
		return put_sw(answer, 0, SW_WRONG_P1_P2);
	if (apdu->data.len != 0)
		return put_sw(answer, 0, SW_WRONG_LENGTH);
	if (engine->pending.data == NULL)
		return put_sw(answer, 0, SW_CONDITIONS);
	return hand_out(engine, apdu->le, answer);
}

static unsigned check_class(uint8_t cla)
{
	if ((cla & ~(CLA_CHAIN | CLA_SECURE_MESSAGING | CLA_CHANNEL)) != 0)
		return SW_WRONG_CLA;
	if ((cla & CLA_SECURE_MESSAGING) != 0)
		return SW_NO_SECURE_MESSAGING;
	if ((cla & CLA_CHANNEL) != 0)
		return SW_NO_LOGICAL_CHANNEL;
	return SW_OK;
}

/* Add a command to its chain, which it begins if it does not continue one. */
static unsigned add_to_chain(struct apdu_engine *engine, const struct apdu *apdu)
{
	if (apdu->data.len > APDU_CHAIN_MAX - engine->chain.len) {
		drop_chain(engine);
		return SW_WRONG_LENGTH;
	}
	if (!buffer_add(&engine->chain, apdu->data)) {
		drop_chain(engine);
		return SW_MEMORY_FAILURE;
	}
	engine->chaining = true;
	engine->ins = apdu->ins;
	engine->p1 = apdu->p1;
	engine->p2 = apdu->p2;
	return SW_OK;
}

static size_t run_whole(struct apdu_engine *engine, const struct apdu_application *application,
			const struct apdu *apdu, uint8_t *answer)
{
	const unsigned sw = application->run(application->self, apdu, &engine->pending);

	engine->pending_at = 0;
	if (sw != SW_OK || engine->pending.len == 0) {
		drop_pending(engine);
		return put_sw(answer, 0, sw);
	}
	return hand_out(engine, apdu->le, answer);
}

size_t apdu_engine_transmit(struct apdu_engine *engine, const struct apdu_application *application,
			    struct span command, uint8_t *answer)
{
	struct apdu apdu;
	unsigned sw;
	size_t len;

	if (!apdu_parse(command, &apdu)) {
		apdu_engine_reset(engine);
		return put_sw(answer, 0, SW_WRONG_LENGTH);
	}
	if (apdu.cla == 0 && apdu.ins == INS_GET_RESPONSE)
		return get_response(engine, &apdu, answer);
	drop_pending(engine);
	/* A command that does not go on with the chain ends it: what was gathered is forgotten. */
	if (engine->chaining && (engine->ins != apdu.ins || engine->p1 != apdu.p1 || engine->p2 != apdu.p2))
		drop_chain(engine);
	sw = check_class(apdu.cla);
	if (sw == SW_OK && (apdu.cla & CLA_CHAIN) != 0)
		sw = application->may_chain(application->self, apdu.ins);
	if (sw == SW_OK && ((apdu.cla & CLA_CHAIN) != 0 || engine->chaining))
		sw = add_to_chain(engine, &apdu);
	if (sw != SW_OK) {
		drop_chain(engine);
		return put_sw(answer, 0, sw);
	}
	if ((apdu.cla & CLA_CHAIN) != 0)
		return put_sw(answer, 0, SW_OK);
	if (engine->chaining)
		apdu.data = secret_span(&engine->chain);
	len = run_whole(engine, application, &apdu, answer);
	drop_chain(engine);
	return len;
}
