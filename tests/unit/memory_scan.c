/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/memory_scan.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wipe.h"

#define SHORTEST 8u
#define LONGEST 1024u
#define MASK 0xa7u
#define WINDOW (256u * 1024u)
#define TOO_LARGE ((uint64_t)16 << 30)
#define MAPS_MAX 8192u

/* Also for programs that are no Check tests. */
static void must(bool condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "memory scan: %s\n", what);
	abort();
}

struct memory_scan {
	size_t len;
	uint8_t masked[LONGEST];
};

struct mapping {
	uint64_t from, to;
	char name[64];
};

/* Static, so that reading the maps does not change them; `window` is what the scan itself reads into. */
static struct mapping mappings[MAPS_MAX];
static uint8_t window[WINDOW];

struct memory_scan *memory_scan_new(const void *bytes, size_t len)
{
	const volatile uint8_t *from = bytes; /* byte by byte: no copy in a vector register */
	struct memory_scan *scan = calloc(1, sizeof(*scan));

	must(scan != NULL, "out of memory");
	must(len >= SHORTEST && len <= LONGEST, "bytes to look for: too few or too many");
	scan->len = len;
	for (size_t i = 0; i < len; i++)
		scan->masked[i] = from[i] ^ MASK;
	return scan;
}

struct memory_scan *memory_scan_new_text(const void *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	const volatile uint8_t *from = bytes;
	struct memory_scan *scan = calloc(1, sizeof(*scan));

	must(scan != NULL, "out of memory");
	must(len * 3 >= SHORTEST && len * 3 <= LONGEST, "bytes to look for: too few or too many");
	for (size_t i = 0; i < len; i++) {
		scan->masked[scan->len++] = (uint8_t)digits[from[i] >> 4] ^ MASK;
		scan->masked[scan->len++] = (uint8_t)digits[from[i] & 15] ^ MASK;
		scan->masked[scan->len++] = ' ' ^ MASK;
	}
	return scan;
}

void memory_scan_free(struct memory_scan *scan)
{
	free(scan);
}

/* One line of /proc/self/maps; false if it is not a writable mapping that can be read. */
static bool parse_mapping(const char *line, struct mapping *ret)
{
	char access[8] = "";
	struct mapping found = { .name = "" };

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %63[^\n]", &found.from, &found.to, access,
		   found.name) < 3)
		return false;
	if (access[0] != 'r' || access[1] != 'w' || found.to - found.from >= TOO_LARGE)
		return false;
	*ret = found;
	return true;
}

static size_t read_mappings(void)
{
	static char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	size_t count = 0;

	must(maps != NULL, "/proc/self/maps cannot be read");
	while (fgets(line, sizeof(line), maps) != NULL && count < MAPS_MAX)
		if (parse_mapping(line, &mappings[count]))
			count++;
	must(count < MAPS_MAX, "too many mappings");
	(void)fclose(maps);
	return count;
}

static bool matches(const struct memory_scan *scan, const uint8_t *at)
{
	for (size_t i = 0; i < scan->len; i++)
		if ((at[i] ^ MASK) != scan->masked[i])
			return false;
	return true;
}

static bool inside(uint64_t address, const void *data, size_t len)
{
	const uint64_t from = (uint64_t)(uintptr_t)data;

	return address >= from && address < from + len;
}

static bool excepted(uint64_t address, const struct span *except, size_t count)
{
	if (inside(address, window, sizeof(window)))
		return true;
	for (size_t i = 0; i < count; i++)
		if (inside(address, except[i].data, except[i].len))
			return true;
	return false;
}

struct search {
	const struct memory_scan *scan;
	const struct span *except;
	size_t except_count;
	int memory;
};

/* Occurrences in `len` bytes of the window, which stand at `address`. */
static size_t search_window(const struct search *search, const struct mapping *mapping, uint64_t address, size_t len)
{
	const uint8_t *end = window + len;
	const uint8_t *at = window;
	size_t found = 0;

	while ((size_t)(end - at) >= search->scan->len) {
		/* one byte unmasked at a time: memchr() is fast, and a single byte is no secret */
		at = memchr(at, search->scan->masked[0] ^ MASK, (size_t)(end - at) - search->scan->len + 1);
		if (at == NULL)
			break;
		if (matches(search->scan, at) &&
		    !excepted(address + (uint64_t)(at - window), search->except, search->except_count)) {
			(void)fprintf(stderr, "memory scan: found at %#" PRIx64 " in %#" PRIx64 "-%#" PRIx64 " %s\n",
				      address + (uint64_t)(at - window), mapping->from, mapping->to, mapping->name);
			found++;
		}
		at++;
	}
	return found;
}

/* Windows overlap by one byte less than the bytes looked for. A page that cannot be read ends the mapping. */
static size_t search_mapping(const struct search *search, const struct mapping *mapping)
{
	const size_t overlap = search->scan->len - 1;
	uint64_t at = mapping->from;
	size_t found = 0;

	while (at < mapping->to) {
		const uint64_t left = mapping->to - at;
		const ssize_t got =
			pread(search->memory, window, left < WINDOW ? (size_t)left : WINDOW, (off_t)at);

		if (got <= 0)
			break;
		found += search_window(search, mapping, at, (size_t)got);
		if ((size_t)got <= overlap || (uint64_t)got == left)
			break;
		at += (size_t)got - overlap;
	}
	return found;
}

size_t memory_scan_count(const struct memory_scan *scan, const struct span *except, size_t except_count)
{
	const struct search search = {
		.scan = scan,
		.except = except,
		.except_count = except_count,
		.memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC),
	};
	const size_t count = read_mappings();
	size_t found = 0;

	must(search.memory >= 0, "/proc/self/mem cannot be read");
	for (size_t i = 0; i < count; i++)
		found += search_mapping(&search, &mappings[i]);
	wipe(window, sizeof(window));
	(void)close(search.memory);
	return found;
}
