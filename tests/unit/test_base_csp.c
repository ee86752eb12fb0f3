/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller of another house: it knows cardmod.h and nothing else of ours, and goes through a card as Windows' smart card
 * providers do, over the real libopensc and software cards of both kinds. It is given the two handles and the ATR; what
 * it finds it holds against the certificates with OpenSSL.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "card/card.h"
#include "minidriver/card_registry.h"
#include "minidriver/cardmod.h"
#include "tests/unit/ec_peer.h"
#include "tests/unit/softcard_fixture.h"
#include "tests/unit/test.h"

#define ck_assert_code(got, expected) ck_assert_uint_eq((DWORD)(got), (DWORD)(expected))
#define PIN "24680135"
#define BLOB_MAX 160u
#define HASH_LEN 32u
#define CONTAINERS_MAX 8u

/* libopensc 0.23 forgets its copy of the public key of an Edwards or Montgomery curve at each connection. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:sc_pkcs15_encode_pubkey_as_spki";
}

/* ---- what a provider gives the minidriver ----------------------------------------------------------- */

static size_t alive;

static LPVOID csp_alloc(SIZE_T size)
{
	void *block = malloc(size);

	alive += block != NULL ? 1 : 0;
	return block;
}

static LPVOID csp_realloc(LPVOID block, SIZE_T size)
{
	return realloc(block, size);
}

static void csp_free(LPVOID block)
{
	alive -= block != NULL ? 1 : 0;
	free(block);
}

/* ---- the card, and the two handles that stand for it ------------------------------------------------ */

static struct softcard_fixture fixture;
static struct card_system *card_system;
static struct card *connected;
static handle_t system_handle;
static handle_t card_handle;
static CARD_DATA md;

static void connect_card(const char *options)
{
	static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
	const struct card_ops *ops = card_default_ops();
	size_t count = 0;

	softcard_fixture_make(&fixture, options);
	ck_assert_int_eq(ops->system_open(&params, &card_system), CE_OK);
	ck_assert_int_eq(ops->readers_refresh(card_system, &count), CE_OK);
	ck_assert_int_eq(ops->connect(card_system, 0, &connected), CE_OK);
	system_handle = card_registry_add_system(card_system);
	card_handle = card_registry_add_card(system_handle, ops, connected);
}

static void acquire(DWORD version)
{
	static WCHAR name[] = u"some card";
	static BYTE atr[CRD_ATR_MAX];
	const struct card_info *info = card_default_ops()->info(connected);

	memcpy(atr, info->atr, info->atr_len);
	md = (CARD_DATA){ .dwVersion = version, .pbAtr = atr, .cbAtr = (DWORD)info->atr_len, .pwszCardName = name,
			  .pfnCspAlloc = csp_alloc, .pfnCspReAlloc = csp_realloc, .pfnCspFree = csp_free,
			  .hSCardCtx = system_handle, .hScard = card_handle };
	ck_assert_code(CardAcquireContext(&md, 0), ERROR_SUCCESS);
	ck_assert_uint_eq(md.dwVersion, version);
}

static void release(void)
{
	ck_assert_code(md.pfnCardDeleteContext(&md), ERROR_SUCCESS);
	ck_assert_uint_eq(alive, 0);
}

static void disconnect_card(void)
{
	const struct card_ops *ops = card_default_ops();

	card_registry_remove(card_handle);
	card_registry_remove(system_handle);
	ops->disconnect(connected);
	ops->system_close(card_system);
	softcard_fixture_end(&fixture);
}

/* ---- a container, as a provider sees it ------------------------------------------------------------- */

struct container {
	BYTE index;
	DWORD pin;             /* version 6: whose PIN; before: the user's */
	DWORD sign_bits;
	DWORD exchange_bits;
	CONTAINER_INFO keys;
	EVP_PKEY *certified;   /* the public key in the certificate; NULL: there is none */
};

static struct container containers[CONTAINERS_MAX];
static size_t container_count;

static EVP_PKEY *key_of_certificate(LPCSTR file)
{
	PBYTE der = NULL;
	DWORD len = 0;
	const unsigned char *at;
	EVP_PKEY *key;
	X509 *x509;
	const DWORD err = md.pfnCardReadFile(&md, szBASE_CSP_DIR, file, 0, &der, &len);

	if (err == SCARD_E_FILE_NOT_FOUND)
		return NULL;
	ck_assert_code(err, ERROR_SUCCESS);
	at = der;
	x509 = d2i_X509(NULL, &at, (long)len); /* not compressed: CardQueryCapabilities says that the card sees to that */
	ck_assert_ptr_nonnull(x509);
	ck_assert_ptr_eq(at, der + len);
	key = X509_get_pubkey(x509);
	X509_free(x509);
	csp_free(der);
	return key;
}

/* The certificate under each name that the container's keys give it. */
static void read_certificates(struct container *c)
{
	char name[12];

	if (c->sign_bits != 0) {
		(void)snprintf(name, sizeof(name), "%s%02u", szUSER_SIGNATURE_CERT_PREFIX, c->index);
		c->certified = key_of_certificate(name);
	}
	if (c->exchange_bits != 0) {
		EVP_PKEY *other;

		(void)snprintf(name, sizeof(name), "%s%02u", szUSER_KEYEXCHANGE_CERT_PREFIX, c->index);
		other = key_of_certificate(name);
		if (c->certified != NULL)
			ck_assert_int_eq(EVP_PKEY_eq(c->certified, other), 1);
		EVP_PKEY_free(c->certified);
		c->certified = other;
	}
}

static void open_container(BYTE index, const CONTAINER_MAP_RECORD *record)
{
	struct container *c = &containers[container_count++];
	DWORD len = 0;

	ck_assert_uint_lt(index, CONTAINERS_MAX);
	*c = (struct container){ .index = index, .pin = ROLE_USER, .sign_bits = record->wSigKeySizeBits,
				 .exchange_bits = record->wKeyExchangeKeySizeBits,
				 .keys = { .dwVersion = CONTAINER_INFO_CURRENT_VERSION } };
	ck_assert_code(md.pfnCardGetContainerInfo(&md, index, 0, &c->keys), ERROR_SUCCESS);
	ck_assert_uint_eq(c->keys.pbSigPublicKey != NULL, c->sign_bits != 0);
	ck_assert_uint_eq(c->keys.pbKeyExPublicKey != NULL, c->exchange_bits != 0);
	if (md.dwVersion >= CARD_DATA_VERSION_SIX) {
		ck_assert_code(md.pfnCardGetContainerProperty(&md, index, CCP_PIN_IDENTIFIER, (PBYTE)&c->pin,
							      sizeof(c->pin), &len, 0),
			       ERROR_SUCCESS);
	}
	read_certificates(c);
}

/* Read the map, and open every container that is valid. */
static void open_containers(void)
{
	CONTAINER_MAP_RECORD record;
	PBYTE map = NULL;
	DWORD len = 0;
	unsigned defaults = 0;

	container_count = 0;
	ck_assert_code(md.pfnCardReadFile(&md, szBASE_CSP_DIR, szCONTAINER_MAP_FILE, 0, &map, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len % sizeof(record), 0);
	for (DWORD i = 0; i < len / sizeof(record); i++) {
		memcpy(&record, map + i * sizeof(record), sizeof(record));
		defaults += (record.bFlags & CONTAINER_MAP_DEFAULT_CONTAINER) != 0 ? 1 : 0;
		ck_assert_uint_eq(record.wszGuid[MAX_CONTAINER_NAME_LEN], 0);
		if ((record.bFlags & CONTAINER_MAP_VALID_CONTAINER) != 0)
			open_container((BYTE)i, &record);
	}
	csp_free(map);
	ck_assert_uint_eq(defaults, 1);
}

static void close_containers(void)
{
	for (size_t i = 0; i < container_count; i++) {
		csp_free(containers[i].keys.pbSigPublicKey);
		csp_free(containers[i].keys.pbKeyExPublicKey);
		EVP_PKEY_free(containers[i].certified);
	}
}

/* ---- the public keys are those of the certificates -------------------------------------------------- */

static void check_rsa_blob(const BYTE *blob, DWORD len, const EVP_PKEY *key)
{
	const int bytes = EVP_PKEY_get_size(key);
	unsigned char modulus[512];
	RSA_PUBLICKEYBLOB header;
	BIGNUM *n = NULL;

	memcpy(&header, blob, sizeof(header));
	ck_assert_uint_eq(header.magic, RSA1_MAGIC);
	ck_assert_uint_eq(header.bitlen, (DWORD)EVP_PKEY_get_bits(key));
	ck_assert_uint_eq(len, sizeof(header) + (size_t)bytes);
	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	ck_assert_int_eq(BN_bn2lebinpad(n, modulus, bytes), bytes);
	ck_assert_mem_eq(blob + sizeof(header), modulus, (size_t)bytes);
	BN_free(n);
}

static void check_ec_blob(const BYTE *blob, DWORD len, const EVP_PKEY *key)
{
	unsigned char point[BLOB_MAX];
	BCRYPT_ECCKEY_BLOB header;
	size_t point_len = 0;

	memcpy(&header, blob, sizeof(header));
	ck_assert_uint_eq(len, sizeof(header) + 2 * header.cbKey);
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &point_len),
			 1);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		ck_assert_mem_eq(blob + sizeof(header), point + 1, point_len - 1);
	else
		ck_assert_mem_eq(blob + sizeof(header), point, point_len);
}

static bool is_rsa(const struct container *c)
{
	return c->certified != NULL && EVP_PKEY_get_base_id(c->certified) == EVP_PKEY_RSA;
}

static void check_public_keys(const struct container *c)
{
	void (*const check)(const BYTE *, DWORD, const EVP_PKEY *) = is_rsa(c) ? check_rsa_blob : check_ec_blob;

	if (c->certified == NULL)
		return;
	if (c->keys.pbSigPublicKey != NULL)
		check(c->keys.pbSigPublicKey, c->keys.cbSigPublicKey, c->certified);
	if (c->keys.pbKeyExPublicKey != NULL)
		check(c->keys.pbKeyExPublicKey, c->keys.cbKeyExPublicKey, c->certified);
}

/* ---- the PIN, before each use: some keys want that --------------------------------------------------- */

static void authenticate(const struct container *c)
{
	BYTE pin[] = PIN;
	DWORD attempts = 0;

	if (md.dwVersion < CARD_DATA_VERSION_SIX) {
		ck_assert_code(md.pfnCardAuthenticatePin(&md, wszCARD_USER_USER, pin, sizeof(pin) - 1, &attempts),
			       ERROR_SUCCESS);
		return;
	}
	if (c->pin != ROLE_EVERYONE) {
		ck_assert_code(md.pfnCardAuthenticateEx(&md, c->pin, CARD_PIN_SILENT_CONTEXT, pin, sizeof(pin) - 1, NULL,
							NULL, &attempts),
			       ERROR_SUCCESS);
	}
}

/* ---- signing ---------------------------------------------------------------------------------------- */

/* The key specification that goes with a public key, as a provider finds it: by the magic. */
static DWORD specification(const BYTE *blob, DWORD rsa)
{
	ULONG magic;

	memcpy(&magic, blob, sizeof(magic));
	switch (magic) {
	case BCRYPT_ECDSA_PUBLIC_P256_MAGIC:
		return AT_ECDSA_P256;
	case BCRYPT_ECDSA_PUBLIC_P384_MAGIC:
		return AT_ECDSA_P384;
	case BCRYPT_ECDSA_PUBLIC_P521_MAGIC:
		return AT_ECDSA_P521;
	default:
		return rsa;
	}
}

static void turn_round(BYTE *bytes, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		const BYTE kept = bytes[i];

		bytes[i] = bytes[len - 1 - i];
		bytes[len - 1 - i] = kept;
	}
}

static int verify_ecdsa(EVP_PKEY_CTX *context, const BYTE *hash, const BYTE *signature, DWORD len)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int der_len;
	int good;

	ck_assert_int_eq(ECDSA_SIG_set0(pair, BN_bin2bn(signature, (int)len / 2, NULL),
					BN_bin2bn(signature + len / 2, (int)len / 2, NULL)),
			 1);
	der_len = i2d_ECDSA_SIG(pair, &der);
	good = EVP_PKEY_verify(context, der, (size_t)der_len, hash, HASH_LEN);
	OPENSSL_free(der);
	ECDSA_SIG_free(pair);
	return good;
}

static int verify_rsa(EVP_PKEY_CTX *context, const BYTE *hash, BYTE *signature, DWORD len)
{
	turn_round(signature, len);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	return EVP_PKEY_verify(context, signature, len, hash, HASH_LEN);
}

/* The signature is by the certificate's key; data is a hash, or for Edwards curves the message. */
static bool signature_good(EVP_PKEY *key, const BYTE *data, BYTE *signature, DWORD len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	int good;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
		EVP_MD_CTX *message = EVP_MD_CTX_new();

		good = EVP_DigestVerifyInit(message, NULL, NULL, NULL, key) == 1 &&
		       EVP_DigestVerify(message, signature, len, data, HASH_LEN) == 1;
		EVP_MD_CTX_free(message);
	} else {
		ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
		good = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? verify_rsa(context, data, signature, len)
								 : verify_ecdsa(context, data, signature, len);
	}
	EVP_PKEY_CTX_free(context);
	return good == 1;
}

static DWORD sign(const struct container *c, BYTE hash[HASH_LEN], CARD_SIGNING_INFO *info)
{
	const bool own = c->keys.pbSigPublicKey != NULL;

	*info = (CARD_SIGNING_INFO){
		.dwVersion = CARD_SIGNING_INFO_BASIC_VERSION,
		.bContainerIndex = c->index,
		.dwKeySpec = own ? specification(c->keys.pbSigPublicKey, AT_SIGNATURE) : AT_KEYEXCHANGE,
		.aiHashAlg = CALG_SHA_256,
		.pbData = hash,
		.cbData = HASH_LEN,
	};
	return md.pfnCardSignData(&md, info);
}

static void sign_with(const struct container *c)
{
	BYTE hash[HASH_LEN] = "thirty-two bytes that are a hash";
	CARD_SIGNING_INFO info;

	authenticate(c);
	ck_assert_code(sign(c, hash, &info), ERROR_SUCCESS);
	if (c->certified != NULL)
		ck_assert(signature_good(c->certified, hash, info.pbSignedData, info.cbSignedData));
	csp_free(info.pbSignedData);
}

/* ---- decrypting and agreeing ------------------------------------------------------------------------ */

static void decrypt_with(const struct container *c)
{
	static const BYTE secret[] = "a session key";
	CARD_RSA_DECRYPT_INFO info = { .dwVersion = CARD_RSA_KEY_DECRYPT_INFO_VERSION_ONE, .bContainerIndex = c->index,
				       .dwKeySpec = AT_KEYEXCHANGE };
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(c->certified, NULL);
	unsigned char block[512];
	size_t len = sizeof(block);

	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(context, block, &len, secret, sizeof(secret)), 1);
	EVP_PKEY_CTX_free(context);
	turn_round(block, len);
	info.pbData = block;
	info.cbData = (DWORD)len;
	authenticate(c);
	ck_assert_code(md.pfnCardRSADecrypt(&md, &info), ERROR_SUCCESS);
	/* what a version 1 caller gets is the block, little-endian: RFC 8017, 7.2.1 */
	ck_assert_uint_eq(info.cbData, len);
	turn_round(block, len);
	ck_assert_uint_eq(block[0], 0);
	ck_assert_uint_eq(block[1], 2);
	ck_assert_uint_eq(block[len - sizeof(secret) - 1], 0);
	ck_assert_mem_eq(block + len - sizeof(secret), secret, sizeof(secret));
}

static const char *curve_name(const BCRYPT_ECCKEY_BLOB *header)
{
	switch (header->dwMagic) {
	case BCRYPT_ECDH_PUBLIC_P256_MAGIC:
		return "P-256";
	case BCRYPT_ECDH_PUBLIC_P384_MAGIC:
		return "P-384";
	case BCRYPT_ECDH_PUBLIC_P521_MAGIC:
		return "P-521";
	default:
		return "X25519";
	}
}

/* The point of a blob in the form that ec_peer has it. */
static struct span point_of(const BYTE *blob, DWORD len, BYTE point[BLOB_MAX])
{
	BCRYPT_ECCKEY_BLOB header;

	memcpy(&header, blob, sizeof(header));
	if (header.dwMagic == BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC)
		return span_of(blob + sizeof(header), header.cbKey);
	point[0] = 0x04;
	memcpy(point + 1, blob + sizeof(header), len - sizeof(header));
	return span_of(point, 1 + len - sizeof(header));
}

static DWORD blob_of(const BCRYPT_ECCKEY_BLOB *header, struct span point, BYTE blob[BLOB_MAX])
{
	const bool uncompressed = header->dwMagic != BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC;

	memset(blob, 0, BLOB_MAX);
	memcpy(blob, header, sizeof(*header));
	memcpy(blob + sizeof(*header), point.data + (uncompressed ? 1 : 0), point.len - (uncompressed ? 1 : 0));
	return (DWORD)(sizeof(*header) + 2 * header->cbKey);
}

static void derive_and_compare(BYTE index, const struct secret *z)
{
	WCHAR sha256[] = BCRYPT_SHA256_ALGORITHM;
	NCryptBuffer buffer = { sizeof(sha256), KDF_HASH_ALGORITHM, sha256 };
	NCryptBufferDesc list = { BCRYPTBUFFER_VERSION, 1, &buffer };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = BCRYPT_KDF_HASH,
				 .bSecretAgreementIndex = index, .pParameterList = &list };
	unsigned char expected[HASH_LEN];

	ck_assert_code(md.pfnCardDeriveKey(&md, &info), ERROR_SUCCESS);
	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA256", NULL, z->data, z->len, expected, NULL), 1);
	ck_assert_uint_eq(info.cbDerivedKey, HASH_LEN);
	ck_assert_mem_eq(info.pbDerivedKey, expected, HASH_LEN);
	csp_free(info.pbDerivedKey);
}

static void agree_with(const struct container *c)
{
	CARD_DH_AGREEMENT_INFO info = { .dwVersion = CARD_DH_AGREEMENT_INFO_VERSION, .bContainerIndex = c->index };
	AUTO_SECRET z = SECRET_INIT;
	BCRYPT_ECCKEY_BLOB header;
	struct ec_peer *peer;
	BYTE blob[BLOB_MAX];
	BYTE point[BLOB_MAX];

	memcpy(&header, c->keys.pbKeyExPublicKey, sizeof(header));
	peer = ec_peer_new(curve_name(&header));
	ec_peer_agree(peer, point_of(c->keys.pbKeyExPublicKey, c->keys.cbKeyExPublicKey, point), &z);
	info.dwPublicKey = blob_of(&header, ec_peer_point(peer), blob);
	info.pbPublicKey = blob;
	authenticate(c);
	ck_assert_code(md.pfnCardConstructDHAgreement(&md, &info), ERROR_SUCCESS);
	derive_and_compare(info.bSecretAgreementIndex, &z);
	ck_assert_code(md.pfnCardDestroyDHAgreement(&md, info.bSecretAgreementIndex, 0), ERROR_SUCCESS);
	ec_peer_free(peer);
}

/* ---- a whole card ----------------------------------------------------------------------------------- */

struct done {
	unsigned signatures;
	unsigned decryptions;
	unsigned agreements;
};

/* A key-exchange key of RSA may sign, too, where the card lets it. */
static bool sign_with_exchange_key(const struct container *c)
{
	BYTE hash[HASH_LEN] = "thirty-two bytes that are a hash";
	CARD_SIGNING_INFO info;
	DWORD err;

	authenticate(c);
	err = sign(c, hash, &info);
	if (err == SCARD_W_SECURITY_VIOLATION)
		return false;
	ck_assert_code(err, ERROR_SUCCESS);
	ck_assert(signature_good(c->certified, hash, info.pbSignedData, info.cbSignedData));
	csp_free(info.pbSignedData);
	return true;
}

/* A key of the card that exchanges: RSA decrypts, others agree (which a caller before version 5 cannot). */
static void exchange_with(const struct container *c, struct done *done)
{
	if (is_rsa(c)) {
		decrypt_with(c);
		done->decryptions++;
		done->signatures += sign_with_exchange_key(c) ? 1 : 0;
	} else if (md.dwVersion >= CARD_DATA_VERSION_FIVE) {
		agree_with(c);
		done->agreements++;
	}
}

static void check_identity(void)
{
	CARD_CACHE_FILE_FORMAT cache;
	PBYTE bytes = NULL;
	BYTE guid[16];
	DWORD len = 0;

	ck_assert_code(md.pfnCardReadFile(&md, NULL, szCACHE_FILE, 0, &bytes, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(cache));
	csp_free(bytes);
	ck_assert_code(md.pfnCardReadFile(&md, NULL, szCARD_IDENTIFIER_FILE, 0, &bytes, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(guid));
	if (md.dwVersion >= CARD_DATA_VERSION_SIX) {
		ck_assert_code(md.pfnCardGetProperty(&md, CP_CARD_GUID, guid, sizeof(guid), &len, 0), ERROR_SUCCESS);
		ck_assert_mem_eq(bytes, guid, sizeof(guid));
	}
	csp_free(bytes);
}

/* A card that can forget its PINs has: no key behind one works. */
static void check_deauthenticated(void)
{
	BYTE hash[HASH_LEN] = { 0 };

	if (md.pfnCardDeauthenticate(&md, wszCARD_USER_USER, 0) != ERROR_SUCCESS)
		return;
	for (size_t i = 0; i < container_count; i++) {
		CARD_SIGNING_INFO info;

		if (containers[i].keys.pbSigPublicKey == NULL || containers[i].pin == ROLE_EVERYONE)
			continue;
		ck_assert_code(sign(&containers[i], hash, &info), SCARD_W_CARD_NOT_AUTHENTICATED);
	}
}

static struct done go_through(DWORD version)
{
	struct done done = { 0 };

	acquire(version);
	check_identity();
	open_containers();
	for (size_t i = 0; i < container_count; i++) {
		check_public_keys(&containers[i]);
		if (containers[i].keys.pbSigPublicKey != NULL) {
			sign_with(&containers[i]);
			done.signatures++;
		}
		if (containers[i].keys.pbKeyExPublicKey != NULL)
			exchange_with(&containers[i], &done);
	}
	check_deauthenticated();
	close_containers();
	release();
	return done;
}

static void check_done(struct done done, struct done expected)
{
	ck_assert_uint_eq(done.signatures, expected.signatures);
	ck_assert_uint_eq(done.decryptions, expected.decryptions);
	ck_assert_uint_eq(done.agreements, expected.agreements);
}

START_TEST(a_provider_uses_a_piv_card_with_ec_keys)
{
	connect_card("--pin " PIN " --key 9a:EC:secp384r1 --key 9c:EC:prime256v1 --key 9d:EC:prime256v1");
	check_done(go_through(CARD_DATA_VERSION_SEVEN), (struct done){ .signatures = 2, .agreements = 1 });
}
END_TEST

START_TEST(a_provider_uses_a_piv_card_with_rsa_keys)
{
	connect_card("--pin " PIN " --key 9a:RSA:2048 --key 9c:RSA:2048 --key 9d:RSA:2048");
	check_done(go_through(CARD_DATA_VERSION_SEVEN), (struct done){ .signatures = 2, .decryptions = 3 });
}
END_TEST

START_TEST(older_providers_use_a_piv_card)
{
	connect_card("--pin " PIN " --key 9a:EC:prime256v1 --key 9d:EC:prime256v1");
	for (DWORD version = CARD_DATA_VERSION_FOUR; version < CARD_DATA_VERSION_SEVEN; version++) {
		const unsigned agreements = version >= CARD_DATA_VERSION_FIVE ? 1 : 0;

		check_done(go_through(version), (struct done){ .signatures = 1, .agreements = agreements });
	}
}
END_TEST

START_TEST(a_provider_uses_an_openpgp_card_with_rsa_keys)
{
	connect_card("--applet openpgp --pin " PIN " --key sig:RSA:2048 --key dec:RSA:2048");
	check_done(go_through(CARD_DATA_VERSION_SEVEN), (struct done){ .signatures = 1, .decryptions = 1 });
}
END_TEST

START_TEST(a_provider_uses_an_openpgp_card_with_curves_of_its_own)
{
	connect_card("--applet openpgp --pin " PIN " --key sig:Ed25519 --key dec:X25519 --key aut:EC:secp521r1");
	check_done(go_through(CARD_DATA_VERSION_SEVEN), (struct done){ .signatures = 2, .agreements = 1 });
}
END_TEST

START_TEST(an_openpgp_card_agrees_on_a_curve_of_nist)
{
	connect_card("--applet openpgp --pin " PIN " --key sig:EC:prime256v1 --key dec:EC:secp384r1");
	check_done(go_through(CARD_DATA_VERSION_SEVEN), (struct done){ .signatures = 1, .agreements = 1 });
}
END_TEST

static void setup(void)
{
	ck_assert(ossl_acquire()); /* the other side of the agreements computes there */
}

static void teardown(void)
{
	disconnect_card();
	ossl_release();
}

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_provider_uses_a_piv_card_with_ec_keys);
	tcase_add_test(tc, a_provider_uses_a_piv_card_with_rsa_keys);
	tcase_add_test(tc, older_providers_use_a_piv_card);
	tcase_add_test(tc, a_provider_uses_an_openpgp_card_with_rsa_keys);
	tcase_add_test(tc, a_provider_uses_an_openpgp_card_with_curves_of_its_own);
	tcase_add_test(tc, an_openpgp_card_agrees_on_a_curve_of_nist);
}

TEST_MAIN("minidriver/cardmod", add)
