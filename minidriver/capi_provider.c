/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/capi.h"
#include "minidriver/wide.h"

#define NAME_SIZE 1024u      /* UTF-8 with NUL; Windows has MAX_PATH characters */
#define PROV_TYPE_END 1000u /* types are three digits */

static const struct capi_csp csps[] = {
	{ MS_STRONG_PROV_A, PROV_RSA_FULL, CAPI_STRONG, .card = false }, /* the first of a type is the usual one */
	{ MS_DEF_PROV_A, PROV_RSA_FULL, CAPI_BASE, .card = false },
	{ MS_ENHANCED_PROV_A, PROV_RSA_FULL, CAPI_ENHANCED, .card = false },
	{ MS_SCARD_PROV_A, PROV_RSA_FULL, CAPI_AES, .card = true },
	{ MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, CAPI_AES, .card = false },
	{ MS_ENH_RSA_AES_PROV_XP_A, PROV_RSA_AES, CAPI_AES, .card = false },
};

/* What CryptAcquireContext was asked for; text is UTF-8, never NULL. */
struct request {
	const char *container;
	const char *provider;
	DWORD type;
	DWORD flags;
};

static DWORD find_csp(const struct request *request, const struct capi_csp **ret_csp)
{
	const bool named = request->provider[0] != '\0';

	if (request->type == 0 || request->type >= PROV_TYPE_END)
		return NTE_BAD_PROV_TYPE;
	for (size_t i = 0; i < ARRAY_COUNT(csps); i++) {
		if (named ? strcmp(csps[i].name, request->provider) != 0 : csps[i].type != request->type)
			continue;
		*ret_csp = &csps[i];
		return csps[i].type == request->type ? ERROR_SUCCESS : NTE_PROV_TYPE_NO_MATCH;
	}
	return named ? NTE_KEYSET_NOT_DEF : NTE_PROV_TYPE_NOT_DEF;
}

/* ---- lives ------------------------------------------------------------------------------------------ */

static void free_provider(struct capi_object *object)
{
	struct capi_provider *provider = (struct capi_provider *)object;

	if (provider->md != NULL)
		capi_card_close(provider);
	else if (provider->data != NULL)
		(void)provider->data->pfnCardDeleteContext(provider->data);
	free(provider->container);
	if (provider->legacy)
		ossl_legacy_release();
	else
		ossl_release();
}

static DWORD new_provider(const struct capi_csp *csp, struct capi_provider **ret_provider)
{
	struct capi_provider *provider = calloc(1, sizeof(*provider));

	if (provider == NULL || !capi_object_init(&provider->object, CAPI_PROVIDER, NULL)) {
		free(provider);
		return NTE_NO_MEMORY;
	}
	provider->legacy = ossl_legacy_acquire();
	if (!provider->legacy && !ossl_acquire()) {
		lock_destroy(&provider->object.lock);
		free(provider);
		return NTE_FAIL;
	}
	provider->object.free = free_provider;
	provider->csp = csp;
	provider->index = MD_NO_INDEX;
	atomic_init(&provider->handles, 1);
	atomic_init(&provider->closed, false);
	*ret_provider = provider;
	return ERROR_SUCCESS;
}

/* A context of its own, in which there are session keys and no card. */
static DWORD open_without_card(struct capi_provider *provider)
{
	PCARD_DATA own = &provider->own;
	DWORD len = 0;
	DWORD err;

	own->dwVersion = CARD_DATA_CURRENT_VERSION;
	own->pfnCspAlloc = host_alloc;
	own->pfnCspReAlloc = host_realloc;
	own->pfnCspFree = host_free;
	err = CardAcquireContext(own, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE);
	if (err != ERROR_SUCCESS)
		return capi_error(err);
	provider->data = own;
	return capi_error(own->pfnCardGetProperty(own, CP_EXT_SESSION_KEYS, (PBYTE)&provider->keys,
						  sizeof(provider->keys), &len, 0));
}

/* ---- containers ------------------------------------------------------------------------------------- */

#define WHAT_FLAGS (CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET)
#define KNOWN_FLAGS (WHAT_FLAGS | CRYPT_MACHINE_KEYSET | CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL)

static DWORD check_flags(const struct request *request, const struct capi_csp *csp)
{
	const DWORD verify = request->flags & CRYPT_VERIFYCONTEXT;
	const bool delete = (request->flags & CRYPT_DELETEKEYSET) != 0;

	if ((request->flags & ~KNOWN_FLAGS) != 0 || (verify != 0 && verify != CRYPT_VERIFYCONTEXT))
		return NTE_BAD_FLAGS;
	if (delete && (request->flags & (CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET)) != 0)
		return NTE_BAD_FLAGS;
	if (verify != 0 && request->container[0] != '\0' && !csp->card)
		return NTE_BAD_FLAGS;
	return ERROR_SUCCESS;
}

static DWORD open_software(struct capi_provider *provider, const struct request *request)
{
	DWORD err = ERROR_SUCCESS;

	if ((request->flags & CRYPT_VERIFYCONTEXT) == 0)
		err = (request->flags & CRYPT_NEWKEYSET) != 0 ? capi_container_create(request->container)
							       : capi_container_open(request->container);
	return err != ERROR_SUCCESS ? err : open_without_card(provider);
}

static DWORD open_card(struct capi_provider *provider, const struct request *request)
{
	const bool verify = (request->flags & CRYPT_VERIFYCONTEXT) != 0;

	if (!verify && (request->flags & CRYPT_NEWKEYSET) != 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (verify && request->container[0] == '\0')
		return open_without_card(provider);
	return capi_card_open(provider, request->container, verify);
}

static DWORD delete_container(const struct request *request, const struct capi_csp *csp)
{
	return csp->card ? SCARD_E_UNSUPPORTED_FEATURE : capi_container_delete(request->container);
}

static DWORD open_provider(const struct request *request, const struct capi_csp *csp, HCRYPTPROV *ret_handle)
{
	AUTO_PROVIDER *provider = NULL;
	DWORD err = new_provider(csp, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	provider->silent = (request->flags & CRYPT_SILENT) != 0;
	provider->container = strdup(request->container);
	if (provider->container == NULL)
		return NTE_NO_MEMORY;
	err = csp->card ? open_card(provider, request) : open_software(provider, request);
	return err != ERROR_SUCCESS ? err : capi_handle_add(&provider->object, ret_handle);
}

static DWORD acquire(const struct request *request, HCRYPTPROV *ret_handle)
{
	const struct capi_csp *csp = NULL;
	DWORD err = find_csp(request, &csp);

	if (err == ERROR_SUCCESS && ret_handle == NULL)
		err = ERROR_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = check_flags(request, csp);
	if (err != ERROR_SUCCESS)
		return err;
	if ((request->flags & CRYPT_DELETEKEYSET) != 0)
		return delete_container(request, csp);
	return open_provider(request, csp, ret_handle);
}

EXPORT BOOL WINAPI CryptAcquireContextA(HCRYPTPROV *phProv, LPCSTR pszContainer, LPCSTR pszProvider, DWORD dwProvType,
					DWORD dwFlags)
{
	const struct request request = {
		.container = pszContainer != NULL ? pszContainer : "",
		.provider = pszProvider != NULL ? pszProvider : "",
		.type = dwProvType,
		.flags = dwFlags,
	};

	if (strlen(request.container) >= NAME_SIZE)
		return capi_result(NTE_BAD_KEYSET_PARAM);
	return capi_result(acquire(&request, phProv));
}

EXPORT BOOL WINAPI CryptAcquireContextW(HCRYPTPROV *phProv, LPCWSTR pszContainer, LPCWSTR pszProvider, DWORD dwProvType,
					DWORD dwFlags)
{
	char container[NAME_SIZE];
	char provider[NAME_SIZE];

	if (!wide_to_utf8(pszContainer != NULL ? pszContainer : u"", container, sizeof(container)) ||
	    !wide_to_utf8(pszProvider != NULL ? pszProvider : u"", provider, sizeof(provider)))
		return capi_result(NTE_BAD_KEYSET_PARAM);
	return CryptAcquireContextA(phProv, container, provider, dwProvType, dwFlags);
}

/* ---- references ------------------------------------------------------------------------------------- */

static DWORD add_reference(HCRYPTPROV handle)
{
	AUTO_PROVIDER *provider = NULL;
	const DWORD err = capi_find_provider(handle, &provider);

	if (err == ERROR_SUCCESS)
		atomic_fetch_add(&provider->handles, 1);
	return err;
}

EXPORT BOOL WINAPI CryptContextAddRef(HCRYPTPROV hProv, DWORD *pdwReserved, DWORD dwFlags)
{
	if (pdwReserved != NULL || dwFlags != 0)
		return capi_result(ERROR_INVALID_PARAMETER);
	return capi_result(add_reference(hProv));
}

static DWORD release(HCRYPTPROV handle, DWORD flags)
{
	AUTO_PROVIDER *provider = NULL;
	DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (atomic_fetch_sub(&provider->handles, 1) == 1) {
		err = capi_handle_remove(handle, CAPI_PROVIDER);
		capi_handles_end(provider);
	}
	/* Windows documentation, CryptReleaseContext: with dwFlags it fails, but the provider is released */
	return err == ERROR_SUCCESS && flags != 0 ? NTE_BAD_FLAGS : err;
}

EXPORT BOOL WINAPI CryptReleaseContext(HCRYPTPROV hProv, DWORD dwFlags)
{
	return capi_result(release(hProv, dwFlags));
}

/* ---- random bytes ----------------------------------------------------------------------------------- */

static DWORD generate(HCRYPTPROV handle, BYTE *buffer, DWORD len)
{
	AUTO_PROVIDER *provider = NULL;
	const DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (buffer == NULL && len != 0)
		return ERROR_INVALID_PARAMETER;
	return capi_error((DWORD)md_random(buffer, len));
}

EXPORT BOOL WINAPI CryptGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE *pbBuffer)
{
	return capi_result(generate(hProv, pbBuffer, dwLen));
}
