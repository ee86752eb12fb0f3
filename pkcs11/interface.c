/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "pkcs11/gate.h"
#include "pkcs11/info.h"
#include "pkcs11/pkcs11_compat.h"

static const CK_VERSION version_2_40 = { 2, 40 };
static const CK_VERSION version_3_0 = { 3, 0 };
static const CK_VERSION version_3_2 = { 3, 2 };

CK_RV C_GetInfo(CK_INFO *info)
{
	MODULE_CALL(info != NULL, cki_info(version_2_40, info));
}

static CK_RV get_info_3_0(CK_INFO *info)
{
	MODULE_CALL(info != NULL, cki_info(version_3_0, info));
}

static CK_RV get_info_3_2(CK_INFO *info)
{
	MODULE_CALL(info != NULL, cki_info(version_3_2, info));
}

/* Not constant, because the standard's types are not; nobody writes to them. */
#define MEMBER(name) .name = name,
static CK_FUNCTION_LIST list_2_40 = {
	.version = { 2, 40 },
	CKI_FUNCTIONS_2_40(MEMBER)
};

static CK_FUNCTION_LIST_3_0 list_3_0 = {
	.version = { 3, 0 },
	.C_Initialize = C_Initialize,
	.C_Finalize = C_Finalize,
	.C_GetInfo = get_info_3_0,
	CKI_FUNCTIONS_AFTER_INFO(MEMBER)
	CKI_FUNCTIONS_3_0(MEMBER)
};

static CK_FUNCTION_LIST_3_2 list_3_2 = {
	.version = { 3, 2 },
	.C_Initialize = C_Initialize,
	.C_Finalize = C_Finalize,
	.C_GetInfo = get_info_3_2,
	CKI_FUNCTIONS_AFTER_INFO(MEMBER)
	CKI_FUNCTIONS_3_0(MEMBER)
	CKI_FUNCTIONS_3_2(MEMBER)
};
#undef MEMBER

static char interface_name[] = "PKCS 11";

/*
 * The default first. None has CKF_INTERFACE_FORK_SAFE: that would mean that a child goes on with its parent's
 * sessions and logins (PKCS#11 3.0 5.2.1); here a child must initialise.
 */
static CK_INTERFACE interfaces[] = {
	{ .pInterfaceName = interface_name, .pFunctionList = &list_3_2, .flags = 0 },
	{ .pInterfaceName = interface_name, .pFunctionList = &list_3_0, .flags = 0 },
	{ .pInterfaceName = interface_name, .pFunctionList = &list_2_40, .flags = 0 },
};

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	if (list == NULL)
		return CKR_ARGUMENTS_BAD;
	*list = &list_2_40;
	return CKR_OK;
}

EXPORT CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
	CK_ULONG room;

	if (count == NULL)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	*count = ARRAY_COUNT(interfaces);
	if (list == NULL)
		return CKR_OK;
	if (room < ARRAY_COUNT(interfaces))
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, interfaces, sizeof(interfaces));
	return CKR_OK;
}

static bool fits(const CK_INTERFACE *interface, const CK_UTF8CHAR *name, const CK_VERSION *version, CK_FLAGS flags)
{
	/* Each list of functions begins with its version. */
	const CK_VERSION *own = interface->pFunctionList;

	if (name != NULL && strcmp((const char *)name, interface->pInterfaceName) != 0)
		return false;
	if (version != NULL && (version->major != own->major || version->minor != own->minor))
		return false;
	return (interface->flags & flags) == flags;
}

EXPORT CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags)
{
	if (interface == NULL)
		return CKR_ARGUMENTS_BAD;
	for (size_t i = 0; i < ARRAY_COUNT(interfaces); i++) {
		if (fits(&interfaces[i], name, version, flags)) {
			*interface = &interfaces[i];
			return CKR_OK;
		}
	}
	return CKR_ARGUMENTS_BAD;
}
