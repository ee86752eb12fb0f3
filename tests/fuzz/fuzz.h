/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libFuzzer, or fuzz_main.c in its place, calls; and what fuzz_main.c makes its inputs of. */
#ifndef MDP_TESTS_FUZZ_H
#define MDP_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Run one input. A finding aborts. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inputs to begin with, each in hexadecimal digits, up to a NULL: those of the target fuzz_main.c is linked with. */
extern const char *const fuzz_seeds[];

#endif
