/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/host_harness.h"

#include <string.h>

struct md *host_md;
struct md_card *host_card;

void host_open_described(void)
{
	const struct md_options options = { .app_name = "test" };

	ck_assert_md(md_open(&options, &host_md), MD_OK);
	ck_assert_md(md_card_acquire(host_md, 0, &host_card), MD_OK);
}

void host_login(void)
{
	ck_assert_md(md_pin_verify(host_card, 0, span_of(FAKE_PIN, strlen(FAKE_PIN))), MD_OK);
}

void host_open(void)
{
	fake_reset();
	fake_personalise();
	host_open_described();
	host_login();
	fake_reset_counts();
}

void host_close(void)
{
	md_card_release(host_card);
	md_close(host_md);
	host_card = NULL;
	host_md = NULL;
	fake_clear();
}

struct md_agreement *host_agree(size_t container, struct span point)
{
	struct md_agreement *agreement = NULL;
	struct md_point peer;

	ck_assert_md(md_point_decode(md_container(host_card, container)->ec_params, point, &peer), MD_OK);
	ck_assert_md(md_agree(host_card, container, &peer, &agreement), MD_OK);
	return agreement;
}

struct md_key *host_import(enum md_key_alg alg, struct span value)
{
	struct md_key *key = NULL;

	ck_assert_md(md_key_import(host_card, alg, value, &key), MD_OK);
	return key;
}

void host_key_is(struct md_key *key, struct span expected)
{
	uint8_t bytes[512];

	ck_assert_uint_eq(md_key_len(key), expected.len);
	ck_assert_md(md_key_read(key, bytes, sizeof(bytes)), MD_OK);
	ck_assert_mem_eq(bytes, expected.data, expected.len);
}
