/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an issuer does differently for one application and for another. */
#ifndef MDP_CARD_SOFTCARD_PERSONALISE_APPLET_H
#define MDP_CARD_SOFTCARD_PERSONALISE_APPLET_H

#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/personalise.h"

struct personalise_applet {
	size_t certificate_max; /* bytes of a certificate */
	/* Write a PIN, a PUK as the card keeps it. Errors: PERSONALISE_BAD_PIN, ..._BAD_PUK, ..._FAILED. */
	enum personalise_result (*set_pin)(struct secret *value, struct span pin);
	enum personalise_result (*set_puk)(struct secret *value, struct span puk);
	/* What a card without keys has, beside its PINs and its GUID. */
	enum personalise_result (*fill)(struct state *state, const struct personalise_card *card);
	bool (*may_hold)(uint8_t reference, const struct key_kind *kind);
	enum certificate_use (*use)(uint8_t reference);
	const char *(*slot_name)(uint8_t reference); /* NULL: two hexadecimal digits */
	/* What goes with a key that has just been put: its certificate (may be empty) and what the card says of it. */
	enum personalise_result (*keep)(struct state *state, const struct personalise_key *key, struct span certificate);
	bool (*certificate)(const struct state *state, uint8_t reference, struct span *ret_der);
};

extern const struct personalise_applet personalise_piv;
extern const struct personalise_applet personalise_openpgp;

#endif
