/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2, 3.3.2). */
#include "config.h"

#include "card/softcard/keys.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/reference.h"
#include "card/softcard/tlv.h"

#define TAG_CONTROL 0xACu
#define TAG_ALGORITHM 0x80u
#define TAG_PARAMETER 0x81u
#define TAG_PUBLIC_KEY 0x7F49u

static const uint8_t usual_exponent[] = { 0x01, 0x00, 0x01 };

/* Which kind the control reference template asks for; NULL if it asks for none of the card's. */
static const struct key_kind *kind_asked(struct span data)
{
	const struct key_kind *kind;
	struct span control;
	struct span algorithm;
	struct span parameter;

	if (!tlv_only(data, TAG_CONTROL, &control) || !tlv_find(control, TAG_ALGORITHM, &algorithm) ||
	    algorithm.len != 1)
		return NULL;
	kind = key_kind_by_id(algorithm.data[0]);
	if (kind == NULL || !tlv_find(control, TAG_PARAMETER, &parameter) || parameter.len == 0)
		return kind;
	/*
	 * The parameter is the public exponent of RSA (SP 800-78-4, table 3-2: 65537 at least); this is the one we
	 * make.
	 */
	while (parameter.len > 1 && parameter.data[0] == 0)
		parameter = span_of(parameter.data + 1, parameter.len - 1);
	if (kind->family != KEY_FAMILY_RSA || !span_equal(parameter, span_of(usual_exponent, sizeof(usual_exponent))))
		return NULL;
	return kind;
}

unsigned piv_generate_key(struct piv *piv, const struct apdu *apdu, struct secret *answer)
{
	const size_t index = state_key_index(STATE_PIV, apdu->p2);
	const struct key_kind *kind;
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO_SECRET public_key = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	unsigned sw;

	if (apdu->p1 != 0 || index == STATE_NONE)
		return SW_WRONG_P1_P2;
	if (!piv->admin)
		return SW_SECURITY_STATUS;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	kind = kind_asked(apdu->data);
	if (kind == NULL)
		return SW_WRONG_DATA;
	if (!key_generate(kind, &pkcs8))
		return SW_INTERNAL;
	pkey = key_unpack(secret_span(&pkcs8));
	if (pkey == NULL || !key_put_public(pkey, &public_key) ||
	    !tlv_put(answer, TAG_PUBLIC_KEY, secret_span(&public_key)))
		return SW_INTERNAL;
	secret_move(&store_state(piv->store)->keys[index], &pkcs8);
	sw = reference_commit(piv->store);
	if (sw != SW_OK)
		secret_clear(answer);
	return sw;
}
