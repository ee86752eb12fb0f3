/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_*_ENCRYPT_DATA: data encrypted with a session key is the new key (PKCS#11 3.0 2.15). Without a length the key is
 * as long as the data; data too short for the key is CKR_DATA_LEN_RANGE.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/derive_scheme.h"

#define AES_BLOCK 16u
#define DES_BLOCK 8u

/* What the parameter says, whichever structure it is. */
struct message {
	struct span data;
	uint8_t iv[AES_BLOCK];
	size_t iv_len;
	size_t block;
};

static CK_RV read_ecb(const CK_MECHANISM *mechanism, struct message *message)
{
	CK_KEY_DERIVATION_STRING_DATA params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	return rv != CKR_OK ? rv : cki_derive_bytes(params.pData, params.ulLen, &message->data);
}

static CK_RV read_aes_cbc(const CK_MECHANISM *mechanism, struct message *message)
{
	CK_AES_CBC_ENCRYPT_DATA_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	memcpy(message->iv, params.iv, AES_BLOCK);
	message->iv_len = AES_BLOCK;
	return cki_derive_bytes(params.pData, params.length, &message->data);
}

static CK_RV read_des_cbc(const CK_MECHANISM *mechanism, struct message *message)
{
	CK_DES_CBC_ENCRYPT_DATA_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	memcpy(message->iv, params.iv, DES_BLOCK);
	message->iv_len = DES_BLOCK;
	return cki_derive_bytes(params.pData, params.length, &message->data);
}

static bool is_aes(CK_MECHANISM_TYPE mechanism)
{
	return mechanism == CKM_AES_ECB_ENCRYPT_DATA || mechanism == CKM_AES_CBC_ENCRYPT_DATA;
}

static CK_RV read_params(const CK_MECHANISM *mechanism, struct message *message)
{
	CK_RV rv;

	message->block = is_aes(mechanism->mechanism) ? AES_BLOCK : DES_BLOCK;
	if (mechanism->mechanism == CKM_AES_CBC_ENCRYPT_DATA)
		rv = read_aes_cbc(mechanism, message);
	else if (mechanism->mechanism == CKM_DES3_CBC_ENCRYPT_DATA)
		rv = read_des_cbc(mechanism, message);
	else
		rv = read_ecb(mechanism, message);
	if (rv != CKR_OK)
		return rv;
	if (message->data.len == 0 || message->data.len % message->block != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

static bool takes(const struct derive_call *call, CK_KEY_TYPE type)
{
	if (is_aes(call->mechanism->mechanism))
		return type == CKK_AES;
	return type == CKK_DES3 || type == CKK_DES2;
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	struct message message = { .iv_len = 0 };
	struct md_kdf_plan plan;
	CK_RV rv = read_params(call->mechanism, &message);

	if (rv != CKR_OK)
		return rv;
	plan = (struct md_kdf_plan){
		.kdf = MD_KDF_ENCRYPT,
		.info = message.data,
		.salt = span_of(message.iv, message.iv_len),
	};
	return cki_derive_one(call,
			      &(struct derive_one){ .plan = &plan,
						    .usual = message.data.len,
						    .too_long = CKR_DATA_LEN_RANGE,
						    .history = SECRET_KEY_DERIVED },
			      ret_handle);
}

const struct derive_scheme cki_derive_encrypt = { .takes = takes, .run = run };
