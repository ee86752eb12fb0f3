/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fuzz target without libFuzzer, for `make check`: runs the inputs in the files it is given; or, without any, the
 * seeds and then inputs that are pseudo-randomly made of them, for a number of seconds (--seconds, 3 unless given)
 * from a number (--start, 1 unless given) on, which makes the same inputs each time.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX 65536u
#define SEEDS_MAX 64u
#define CHANGES_MAX 8u
#define SPLICE_MAX 64u
#define SECONDS_USUAL 3

struct input {
	uint8_t *bytes;
	size_t len;
};

static uint64_t number;

/* Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t draw(uint64_t below)
{
	number ^= number << 13;
	number ^= number >> 7;
	number ^= number << 17;
	return below != 0 ? number % below : 0;
}

static int run_file(const char *name)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *file = fopen(name, "re");
	size_t len;

	if (file == NULL) {
		perror(name);
		return EXIT_FAILURE;
	}
	len = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(bytes, len);
	return EXIT_SUCCESS;
}

static struct input read_seed(const char *hex)
{
	struct input input = { .bytes = malloc(INPUT_MAX), .len = strlen(hex) / 2 };

	for (size_t i = 0; input.bytes != NULL && i < input.len; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		input.bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return input;
}

/* Put a piece of one input into another. */
static void splice(struct input *input, const struct input *from)
{
	const size_t len = 1 + (size_t)draw(from->len < SPLICE_MAX ? from->len : SPLICE_MAX);
	const size_t at = (size_t)draw(input->len + 1);
	const size_t from_at = (size_t)draw(from->len);
	const size_t taken = len < from->len - from_at ? len : from->len - from_at;

	if (input->len + taken > INPUT_MAX)
		return;
	memmove(input->bytes + at + taken, input->bytes + at, input->len - at);
	memcpy(input->bytes + at, from->bytes + from_at, taken);
	input->len += taken;
}

static void change(struct input *input, const struct input *seeds, size_t count)
{
	static const uint8_t telling[] = { 0x00, 0x01, 0x7C, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0xFF };
	const size_t at = input->len != 0 ? (size_t)draw(input->len) : 0;

	switch (draw(5)) {
	case 0:
		if (input->len != 0)
			input->bytes[at] ^= (uint8_t)(1u << draw(8));
		break;
	case 1:
		if (input->len != 0)
			input->bytes[at] = telling[draw(sizeof(telling))];
		break;
	case 2:
		input->len = at;
		break;
	case 3:
		splice(input, &seeds[draw(count)]);
		break;
	default:
		if (input->len != 0)
			input->bytes[at] = (uint8_t)draw(256);
		break;
	}
}

static bool is_over(time_t end)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end;
}

static unsigned long run_changed(const struct input *seeds, size_t count, time_t end)
{
	static uint8_t bytes[INPUT_MAX];
	unsigned long runs = 0;

	while (!is_over(end)) {
		const struct input *seed = &seeds[draw(count)];
		struct input input = { .bytes = bytes, .len = seed->len };

		memcpy(bytes, seed->bytes, seed->len);
		for (uint64_t changes = 1 + draw(CHANGES_MAX); changes != 0; changes--)
			change(&input, seeds, count);
		(void)LLVMFuzzerTestOneInput(input.bytes, input.len);
		runs++;
	}
	return runs;
}

static int run_seeds(int seconds)
{
	struct input seeds[SEEDS_MAX];
	struct timespec now = { 0, 0 };
	size_t count = 0;

	for (; fuzz_seeds[count] != NULL && count < SEEDS_MAX; count++) {
		seeds[count] = read_seed(fuzz_seeds[count]);
		if (seeds[count].bytes == NULL)
			return EXIT_FAILURE;
		(void)LLVMFuzzerTestOneInput(seeds[count].bytes, seeds[count].len);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)printf("%zu seeds, %lu inputs made of them\n", count, run_changed(seeds, count, now.tv_sec + seconds));
	while (count != 0)
		free(seeds[--count].bytes);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int seconds = SECONDS_USUAL;
	int result = EXIT_SUCCESS;
	bool files = false;

	number = 1;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--seconds=", 10) == 0) {
			seconds = atoi(argv[i] + 10);
		} else if (strncmp(argv[i], "--start=", 8) == 0) {
			number = strtoull(argv[i] + 8, NULL, 10) | 1;
		} else {
			files = true;
			if (run_file(argv[i]) != EXIT_SUCCESS)
				result = EXIT_FAILURE;
		}
	}
	return files ? result : run_seeds(seconds);
}
