/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl_dispatch.h"

#include <openssl/provider.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Whether a name is one of those in a list, which colons separate. */
static bool is_among(const char *names, const char *name)
{
	const size_t len = strlen(name);

	for (const char *at = names; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		if (strncasecmp(at, name, len) == 0 && (at[len] == '\0' || at[len] == ':'))
			return true;
	}
	return false;
}

const OSSL_DISPATCH *ossl_dispatch(const OSSL_PROVIDER *provider, int operation, const char *name)
{
	int no_cache = 0;
	const OSSL_ALGORITHM *algorithms = OSSL_PROVIDER_query_operation(provider, operation, &no_cache);
	const OSSL_DISPATCH *found = NULL;

	for (const OSSL_ALGORITHM *at = algorithms; at != NULL && at->algorithm_names != NULL && found == NULL; at++)
		if (is_among(at->algorithm_names, name))
			found = at->implementation;
	OSSL_PROVIDER_unquery_operation(provider, operation, algorithms);
	return found;
}

ossl_function *ossl_dispatch_function(const OSSL_DISPATCH *dispatch, int id)
{
	for (; dispatch->function_id != 0; dispatch++)
		if (dispatch->function_id == id)
			return dispatch->function;
	return NULL;
}
