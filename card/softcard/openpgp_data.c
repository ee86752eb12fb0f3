/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELECT DATA, GET DATA, GET NEXT DATA and GET CHALLENGE (7.2.5 to 7.2.7, 7.2.15). */
#include "config.h"

#include <openssl/rand.h>

#include "base/ossl.h"
#include "card/softcard/openpgp_commands.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/tlv.h"

#define TAG_GENERAL_REFERENCE 0x60u
#define TAG_LIST 0x5Cu
#define SELECT_DATA_P2 0x04u

static uint32_t tag_of(const struct apdu *apdu)
{
	return (uint32_t)apdu->p1 << 8 | apdu->p2;
}

unsigned openpgp_select_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer UNUSED)
{
	static const uint8_t certificate[] = { 0x7F, 0x21 };
	struct span list;

	if (apdu->p1 >= OPENPGP_KEY_COUNT || apdu->p2 != SELECT_DATA_P2)
		return SW_WRONG_P1_P2;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (!tlv_only(apdu->data, TAG_GENERAL_REFERENCE, &list) || !tlv_only(list, TAG_LIST, &list))
		return SW_WRONG_DATA;
	if (!span_equal(list, span_of(certificate, sizeof(certificate))))
		return SW_NO_REFERENCE;
	openpgp->certificate = apdu->p1;
	return SW_OK;
}

/* 0103 is for who knows PW1, 0104 for who knows PW3 (4.4.2). */
static bool may_read(const struct openpgp *openpgp, uint32_t tag)
{
	if (tag == OPENPGP_TAG_PRIVATE + 2)
		return openpgp->pw1_other;
	return tag != OPENPGP_TAG_PRIVATE + 3 || openpgp->pw3;
}

unsigned openpgp_get_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	if (apdu->data.len != 0)
		return SW_WRONG_LENGTH;
	if (!may_read(openpgp, tag_of(apdu)))
		return SW_SECURITY_STATUS;
	return openpgp_build(store_state(openpgp->store), tag_of(apdu), openpgp->certificate, answer);
}

unsigned openpgp_get_next_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	if (apdu->data.len != 0)
		return SW_WRONG_LENGTH;
	if (tag_of(apdu) != OPENPGP_TAG_CERTIFICATE || openpgp->certificate + 1u >= OPENPGP_KEY_COUNT)
		return SW_NO_REFERENCE;
	openpgp->certificate++;
	return openpgp_build(store_state(openpgp->store), tag_of(apdu), openpgp->certificate, answer);
}

unsigned openpgp_get_challenge(struct openpgp *openpgp UNUSED, const struct apdu *apdu, struct secret *answer)
{
	if (apdu->p1 != 0 || apdu->p2 != 0)
		return SW_WRONG_P1_P2;
	if (apdu->data.len != 0 || apdu->le == 0 || apdu->le > OPENPGP_CHALLENGE_MAX)
		return SW_WRONG_LENGTH;
	return secret_alloc(answer, apdu->le) && RAND_bytes_ex(ossl_context(), answer->data, answer->len, 0) == 1
		       ? SW_OK
		       : SW_INTERNAL;
}
