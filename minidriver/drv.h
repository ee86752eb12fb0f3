/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The driver side's own: a context (what CARD_DATA.pvVendorSpecific points to) and the functions of the table.
 *
 * Locks: drv->lock around every use of the card; the agreement table has a lock of its own, taken after it or
 * alone. No lock is held while a callback of the caller (pfnCspAlloc) runs.
 */
#ifndef MDP_MINIDRIVER_DRV_H
#define MDP_MINIDRIVER_DRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/secret.h"
#include "card/card.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_key_store.h"

#define DRV_AGREEMENTS 256u  /* as many as bSecretAgreementIndex can name */
#define DRV_CONTAINERS 256u  /* as many as bContainerIndex can name */
#define DRV_PINS 32u         /* as many as a PIN_SET can name */

enum drv_agreement_state {
	DRV_AGREEMENT_FREE = 0,
	DRV_AGREEMENT_RESERVED, /* the card is computing */
	DRV_AGREEMENT_READY,
};

struct drv_agreement {
	enum drv_agreement_state state;
	struct secret z;
};

struct drv {
	bool no_card;
	const struct card_ops *ops;
	struct card *card; /* the caller's; NULL in no-card mode */
	struct lock lock;
	struct key_owner *keys; /* what the context's session keys are known by */
	PIN_SET authenticated;
	size_t pins[DRV_PINS]; /* the card's index of each PIN_ID; CRD_NO_INDEX: no such PIN */
	struct lock agreement_lock;
	size_t agreement_next; /* where the search for a free place begins */
	struct drv_agreement agreements[DRV_AGREEMENTS];
};

/* ---- at the door ------------------------------------------------------------------------------------ */

/* The context behind CARD_DATA. Errors: SCARD_E_INVALID_PARAMETER (NULL, not acquired). */
DWORD drv_enter(PCARD_DATA card_data, struct drv **ret_drv) MUST_USE;
/* The same for functions that need a card. Errors: also SCARD_E_UNSUPPORTED_FEATURE (no-card mode). */
DWORD drv_enter_card(PCARD_DATA card_data, struct drv **ret_drv) MUST_USE;
/*
 * The same for functions whose one structure begins with dwVersion (NULL: not given); 0 is read as 1.
 * Errors: also SCARD_E_INVALID_PARAMETER (no structure), ERROR_REVISION_MISMATCH (newer than `newest`).
 */
struct drv_structure {
	const void *begin;
	DWORD newest;
};
DWORD drv_enter_versioned(PCARD_DATA card_data, const struct drv_structure *structure, struct drv **ret_drv,
			  DWORD *ret_version) MUST_USE;
/* dwVersion of a structure, 0 read as 1. Errors: ERROR_REVISION_MISMATCH above newest. */
DWORD drv_version(DWORD version, DWORD newest, DWORD *ret_version) MUST_USE;

/* How many containers there are. */
size_t drv_container_count(const struct drv *drv);
/* A container's key, which lives as long as the card. Errors: SCARD_E_NO_KEY_CONTAINER. */
DWORD drv_container(const struct drv *drv, BYTE index, const struct card_key_info **ret_key) MUST_USE;
/* The PIN_ID of a card's PIN, ROLE_EVERYONE for CRD_NO_INDEX. */
PIN_ID drv_pin_id(const struct drv *drv, size_t pin);
/* Give each PIN of the card its PIN_ID; done once. */
void drv_pins_assign(struct drv *drv);
/* CP_CARD_PIN_INFO. Errors: SCARD_E_INVALID_PARAMETER (no such PIN). */
DWORD drv_pin_info(const struct drv *drv, PIN_ID id, PIN_INFO *ret_info) MUST_USE;
/*
 * CP_CARD_AUTHENTICATED_STATE: as the card says, whoever gave it the PINs; where it does not tell, as it was left here.
 * Errors: the card's.
 */
DWORD drv_pins_authenticated(struct drv *drv, PIN_SET *ret_set) MUST_USE;
/* Wipe every agreement. */
void drv_agreements_clear(struct drv *drv);

/*
 * Bytes for the caller: a copy made with pfnCspAlloc. Errors: SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (too long for a
 * DWORD).
 */
DWORD drv_give(PCARD_DATA card_data, struct span bytes, PBYTE *ret_data, PDWORD ret_len) MUST_USE;
/*
 * pbData, cbData, pdwDataLen of a property: the length is written always. Errors: ERROR_INSUFFICIENT_BUFFER,
 * SCARD_E_INVALID_PARAMETER.
 */
struct drv_answer {
	PBYTE data;
	DWORD room;
	PDWORD ret_len;
};
DWORD drv_answer(const struct drv_answer *answer, struct span bytes) MUST_USE;

/* ---- the functions of the table --------------------------------------------------------------------- */

/* Put the functions of a version (4..7) into CARD_DATA; the caller's callbacks stay as they are. */
void drv_table_fill(PCARD_DATA card_data, DWORD version);

DWORD drv_query_capabilities(PCARD_DATA card_data, PCARD_CAPABILITIES capabilities);
DWORD drv_get_container_info(PCARD_DATA card_data, BYTE index, DWORD flags, PCONTAINER_INFO info);
DWORD drv_get_container_property(PCARD_DATA card_data, BYTE index, LPCWSTR name, PBYTE data, DWORD room, PDWORD ret_len,
				 DWORD flags);
DWORD drv_authenticate_pin(PCARD_DATA card_data, LPCWSTR user, PBYTE pin, DWORD pin_len, PDWORD ret_attempts);
DWORD drv_authenticate_ex(PCARD_DATA card_data, PIN_ID id, DWORD flags, PBYTE pin, DWORD pin_len, PBYTE *ret_session,
			  PDWORD ret_session_len, PDWORD ret_attempts);
DWORD drv_deauthenticate(PCARD_DATA card_data, LPCWSTR user, DWORD flags);
DWORD drv_deauthenticate_ex(PCARD_DATA card_data, PIN_SET pins, DWORD flags);
DWORD drv_unblock_pin(PCARD_DATA card_data, LPCWSTR user, PBYTE authentication, DWORD authentication_len, PBYTE new_pin,
		      DWORD new_pin_len, DWORD retries, DWORD flags);
DWORD drv_change_authenticator(PCARD_DATA card_data, LPCWSTR user, PBYTE current, DWORD current_len, PBYTE new_pin,
			       DWORD new_pin_len, DWORD retries, DWORD flags, PDWORD ret_attempts);
DWORD drv_change_authenticator_ex(PCARD_DATA card_data, DWORD flags, PIN_ID authenticating, PBYTE authentication,
				  DWORD authentication_len, PIN_ID target, PBYTE new_pin, DWORD new_pin_len,
				  DWORD retries, PDWORD ret_attempts);
DWORD drv_read_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD flags, PBYTE *ret_data, PDWORD ret_len);
DWORD drv_enum_files(PCARD_DATA card_data, LPCSTR directory, LPSTR *ret_names, LPDWORD ret_size, DWORD flags);
DWORD drv_get_file_info(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, PCARD_FILE_INFO info);
DWORD drv_query_free_space(PCARD_DATA card_data, DWORD flags, PCARD_FREE_SPACE_INFO info);
DWORD drv_query_key_sizes(PCARD_DATA card_data, DWORD key_spec, DWORD flags, PCARD_KEY_SIZES sizes);
DWORD drv_sign_data(PCARD_DATA card_data, PCARD_SIGNING_INFO info);
DWORD drv_rsa_decrypt(PCARD_DATA card_data, PCARD_RSA_DECRYPT_INFO info);
DWORD drv_construct_dh_agreement(PCARD_DATA card_data, PCARD_DH_AGREEMENT_INFO info);
DWORD drv_destroy_dh_agreement(PCARD_DATA card_data, BYTE index, DWORD flags);
DWORD drv_derive_key(PCARD_DATA card_data, PCARD_DERIVE_KEY info);
/* pfnKeyDerive of the extension table. */
DWORD drv_key_derive(PCARD_DATA card_data, CARD_KEY_HANDLE handle, PCARD_DERIVE_KEY info);
DWORD drv_get_property(PCARD_DATA card_data, LPCWSTR name, PBYTE data, DWORD room, PDWORD ret_len, DWORD flags);
DWORD drv_set_property(PCARD_DATA card_data, LPCWSTR name, PBYTE data, DWORD len, DWORD flags);
DWORD drv_import_session_key(PCARD_DATA card_data, LPCWSTR blob_type, LPCWSTR alg, PCARD_KEY_HANDLE ret_handle,
			     PBYTE input, DWORD input_len);
DWORD drv_card_import_session_key(PCARD_DATA card_data, BYTE index, LPVOID padding, LPCWSTR blob_type, LPCWSTR alg,
				  PCARD_KEY_HANDLE ret_handle, PBYTE input, DWORD input_len, DWORD flags);
DWORD drv_encrypt_data(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR function, PBYTE input, DWORD input_len,
		       DWORD flags, PCARD_ENCRYPTED_DATA *ret_data, PDWORD ret_count);
DWORD drv_process_encrypted_data(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR function,
				 PCARD_ENCRYPTED_DATA data, DWORD count, PBYTE output, DWORD room, PDWORD ret_len,
				 DWORD flags);
DWORD drv_get_algorithm_property(PCARD_DATA card_data, LPCWSTR alg, LPCWSTR name, PBYTE data, DWORD room,
				 PDWORD ret_len, DWORD flags);
DWORD drv_get_key_property(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR name, PBYTE data, DWORD room,
			   PDWORD ret_len, DWORD flags);
DWORD drv_set_key_property(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR name, PBYTE data, DWORD len,
			   DWORD flags);
DWORD drv_destroy_key(PCARD_DATA card_data, CARD_KEY_HANDLE handle);

/*
 * The agreed secret behind an index, copied. Errors: SCARD_E_INVALID_PARAMETER (no such agreement),
 * SCARD_E_NO_MEMORY.
 */
DWORD drv_agreement_secret(struct drv *drv, BYTE index, struct secret *ret_z) MUST_USE;

/* The extension table of cardmod_ext.h. */
const CARD_EXT_SESSION_KEYS *drv_session_key_table(void);

#endif
