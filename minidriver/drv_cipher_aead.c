/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authenticated encryption: GCM, ChaCha20-Poly1305, and CCM, which works on whole messages only. The tag stands behind
 * the encrypted data. A whole message is decrypted into the caller's memory and wiped there if it was not authentic;
 * parts are gathered until then.
 */
#include "config.h"

#include "base/wipe.h"
#include "minidriver/drv_cipher_mode.h"

static DWORD once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const size_t tag_len = cipher->tag_len;

	if (cipher->encrypt) {
		*ret_most = in_len + tag_len;
		return *ret_most >= in_len ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
	}
	if (in_len < tag_len)
		return SCARD_E_INVALID_PARAMETER;
	*ret_most = in_len - tag_len;
	return ERROR_SUCCESS;
}

static DWORD get_tag(PCARD_EXT_CIPHER cipher, BYTE *out)
{
	return ossl_cipher_get_tag(&cipher->context, out, cipher->tag_len) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

/* The tag that must come out; OpenSSL copies it. */
static bool expect_tag(PCARD_EXT_CIPHER cipher, const BYTE *tag)
{
	return ossl_cipher_expect_tag(&cipher->context, span_of(tag, cipher->tag_len));
}

static DWORD finish(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	*ret_len = cipher->tag_len;
	return ossl_cipher_finish(&cipher->context) ? get_tag(cipher, out) : SCARD_E_UNEXPECTED;
}

static DWORD decrypt(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len)
{
	DWORD err;

	if (!expect_tag(cipher, in.data + len))
		return SCARD_E_UNEXPECTED;
	err = cipher_run_limited(cipher, span_of(in.data, len), out);
	if (err != ERROR_SUCCESS || ossl_cipher_finish(&cipher->context))
		return err;
	wipe(out, len);
	return STATUS_AUTH_TAG_MISMATCH;
}

static DWORD once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	const size_t len = *ret_len - (cipher->encrypt ? cipher->tag_len : 0);
	size_t tag_len;
	DWORD err = cipher_run(cipher, secret_span(&cipher->aad), NULL);

	if (err != ERROR_SUCCESS)
		return err;
	if (!cipher->encrypt)
		return decrypt(cipher, in, out, len);
	err = cipher_run_limited(cipher, in, out);
	return err != ERROR_SUCCESS ? err : finish(cipher, out + len, &tag_len);
}

static size_t update_len(const CARD_EXT_CIPHER *cipher UNUSED, size_t in_len)
{
	return in_len;
}

static DWORD update(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len UNUSED)
{
	return cipher_run_limited(cipher, in, out);
}

static size_t finish_len(const CARD_EXT_CIPHER *cipher)
{
	return cipher->tag_len;
}

const struct cipher_ops cipher_aead_ops = {
	.once_len = once_len,
	.once = once,
	.update_len = update_len,
	.update = update,
	.finish_len = finish_len,
	.finish = finish,
};

/* ---- CCM -------------------------------------------------------------------------------------------- */

static DWORD ccm_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const DWORD err = once_len(cipher, in_len, ret_most);

	if (err != ERROR_SUCCESS)
		return err;
	return (cipher->encrypt ? in_len : *ret_most) == cipher->data_len ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

/* OpenSSL wants the length, the authenticated data and all of the data, in one call each; none of them may be NULL. */
static bool ccm_feed(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out)
{
	const struct ossl_cipher_context *context = &cipher->context;
	const BYTE nothing[1] = { 0 };

	if (!ossl_cipher_set_data_len(context, in.len))
		return false;
	if (cipher->aad.len != 0 && !ossl_cipher_update(context, secret_span(&cipher->aad), NULL))
		return false;
	return ossl_cipher_update(context, span_of(in.len != 0 ? in.data : nothing, in.len), out);
}

static DWORD ccm_once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	const size_t len = cipher->data_len;
	BYTE nothing[1];

	if (out == NULL)
		out = nothing;
	*ret_len = len + (cipher->encrypt ? cipher->tag_len : 0);
	if (cipher->encrypt)
		return ccm_feed(cipher, in, out) ? get_tag(cipher, out + len) : SCARD_E_UNEXPECTED;
	if (!expect_tag(cipher, in.data + len))
		return SCARD_E_UNEXPECTED;
	if (ccm_feed(cipher, span_of(in.data, len), out))
		return ERROR_SUCCESS;
	wipe(out, len);
	return STATUS_AUTH_TAG_MISMATCH;
}

const struct cipher_ops cipher_ccm_ops = { .once_len = ccm_once_len, .once = ccm_once };
