/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a card's key is shown as a key container. An EC key may be both: it signs and agrees. An RSA key that decrypts
 * is a key-exchange key (which may sign, too), any other a signature key.
 */
#ifndef MDP_MINIDRIVER_DRV_CONTAINER_H
#define MDP_MINIDRIVER_DRV_CONTAINER_H

#include <stdbool.h>

#include "card/card.h"

/* Whether the container has a public key of its signature kind, and one of its key-exchange kind. */
bool drv_key_signs(const struct card_key_info *key);
bool drv_key_exchanges(const struct card_key_info *key);

#endif
