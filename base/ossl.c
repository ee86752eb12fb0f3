/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/ossl_fetch.h"
#include "base/quiet.h"

/* Process-wide and older than any C_Initialize, so it is a plain mutex and not a struct lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *default_provider;
static atomic_uint users; /* from and to 0 under the mutex only */
static OSSL_PROVIDER *legacy_provider;
static unsigned legacy_users;
static atomic_bool legacy_loaded; /* legacy_users > 0, for those who take no lock */

static bool make_locked(void)
{
	context = OSSL_LIB_CTX_new();
	if (context == NULL)
		return false;
	default_provider = OSSL_PROVIDER_load(context, "default");
	if (default_provider != NULL)
		return true;
	OSSL_LIB_CTX_free(context);
	context = NULL;
	return false;
}

/* One more where there are some, one less where there are more than one: what needs no mutex. */
static bool count_in(void)
{
	unsigned count = atomic_load(&users);

	while (count != 0)
		if (atomic_compare_exchange_weak(&users, &count, count + 1))
			return true;
	return false;
}
static bool count_out(void)
{
	unsigned count = atomic_load(&users);

	while (count > 1)
		if (atomic_compare_exchange_weak(&users, &count, count - 1))
			return true;
	return false;
}

/* Count one user less under the mutex; whether it was the last. Others may come and go meanwhile. */
static bool last_out(void)
{
	unsigned count = atomic_load(&users);

	while (count != 0)
		if (atomic_compare_exchange_weak(&users, &count, count - 1))
			return count == 1;
	return false;
}

bool ossl_acquire(void)
{
	bool ready;

	if (count_in())
		return true;
	(void)pthread_mutex_lock(&mutex);
	ready = count_in();
	if (!ready && make_locked()) {
		atomic_store(&users, 1);
		ready = true;
	}
	(void)pthread_mutex_unlock(&mutex);
	return ready;
}

void ossl_release(void)
{
	if (count_out())
		return;
	(void)pthread_mutex_lock(&mutex);
	if (last_out()) {
		ossl_fetch_end();
		(void)OSSL_PROVIDER_unload(default_provider);
		OSSL_LIB_CTX_free(context);
		default_provider = NULL;
		context = NULL;
	}
	(void)pthread_mutex_unlock(&mutex);
}

bool ossl_legacy_acquire(void)
{
	bool ready;

	OSSL_QUIET();
	if (!ossl_acquire())
		return false;
	(void)pthread_mutex_lock(&mutex);
	if (legacy_users == 0)
		legacy_provider = OSSL_PROVIDER_load(context, "legacy");
	ready = legacy_provider != NULL;
	if (ready)
		legacy_users++;
	atomic_store(&legacy_loaded, ready);
	(void)pthread_mutex_unlock(&mutex);
	if (!ready)
		ossl_release();
	return ready;
}

void ossl_legacy_release(void)
{
	(void)pthread_mutex_lock(&mutex);
	if (--legacy_users == 0) {
		atomic_store(&legacy_loaded, false);
		(void)OSSL_PROVIDER_unload(legacy_provider);
		legacy_provider = NULL;
	}
	(void)pthread_mutex_unlock(&mutex);
	ossl_release();
}

bool ossl_legacy(void)
{
	return atomic_load_explicit(&legacy_loaded, memory_order_relaxed);
}

OSSL_LIB_CTX *ossl_context(void)
{
	return context;
}

OSSL_LIB_CTX *ossl_enter(void)
{
	return OSSL_LIB_CTX_set0_default(context);
}

void ossl_leave(OSSL_LIB_CTX *before)
{
	(void)OSSL_LIB_CTX_set0_default(before);
}
