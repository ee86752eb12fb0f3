/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/find.h"

#include <stdlib.h>

#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/template.h"

struct find {
	CK_OBJECT_HANDLE *found; /* owned */
	size_t count;
	size_t room;
	size_t next;
};

static void find_free(void *state)
{
	struct find *find = state;

	if (find == NULL)
		return;
	free(find->found);
	free(find);
}

static void find_cleanup(struct find **find)
{
	find_free(*find);
}

static bool remember(struct find *find, CK_OBJECT_HANDLE handle)
{
	CK_OBJECT_HANDLE *found;
	size_t room = find->room == 0 ? 16 : find->room * 2;

	if (find->count == find->room) {
		found = reallocarray(find->found, room, sizeof(*found));
		if (found == NULL)
			return false;
		find->found = found;
		find->room = room;
	}
	find->found[find->count++] = handle;
	return true;
}

static CK_RV collect(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count, struct find *find)
{
	struct object *next = NULL;

	for (CK_OBJECT_HANDLE at = cki_store_next(session, CK_INVALID_HANDLE, &next); at != CK_INVALID_HANDLE;
	     at = cki_store_next(session, at, &next)) {
		AUTO_OBJECT *object = next;

		if (cki_object_matches(object, templ, count) && !remember(find, at))
			return CKR_HOST_MEMORY;
	}
	return CKR_OK;
}

CK_RV cki_find_init(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	AUTO(find_cleanup) struct find *find = NULL;
	CK_RV rv;

	if (cki_session_operation(session, CKI_OPERATION_FIND) != NULL)
		return CKR_OPERATION_ACTIVE;
	rv = cki_template_check_pointers(templ, count);
	if (rv != CKR_OK)
		return rv;
	find = calloc(1, sizeof(*find));
	if (find == NULL)
		return CKR_HOST_MEMORY;
	rv = collect(session, templ, count, find);
	if (rv == CKR_OK)
		rv = cki_session_begin(session, CKI_OPERATION_FIND, find, find_free);
	if (rv == CKR_OK)
		find = NULL;
	return rv;
}

CK_RV cki_find_next(struct session *session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *ret_count)
{
	struct find *find = cki_session_operation(session, CKI_OPERATION_FIND);
	CK_ULONG count = 0;

	if (find == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	while (count < room && find->next < find->count) {
		const CK_OBJECT_HANDLE handle = find->found[find->next++];
		/* what has gone since the beginning is not found any more */
		AUTO_OBJECT *object = cki_store_find_visible(session, handle);

		if (object != NULL)
			objects[count++] = handle;
	}
	*ret_count = count;
	return CKR_OK;
}

CK_RV cki_find_final(struct session *session)
{
	if (cki_session_operation(session, CKI_OPERATION_FIND) == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	cki_session_end(session, CKI_OPERATION_FIND);
	return CKR_OK;
}
