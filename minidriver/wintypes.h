/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few basic types that the minidriver interface is written in, with the widths they have on Windows:
 * DWORD is 32 bits and WCHAR is 16, whatever the machine. pcsc-lite ships a header of the same purpose with other
 * widths (its DWORD is an unsigned long); the two must not meet in one source file.
 */
#ifndef MDP_MINIDRIVER_WINTYPES_H
#define MDP_MINIDRIVER_WINTYPES_H

#ifdef __wintypes_h__
#error "pcsc-lite's wintypes.h has other widths: include one of the two only"
#endif

#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

typedef uint8_t BYTE, *PBYTE;
typedef uint16_t WORD;
typedef uint32_t DWORD, *PDWORD, *LPDWORD;
typedef uint32_t ULONG, *PULONG;
typedef int32_t BOOL;
typedef uintptr_t ULONG_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef void *PVOID, *LPVOID;
typedef char CHAR, *LPSTR;
typedef const char *LPCSTR;
typedef char16_t WCHAR, *LPWSTR; /* text is UTF-16, written u"..." */
typedef const char16_t *LPCWSTR;
typedef DWORD ALG_ID;           /* CryptoAPI's number of an algorithm */
typedef ULONG_PTR SCARDCONTEXT; /* the connection to the card service */
typedef ULONG_PTR SCARDHANDLE;  /* a connected card */

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define WINAPI

#ifdef __cplusplus
#define MDP_STATIC_ASSERT static_assert
#else
#define MDP_STATIC_ASSERT _Static_assert
#endif

MDP_STATIC_ASSERT(sizeof(DWORD) == 4 && sizeof(WORD) == 2 && sizeof(WCHAR) == 2, "widths as on Windows");
MDP_STATIC_ASSERT(sizeof(ULONG_PTR) == sizeof(void *), "ULONG_PTR holds a pointer");

#endif
