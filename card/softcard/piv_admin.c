/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card management key 9B: external, mutual and internal authentication (SP 800-73-4 part 2, 3.2.4 and
 * appendix A.1).
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <limits.h>

#include "base/ossl.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/tlv.h"

#define ALGORITHM_DEFAULT 0x00u /* an older name of 03; what asks for a random number uses it whatever the key */

static const struct admin_cipher {
	uint8_t algorithm;
	const char *name;
	size_t block_len;
} ciphers[] = {
	{ .algorithm = 0x03, .name = "DES-EDE3-ECB", .block_len = 8 },
	{ .algorithm = 0x08, .name = "AES-128-ECB", .block_len = 16 },
	{ .algorithm = 0x0A, .name = "AES-192-ECB", .block_len = 16 },
	{ .algorithm = 0x0C, .name = "AES-256-ECB", .block_len = 16 },
};

static void cipher_free(EVP_CIPHER **cipher)
{
	EVP_CIPHER_free(*cipher);
}

static void cipher_ctx_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static const struct admin_cipher *cipher_of(uint8_t algorithm)
{
	for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++)
		if (ciphers[i].algorithm == algorithm)
			return &ciphers[i];
	return NULL;
}

void piv_admin_forget(struct piv *piv)
{
	piv->admin = false;
	piv->admin_step = PIV_ADMIN_IDLE;
	secret_clear(&piv->nonce);
}

/* Encrypt one block with the card management key. */
static bool encrypt(const struct state *state, const struct admin_cipher *admin, struct span block, struct secret *out)
{
	AUTO(cipher_free) EVP_CIPHER *cipher = EVP_CIPHER_fetch(ossl_context(), admin->name, NULL);
	AUTO(cipher_ctx_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	return cipher != NULL && ctx != NULL && block.len == admin->block_len && secret_alloc(out, admin->block_len) &&
	       EVP_EncryptInit_ex2(ctx, cipher, state->admin_key.data, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	       EVP_EncryptUpdate(ctx, out->data, &len, block.data, (int)block.len) == 1 && (size_t)len == out->len;
}

/* Make a nonce of one block, to be answered by the next command. */
static bool draw_nonce(struct piv *piv, const struct admin_cipher *cipher)
{
	return secret_alloc(&piv->nonce, cipher->block_len) &&
	       RAND_bytes_ex(ossl_context(), piv->nonce.data, piv->nonce.len, 0) == 1;
}

/* 81 empty: the challenge of an external authentication; also where OpenSC takes random numbers from. */
static unsigned give_challenge(struct piv *piv, const struct admin_cipher *cipher, struct secret *answer)
{
	if (!draw_nonce(piv, cipher))
		return SW_INTERNAL;
	piv->admin_step = PIV_ADMIN_CHALLENGE;
	return piv_put_template(answer, PIV_CHALLENGE, secret_span(&piv->nonce));
}

/* 80 empty: the witness of a mutual authentication. */
static unsigned give_witness(struct piv *piv, const struct admin_cipher *cipher, struct secret *answer)
{
	AUTO_SECRET witness = SECRET_INIT;

	if (!draw_nonce(piv, cipher) ||
	    !encrypt(store_state(piv->store), cipher, secret_span(&piv->nonce), &witness))
		return SW_INTERNAL;
	piv->admin_step = PIV_ADMIN_WITNESS;
	return piv_put_template(answer, PIV_WITNESS, secret_span(&witness));
}

/* 82 with the encrypted challenge. */
static unsigned check_response(struct piv *piv, const struct admin_cipher *cipher, struct span nonce,
			       struct span response)
{
	AUTO_SECRET expected = SECRET_INIT;

	if (!encrypt(store_state(piv->store), cipher, nonce, &expected))
		return SW_INTERNAL;
	piv->admin = secret_equal(secret_span(&expected), response);
	return piv->admin ? SW_OK : SW_SECURITY_STATUS;
}

/* 80 with the decrypted witness and 81 with a challenge for the card. */
static unsigned check_witness(struct piv *piv, const struct admin_cipher *cipher, struct span nonce,
			      const struct piv_template *template, struct secret *answer)
{
	AUTO_SECRET response = SECRET_INIT;

	if (template->value[PIV_CHALLENGE].len != cipher->block_len)
		return SW_WRONG_DATA;
	piv->admin = secret_equal(nonce, template->value[PIV_WITNESS]);
	if (!piv->admin)
		return SW_SECURITY_STATUS;
	if (!encrypt(store_state(piv->store), cipher, template->value[PIV_CHALLENGE], &response))
		return SW_INTERNAL;
	return piv_put_template(answer, PIV_RESPONSE, secret_span(&response));
}

/* 81 with a challenge and 82 empty: the card proves that it knows the key. */
static unsigned prove(struct piv *piv, const struct admin_cipher *cipher, struct span challenge, struct secret *answer)
{
	AUTO_SECRET response = SECRET_INIT;

	if (challenge.len != cipher->block_len)
		return SW_WRONG_DATA;
	if (!encrypt(store_state(piv->store), cipher, challenge, &response))
		return SW_INTERNAL;
	return piv_put_template(answer, PIV_RESPONSE, secret_span(&response));
}

static bool is_empty(const struct piv_template *template, unsigned part)
{
	return template->has[part] && template->value[part].len == 0;
}

static bool is_full(const struct piv_template *template, unsigned part)
{
	return template->has[part] && template->value[part].len != 0;
}

unsigned piv_admin_authenticate(struct piv *piv, uint8_t algorithm, const struct piv_template *template,
				struct secret *answer)
{
	const uint8_t own = store_state(piv->store)->admin_algorithm;
	const struct admin_cipher *cipher = cipher_of(own);
	const enum piv_admin_step step = piv->admin_step;
	AUTO_SECRET nonce = SECRET_INIT;

	if (cipher == NULL || (algorithm != own && algorithm != ALGORITHM_DEFAULT))
		return SW_WRONG_P1_P2;
	/* One command answers a nonce or loses it: so the card's own proof can never be played back to it. */
	secret_move(&nonce, &piv->nonce);
	piv->admin_step = PIV_ADMIN_IDLE;
	if (template->has[PIV_EXPONENTIATION])
		return SW_WRONG_DATA;
	if (is_full(template, PIV_WITNESS) && is_full(template, PIV_CHALLENGE) && !is_full(template, PIV_RESPONSE))
		return step == PIV_ADMIN_WITNESS
			       ? check_witness(piv, cipher, secret_span(&nonce), template, answer)
			       : (unsigned)SW_CONDITIONS;
	if (is_empty(template, PIV_WITNESS) && !template->has[PIV_RESPONSE])
		return give_witness(piv, cipher, answer);
	if (template->has[PIV_WITNESS])
		return SW_WRONG_DATA;
	if (is_full(template, PIV_RESPONSE) && !template->has[PIV_CHALLENGE])
		return step == PIV_ADMIN_CHALLENGE
			       ? check_response(piv, cipher, secret_span(&nonce), template->value[PIV_RESPONSE])
			       : (unsigned)SW_CONDITIONS;
	if (is_full(template, PIV_CHALLENGE) && is_empty(template, PIV_RESPONSE))
		return prove(piv, cipher, template->value[PIV_CHALLENGE], answer);
	if (is_empty(template, PIV_CHALLENGE))
		return give_challenge(piv, cipher, answer);
	return SW_WRONG_DATA;
}
