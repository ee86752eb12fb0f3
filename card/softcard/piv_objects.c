/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/piv_objects.h"

#include <string.h>

#include "card/softcard/buffer.h"
#include "card/softcard/piv.h"
#include "card/softcard/tlv.h"

#define TAG_ERROR_DETECTION 0xFEu
#define TAG_CERTIFICATE 0x70u
#define TAG_CERTIFICATE_INFO 0x71u
#define CERTIFICATE_COMPRESSED 0x01u
#define TAG_AID 0x4Fu
#define TAG_PIN_POLICY 0x5F2Fu
#define FASC_N_DIGITS 40u
#define FASC_N_LEN 25u
#define CCC_IDENTIFIER_LEN 21u

static const uint8_t aid[] = { 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00 };
const struct span piv_aid = { aid, sizeof(aid) };

#define RID_LEN 5u /* bytes of the AID that name NIST; the rest is the application's own */

static const struct {
	uint8_t reference;
	uint32_t tag;
} certificate_tags[] = {
	{ .reference = PIV_KEY_AUTHENTICATION, .tag = 0x5FC105 },
	{ .reference = PIV_KEY_SIGNATURE, .tag = 0x5FC10A },
	{ .reference = PIV_KEY_MANAGEMENT, .tag = 0x5FC10B },
	{ .reference = PIV_KEY_CARD_AUTHENTICATION, .tag = 0x5FC101 },
};

#define CERTIFICATE_RETIRED_FIRST 0x5FC10Du

bool piv_build_property_template(struct secret *out)
{
	static const char label[] = "PIV software card";
	AUTO_SECRET authority = SECRET_INIT;
	AUTO_SECRET inner = SECRET_INIT;

	return tlv_put(&authority, TAG_AID, span_of(aid, RID_LEN)) &&
	       tlv_put(&inner, TAG_AID, span_of(aid + RID_LEN, sizeof(aid) - RID_LEN)) &&
	       tlv_put(&inner, 0x79, secret_span(&authority)) &&
	       tlv_put(&inner, 0x50, span_of(label, strlen(label))) && tlv_put(out, 0x61, secret_span(&inner));
}

/* Bits in the order they are sent: what a FASC-N is packed with. */
struct bits {
	uint8_t bytes[FASC_N_LEN];
	size_t count;
};

/* A digit of 4 bits, least significant first, and a bit that makes their number odd (TIG SCEPACS 2.2, 2.1). */
static void put_digit(struct bits *bits, unsigned digit)
{
	unsigned parity = 1;

	for (unsigned i = 0; i < 5; i++) {
		const unsigned bit = i < 4 ? digit >> i & 1 : parity;

		parity ^= bit;
		bits->bytes[bits->count / 8] |= (uint8_t)(bit << (7 - bits->count % 8));
		bits->count++;
	}
}

/*
 * SS agency FS system FS credential FS CS FS ICI FS PI OC OI POA ES LRC. Agency 9999 says that the card is
 * none of the federal government's and that its GUID identifies it.
 */
static void build_fasc_n(uint8_t fasc_n[FASC_N_LEN])
{
	enum { START = 0xB, SEPARATOR = 0xD, END = 0xF };
	static const uint8_t digits[FASC_N_DIGITS - 1] = {
		START, 9, 9, 9, 9, SEPARATOR, 9, 9, 9, 9, SEPARATOR, 9, 9, 9, 9, 9, 9, SEPARATOR, 0, SEPARATOR,
		1, SEPARATOR, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, END,
	};
	struct bits bits = { .count = 0 };
	unsigned check = 0;

	for (size_t i = 0; i < sizeof(digits); i++) {
		put_digit(&bits, digits[i]);
		check ^= digits[i];
	}
	put_digit(&bits, check);
	memcpy(fasc_n, bits.bytes, FASC_N_LEN);
}

bool piv_build_chuid(const uint8_t guid[STATE_GUID_LEN], struct secret *out)
{
	static const char expiry[] = "20991231";
	uint8_t fasc_n[FASC_N_LEN];
	AUTO_SECRET inner = SECRET_INIT;

	build_fasc_n(fasc_n);
	return tlv_put(&inner, 0x30, span_of(fasc_n, sizeof(fasc_n))) &&
	       tlv_put(&inner, 0x34, span_of(guid, STATE_GUID_LEN)) &&
	       tlv_put(&inner, 0x35, span_of(expiry, strlen(expiry))) && tlv_put(&inner, 0x3E, SPAN_EMPTY) &&
	       tlv_put(&inner, TAG_ERROR_DETECTION, SPAN_EMPTY) && tlv_put(out, PIV_OBJECT, secret_span(&inner));
}

bool piv_build_ccc(const uint8_t guid[STATE_GUID_LEN], struct secret *out)
{
	/* RID of NIST, manufacturer unknown, card type JavaCard (it could be any), then a number of its own. */
	uint8_t identifier[CCC_IDENTIFIER_LEN] = { 0xA0, 0x00, 0x00, 0x03, 0x08, 0xFF, 0x02 };
	static const uint8_t version = 0x21;
	static const uint8_t registered = 0x10; /* data model number, part 1, appendix A, table 8 */
	static const uint16_t empty_tags[] = { 0xF3, 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, TAG_ERROR_DETECTION };
	AUTO_SECRET inner = SECRET_INIT;
	static const uint8_t zero = 0;

	memcpy(identifier + 7, guid, sizeof(identifier) - 7);
	if (!tlv_put(&inner, 0xF0, span_of(identifier, sizeof(identifier))) ||
	    !tlv_put(&inner, 0xF1, span_of(&version, 1)) || !tlv_put(&inner, 0xF2, span_of(&version, 1)) ||
	    !tlv_put(&inner, 0xF3, SPAN_EMPTY) || !tlv_put(&inner, 0xF4, span_of(&zero, 1)) ||
	    !tlv_put(&inner, 0xF5, span_of(&registered, 1)))
		return false;
	for (size_t i = 1; i < ARRAY_COUNT(empty_tags); i++)
		if (!tlv_put(&inner, empty_tags[i], SPAN_EMPTY))
			return false;
	return tlv_put(out, PIV_OBJECT, secret_span(&inner));
}

bool piv_build_discovery(struct secret *out)
{
	static const uint8_t policy[] = { 0x40, 0x00 };
	AUTO_SECRET inner = SECRET_INIT;

	return tlv_put(&inner, TAG_AID, piv_aid) && tlv_put(&inner, TAG_PIN_POLICY, span_of(policy, sizeof(policy))) &&
	       tlv_put(out, PIV_TAG_DISCOVERY, secret_span(&inner));
}

bool piv_build_history(unsigned on_card, struct secret *out)
{
	const uint8_t on = (uint8_t)on_card;
	static const uint8_t off = 0;
	AUTO_SECRET inner = SECRET_INIT;

	return tlv_put(&inner, 0xC1, span_of(&on, 1)) && tlv_put(&inner, 0xC2, span_of(&off, 1)) &&
	       tlv_put(&inner, TAG_ERROR_DETECTION, SPAN_EMPTY) && tlv_put(out, PIV_OBJECT, secret_span(&inner));
}

bool piv_build_certificate(struct span certificate, struct secret *out)
{
	static const uint8_t plain = 0;
	AUTO_SECRET inner = SECRET_INIT;

	return tlv_put(&inner, TAG_CERTIFICATE, certificate) &&
	       tlv_put(&inner, TAG_CERTIFICATE_INFO, span_of(&plain, 1)) &&
	       tlv_put(&inner, TAG_ERROR_DETECTION, SPAN_EMPTY) && tlv_put(out, PIV_OBJECT, secret_span(&inner));
}

bool piv_read_certificate(struct span object, struct span *ret_certificate)
{
	struct span inner;
	struct span info;

	if (!tlv_only(object, PIV_OBJECT, &inner) || !tlv_find(inner, TAG_CERTIFICATE, ret_certificate))
		return false;
	return !tlv_find(inner, TAG_CERTIFICATE_INFO, &info) || info.len == 0 ||
	       (info.data[0] & CERTIFICATE_COMPRESSED) == 0;
}

uint32_t piv_certificate_tag(uint8_t reference)
{
	for (size_t i = 0; i < ARRAY_COUNT(certificate_tags); i++)
		if (certificate_tags[i].reference == reference)
			return certificate_tags[i].tag;
	if (reference < PIV_KEY_RETIRED_FIRST || reference > PIV_KEY_RETIRED_LAST)
		return 0;
	return CERTIFICATE_RETIRED_FIRST + reference - PIV_KEY_RETIRED_FIRST;
}
