/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/module.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/ossl.h"
#include "base/process.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"

enum phase {
	PHASE_DOWN = 0,
	PHASE_STARTING,
	PHASE_UP,
	PHASE_STOPPING,
};

/* Atomics and no mutex: whose mutexes we may use is only known once C_Initialize has read its arguments. */
static struct {
	atomic_long process; /* the process that the rest speaks of; its negative while a thread of it begins anew */
	atomic_int phase;
	struct module *module;
	struct module *inherited; /* of the processes we were forked from; not ours to end, but kept within reach */
} self;

/*
 * Calls inside the module now. Each thread counts in one of several places, so that threads that work side by side do
 * not pass one cache line to and fro.
 */
#define COUNTERS_BITS 4u
#define CACHE_LINE 64u
static struct {
	_Alignas(CACHE_LINE) atomic_ulong calls;
} counters[1u << COUNTERS_BITS];

/* The calling thread's; the same for as long as it lives. */
static atomic_ulong *my_calls(void)
{
	/* 2^64 through the golden ratio: addresses of stacks, which are far apart, come to lie everywhere */
	const uint64_t mixed = (uint64_t)(uintptr_t)pthread_self() * UINT64_C(0x9E3779B97F4A7C15);

	return &counters[mixed >> (64 - COUNTERS_BITS)].calls;
}

static bool calls_inside(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
		if (atomic_load(&counters[i].calls) != 0)
			return true;
	return false;
}

static bool of_this_process(void)
{
	return atomic_load(&self.process) == process_id();
}

static void wait_a_moment(void)
{
	static const struct timespec moment = { .tv_nsec = 1000000 };

	(void)nanosleep(&moment, NULL);
}

/* Be the one thread that begins anew for this process; the others wait until that is done. */
static bool claim_process(void)
{
	const long id = process_id();
	long before = atomic_load(&self.process);

	while (before != id) {
		if (before == -id) {
			wait_a_moment();
			before = atomic_load(&self.process);
		} else if (atomic_compare_exchange_strong(&self.process, &before, -id)) {
			return true;
		}
	}
	return false;
}

/*
 * In a child: forget the parent's module without ending it. Its locks may be held by threads that do not exist
 * here, and its connection to the card belongs to the parent.
 */
static void begin_process(void)
{
	if (!claim_process())
		return;
	if (self.module != NULL) {
		self.module->inherited = self.inherited;
		self.inherited = STEAL(self.module);
	}
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
		atomic_store(&counters[i].calls, 0);
	atomic_store(&self.phase, PHASE_DOWN);
	atomic_store(&self.process, process_id());
}

static void module_free(struct module *module)
{
	if (module == NULL)
		return;
	if (module->sessions != NULL && module->objects != NULL)
		cki_slots_close(module);
	handle_table_free(module->sessions);
	handle_table_free(module->objects);
	lock_destroy(&module->state);
	md_close(module->md);
	cki_mech_allow_legacy(false);
	if (module->legacy_ciphers)
		ossl_legacy_release();
	free(module);
}

static void module_free_cleanup(struct module **module)
{
	module_free(*module);
}

/* DES, RC2 and RC4, for those who ask for them in the configuration. */
static void offer_legacy(struct module *module)
{
	if (!md_config_bool(module->md, "legacy_ciphers", false))
		return;
	module->legacy_ciphers = ossl_legacy_acquire();
	if (!module->legacy_ciphers)
		log_error("cki", "legacy_ciphers is set, but OpenSSL's legacy provider cannot be loaded");
	cki_mech_allow_legacy(module->legacy_ciphers);
}

static CK_RV module_new(bool no_os_threads, struct module **ret_module)
{
	AUTO(module_free_cleanup) struct module *module = calloc(1, sizeof(*module));
	struct md_options options = { .app_name = PACKAGE_NAME, .no_os_threads = no_os_threads };
	md_err err;

	if (module == NULL)
		return CKR_HOST_MEMORY;
	if (!lock_init(&module->state))
		return CKR_CANT_LOCK;
	module->sessions = handle_table_new(cki_session_hold_value);
	module->objects = handle_table_new_bare(cki_object_hold_value);
	if (module->sessions == NULL || module->objects == NULL)
		return CKR_HOST_MEMORY;
	err = md_open(&options, &module->md);
	if (err != MD_OK)
		return err == MD_E_NO_MEMORY ? CKR_HOST_MEMORY : CKR_GENERAL_ERROR;
	module->sensitive_default = md_config_bool(module->md, "sensitive_session_keys", false);
	offer_legacy(module);
	*ret_module = STEAL(module);
	return CKR_OK;
}

/* PKCS#11 3.0 5.4, the four cases of mutex functions and CKF_OS_LOCKING_OK. */
static CK_RV choose_locks(const CK_C_INITIALIZE_ARGS *args)
{
	struct lock_functions functions;
	int given;

	lock_use_functions(NULL);
	if (args == NULL)
		return CKR_OK;
	if (args->pReserved != NULL)
		return CKR_ARGUMENTS_BAD;
	given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) + (args->LockMutex != NULL) +
		(args->UnlockMutex != NULL);
	if (given != 0 && given != 4)
		return CKR_ARGUMENTS_BAD;
	if (given == 0 || (args->flags & CKF_OS_LOCKING_OK) != 0)
		return CKR_OK;
	functions = (struct lock_functions){
		.create = args->CreateMutex,
		.destroy = args->DestroyMutex,
		.lock = args->LockMutex,
		.unlock = args->UnlockMutex,
	};
	lock_use_functions(&functions);
	return CKR_OK;
}

static CK_RV start(const CK_C_INITIALIZE_ARGS *args)
{
	bool no_threads = args != NULL && (args->flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS) != 0;
	CK_RV rv = choose_locks(args);

	if (rv != CKR_OK)
		return rv;
	if (!ossl_acquire())
		return CKR_GENERAL_ERROR;
	rv = module_new(no_threads, &self.module);
	if (rv != CKR_OK) {
		ossl_release();
		lock_use_functions(NULL);
	}
	return rv;
}

/*
 * Be the one who starts the module, or learn that it is up. Another thread's start or end is waited for: a caller who is
 * told that the module is initialised already must be able to use it at once.
 */
static bool begin_start(void)
{
	for (;;) {
		int phase = PHASE_DOWN;

		if (atomic_compare_exchange_strong(&self.phase, &phase, PHASE_STARTING))
			return true;
		if (phase == PHASE_UP)
			return false;
		wait_a_moment();
	}
}

CK_RV cki_module_initialize(const CK_C_INITIALIZE_ARGS *args)
{
	CK_RV rv;

	begin_process();
	if (!begin_start())
		return CKR_CRYPTOKI_ALREADY_INITIALIZED;
	rv = start(args);
	atomic_store(&self.phase, rv == CKR_OK ? PHASE_UP : PHASE_DOWN);
	return rv;
}

CK_RV cki_module_finalize(void)
{
	struct module *module;
	int up = PHASE_UP;

	if (!of_this_process() || !atomic_compare_exchange_strong(&self.phase, &up, PHASE_STOPPING))
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	while (calls_inside()) {
		md_watches_cancel(self.module->md);
		wait_a_moment();
	}
	module = STEAL(self.module);
	module_free(module);
	ossl_release();
	lock_use_functions(NULL);
	atomic_store(&self.phase, PHASE_DOWN);
	return CKR_OK;
}

struct module *cki_module_enter(void)
{
	if (!of_this_process())
		return NULL;
	(void)atomic_fetch_add(my_calls(), 1);
	if (atomic_load(&self.phase) == PHASE_UP)
		return self.module;
	(void)atomic_fetch_sub(my_calls(), 1);
	return NULL;
}

void cki_module_leave(void)
{
	(void)atomic_fetch_sub(my_calls(), 1);
}
