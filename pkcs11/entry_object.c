/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.7, object management functions. */
#include "config.h"

#include "pkcs11/find.h"
#include "pkcs11/gate.h"
#include "pkcs11/object.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/public_key.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/template.h"

static CK_RV create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *ret_object)
{
	return cki_template_says(templ, count, CKO_PUBLIC_KEY)
		       ? cki_public_create(session, templ, count, ret_object)
		       : cki_secret_key_create(session, templ, count, ret_object);
}

CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *object)
{
	SESSION_CALL(session, CKI_RUN(templ, count) && object != NULL,
		     create(gate.session, templ, count, object));
}

static CK_RV copy(struct session *session, CK_OBJECT_HANDLE from, const CK_ATTRIBUTE *templ, CK_ULONG count,
		  CK_OBJECT_HANDLE *ret_object)
{
	AUTO_OBJECT *object = cki_store_find_visible(session, from);

	return object != NULL ? cki_secret_key_copy(session, object, templ, count,
						    ret_object) : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *templ, CK_ULONG count,
		   CK_OBJECT_HANDLE *new_object)
{
	SESSION_CALL(session, CKI_RUN(templ, count) && new_object != NULL,
		     copy(gate.session, object, templ, count, new_object));
}

static CK_RV destroy(struct session *session, CK_OBJECT_HANDLE handle)
{
	AUTO_OBJECT *object = cki_store_find_visible(session, handle);

	if (object == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	if (cki_object_owner(object) == CK_INVALID_HANDLE && !cki_session_writes(session))
		return CKR_SESSION_READ_ONLY;
	if (!cki_object_bool(object, CKA_DESTROYABLE, true))
		return CKR_ACTION_PROHIBITED;
	cki_store_remove(cki_session_module(session), handle);
	return CKR_OK;
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	SESSION_CALL(session, true, destroy(gate.session, object));
}

static CK_RV object_size(struct session *session, CK_OBJECT_HANDLE handle, CK_ULONG *ret_size)
{
	AUTO_OBJECT *object = cki_store_find_visible(session, handle);

	if (object == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	*ret_size = cki_object_size(object);
	return CKR_OK;
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
	SESSION_CALL(session, size != NULL, object_size(gate.session, object, size));
}

/* Every attribute is answered, whatever became of the others (PKCS#11 3.0 5.7.5); the first failure is the result. */
static CK_RV get_attributes(struct session *session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	AUTO_OBJECT *object = cki_store_find_visible(session, handle);
	CK_RV result = CKR_OK;

	if (object == NULL)
		return CKR_OBJECT_HANDLE_INVALID;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_RV rv = cki_object_read(object, &templ[i]);

		if (result == CKR_OK)
			result = rv;
	}
	return result;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	SESSION_CALL(session, CKI_RUN(templ, count), get_attributes(gate.session, object, templ, count));
}

static CK_RV set_attributes(struct session *session, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	AUTO_OBJECT *object = cki_store_find_visible(session, handle);

	return object != NULL ? cki_secret_key_change(session, object, templ, count) : CKR_OBJECT_HANDLE_INVALID;
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	SESSION_CALL(session, CKI_RUN(templ, count), set_attributes(gate.session, object, templ, count));
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	OPERATION_CALL(session, CKI_RUN(templ, count), cki_find_init(gate.session, templ, count));
}

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
	OPERATION_CALL(session, CKI_RUN(objects, room) && count != NULL, cki_find_next(gate.session, objects, room,
										       count));
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_find_final(gate.session));
}
