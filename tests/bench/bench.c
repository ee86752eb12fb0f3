/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Modules beside each other and beside OpenSSL's EVP, in one process and one run.
 *
 *     bench speed NAME PATH PIN PARAMETERS [NAME PATH PIN PARAMETERS]...
 *     bench keys COUNT PATH PIN PARAMETERS
 *
 * PIN and PARAMETERS (NSS' text for C_Initialize) are `-` for none. The first module is the one that is judged.
 *
 * doc/performance.md says which variables of the environment are obeyed.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"

#define MODULES_MAX 4u
#define CANDIDATES_MAX (MODULES_MAX + 1u)
#define EVP 0u  /* the first candidate */
#define OURS 1u /* the second, which is judged */
#define THREADS_MAX 16u
#define ROUNDS_MAX 99u
#define MIB (1024.0 * 1024.0)
#define BULK_SIZE 16384u
#define BULK_LEAST 0.9

const uint8_t bench_key[BENCH_KEY_LEN] = { 0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae,
					   0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61,
					   0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4 };
const uint8_t bench_iv[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

#define EACH_SIZE(name, work, mechanism, evp) \
	{ name, work, mechanism, evp, 16 }, { name, work, mechanism, evp, 1024 }, \
	{ name, work, mechanism, evp, BULK_SIZE }, { name, work, mechanism, evp, BENCH_SIZE_MAX }

static const struct bench_operation operations[] = {
	EACH_SIZE("AES-256-GCM encrypt", BENCH_ENCRYPT, CKM_AES_GCM, "AES-256-GCM"),
	EACH_SIZE("AES-256-GCM decrypt", BENCH_DECRYPT, CKM_AES_GCM, "AES-256-GCM"),
	EACH_SIZE("AES-256-CBC encrypt", BENCH_ENCRYPT, CKM_AES_CBC, "AES-256-CBC"),
	EACH_SIZE("AES-256-CBC decrypt", BENCH_DECRYPT, CKM_AES_CBC, "AES-256-CBC"),
	{ "AES-256-ECB encrypt", BENCH_ENCRYPT, CKM_AES_ECB, "AES-256-ECB", 16 },
	{ "HMAC-SHA256", BENCH_SIGN, CKM_SHA256_HMAC, "SHA256", 16 },
	{ "HMAC-SHA256", BENCH_SIGN, CKM_SHA256_HMAC, "SHA256", 1024 },
	{ "HMAC-SHA256", BENCH_SIGN, CKM_SHA256_HMAC, "SHA256", BULK_SIZE },
	{ "digest SHA256", BENCH_DIGEST, CKM_SHA256, "SHA256", 16 },
	{ "digest SHA256", BENCH_DIGEST, CKM_SHA256, "SHA256", BULK_SIZE },
	{ "derive HKDF-SHA256", BENCH_DERIVE, 0x402aUL, "HKDF", BENCH_KEY_LEN },
	{ "derive SHA256", BENCH_DERIVE, CKM_SHA256_KEY_DERIVATION, "SHA256", BENCH_KEY_LEN },
	{ "derive AES-CBC-DATA", BENCH_DERIVE, CKM_AES_CBC_ENCRYPT_DATA, "AES-256-CBC", BENCH_KEY_LEN },
	{ "chain from HKDF", BENCH_CHAIN, 0x402aUL, "HKDF", 1024 },
	{ "chain from SHA256", BENCH_CHAIN, CKM_SHA256_KEY_DERIVATION, "SHA256", 1024 },
	{ "chain from AES-CBC-DATA", BENCH_CHAIN, CKM_AES_CBC_ENCRYPT_DATA, "AES-256-CBC", 1024 },
	{ "create a key", BENCH_CREATE, CKM_AES_CBC, NULL, BENCH_KEY_LEN },
	{ "read an attribute", BENCH_READ, CKM_AES_CBC, NULL, sizeof(CK_ULONG) },
};

struct candidate {
	const char *name;
	struct p11_module module; /* no library: EVP */
};

struct setting {
	size_t rounds;
	double slice;
	bool cpu_clock;
	bool evp;
	const char *only;
	size_t only_size; /* 0: all */
	size_t threads[THREADS_MAX];
	size_t thread_counts;
	struct candidate candidates[CANDIDATES_MAX];
	size_t count;
};

/* ---- workers ------------------------------------------------------------------------------------------- */

bool bench_worker_init(struct bench_worker *worker, const struct bench_operation *operation)
{
	*worker = (struct bench_worker){ .operation = operation, .in_len = operation->size };
	worker->in = calloc(1, BENCH_ROOM);
	worker->out = calloc(1, BENCH_ROOM);
	if (worker->in != NULL && worker->out != NULL)
		return true;
	bench_worker_end(worker);
	return false;
}

void bench_worker_end(struct bench_worker *worker)
{
	if (worker->end != NULL)
		worker->end(worker);
	free(worker->in);
	free(worker->out);
	*worker = (struct bench_worker){ .operation = NULL };
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double bench_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

/* ---- one measurement ----------------------------------------------------------------------------------- */

struct runner {
	struct bench_worker *worker;
	pthread_barrier_t *barrier;
	clockid_t clock;
	double slice;
	double rate; /* operations in a second; 0: it failed */
};

/* Batches that grow until looking at the clock costs nothing. */
static double rate_of(struct bench_worker *worker, clockid_t clock, double slice)
{
	const double begun = seconds(clock);
	double at = begun;
	size_t done = 0;

	for (size_t batch = 1; at < begun + slice; batch = at < begun + slice / 16 ? 2 * batch : batch) {
		for (size_t i = 0; i < batch; i++)
			if (!worker->run(worker))
				return 0;
		done += batch;
		at = seconds(clock);
	}
	return (double)done / (at - begun);
}

static void *run(void *argument)
{
	struct runner *runner = argument;

	(void)pthread_barrier_wait(runner->barrier);
	runner->rate = rate_of(runner->worker, runner->clock, runner->slice);
	return NULL;
}

static double measure(const struct setting *setting, struct bench_worker *workers, size_t threads)
{
	struct runner runners[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	pthread_barrier_t barrier;
	double rate = 0;

	(void)pthread_barrier_init(&barrier, NULL, (unsigned)threads);
	for (size_t i = 0; i < threads; i++) {
		runners[i] = (struct runner){
			.worker = &workers[i],
			.barrier = &barrier,
			.clock = setting->cpu_clock ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC,
			.slice = setting->slice,
		};
		if (pthread_create(&ids[i], NULL, run, &runners[i]) != 0) {
			(void)fprintf(stderr, "no thread\n");
			exit(EXIT_FAILURE);
		}
	}
	for (size_t i = 0; i < threads; i++) {
		(void)pthread_join(ids[i], NULL);
		rate += runners[i].rate;
	}
	(void)pthread_barrier_destroy(&barrier);
	return rate;
}

/* ---- one row ------------------------------------------------------------------------------------------- */

struct row {
	double rates[CANDIDATES_MAX][ROUNDS_MAX];
	double medians[CANDIDATES_MAX]; /* 0: does not do it */
	double ratios[CANDIDATES_MAX];  /* our rate through theirs, the median of the rounds; 0: there is none */
};

static int by_size(const void *a, const void *b)
{
	const double first = *(const double *)a;
	const double second = *(const double *)b;

	return (first > second) - (first < second);
}

static double median_of(const double *values, size_t count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_size);
	return sorted[count / 2];
}

/* Within a round, for what makes the whole machine slow for a while makes all of the round's candidates slow. */
static double ratio_to(const struct row *row, size_t other, size_t rounds)
{
	double ratios[ROUNDS_MAX];

	if (row->medians[OURS] == 0 || row->medians[other] == 0)
		return 0;
	for (size_t round = 0; round < rounds; round++)
		ratios[round] = row->rates[OURS][round] / row->rates[other][round];
	return median_of(ratios, rounds);
}

static bool begin(const struct candidate *candidate, const struct bench_operation *operation, size_t threads,
		  struct bench_worker *workers)
{
	for (size_t i = 0; i < threads; i++) {
		const bool good = candidate->module.f == NULL
					  ? bench_evp_begin(operation, &workers[i])
					  : bench_p11_begin(&candidate->module, operation, &workers[i]);

		if (!good)
			return false;
	}
	return true;
}

/* The candidates take turns, each round beginning with another: what disturbs the machine disturbs them alike. */
static void measure_row(const struct setting *setting, const struct bench_operation *operation, size_t threads,
			struct row *row)
{
	static struct bench_worker workers[CANDIDATES_MAX][THREADS_MAX];
	bool does[CANDIDATES_MAX];

	for (size_t c = 0; c < setting->count; c++)
		does[c] = (c != EVP || setting->evp) &&
			  begin(&setting->candidates[c], operation, threads, workers[c]);
	for (size_t round = 0; round < setting->rounds; round++) {
		for (size_t i = 0; i < setting->count; i++) {
			const size_t c = (round + i) % setting->count;

			row->rates[c][round] = does[c] ? measure(setting, workers[c], threads) : 0;
		}
	}
	for (size_t c = 0; c < setting->count; c++) {
		row->medians[c] = median_of(row->rates[c], setting->rounds);
		for (size_t i = 0; i < threads; i++)
			bench_worker_end(&workers[c][i]);
	}
	for (size_t c = 0; c < setting->count; c++)
		row->ratios[c] = ratio_to(row, c, setting->rounds);
}

/* ---- the table ----------------------------------------------------------------------------------------- */

#define MISSED_MAX 4096u /* bytes */

/* One of the two goals; what missed it, as a list of lines. */
struct goal {
	size_t rows;
	size_t good;
	char missed[MISSED_MAX];
};

struct verdict {
	struct goal bulk;
	struct goal small;
};

/* Our rate through that of the fastest other module; 0: there is none. */
static double ratio_to_best(const struct setting *setting, const struct row *row)
{
	double least = 0;

	for (size_t c = OURS + 1; c < setting->count; c++)
		if (row->ratios[c] != 0 && (least == 0 || row->ratios[c] < least))
			least = row->ratios[c];
	return least;
}

static void print_ratio(double ratio)
{
	if (ratio == 0)
		printf(" %8s", "-");
	else
		printf(" %8.2f", ratio);
}

static void print_row(const struct setting *setting, const struct bench_operation *operation, size_t threads,
		      const struct row *row)
{
	const bool bulk = operation->size >= BULK_SIZE;

	printf("%-24s %7zu %7zu  %-6s", operation->name, operation->size, threads, bulk ? "MiB/s" : "1000/s");
	for (size_t c = 0; c < setting->count; c++) {
		const double rate = row->medians[c] * (bulk ? (double)operation->size / MIB : 1e-3);

		if (row->medians[c] == 0)
			printf(" %10s", "-");
		else
			printf(" %10.1f", rate);
	}
	print_ratio(row->ratios[EVP]);
	print_ratio(ratio_to_best(setting, row));
}

/* Whether a row meets its goal; missed ones are remembered for the end. */
static void count(struct goal *goal, bool good, const struct bench_operation *operation, size_t threads, double ratio)
{
	const size_t used = strlen(goal->missed);

	goal->rows++;
	goal->good += good;
	if (!good)
		(void)snprintf(goal->missed + used, sizeof(goal->missed) - used, "  missed: %s, %zu bytes, %zu thread%s: %.2f\n",
			       operation->name, operation->size, threads, threads == 1 ? "" : "s", ratio);
}

static void judge(const struct setting *setting, const struct bench_operation *operation, size_t threads,
		  const struct row *row, struct verdict *verdict)
{
	const double of_evp = row->ratios[EVP];
	const double of_best = ratio_to_best(setting, row);

	if (operation->size >= BULK_SIZE && of_evp != 0)
		count(&verdict->bulk, of_evp >= BULK_LEAST, operation, threads, of_evp);
	else if (operation->size < BULK_SIZE && of_best != 0)
		count(&verdict->small, of_best > 1, operation, threads, of_best);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static const char *verdict_of(const struct goal *goal)
{
	if (goal->rows == 0)
		return "not measured";
	return goal->good == goal->rows ? "met" : "missed";
}

static void print_goal(const char *text, const struct goal *goal)
{
	printf("goal: %s: %s, %zu of %zu rows\n%s", text, verdict_of(goal), goal->good, goal->rows, goal->missed);
}

static void print_head(const struct setting *setting)
{
	printf("%-24s %7s %7s  %-6s", "operation", "bytes", "threads", "unit");
	for (size_t c = 0; c < setting->count; c++)
		printf(" %10s", setting->candidates[c].name);
	printf(" %8s %8s\n", "of EVP", "of best");
}

static bool is_wanted(const struct setting *setting, const struct bench_operation *operation)
{
	return (setting->only == NULL || strstr(operation->name, setting->only) != NULL) &&
	       (setting->only_size == 0 || setting->only_size == operation->size);
}

static void speed(const struct setting *setting)
{
	static struct row row;
	static struct verdict verdict;

	print_head(setting);
	for (size_t i = 0; i < ARRAY_COUNT(operations); i++) {
		if (!is_wanted(setting, &operations[i]))
			continue;
		for (size_t t = 0; t < setting->thread_counts; t++) {
			measure_row(setting, &operations[i], setting->threads[t], &row);
			print_row(setting, &operations[i], setting->threads[t], &row);
			judge(setting, &operations[i], setting->threads[t], &row, &verdict);
		}
	}
	print_goal("16 KiB and more, at least 0.9 of EVP", &verdict.bulk);
	print_goal("less, faster than every other module", &verdict.small);
}

/* ---- the command line ---------------------------------------------------------------------------------- */

static size_t number(const char *name, size_t usual, size_t most)
{
	const char *text = getenv(name);
	const size_t value = text != NULL ? strtoul(text, NULL, 10) : 0;

	return value == 0 ? usual : value < most ? value : most;
}

static void read_threads(struct setting *setting)
{
	const char *text = getenv("BENCH_THREADS");
	char *next = NULL;

	for (const char *at = text != NULL ? text : "1 2"; setting->thread_counts < THREADS_MAX; at = next) {
		const size_t count = strtoul(at, &next, 10);

		if (count == 0)
			return;
		setting->threads[setting->thread_counts++] = count < THREADS_MAX ? count : THREADS_MAX;
	}
}

static void read_setting(struct setting *setting)
{
	const char *clock = getenv("BENCH_CLOCK");

	setting->rounds = number("BENCH_ROUNDS", 9, ROUNDS_MAX);
	setting->slice = (double)number("BENCH_SLICE_MS", 20, 60000) / 1e3;
	setting->cpu_clock = clock != NULL && strcmp(clock, "cpu") == 0;
	setting->evp = getenv("BENCH_NO_EVP") == NULL;
	setting->only = getenv("BENCH_ONLY");
	setting->only_size = number("BENCH_SIZE", 0, BENCH_SIZE_MAX);
	read_threads(setting);
	setting->candidates[setting->count++].name = "EVP";
}

static const char *unless_none(const char *text)
{
	return strcmp(text, "-") == 0 ? NULL : text;
}

/* PATH PIN PARAMETERS */
static struct p11_config config_of(char **arguments)
{
	return (struct p11_config){ .path = arguments[0], .pin = unless_none(arguments[1]),
				    .parameters = unless_none(arguments[2]) };
}

static int compare(char **arguments, size_t count)
{
	static struct setting setting;
	bool good = true;

	read_setting(&setting);
	for (size_t i = 0; good && i < count; i += 4) {
		struct candidate *candidate = &setting.candidates[setting.count];
		const struct p11_config config = config_of(arguments + i + 1);

		candidate->name = arguments[i];
		good = p11_module_open(&config, &candidate->module);
		if (good)
			setting.count++;
	}
	if (good)
		speed(&setting);
	while (setting.count-- > 1)
		p11_module_close(&setting.candidates[setting.count].module);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int keys(char **arguments)
{
	const struct p11_config config = config_of(arguments + 1);
	const size_t count = strtoul(arguments[0], NULL, 10);

	return count != 0 && bench_keys(&config, count) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && (argc - 2) % 4 == 0 && (size_t)(argc - 2) / 4 <= MODULES_MAX && strcmp(argv[1], "speed") == 0)
		return compare(argv + 2, (size_t)argc - 2);
	if (argc == 6 && strcmp(argv[1], "keys") == 0)
		return keys(argv + 2);
	(void)fputs("usage: bench speed NAME PATH PIN PARAMETERS [NAME PATH PIN PARAMETERS]...\n"
		    "       bench keys COUNT PATH PIN PARAMETERS\n",
		    stderr);
	return EXIT_FAILURE;
}
