/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a program names a card to CardAcquireContext: hSCardCtx and hScard of CARD_DATA are numbers that these functions
 * give out. On Windows the service of winscard.h does.
 *
 *     CardHostOpen("program", &data.hSCardCtx);
 *     CardHostConnect(data.hSCardCtx, "reader's name", &data.hScard, atr, &atr_len);
 *     data.pbAtr = atr; data.cbAtr = atr_len; ...  CardAcquireContext(&data, 0);
 *     data.pfnCardDeleteContext(&data);
 *     CardHostDisconnect(data.hScard);
 *     CardHostClose(data.hSCardCtx);
 *
 * A card is connected by one handle of a system at a time. Any thread may call these functions; the card's contexts
 * must be deleted before it is disconnected, and cards be disconnected before their system is closed.
 */
#ifndef MDP_MINIDRIVER_CARD_HOST_H
#define MDP_MINIDRIVER_CARD_HOST_H

#include "minidriver/winerror.h"
#include "minidriver/wintypes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Open the card system; the block `app pszApplication` of opensc.conf applies to it. Errors: SCARD_E_INVALID_PARAMETER
 * (NULL), SCARD_E_NO_SERVICE, SCARD_E_UNSUPPORTED_FEATURE (another libopensc than was built for), SCARD_E_NO_MEMORY.
 */
DWORD WINAPI CardHostOpen(LPCSTR pszApplication, SCARDCONTEXT *phContext);
/* Close it. Errors: SCARD_E_INVALID_HANDLE, SCARD_E_SHARING_VIOLATION (cards are connected). */
DWORD WINAPI CardHostClose(SCARDCONTEXT hContext);
/*
 * The name of reader dwIndex, from 0 on, and whether a card is in it. pszName NULL asks for the length; *pcbName is the
 * room, then the length with NUL. A reader that was unplugged keeps its index and has an empty name. Errors:
 * SCARD_E_INVALID_HANDLE, SCARD_E_INVALID_PARAMETER (NULL), SCARD_E_UNKNOWN_READER (past the last),
 * ERROR_INSUFFICIENT_BUFFER.
 */
DWORD WINAPI CardHostReader(SCARDCONTEXT hContext, DWORD dwIndex, LPSTR pszName, PDWORD pcbName, BOOL *pfCardPresent);
/*
 * Connect the card in a reader. pbAtr has room for 34 bytes (CARD_ATR_MAX). Errors: SCARD_E_INVALID_HANDLE,
 * SCARD_E_INVALID_PARAMETER (NULL), SCARD_E_UNKNOWN_READER, SCARD_E_NO_SMARTCARD, SCARD_E_UNKNOWN_CARD,
 * SCARD_E_SHARING_VIOLATION, SCARD_F_COMM_ERROR, SCARD_E_NO_MEMORY.
 */
DWORD WINAPI CardHostConnect(SCARDCONTEXT hContext, LPCSTR pszReader, SCARDHANDLE *phCard, PBYTE pbAtr, PDWORD pcbAtr);
/* Let it go. Errors: SCARD_E_INVALID_HANDLE. */
DWORD WINAPI CardHostDisconnect(SCARDHANDLE hCard);

#ifdef __cplusplus
}
#endif

#endif
