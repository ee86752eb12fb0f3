/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests through md.h share: the usual fake card, opened and acquired, and the few steps to a session key.
 */
#ifndef MDP_TESTS_FAKE_HOST_HARNESS_H
#define MDP_TESTS_FAKE_HOST_HARNESS_H

#include <check.h>

#include "minidriver/md.h"
#include "tests/fake/fake_card.h"

#define ck_assert_md(got, expected) ck_assert_str_eq(md_err_name(got), md_err_name(expected))

extern struct md *host_md;
extern struct md_card *host_card;

/* Check fixtures: the usual card, acquired, the PIN given. */
void host_open(void);
void host_close(void);
/* The same for a card that the test described after fake_reset(); no PIN is given. */
void host_open_described(void);
void host_login(void);

/* An agreement of a container with a point on its curve. */
struct md_agreement *host_agree(size_t container, struct span point);
/* A session key with these bytes. */
struct md_key *host_import(enum md_key_alg alg, struct span value);
/* The key holds these bytes. */
void host_key_is(struct md_key *key, struct span expected);

#endif
