/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of return values share: a call that is refused with the code that it should have and that leaves
 * nothing behind; and tests/unit/return_values.tsv, which says for each function of PKCS#11 3.2 and each code that the
 * standard lists for it which test provokes it, or why none can.
 */
#ifndef MDP_TESTS_CKI_RETURN_H
#define MDP_TESTS_CKI_RETURN_H

#include "tests/unit/cki_env.h"

/* Where the calls put what they give; nothing of it changes when they are refused. */
extern CK_BYTE return_out[512];
extern CK_ULONG return_len;
extern CK_OBJECT_HANDLE return_handle;

/* env_start_logged_in(), and nothing refused so far. */
void return_start(void);
/* The same in a world that is already there. */
void return_watch(void);
/* What the test of this name, in the program of this name, has to provoke by the list has been; env_stop(). */
void return_stop(const char *program, const char *test);

void return_prepare(void);
/*
 * The function answered so, and wrote nothing; the objects are as many as they were, and the session goes on.
 * For CKR_BUFFER_TOO_SMALL return_len has grown.
 */
void return_refused(const char *function, const char *code, CK_RV expected, CK_RV rv);
/* The same of a call that ends the session, or of a module that is not initialised. */
void return_refused_and_over(const char *function, const char *code, CK_RV expected, CK_RV rv);

#define REFUSE_AS(name, code, call) (return_prepare(), return_refused(name, #code, code, call))
#define REFUSE(function, code, ...) (return_prepare(), return_refused(#function, #code, code, function(__VA_ARGS__)))

/* The list: the codes of a function; the row of a pair, or that of the code for all functions. */
void return_read(void);
const char *return_lists(const char *function);
const char *return_row(const char *function, const char *code);
/* The codes of a list one by one: the next into code, whose end comes back; NULL at the end. */
const char *return_next(const char *list, char code[static 64]);
size_t return_functions(const char *names[], size_t room);

#endif
