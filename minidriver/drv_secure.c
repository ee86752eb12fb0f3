/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Secure functions (version 7): a structure that asks for something is encrypted with a session key by MDEncryptData,
 * where no card need be, and decrypted and carried out by CardProcessEncryptedData. The cipher is the key's, as its
 * properties ChainingMode and IV say, with PKCS #7 padding if CARD_BLOCK_PADDING is set.
 */
#include "config.h"

#include <string.h>

#include "minidriver/drv.h"
#include "minidriver/drv_cipher.h"
#include "minidriver/drv_refused.h"
#include "minidriver/wide.h"

/* ---- the structures --------------------------------------------------------------------------------- */

/* The bytes of a structure behind its fixed part: the fixed part's length, and the lengths that it names. */
struct layout {
	size_t fixed;
	size_t first;  /* where the length of the bytes stands; */
	size_t second; /* of further bytes; 0: there are none */
};

static DWORD dword_at(struct span bytes, size_t offset)
{
	DWORD value;

	memcpy(&value, bytes.data + offset, sizeof(value));
	return value;
}

/* Whether a structure is whole: its version, and exactly as many bytes as it says. */
static bool whole(struct span bytes, const struct layout *layout)
{
	uint64_t len = layout->fixed;

	if (bytes.len < layout->fixed || dword_at(bytes, 0) != CARD_SECURE_FUNCTION_VERSION)
		return false;
	len += dword_at(bytes, layout->first);
	if (layout->second != 0)
		len += dword_at(bytes, layout->second);
	return len == bytes.len;
}

/* What a secure function answers with. */
struct response {
	BYTE bytes[sizeof(CARD_AUTHENTICATE_RESPONSE)];
	size_t len;
};

static DWORD authenticate(PCARD_DATA card_data, struct span input, struct response *response)
{
	CARD_AUTHENTICATE request;
	CARD_AUTHENTICATE_RESPONSE answer = { .dwVersion = CARD_SECURE_FUNCTION_VERSION,
					      .cAttemptsRemaining = CARD_EXT_NOT_KNOWN };
	DWORD err;

	memcpy(&request, input.data, sizeof(request));
	/* no session PIN is made, so there is no room for one */
	err = drv_authenticate_ex(card_data, request.PinId, request.dwFlags,
				  (PBYTE)(uintptr_t)(input.data + sizeof(request)), request.cbPinData, NULL, NULL,
				  &answer.cAttemptsRemaining);
	memcpy(response->bytes, &answer, sizeof(answer));
	response->len = sizeof(answer);
	return err;
}

static DWORD change_authenticator(PCARD_DATA card_data, struct span input, struct response *response)
{
	CARD_CHANGE_AUTHENTICATOR request;
	CARD_CHANGE_AUTHENTICATOR_RESPONSE answer = { .dwVersion = CARD_SECURE_FUNCTION_VERSION,
						      .cAttemptsRemaining = CARD_EXT_NOT_KNOWN };
	PBYTE pins;
	DWORD err;

	memcpy(&request, input.data, sizeof(request));
	pins = (PBYTE)(uintptr_t)(input.data + sizeof(request));
	err = drv_change_authenticator_ex(card_data, request.dwFlags, request.dwAuthenticatingPinId, pins,
					  request.cbAuthenticatingPinData, request.dwTargetPinId,
					  pins + request.cbAuthenticatingPinData, request.cbTargetData,
					  request.cRetryCount, &answer.cAttemptsRemaining);
	memcpy(response->bytes, &answer, sizeof(answer));
	response->len = sizeof(answer);
	return err;
}

static DWORD import_keypair(PCARD_DATA card_data, struct span input, struct response *response)
{
	CARD_IMPORT_KEYPAIR request;

	memcpy(&request, input.data, sizeof(request));
	response->len = 0;
	return drv_create_container_ex(card_data, request.bContainerIndex, CARD_CREATE_CONTAINER_KEY_IMPORT,
				       request.dwKeySpec, request.dwKeySize,
				       (PBYTE)(uintptr_t)(input.data + sizeof(request)), request.PinId);
}

static const struct secure_function {
	LPCWSTR name;
	struct layout layout;
	/* The structure is whole. */
	DWORD (*run)(PCARD_DATA card_data, struct span input, struct response *response);
	DWORD response_len; /* of its answer */
} functions[] = {
	{ CSF_IMPORT_KEYPAIR, { sizeof(CARD_IMPORT_KEYPAIR), offsetof(CARD_IMPORT_KEYPAIR, cbInput), 0 },
	  import_keypair, 0 },
	{ CSF_CHANGE_AUTHENTICATOR,
	  { sizeof(CARD_CHANGE_AUTHENTICATOR), offsetof(CARD_CHANGE_AUTHENTICATOR, cbAuthenticatingPinData),
	    offsetof(CARD_CHANGE_AUTHENTICATOR, cbTargetData) },
	  change_authenticator, sizeof(CARD_CHANGE_AUTHENTICATOR_RESPONSE) },
	{ CSF_AUTHENTICATE, { sizeof(CARD_AUTHENTICATE), offsetof(CARD_AUTHENTICATE, cbPinData), 0 }, authenticate,
	  sizeof(CARD_AUTHENTICATE_RESPONSE) },
};

static const struct secure_function *find_function(LPCWSTR name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(functions); i++) {
		if (wide_equal(name, functions[i].name))
			return &functions[i];
	}
	return NULL;
}

/* ---- the cipher ------------------------------------------------------------------------------------- */

static void cipher_end(PCARD_EXT_CIPHER *cipher)
{
	drv_cipher_destroy(*cipher);
}

/* Encrypt or decrypt bytes that are whole blocks, in place. */
static DWORD run_cipher(PCARD_DATA card_data, CARD_KEY_HANDLE handle, bool encrypt, struct secret *bytes)
{
	const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_KEY, .fEncrypt = encrypt };
	AUTO(cipher_end) PCARD_EXT_CIPHER cipher = NULL;
	SIZE_T len = 0;
	SIZE_T rest = 0;
	DWORD err = drv_cipher_begin(card_data, handle, &info, &cipher);

	if (err == ERROR_SUCCESS)
		err = drv_cipher_update(cipher, bytes->data, bytes->len, bytes->data, &len);
	if (err == ERROR_SUCCESS)
		err = drv_cipher_finish(cipher, bytes->data + len, &rest);
	if (err == ERROR_SUCCESS && len + rest != bytes->len)
		err = SCARD_E_UNEXPECTED;
	return err;
}

/* The block of a key's cipher. Errors: SCARD_E_INVALID_HANDLE, SCARD_E_UNSUPPORTED_FEATURE (it has no cipher). */
static DWORD block_of(PCARD_DATA card_data, CARD_KEY_HANDLE handle, size_t *ret_block)
{
	AUTO_SESSION_KEY *key = NULL;
	const DWORD err = key_store_find(card_data, handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	*ret_block = key->alg->block;
	return key->alg->block > 1 ? ERROR_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

/* ---- MDEncryptData ---------------------------------------------------------------------------------- */

/* The input, padded. Errors: SCARD_E_INVALID_PARAMETER (not whole blocks, and no padding is wanted). */
static DWORD pad(struct span input, size_t block, bool padded, struct secret *ret_bytes)
{
	const size_t more = padded ? block - input.len % block : 0;

	if (!padded && input.len % block != 0)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_alloc(ret_bytes, input.len + more))
		return SCARD_E_NO_MEMORY;
	memcpy(ret_bytes->data, input.data, input.len);
	memset(ret_bytes->data + input.len, (int)more, more);
	return ERROR_SUCCESS;
}

/* An array of one, each part made with pfnCspAlloc. */
static DWORD give_data(PCARD_DATA card_data, struct span bytes, PCARD_ENCRYPTED_DATA *ret_data)
{
	PCARD_ENCRYPTED_DATA data = card_data->pfnCspAlloc(sizeof(*data));
	DWORD err;

	if (data == NULL)
		return SCARD_E_NO_MEMORY;
	err = drv_give(card_data, bytes, &data->pbEncryptedData, &data->cbEncryptedData);
	if (err != ERROR_SUCCESS) {
		card_data->pfnCspFree(data);
		return err;
	}
	*ret_data = data;
	return ERROR_SUCCESS;
}

DWORD drv_encrypt_data(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR function_name, PBYTE input,
		       DWORD input_len, DWORD flags, PCARD_ENCRYPTED_DATA *ret_data, PDWORD ret_count)
{
	const struct secure_function *function = find_function(function_name);
	AUTO_SECRET bytes = SECRET_INIT;
	size_t block = 0;
	DWORD err;

	if (card_data == NULL || function == NULL || input == NULL || (flags & ~CARD_BLOCK_PADDING) != 0 ||
	    ret_data == NULL || ret_count == NULL || !whole(span_of(input, input_len), &function->layout))
		return SCARD_E_INVALID_PARAMETER;
	err = block_of(card_data, handle, &block);
	if (err == ERROR_SUCCESS)
		err = pad(span_of(input, input_len), block, (flags & CARD_BLOCK_PADDING) != 0, &bytes);
	if (err == ERROR_SUCCESS)
		err = run_cipher(card_data, handle, true, &bytes);
	if (err == ERROR_SUCCESS)
		err = give_data(card_data, secret_span(&bytes), ret_data);
	if (err == ERROR_SUCCESS)
		*ret_count = 1;
	return err;
}

/* ---- CardProcessEncryptedData ----------------------------------------------------------------------- */

/* All parts, one behind the other. */
static DWORD join(const CARD_ENCRYPTED_DATA *data, DWORD count, struct secret *ret_bytes)
{
	size_t len = 0;
	size_t at = 0;

	for (DWORD i = 0; i < count; i++) {
		if (data[i].pbEncryptedData == NULL || data[i].cbEncryptedData == 0)
			return SCARD_E_INVALID_PARAMETER;
		len += data[i].cbEncryptedData;
	}
	if (!secret_alloc(ret_bytes, len))
		return SCARD_E_NO_MEMORY;
	for (DWORD i = 0; i < count; i++) {
		memcpy(ret_bytes->data + at, data[i].pbEncryptedData, data[i].cbEncryptedData);
		at += data[i].cbEncryptedData;
	}
	return ERROR_SUCCESS;
}

static DWORD take_padding_off(size_t block, struct secret *bytes)
{
	const size_t more = bytes->data[bytes->len - 1];
	uint8_t wrong = 0;

	if (more == 0 || more > block)
		return SCARD_E_INVALID_VALUE;
	for (size_t i = 0; i < more; i++)
		wrong |= (uint8_t)(bytes->data[bytes->len - 1 - i] ^ more);
	if (wrong != 0)
		return SCARD_E_INVALID_VALUE;
	secret_truncate(bytes, bytes->len - more);
	return ERROR_SUCCESS;
}

static DWORD open_data(PCARD_DATA card_data, CARD_KEY_HANDLE handle, DWORD flags, struct secret *bytes)
{
	size_t block = 0;
	DWORD err = block_of(card_data, handle, &block);

	if (err == ERROR_SUCCESS && bytes->len % block != 0)
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = run_cipher(card_data, handle, false, bytes);
	if (err == ERROR_SUCCESS && (flags & CARD_BLOCK_PADDING) != 0)
		err = take_padding_off(block, bytes);
	return err;
}

/* The answer is given also when a PIN was wrong: it tells the tries that are left. */
static DWORD process(PCARD_DATA card_data, const struct secure_function *function, const struct secret *bytes,
		     const struct drv_answer *answer)
{
	struct response response = { .len = 0 };
	DWORD err;

	if (!whole(secret_span(bytes), &function->layout))
		return SCARD_E_INVALID_VALUE;
	err = function->run(card_data, secret_span(bytes), &response);
	if (answer->data != NULL && response.len <= answer->room)
		memcpy(answer->data, response.bytes, response.len);
	if (answer->ret_len != NULL)
		*answer->ret_len = answer->data != NULL ? (DWORD)response.len : 0;
	return err;
}

DWORD drv_process_encrypted_data(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR function_name,
				 PCARD_ENCRYPTED_DATA data, DWORD count, PBYTE output, DWORD room, PDWORD ret_len,
				 DWORD flags)
{
	const struct secure_function *function = find_function(function_name);
	const struct drv_answer answer = { .data = output, .room = room, .ret_len = ret_len };
	AUTO_SECRET bytes = SECRET_INIT;
	DWORD err;

	if (card_data == NULL || function == NULL || data == NULL || count == 0 || (output == NULL && room != 0) ||
	    (flags & ~(CARD_BLOCK_PADDING | CARD_BUFFER_SIZE_ONLY)) != 0)
		return SCARD_E_INVALID_PARAMETER;
	if ((flags & CARD_BUFFER_SIZE_ONLY) != 0) {
		if (ret_len == NULL)
			return SCARD_E_INVALID_PARAMETER;
		*ret_len = function->response_len;
		return ERROR_SUCCESS;
	}
	/* too little room must not cost a try at a PIN */
	if (output != NULL && room < function->response_len)
		return ERROR_INSUFFICIENT_BUFFER;
	err = join(data, count, &bytes);
	if (err == ERROR_SUCCESS)
		err = open_data(card_data, handle, flags, &bytes);
	return err != ERROR_SUCCESS ? err : process(card_data, function, &bytes, &answer);
}
