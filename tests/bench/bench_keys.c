/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many live session keys: what making, finding and ending them costs, and how much memory they take. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define LOOKUPS 20000u
#define FEW 100u /* keys, to compare with */
#define FIND_AT_ONCE 1024u
#define NANO 1e9

struct keys {
	CK_FUNCTION_LIST *f;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE *handles;
	size_t count;
};

/* Bytes of this process in memory. */
static double resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total;
	unsigned long pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu %lu", &total, &pages) != 2)
		pages = 0;
	(void)fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static bool make(struct keys *keys, size_t until)
{
	for (; keys->count < until; keys->count++) {
		keys->handles[keys->count] = bench_p11_key(keys->f, keys->session, CKK_AES);
		if (keys->handles[keys->count] == CK_INVALID_HANDLE)
			return false;
	}
	return true;
}

static bool read_attribute(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_KEY_TYPE type;
	CK_ATTRIBUTE attribute = { CKA_KEY_TYPE, &type, sizeof(type) };

	return f->C_GetAttributeValue(session, key, &attribute, 1) == CKR_OK;
}

/* Nanoseconds for each of many look-ups, of keys here and there or always of the same one. */
static double time_lookups(const struct keys *keys, size_t step, size_t first,
			   bool (*look)(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key))
{
	const double begun = bench_now();
	size_t at = first;

	for (size_t i = 0; i < LOOKUPS; i++) {
		if (!look(keys->f, keys->session, keys->handles[at]))
			return -1;
		at = (at + step) % keys->count;
	}
	return (bench_now() - begun) / LOOKUPS * NANO;
}

static void print_lookups(const struct keys *keys)
{
	/* a prime step comes past all of them in an order that no cache guesses */
	printf("%zu keys, nanoseconds: attribute of the first %.0f, of the last %.0f, here and there %.0f; "
	       "encrypting 16 bytes with the first %.0f, here and there %.0f\n",
	       keys->count, time_lookups(keys, 0, 0, read_attribute),
	       time_lookups(keys, 0, keys->count - 1, read_attribute), time_lookups(keys, 7919, 0, read_attribute),
	       time_lookups(keys, 0, 0, bench_p11_use), time_lookups(keys, 7919, 0, bench_p11_use));
}

static bool print_find(const struct keys *keys)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE attribute = { CKA_CLASS, &class, sizeof(class) };
	const double begun = bench_now();
	CK_OBJECT_HANDLE found[FIND_AT_ONCE];
	CK_ULONG count = 0;
	size_t total = 0;

	if (keys->f->C_FindObjectsInit(keys->session, &attribute, 1) != CKR_OK)
		return false;
	do {
		if (keys->f->C_FindObjects(keys->session, found, FIND_AT_ONCE, &count) != CKR_OK)
			return false;
		total += count;
	} while (count != 0);
	(void)keys->f->C_FindObjectsFinal(keys->session);
	printf("finding all %zu: %.1f ms\n", total, (bench_now() - begun) * 1e3);
	return total >= keys->count;
}

static bool destroy_half(struct keys *keys)
{
	const size_t half = keys->count / 2;
	const double begun = bench_now();

	while (keys->count > half)
		if (keys->f->C_DestroyObject(keys->session, keys->handles[--keys->count]) != CKR_OK)
			return false;
	printf("destroying %zu: %.0f ns each\n", half, (bench_now() - begun) / (double)half * NANO);
	return true;
}

static bool measure(struct keys *keys, size_t count)
{
	double before;
	double begun;

	if (!make(keys, FEW))
		return false;
	print_lookups(keys);
	before = resident();
	begun = bench_now();
	if (!make(keys, FEW + count))
		return false;
	printf("making %zu: %.0f ns each\n", count, (bench_now() - begun) / (double)count * NANO);
	printf("memory: %.0f bytes a key\n", (resident() - before) / (double)count);
	print_lookups(keys);
	printf("memory, after each was used: %.0f bytes a key\n", (resident() - before) / (double)count);
	return print_find(keys) && destroy_half(keys);
}

static bool close_session(const struct keys *keys)
{
	const double begun = bench_now();

	if (keys->f->C_CloseSession(keys->session) != CKR_OK)
		return false;
	printf("closing the session of %zu: %.1f ms\n", keys->count, (bench_now() - begun) * 1e3);
	return true;
}

bool bench_keys(const struct p11_config *config, size_t count)
{
	AUTO_P11 module = { .library = NULL };
	struct keys keys = { .handles = calloc(FEW + count, sizeof(CK_OBJECT_HANDLE)) };
	bool good = keys.handles != NULL && p11_module_open(config, &module);

	if (good) {
		keys.f = module.f;
		good = keys.f->C_OpenSession(module.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
					     &keys.session) == CKR_OK &&
		       measure(&keys, count) && close_session(&keys);
	}
	free(keys.handles);
	return good;
}
