/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/p11/p11_module.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 64u

/* NSS' CK_C_INITIALIZE_ARGS: the string stands before pReserved (NSS, pkcs11t.h and "NSS PKCS #11 module spec"). */
struct nss_initialize_args {
	void *mutex_functions[4];
	CK_FLAGS flags;
	CK_CHAR *parameters;
	void *reserved;
};

static bool fine(CK_RV rv, const char *call)
{
	if (rv != CKR_OK)
		(void)fprintf(stderr, "%s: 0x%lx\n", call, rv);
	return rv == CKR_OK;
}

static bool load(struct p11_module *m, const char *path)
{
	/* A function's address comes as an object's: POSIX lets both be read as the other. */
	union {
		void *object;
		CK_C_GetFunctionList function;
	} entry;

	m->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (m->library == NULL) {
		(void)fprintf(stderr, "%s\n", dlerror());
		return false;
	}
	entry.object = dlsym(m->library, "C_GetFunctionList");
	if (entry.object == NULL) {
		(void)fprintf(stderr, "%s: has no C_GetFunctionList\n", path);
		return false;
	}
	return fine(entry.function(&m->f), "C_GetFunctionList") && m->f != NULL;
}

static bool initialize(const struct p11_module *m, const char *parameters)
{
	struct nss_initialize_args nss = { .flags = CKF_OS_LOCKING_OK };
	CK_C_INITIALIZE_ARGS plain = { .flags = CKF_OS_LOCKING_OK };

	nss.parameters = (CK_CHAR *)(uintptr_t)parameters;
	return fine(m->f->C_Initialize(parameters != NULL ? (void *)&nss : (void *)&plain), "C_Initialize");
}

static bool find_slot(struct p11_module *m)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX;

	if (!fine(m->f->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList"))
		return false;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO info;

		if (m->f->C_GetTokenInfo(slots[i], &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0) {
			m->slot = slots[i];
			return true;
		}
	}
	(void)fprintf(stderr, "no token that is initialised\n");
	return false;
}

static bool open_session(struct p11_module *m, const char *pin)
{
	if (!fine(m->f->C_OpenSession(m->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &m->session),
		  "C_OpenSession"))
		return false;
	return pin == NULL || fine(m->f->C_Login(m->session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)),
				   "C_Login");
}

static void unload(struct p11_module *m)
{
	m->f = NULL;
	p11_module_close(m);
}

bool p11_module_load_only(const struct p11_config *config, struct p11_module *ret_module)
{
	struct p11_module m = { .library = NULL };

	if (!load(&m, config->path)) {
		unload(&m);
		return false;
	}
	*ret_module = m;
	return true;
}

bool p11_module_load(const struct p11_config *config, struct p11_module *ret_module)
{
	struct p11_module m;

	if (!p11_module_load_only(config, &m))
		return false;
	if (!initialize(&m, config->parameters)) {
		unload(&m);
		return false;
	}
	*ret_module = m;
	return true;
}

bool p11_module_open(const struct p11_config *config, struct p11_module *ret_module)
{
	struct p11_module m;

	if (!p11_module_load(config, &m))
		return false;
	if (!find_slot(&m) || !open_session(&m, config->pin)) {
		p11_module_close(&m);
		return false;
	}
	*ret_module = m;
	return true;
}

void p11_module_close(struct p11_module *module)
{
	if (module->f != NULL)
		(void)module->f->C_Finalize(NULL);
	if (module->library != NULL)
		(void)dlclose(module->library);
	memset(module, 0, sizeof(*module));
}

bool p11_mechanism(const struct p11_module *module, CK_MECHANISM_TYPE mechanism, CK_MECHANISM_INFO *ret_info)
{
	return module->f->C_GetMechanismInfo(module->slot, mechanism, ret_info) == CKR_OK;
}

bool p11_mechanisms(const struct p11_module *module, CK_FLAGS flags,
		    void (*each)(CK_MECHANISM_TYPE mechanism, void *context), void *context)
{
	CK_ULONG count = 0;
	CK_MECHANISM_TYPE *list;
	bool good = fine(module->f->C_GetMechanismList(module->slot, NULL, &count), "C_GetMechanismList");

	if (!good)
		return false;
	list = calloc(count + 1, sizeof(*list));
	good = list != NULL && fine(module->f->C_GetMechanismList(module->slot, list, &count), "C_GetMechanismList");
	for (CK_ULONG i = 0; good && i < count; i++) {
		CK_MECHANISM_INFO info;

		if (p11_mechanism(module, list[i], &info) && (info.flags & flags) == flags)
			each(list[i], context);
	}
	free(list);
	return good;
}
