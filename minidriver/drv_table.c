/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv.h"
#include "minidriver/drv_refused.h"

static void fill_four(PCARD_DATA t)
{
	t->pfnCardQueryCapabilities = drv_query_capabilities;
	t->pfnCardDeleteContainer = drv_delete_container;
	t->pfnCardCreateContainer = drv_create_container;
	t->pfnCardGetContainerInfo = drv_get_container_info;
	t->pfnCardAuthenticatePin = drv_authenticate_pin;
	t->pfnCardGetChallenge = drv_get_challenge;
	t->pfnCardAuthenticateChallenge = drv_authenticate_challenge;
	t->pfnCardUnblockPin = drv_unblock_pin;
	t->pfnCardChangeAuthenticator = drv_change_authenticator;
	t->pfnCardDeauthenticate = drv_deauthenticate;
	t->pfnCardCreateDirectory = drv_create_directory;
	t->pfnCardDeleteDirectory = drv_delete_directory;
	t->pvUnused3 = NULL;
	t->pvUnused4 = NULL;
	t->pfnCardCreateFile = drv_create_file;
	t->pfnCardReadFile = drv_read_file;
	t->pfnCardWriteFile = drv_write_file;
	t->pfnCardDeleteFile = drv_delete_file;
	t->pfnCardEnumFiles = drv_enum_files;
	t->pfnCardGetFileInfo = drv_get_file_info;
	t->pfnCardQueryFreeSpace = drv_query_free_space;
	t->pfnCardQueryKeySizes = drv_query_key_sizes;
	t->pfnCardSignData = drv_sign_data;
	t->pfnCardRSADecrypt = drv_rsa_decrypt;
	t->pfnCardConstructDHAgreement = drv_construct_dh_agreement;
}

static void fill_five(PCARD_DATA t)
{
	t->pfnCardDeriveKey = drv_derive_key;
	t->pfnCardDestroyDHAgreement = drv_destroy_dh_agreement;
}

static void fill_six(PCARD_DATA t)
{
	t->pfnCardGetChallengeEx = drv_get_challenge_ex;
	t->pfnCardAuthenticateEx = drv_authenticate_ex;
	t->pfnCardChangeAuthenticatorEx = drv_change_authenticator_ex;
	t->pfnCardDeauthenticateEx = drv_deauthenticate_ex;
	t->pfnCardGetContainerProperty = drv_get_container_property;
	t->pfnCardSetContainerProperty = drv_set_container_property;
	t->pfnCardGetProperty = drv_get_property;
	t->pfnCardSetProperty = drv_set_property;
}

static void fill_seven(PCARD_DATA t)
{
	t->pfnMDImportSessionKey = drv_import_session_key;
	t->pfnMDEncryptData = drv_encrypt_data;
	t->pfnCardImportSessionKey = drv_card_import_session_key;
	t->pfnCardGetSharedKeyHandle = drv_get_shared_key_handle;
	t->pfnCardGetAlgorithmProperty = drv_get_algorithm_property;
	t->pfnCardGetKeyProperty = drv_get_key_property;
	t->pfnCardSetKeyProperty = drv_set_key_property;
	t->pfnCardDestroyKey = drv_destroy_key;
	t->pfnCardProcessEncryptedData = drv_process_encrypted_data;
	t->pfnCardCreateContainerEx = drv_create_container_ex;
}

void drv_table_fill(PCARD_DATA card_data, DWORD version)
{
	fill_four(card_data);
	if (version >= CARD_DATA_VERSION_FIVE)
		fill_five(card_data);
	if (version >= CARD_DATA_VERSION_SIX)
		fill_six(card_data);
	if (version >= CARD_DATA_VERSION_SEVEN)
		fill_seven(card_data);
}
