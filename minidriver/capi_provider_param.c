/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters of a provider, and the key of its container. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/capi.h"

#define PROVIDER_VERSION 0x0200u
#define CONTAINER_NAME_SIZE 261u /* MAX_PATH + 1: what PP_ENUMCONTAINERS says without a buffer */

/* ---- reading ---------------------------------------------------------------------------------------- */

static DWORD answer_number(const struct capi_answer *answer, DWORD number)
{
	return capi_answer(answer, span_of(&number, sizeof(number)));
}

static DWORD answer_text(const struct capi_answer *answer, const char *text)
{
	return capi_answer(answer, span_of(text, strlen(text) + 1));
}

static void text_free(char **text)
{
	free(*text);
}

static DWORD answer_container(struct capi_provider *provider, const struct capi_answer *answer)
{
	AUTO(text_free) char *name = NULL;

	if (provider->index == MD_NO_INDEX)
		return answer_text(answer, provider->container);
	name = capi_card_container_name(provider, provider->index);
	return name != NULL ? answer_text(answer, name) : NTE_NO_MEMORY;
}

/* The next of an enumeration; the place moves on when something was handed over. */
static DWORD answer_next_container(struct capi_provider *provider, const struct capi_answer *answer, DWORD flags)
{
	AUTO(text_free) char *name = NULL;
	DWORD err;

	if ((flags & CRYPT_FIRST) != 0)
		provider->next_container = 0;
	if (answer->data == NULL) {
		*answer->inout_len = CONTAINER_NAME_SIZE;
		return ERROR_SUCCESS;
	}
	name = provider->csp->card ? capi_card_container_name(provider, provider->next_container)
				   : capi_container_name(provider->next_container);
	if (name == NULL)
		return ERROR_NO_MORE_ITEMS;
	err = answer_text(answer, name);
	if (err == ERROR_SUCCESS)
		provider->next_container++;
	return err;
}

static DWORD answer_next_alg(struct capi_provider *provider, DWORD param, const struct capi_answer *answer, DWORD flags)
{
	PROV_ENUMALGS_EX alg;
	PROV_ENUMALGS shorter;
	DWORD err;

	if ((flags & CRYPT_FIRST) != 0)
		provider->next_alg = 0;
	if (!capi_alg_enum(provider->csp->kind, provider->next_alg, &alg))
		return ERROR_NO_MORE_ITEMS;
	shorter = (PROV_ENUMALGS){ .aiAlgid = alg.aiAlgid, .dwBitLen = alg.dwDefaultLen, .dwNameLen = alg.dwNameLen };
	memcpy(shorter.szName, alg.szName, sizeof(shorter.szName));
	err = param == PP_ENUMALGS ? capi_answer(answer, span_of(&shorter, sizeof(shorter)))
				   : capi_answer(answer, span_of(&alg, sizeof(alg)));
	if (err == ERROR_SUCCESS && answer->data != NULL)
		provider->next_alg++;
	return err;
}

static DWORD answer_param(struct capi_provider *provider, DWORD param, const struct capi_answer *answer, DWORD flags)
{
	switch (param) {
	case PP_NAME:
		return answer_text(answer, provider->csp->name);
	case PP_PROVTYPE:
		return answer_number(answer, provider->csp->type);
	case PP_VERSION:
		return answer_number(answer, PROVIDER_VERSION);
	case PP_IMPTYPE:
		return answer_number(answer, provider->csp->card ? CRYPT_IMPL_MIXED : CRYPT_IMPL_SOFTWARE);
	case PP_KEYSPEC:
		return answer_number(answer, AT_KEYEXCHANGE | AT_SIGNATURE);
	case PP_CONTAINER:
	case PP_UNIQUE_CONTAINER:
		return answer_container(provider, answer);
	case PP_SMARTCARD_READER:
		return provider->reader != NULL ? answer_text(answer, provider->reader) : NTE_BAD_TYPE;
	case PP_ENUMCONTAINERS:
		return answer_next_container(provider, answer, flags);
	case PP_ENUMALGS:
	case PP_ENUMALGS_EX:
		return answer_next_alg(provider, param, answer, flags);
	default:
		return NTE_BAD_TYPE;
	}
}

static bool enumerates(DWORD param)
{
	return param == PP_ENUMCONTAINERS || param == PP_ENUMALGS || param == PP_ENUMALGS_EX;
}

static DWORD get_param(HCRYPTPROV handle, DWORD param, const struct capi_answer *answer, DWORD flags)
{
	AUTO_PROVIDER *provider = NULL;
	const DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (answer->inout_len == NULL)
		return ERROR_INVALID_PARAMETER;
	if ((flags & ~(enumerates(param) ? CRYPT_FIRST | CRYPT_NEXT : 0u)) != 0)
		return NTE_BAD_FLAGS;
	LOCKED(&provider->object.lock);
	return answer_param(provider, param, answer, flags);
}

EXPORT BOOL WINAPI CryptGetProvParam(HCRYPTPROV hProv, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags)
{
	return capi_result(
		get_param(hProv, dwParam, &(struct capi_answer){ .data = pbData, .inout_len = pdwDataLen }, dwFlags));
}

/* ---- the PIN ---------------------------------------------------------------------------------------- */

static DWORD give_pin(struct capi_provider *provider, const BYTE *pin)
{
	size_t index = MD_NO_INDEX;
	const DWORD err = capi_card_pin(provider, &index);

	if (err != ERROR_SUCCESS)
		return err;
	if (pin == NULL)
		return (DWORD)md_pin_logout(provider->card);
	/* no PIN at all would mean the reader's pad */
	if (pin[0] == '\0')
		return SCARD_E_INVALID_PARAMETER;
	return (DWORD)md_pin_verify(provider->card, index, span_of(pin, strlen((const char *)pin)));
}

static DWORD set_param(HCRYPTPROV handle, DWORD param, const BYTE *bytes, DWORD flags)
{
	AUTO_PROVIDER *provider = NULL;
	const DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	switch (param) {
	case PP_CLIENT_HWND:
		return ERROR_SUCCESS;
	case PP_KEYEXCHANGE_PIN:
	case PP_SIGNATURE_PIN:
		return give_pin(provider, bytes);
	default:
		return NTE_BAD_TYPE;
	}
}

EXPORT BOOL WINAPI CryptSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE *pbData, DWORD dwFlags)
{
	return capi_result(set_param(hProv, dwParam, pbData, dwFlags));
}

/* ---- the container's key ---------------------------------------------------------------------------- */

static bool serves(const struct md_container *container, DWORD spec)
{
	const unsigned wanted = spec == AT_KEYEXCHANGE ? MD_USE_DECRYPT | MD_USE_UNWRAP : MD_USE_SIGN;

	return (spec == AT_KEYEXCHANGE || spec == AT_SIGNATURE) && container->type == MD_PUBLIC_RSA &&
	       (container->usage & wanted) != 0;
}

static DWORD user_key(HCRYPTPROV handle, DWORD spec, HCRYPTKEY *ret_handle)
{
	AUTO_PROVIDER *provider = NULL;
	AUTO_KEY *key = NULL;
	const struct md_container *container = NULL;
	DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (ret_handle == NULL)
		return ERROR_INVALID_PARAMETER;
	if (provider->card != NULL)
		container = md_container(provider->card, provider->index);
	if (container == NULL || !serves(container, spec))
		return NTE_NO_KEY;
	err = capi_key_new(provider, NULL, 0, &key);
	if (err != ERROR_SUCCESS)
		return err;
	key->rsa.id = spec == AT_KEYEXCHANGE ? CALG_RSA_KEYX : CALG_RSA_SIGN;
	key->rsa.of_container = true;
	key->rsa.index = (BYTE)provider->index;
	if (!host_bytes_set(&key->rsa.modulus, container->modulus) ||
	    !host_bytes_set(&key->rsa.exponent, container->public_exponent))
		return NTE_NO_MEMORY;
	return capi_handle_add(&key->object, ret_handle);
}

EXPORT BOOL WINAPI CryptGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY *phUserKey)
{
	return capi_result(user_key(hProv, dwKeySpec, phUserKey));
}
