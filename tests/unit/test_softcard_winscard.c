/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider's words for PC/SC are pcsc-lite's: prototypes, structures and numbers. */
#include "config.h"

#include <stddef.h>
#include <winscard.h>

/* Ours, under names that do not meet winscard.h's. */
#define PCSC_NAME(name) ours_##name
#include "card/softcard/pcsc.h"
#include "tests/unit/test.h"

#define IS_SAME_TYPE(a, b) __builtin_types_compatible_p(a, b)
#define IS_SAME_FUNCTION(name) IS_SAME_TYPE(__typeof__(SCard##name), __typeof__(ours_##name))

_Static_assert(IS_SAME_FUNCTION(EstablishContext), "prototype");
_Static_assert(IS_SAME_FUNCTION(ReleaseContext), "prototype");
_Static_assert(IS_SAME_FUNCTION(IsValidContext), "prototype");
_Static_assert(IS_SAME_FUNCTION(ListReaders), "prototype");
_Static_assert(IS_SAME_FUNCTION(ListReaderGroups), "prototype");
_Static_assert(IS_SAME_FUNCTION(FreeMemory), "prototype");
_Static_assert(IS_SAME_FUNCTION(Connect), "prototype");
_Static_assert(IS_SAME_FUNCTION(Reconnect), "prototype");
_Static_assert(IS_SAME_FUNCTION(Disconnect), "prototype");
_Static_assert(IS_SAME_FUNCTION(BeginTransaction), "prototype");
_Static_assert(IS_SAME_FUNCTION(EndTransaction), "prototype");
_Static_assert(IS_SAME_FUNCTION(Status), "prototype");
_Static_assert(IS_SAME_FUNCTION(Cancel), "prototype");
_Static_assert(IS_SAME_FUNCTION(Control), "prototype");
_Static_assert(IS_SAME_FUNCTION(GetAttrib), "prototype");
_Static_assert(IS_SAME_FUNCTION(SetAttrib), "prototype");

/* These two take structures, which have our own tags: with ours put in the place of theirs they are the same. */
typedef long theirs_get_status_change(SCARDCONTEXT, DWORD, struct pcsc_reader_state *, DWORD);
typedef LONG theirs_transmit(SCARDHANDLE, const struct pcsc_io_request *, LPCBYTE, DWORD, struct pcsc_io_request *,
			     LPBYTE, LPDWORD);
_Static_assert(IS_SAME_TYPE(__typeof__(SCardGetStatusChange), LONG(SCARDCONTEXT, DWORD, SCARD_READERSTATE *, DWORD)),
	       "theirs");
_Static_assert(IS_SAME_TYPE(__typeof__(SCardTransmit), LONG(SCARDHANDLE, const SCARD_IO_REQUEST *, LPCBYTE, DWORD,
							    SCARD_IO_REQUEST *, LPBYTE, LPDWORD)), "theirs");
_Static_assert(IS_SAME_TYPE(theirs_get_status_change, __typeof__(ours_GetStatusChange)), "prototype");
_Static_assert(IS_SAME_TYPE(theirs_transmit, __typeof__(ours_Transmit)), "prototype");

#define IS_SAME_FIELD(their_type, their_field, our_type, our_field)                                        \
	(offsetof(their_type, their_field) == offsetof(our_type, our_field) &&                             \
	 IS_SAME_TYPE(__typeof__(((their_type *)NULL)->their_field), __typeof__(((our_type *)NULL)->our_field)))

_Static_assert(sizeof(SCARD_READERSTATE) == sizeof(struct pcsc_reader_state), "structure");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, szReader, struct pcsc_reader_state, name), "field");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, pvUserData, struct pcsc_reader_state, user), "field");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, dwCurrentState, struct pcsc_reader_state, current), "field");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, dwEventState, struct pcsc_reader_state, event), "field");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, cbAtr, struct pcsc_reader_state, atr_len), "field");
_Static_assert(IS_SAME_FIELD(SCARD_READERSTATE, rgbAtr, struct pcsc_reader_state, atr), "field");
_Static_assert(sizeof(SCARD_IO_REQUEST) == sizeof(struct pcsc_io_request), "structure");
_Static_assert(IS_SAME_FIELD(SCARD_IO_REQUEST, dwProtocol, struct pcsc_io_request, protocol), "field");
_Static_assert(IS_SAME_FIELD(SCARD_IO_REQUEST, cbPciLength, struct pcsc_io_request, len), "field");

static const struct {
	const char *name;
	long theirs;
	long ours;
} numbers[] = {
	{ "success", SCARD_S_SUCCESS, PCSC_OK },
	{ "cancelled", SCARD_E_CANCELLED, PCSC_CANCELLED },
	{ "invalid handle", SCARD_E_INVALID_HANDLE, PCSC_INVALID_HANDLE },
	{ "invalid parameter", SCARD_E_INVALID_PARAMETER, PCSC_INVALID_PARAMETER },
	{ "no memory", SCARD_E_NO_MEMORY, PCSC_NO_MEMORY },
	{ "insufficient buffer", SCARD_E_INSUFFICIENT_BUFFER, PCSC_INSUFFICIENT_BUFFER },
	{ "unknown reader", SCARD_E_UNKNOWN_READER, PCSC_UNKNOWN_READER },
	{ "timeout", SCARD_E_TIMEOUT, PCSC_TIMEOUT },
	{ "sharing violation", SCARD_E_SHARING_VIOLATION, PCSC_SHARING_VIOLATION },
	{ "no card", SCARD_E_NO_SMARTCARD, PCSC_NO_CARD },
	{ "protocol", SCARD_E_PROTO_MISMATCH, PCSC_PROTOCOL_MISMATCH },
	{ "invalid value", SCARD_E_INVALID_VALUE, PCSC_INVALID_VALUE },
	{ "communication", SCARD_F_COMM_ERROR, PCSC_COMMUNICATION },
	{ "not transacted", SCARD_E_NOT_TRANSACTED, PCSC_NOT_TRANSACTED },
	{ "no service", SCARD_E_NO_SERVICE, PCSC_NO_SERVICE },
	{ "unsupported", SCARD_E_UNSUPPORTED_FEATURE, PCSC_UNSUPPORTED },
	{ "no readers", SCARD_E_NO_READERS_AVAILABLE, PCSC_NO_READERS },
	{ "unresponsive", SCARD_W_UNRESPONSIVE_CARD, PCSC_UNRESPONSIVE_CARD },
	{ "removed", SCARD_W_REMOVED_CARD, PCSC_REMOVED_CARD },
	{ "scope user", SCARD_SCOPE_USER, PCSC_SCOPE_USER },
	{ "scope global", SCARD_SCOPE_GLOBAL, PCSC_SCOPE_GLOBAL },
	{ "exclusive", SCARD_SHARE_EXCLUSIVE, PCSC_SHARE_EXCLUSIVE },
	{ "shared", SCARD_SHARE_SHARED, PCSC_SHARE_SHARED },
	{ "direct", SCARD_SHARE_DIRECT, PCSC_SHARE_DIRECT },
	{ "T=0", SCARD_PROTOCOL_T0, PCSC_PROTOCOL_T0 },
	{ "T=1", SCARD_PROTOCOL_T1, PCSC_PROTOCOL_T1 },
	{ "leave", SCARD_LEAVE_CARD, PCSC_LEAVE },
	{ "reset", SCARD_RESET_CARD, PCSC_RESET },
	{ "unpower", SCARD_UNPOWER_CARD, PCSC_UNPOWER },
	{ "eject", SCARD_EJECT_CARD, PCSC_EJECT },
	{ "unaware", SCARD_STATE_UNAWARE, PCSC_STATE_UNAWARE },
	{ "ignore", SCARD_STATE_IGNORE, PCSC_STATE_IGNORE },
	{ "changed", SCARD_STATE_CHANGED, PCSC_STATE_CHANGED },
	{ "unknown", SCARD_STATE_UNKNOWN, PCSC_STATE_UNKNOWN },
	{ "empty", SCARD_STATE_EMPTY, PCSC_STATE_EMPTY },
	{ "present", SCARD_STATE_PRESENT, PCSC_STATE_PRESENT },
	{ "mute", SCARD_STATE_MUTE, PCSC_STATE_MUTE },
	{ "card absent", SCARD_ABSENT, PCSC_CARD_ABSENT },
	{ "card present", SCARD_PRESENT, PCSC_CARD_PRESENT },
	{ "card powered", SCARD_POWERED, PCSC_CARD_POWERED },
	{ "card negotiable", SCARD_NEGOTIABLE, PCSC_CARD_NEGOTIABLE },
	{ "allocate", (long)SCARD_AUTOALLOCATE, (long)PCSC_ALLOCATE },
	{ "infinite", INFINITE, PCSC_INFINITE },
	{ "ATR length", MAX_ATR_SIZE, PCSC_ATR_MAX },
};

START_TEST(each_number_is_pcsc_lites)
{
	ck_assert_msg(numbers[_i].theirs == numbers[_i].ours, "%s: %lx and %lx", numbers[_i].name, numbers[_i].theirs,
		      numbers[_i].ours);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_number_is_pcsc_lites, 0, (int)ARRAY_COUNT(numbers));
}

TEST_MAIN("card/softcard/winscard", add)
