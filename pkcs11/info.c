/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/info.h"

#include <stdlib.h>

#include "pkcs11/text.h"

CK_RV cki_info(CK_VERSION cryptoki, CK_INFO *ret_info)
{
	CK_INFO info = { .cryptokiVersion = cryptoki };
	char *rest = NULL;

	/* PACKAGE_VERSION is ours: MAJOR.MINOR.PATCH */
	info.libraryVersion.major = (unsigned char)strtoul(PACKAGE_VERSION, &rest, 10);
	if (*rest == '.')
		info.libraryVersion.minor = (unsigned char)strtoul(rest + 1, NULL, 10);
	cki_text_pad(info.manufacturerID, sizeof(info.manufacturerID), PACKAGE_NAME);
	cki_text_pad(info.libraryDescription, sizeof(info.libraryDescription), "Minidriver KDFs over OpenSC");
	*ret_info = info;
	return CKR_OK;
}
