/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The border between PKCS#11 (above) and the minidriver architecture (below). This is all that pkcs11/ knows
 * of what is inside: no type and no name of Windows shows here, and none of PKCS#11.
 *
 * Inside, the host side (host_*.c, the role of Windows' Smart Card Key Storage Provider) turns each call into
 * calls through the function table of CARD_DATA, and the driver side (drv_*.c, kdf_*.c, the minidriver)
 * serves the table over card/card.h. The bytes of an agreed secret Z never leave the driver side; the bytes of
 * a session key live only in the driver's session-key store.
 *
 * Common to all calls: a `ret_` argument is written on success only, unless its line says otherwise. Lengths
 * are bytes, except where the name ends in _bits or _count. Pointers passed in are borrowed for the call.
 *
 * Threads: every function may be called by any thread at any time, except where it ends the life of its
 * argument. A card's functions wait for each other (the driver's lock, held across card commands); the
 * functions of session keys, ciphers, MACs and digests never wait for a card. One md_cipher, md_mac or md_digest is
 * used by one thread at a time.
 */
#ifndef MDP_MINIDRIVER_MD_H
#define MDP_MINIDRIVER_MD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/md_error.h"

struct md;           /* the whole of it, between C_Initialize and C_Finalize */
struct md_card;      /* an acquired card: one CARD_DATA; counted */
struct md_agreement; /* an agreed secret inside the driver */
struct md_key;       /* a counted reference on a session key (CARD_KEY_HANDLE) */
struct md_mac;       /* a message authentication code under way */
struct md_digest;    /* a digest under way */

/* ---- start and end ------------------------------------------------------------------------------------- */

struct md_options {
	const char *app_name;  /* the block of opensc.conf that applies; not NULL */
	bool no_os_threads;    /* create no threads */
};

/*
 * Begin. Touches no card. Errors: MD_E_NO_MEMORY; MD_E_UNSUPPORTED_FEATURE when the libopensc found at run
 * time is not the version built for (the reason is logged).
 */
md_err md_open(const struct md_options *options, struct md **ret_md) MUST_USE;
/* End. Cards still held are released first, session keys destroyed and wiped. NULL is allowed. */
void md_close(struct md *md);
/* A switch of ours from opensc.conf (see card_ops.config_bool). */
bool md_config_bool(struct md *md, const char *name, bool fallback);

/* ---- readers ------------------------------------------------------------------------------------------- */

struct md_reader {
	char name[256];
	bool attached;
	bool card_present;
	bool removable;
	bool pinpad;
	unsigned long event; /* changes when the card does */
};

/* Look for readers; their indexes are stable and their count only grows. No card command. */
md_err md_readers_refresh(struct md *md, size_t *ret_count) MUST_USE;
/* What is known of a reader now. No card command. Errors: MD_E_UNKNOWN_READER. */
md_err md_reader_info(struct md *md, size_t reader, struct md_reader *ret_reader) MUST_USE;

struct md_watch;
/* Begin to wait, in one thread, for readers and cards that come and go. Errors: MD_E_NO_MEMORY. */
md_err md_watch_open(struct md *md, struct md_watch **ret_watch) MUST_USE;
/*
 * Return when something may have changed since the call before, the first time at once; no lock is held and no thread
 * made. False: md_watches_cancel() was called.
 */
bool md_watch_wait(struct md_watch *watch) MUST_USE;
/* NULL is allowed; before md_close(). */
void md_watch_close(struct md_watch *watch);
/* Every md_watch_wait() returns false from now on; to be repeated until all have. */
void md_watches_cancel(struct md *md);

/* ---- cards --------------------------------------------------------------------------------------------- */

#define MD_NO_INDEX ((size_t)-1)

struct md_version {
	uint8_t major;
	uint8_t minor;
};

struct md_card_info {
	char label[128]; /* NUL-terminated UTF-8, each */
	char manufacturer[128];
	char model[128];
	char serial[128];
	struct md_version hardware; /* 0.0: not known */
	struct md_version firmware;
	bool login_required;
};

enum md_public_type {
	MD_PUBLIC_RSA = 1,
	MD_PUBLIC_EC = 2,
	MD_PUBLIC_MONTGOMERY = 3, /* RFC 7748: X25519, X448; agrees only */
	MD_PUBLIC_EDWARDS = 4,    /* RFC 8032: Ed25519, Ed448; signs only */
};

enum md_usage { /* bits */
	MD_USE_SIGN = 1u << 0,
	MD_USE_SIGN_RECOVER = 1u << 1,
	MD_USE_DECRYPT = 1u << 2,
	MD_USE_UNWRAP = 1u << 3,
	MD_USE_DERIVE = 1u << 4,
	MD_USE_NON_REPUDIATION = 1u << 5,
};

enum md_padding { /* bits: how the card's RSA operations with a key can be padded */
	MD_PAD_NONE = 1u << 0,
	MD_PAD_PKCS1 = 1u << 1,
	MD_PAD_PSS = 1u << 2,
	MD_PAD_OAEP = 1u << 3,
};

/* A key container: one private key on the card, and what is public of it. Everything belongs to the card. */
struct md_container {
	enum md_public_type type;
	size_t bits;
	unsigned usage;        /* enum md_usage */
	unsigned paddings;     /* enum md_padding; RSA only */
	struct span id;
	const char *label;
	const char *public_label; /* of the public half */
	size_t pin;            /* index for md_pin_*; MD_NO_INDEX: none */
	bool always_authenticate;
	bool generated_on_card;
	struct span ec_params; /* DER ECParameters; not RSA */
	struct span ec_point;  /* EC: 04 || X || Y; MONTGOMERY, EDWARDS: the string of RFC 7748 or RFC 8032; not RSA */
	struct span modulus;   /* big-endian; RSA only */
	struct span public_exponent;
};

struct md_certificate {
	struct span id;
	const char *label;
	bool authority;
	bool is_private;  /* can be read after a PIN only */
	size_t container; /* MD_NO_INDEX: no key of this card belongs to it */
};

/* Bytes for an application. */
struct md_data {
	const char *label;
	const char *application;
	struct span oid;  /* contents octets of an OBJECT IDENTIFIER; empty: none */
	bool is_private;  /* can be read after a PIN only */
};

struct md_pin {
	const char *label;
	size_t min_len;
	size_t max_len;
	bool so;
	bool unblocks_only;  /* a PUK: it is never verified by itself, only used by md_pin_unblock */
	bool pad;            /* the reader (or the card) can ask for it by itself */
	size_t unblocked_by; /* MD_NO_INDEX: none does */
	bool initialized;
	int tries_max;  /* -1: not known */
	int tries_left; /* as last seen; -1: not known */
};

/*
 * Acquire the card in a reader (CardAcquireContext). The reference belongs to the caller.
 * Errors: MD_E_UNKNOWN_READER, MD_E_NO_SMARTCARD, MD_E_UNKNOWN_CARD, MD_E_SHARING_VIOLATION, MD_E_COMM_ERROR,
 * MD_E_NO_MEMORY.
 */
md_err md_card_acquire(struct md *md, size_t reader, struct md_card **ret_card) MUST_USE;
/* One more reference. */
struct md_card *md_card_hold(struct md_card *card);
/*
 * One less; the last one ends the context (CardDeleteContext), its agreements and its session keys. NULL is
 * allowed.
 */
void md_card_release(struct md_card *card);
/* Is it still the same card in the same reader? No card command. Errors: MD_W_REMOVED_CARD, MD_E_UNKNOWN_READER. */
md_err md_card_check(struct md_card *card) MUST_USE;

const struct md_card_info *md_card_info(struct md_card *card);
size_t md_container_count(struct md_card *card);
const struct md_container *md_container(struct md_card *card, size_t container); /* NULL: no such index */
size_t md_certificate_count(struct md_card *card);
const struct md_certificate *md_certificate(struct md_card *card, size_t certificate);
/*
 * The DER certificate, read from the card at most once; the bytes belong to the card. Errors:
 * MD_E_FILE_NOT_FOUND, MD_E_COMM_DATA_LOST.
 */
md_err md_certificate_read(struct md_card *card, size_t certificate, struct span *ret_der) MUST_USE;

size_t md_data_count(struct md_card *card);
const struct md_data *md_data(struct md_card *card, size_t data); /* NULL: no such index */
/*
 * The bytes of a data object, read from the card at most once; they belong to the card. None, if the card's directory
 * names an object that is not there. Errors: MD_E_FILE_NOT_FOUND (no such index), MD_W_CARD_NOT_AUTHENTICATED,
 * MD_E_COMM_DATA_LOST.
 */
md_err md_data_read(struct md_card *card, size_t data, struct span *ret_bytes) MUST_USE;

size_t md_pin_count(struct md_card *card);
/* A copy, because tries_left changes. Errors: MD_E_INVALID_PARAMETER. */
md_err md_pin_info(struct md_card *card, size_t pin, struct md_pin *ret_pin) MUST_USE;
/*
 * Have the card tell the tries left of a PIN, if that is not known; md_pin_info() gives them. Costs no try, and no card
 * command once it has been asked. Errors: MD_E_INVALID_PARAMETER (no such PIN), MD_W_REMOVED_CARD.
 */
md_err md_pin_ask(struct md_card *card, size_t pin) MUST_USE;
/*
 * Verify a PIN (CardAuthenticateEx); an empty span asks the reader's pad. At most one try is spent. Where opensc.conf
 * allows it (doc/pins.md) it is kept in locked memory until md_pin_logout, to be given again, once, to a card that has
 * forgotten it. One that only unblocks is not shown to the card but kept for md_pin_unblock, as is one that is the
 * security officer's.
 * Errors: MD_W_WRONG_CHV, MD_W_CHV_BLOCKED, MD_E_INVALID_PARAMETER (a length the card does not take: no try
 * spent), MD_E_CANCELLED, MD_E_NO_MEMORY (also: none could be locked for one that must be kept).
 */
md_err md_pin_verify(struct md_card *card, size_t pin, struct span value) MUST_USE;
/*
 * The same for the next use of a key that asks for its PIN each time: nothing is kept beyond that. Errors: the same;
 * MD_E_UNSUPPORTED_FEATURE for one that only unblocks.
 */
md_err md_pin_verify_once(struct md_card *card, size_t pin, struct span value) MUST_USE;
/*
 * Another value (CardChangeAuthenticatorEx); both empty: at the reader's pad. Whether the PIN counts as verified does
 * not change. Errors: as md_pin_verify, about the old value; MD_E_INVALID_PARAMETER and MD_E_INVALID_VALUE (characters)
 * also for the new one.
 */
md_err md_pin_change(struct md_card *card, size_t pin, struct span old_value, struct span new_value) MUST_USE;
/*
 * A new value and all tries for a PIN (CardChangeAuthenticatorEx), by the PIN that unblocks it: authority is its value;
 * empty: the one that md_pin_verify has kept, else at the reader's pad. One that the card refuses is kept no longer.
 * Errors: as md_pin_verify, about the authority; MD_E_UNSUPPORTED_FEATURE (none unblocks it),
 * MD_W_CARD_NOT_AUTHENTICATED (none was given or kept).
 */
md_err md_pin_unblock(struct md_card *card, size_t pin, struct span authority, struct span new_value) MUST_USE;
/*
 * Forget the PINs, here and on the card (CardDeauthenticateEx); a card that has no command for that is reset, so that
 * other programs that use it have to verify their PINs anew. Errors: the card's; what is kept here is wiped always.
 */
md_err md_pin_logout(struct md_card *card) MUST_USE;

/* ---- points -------------------------------------------------------------------------------------------- */

#define MD_POINT_MAX 133u /* 04 || X || Y on P-521, in bytes */

struct md_point {
	uint8_t bytes[MD_POINT_MAX]; /* 04 || X || Y; on a Montgomery curve a u-coordinate */
	size_t len;
};

/*
 * Read a peer's public point as callers write it: raw or in a DER OCTET STRING, uncompressed or compressed
 * (SEC 1, 2.3.4), and check that it is on the curve that params names and not infinity. On a Montgomery curve it is a
 * u-coordinate (RFC 7748, 5), raw or in a DER OCTET STRING or BIT STRING, and must not be of small order. No card involved.
 * Errors: MD_E_INVALID_PARAMETER (a point that is not one), MD_E_UNSUPPORTED_FEATURE (a curve OpenSSL does not
 * know, or one that has no agreement), MD_E_NO_MEMORY.
 */
md_err md_point_decode(struct span params, struct span encoded, struct md_point *ret_point) MUST_USE;

/* ---- agreement and derivation -------------------------------------------------------------------------- */

/*
 * ECDH by a container's key with a point from md_point_decode (CardConstructDHAgreement). One card operation.
 * Errors: MD_E_NO_KEY_CONTAINER, MD_W_SECURITY_VIOLATION (usage), MD_W_CARD_NOT_AUTHENTICATED, MD_E_NO_MEMORY
 * (256 agreements are alive), MD_W_REMOVED_CARD.
 */
md_err md_agree(struct md_card *card, size_t container, const struct md_point *peer,
		struct md_agreement **ret_agreement) MUST_USE;
/* End an agreement; its Z is wiped (CardDestroyDHAgreement). NULL is allowed. */
void md_agreement_destroy(struct md_agreement *agreement);
/* How many bytes Z has: the field's width. */
size_t md_agreement_secret_len(const struct md_agreement *agreement);

enum md_hash {
	MD_HASH_NONE = 0,
	MD_HASH_MD5,
	MD_HASH_SHA1,
	MD_HASH_SHA224,
	MD_HASH_SHA256,
	MD_HASH_SHA384,
	MD_HASH_SHA512,
	MD_HASH_SHA3_224,
	MD_HASH_SHA3_256,
	MD_HASH_SHA3_384,
	MD_HASH_SHA3_512,
	MD_HASH_SHA512_224,
	MD_HASH_SHA512_256,
	MD_HASH_BLAKE2B_160,
	MD_HASH_BLAKE2B_256,
	MD_HASH_BLAKE2B_384,
	MD_HASH_BLAKE2B_512,
	MD_HASH_SHAKE128, /* MD_KDF_XOF only */
	MD_HASH_SHAKE256,
	MD_HASH_COUNT
};

/* Bytes of the result; 0 for MD_HASH_NONE and for a number that is none. */
size_t md_hash_len(enum md_hash hash);
/* Whether the OpenSSL found at run time computes it; between md_open() and md_close(). */
bool md_hash_available(enum md_hash hash);

/* What a session key is for; it decides pwszAlgId and which lengths are possible. */
enum md_key_alg {
	MD_KEY_GENERIC = 0, /* any length of 1 byte or more */
	MD_KEY_AES,         /* 16, 24, 32 */
	MD_KEY_DES3,        /* 24; odd parity is set */
	MD_KEY_DES2,        /* 16; odd parity is set */
	MD_KEY_DES,         /* 8; odd parity is set */
	MD_KEY_RC2,         /* 1 to 128 */
	MD_KEY_RC4,         /* 1 to 256 */
	MD_KEY_CHACHA20,    /* 32 */
	MD_KEY_AES_XTS,     /* 32, 64: both keys */
	MD_KEY_ALG_COUNT
};

/*
 * The derivations that a secret can go through. Each reads the members of struct md_kdf_plan named behind it and no
 * other (those must be empty); `(x)`: may be empty. Z is the agreed secret or the base key, with the plan's second key
 * joined behind it. doc/derive-mapping.md: what each is in CARD_DERIVE_KEY.
 */
enum md_kdf {
	MD_KDF_RAW = 0,      /* the trailing key_len bytes of Z, big-endian (PKCS#11's truncation from the leading end) */
	MD_KDF_X963,         /* hash, (info): ANSI X9.63 / SEC 1 3.6.1; info = SharedInfo */
	MD_KDF_CONCAT,       /* hash, (info): NIST SP 800-56A one-step; info = OtherInfo */
	MD_KDF_HASH,         /* hash, (prepend), (append): H(prepend || Z || append), its leading bytes */
	MD_KDF_XOF,          /* hash = SHAKE: of any length */
	MD_KDF_HKDF,         /* hash, (salt or salt_key), (info): RFC 5869, both steps */
	MD_KDF_HKDF_EXTRACT, /* hash, (salt or salt_key): RFC 5869 2.2, the leading bytes */
	MD_KDF_HKDF_EXPAND,  /* hash, (info): RFC 5869 2.3, Z is the pseudorandom key */
	MD_KDF_SP800_108_COUNTER,  /* (hash), fields with one MD_FIELD_COUNTER; without a hash: AES-CMAC */
	MD_KDF_SP800_108_FEEDBACK, /* (hash), fields with one MD_FIELD_CHAIN, (salt) = K(0) */
	MD_KDF_SP800_108_PIPELINE, /* (hash), fields with one MD_FIELD_CHAIN */
	MD_KDF_TLS_PRF,      /* (hash), label, info = seed: RFC 5246 5 with a hash, RFC 2246 5 without */
	MD_KDF_JOIN,         /* (prepend), (append): prepend || Z || append, its leading bytes */
	MD_KDF_XOR,          /* info: Z XOR info, as long as the shorter, its leading bytes */
	MD_KDF_EXTRACT,      /* bit_offset: bits of Z from there on, around its end */
	MD_KDF_ENCRYPT,      /* info = whole blocks, (salt) = IV: info encrypted with Z, an AES or DES3 key; ECB or CBC */
	MD_KDF_PBKDF2,       /* hash, (salt), iterations: RFC 8018 5.2, Z is the password */
	MD_KDF_CAPI,         /* hash, (expand): CryptoAPI's way from H(Z) to a key, at most two hashes long */
	MD_KDF_COUNT
};

/* One part of what the PRF of SP 800-108 is given in each round. */
enum md_field_type {
	MD_FIELD_BYTES = 0, /* bytes */
	MD_FIELD_COUNTER,   /* the number of the round, from 1: width bytes (1 to 8) */
	MD_FIELD_CHAIN,     /* feedback: what the round before gave; pipeline: A(i) */
	MD_FIELD_KEY,       /* the bytes of key */
};
struct md_kdf_field {
	enum md_field_type type;
	struct span bytes;
	struct md_key *key; /* borrowed */
	size_t width;
	bool little_endian;
};

#define MD_FIELDS_MAX 32u

struct md_kdf_plan {
	enum md_kdf kdf;
	enum md_hash hash;
	struct span info;
	struct span salt;
	struct md_key *salt_key; /* borrowed; its bytes are the salt */
	struct span label;
	struct span prepend;
	struct span append;
	struct md_key *second;   /* borrowed; joins Z, whatever the derivation; NULL: none */
	const struct md_kdf_field *fields;
	size_t field_count;      /* MD_FIELDS_MAX at most */
	uint64_t iterations;
	size_t bit_offset;
	bool expand;             /* also where the hash is long enough */
	enum md_key_alg alg;
	size_t key_len;          /* bytes of the key */
};

/* The longest key the interface below can name: its length stands there in bits, in 32 of them. */
#define MD_KEY_LEN_MAX 0x1FFFFFFFu

/*
 * The most bytes a plan can give from a secret of secret_len bytes (key_len is not looked at), cut at what fits a
 * size_t. 0 for a derivation or hash that is not there.
 */
size_t md_kdf_max_len(const struct md_kdf_plan *plan, size_t secret_len);

/* How a derivation travels in CARD_DERIVE_KEY; a derivation may have two rows, the first being taken where it can. */
struct md_kdf_carrier {
	enum md_kdf kdf;
	char name[32];         /* pwszKDF */
	bool windows;          /* CNG's own; else an extension of ours */
	char parameters[256];  /* "KDF_HASH_ALGORITHM = hash, ..." in list order */
};
/* Row `index`; false past the end. */
bool md_kdf_carrier(size_t index, struct md_kdf_carrier *ret_carrier);

/*
 * Derive a session key from an agreement (CardDeriveKey, version 2, CARD_RETURN_KEY_HANDLE). The agreement
 * lives on. No card command. The key has one reference, the caller's. The plan's keys must be of the same card.
 * Errors: MD_E_INVALID_PARAMETER (a member the derivation does not read or lacks, length, hash, more than
 * MD_KEY_LEN_MAX bytes), MD_E_INVALID_HANDLE (a key of another card, or gone), MD_E_NO_MEMORY.
 */
md_err md_derive(struct md_agreement *agreement, const struct md_kdf_plan *plan, struct md_key **ret_key) MUST_USE;
/*
 * The same from a session key, which lives on; the new key is in the store of the same card. Takes no lock of a card.
 * Errors: as md_derive; MD_E_INVALID_PARAMETER also for MD_KDF_ENCRYPT with a key that is no block cipher's.
 */
md_err md_key_derive(struct md_key *base, const struct md_kdf_plan *plan, struct md_key **ret_key) MUST_USE;
/* The same from a password, which may be empty, into the store of `card`. Errors: as md_derive. */
md_err md_password_derive(struct md_card *card, struct span password, const struct md_kdf_plan *plan,
			  struct md_key **ret_key) MUST_USE;
/*
 * A session key of random bytes, in the store of `card`; DES keys get their parity. Errors: MD_E_INVALID_PARAMETER
 * (length), MD_E_NO_MEMORY, MD_E_UNEXPECTED (OpenSSL's generator).
 */
md_err md_key_generate(struct md_card *card, enum md_key_alg alg, size_t key_len, struct md_key **ret_key) MUST_USE;

/* ---- keys as CryptoAPI derives them -------------------------------------------------------------------- */

/* CryptDeriveKey's arguments: the hash, and the numbers that <minidriver/wincrypt.h> has for algorithm and flags. */
struct md_capi {
	enum md_hash hash;
	uint32_t alg_id;
	uint32_t flags; /* the key's length in bits in the upper half; 0: the usual one */
};

#define MD_CAPI_SALT_MAX 11u /* bytes */

/* What comes of them: the key, its salt, if it has one, included. */
struct md_capi_shape {
	enum md_key_alg alg;
	size_t key_len;
	size_t salt_len;
};

/*
 * Algorithms, lengths and salts are those of the RSA-AES provider. Errors: MD_E_INVALID_PARAMETER (hash, algorithm, length,
 * flags).
 */
md_err md_capi_shape(const struct md_capi *capi, struct md_capi_shape *ret_shape) MUST_USE;
/*
 * The key of the hash of a session key's bytes, or of data, which may be empty; ret_salt has room for MD_CAPI_SALT_MAX
 * bytes, of which the shape tells how many are written. Errors: as md_derive.
 */
md_err md_capi_derive(struct md_key *base, const struct md_capi *capi, struct md_key **ret_key,
		      uint8_t *ret_salt) MUST_USE;
md_err md_capi_derive_data(struct md_card *card, struct span data, const struct md_capi *capi, struct md_key **ret_key,
			   uint8_t *ret_salt) MUST_USE;

/* ---- session keys -------------------------------------------------------------------------------------- */

/* One more reference. */
struct md_key *md_key_hold(struct md_key *key);
/* One less; the last one destroys and wipes the key (CardDestroyKey). NULL is allowed. */
void md_key_release(struct md_key *key);
/* A number that this key, whoever holds it, has not given before: 0, 1, and so on. Nonces are made of it. */
uint64_t md_key_number(struct md_key *key);
/* Length of the key in bytes; known without asking the store. */
size_t md_key_len(const struct md_key *key);
enum md_key_alg md_key_alg(const struct md_key *key);
/*
 * The bytes of the key, for a caller whose rules allow it (CKA_SENSITIVE and CKA_EXTRACTABLE are kept above).
 * room must be at least md_key_len. Errors: MD_E_INSUFFICIENT_BUFFER, MD_E_INVALID_HANDLE (the card is gone).
 */
md_err md_key_read(const struct md_key *key, uint8_t *buffer, size_t room) MUST_USE;
#define MD_CHECK_VALUE_LEN 3u
/*
 * The key check value (PKCS#11 3.2 4.11, 6.8): the first bytes of a block of zeros encrypted with a block cipher's key,
 * of the SHA-1 hash of any other. Errors: MD_E_INVALID_HANDLE, MD_E_NO_MEMORY, MD_E_UNEXPECTED (OpenSSL).
 */
md_err md_key_check_value(struct md_key *key, uint8_t ret_value[MD_CHECK_VALUE_LEN]) MUST_USE;
/*
 * Make a session key of bytes, in the store of `card` (MDImportSessionKey). Errors: MD_E_INVALID_PARAMETER
 * (length), MD_E_NO_MEMORY.
 */
md_err md_key_import(struct md_card *card, enum md_key_alg alg, struct span value, struct md_key **ret_key) MUST_USE;

/* ---- ciphers of session keys --------------------------------------------------------------------------- */

/* What the mode's iv is stands behind it. */
enum md_cipher_mode {
	MD_CIPHER_ECB = 0,     /* none */
	MD_CIPHER_CBC,         /* a block; whole blocks only */
	MD_CIPHER_CBC_PAD,     /* a block; PKCS#7 padding */
	MD_CIPHER_CTS,         /* a block; ciphertext stealing, CS1 of SP 800-38A's addendum; a block of data or more */
	MD_CIPHER_CTR,         /* the first counter block, of which the last counter_bits count */
	MD_CIPHER_OFB,         /* a block */
	MD_CIPHER_CFB1,        /* a block */
	MD_CIPHER_CFB8,        /* a block */
	MD_CIPHER_CFB128,      /* a block */
	MD_CIPHER_GCM,         /* 1 to 128 bytes; tag_len 4, 8, 12 to 16; aad */
	MD_CIPHER_CCM,         /* 7 to 13 bytes; tag_len 4, 6 .. 16; aad; data_len */
	MD_CIPHER_XTS,         /* the tweak, 16 bytes; 16 bytes to 16 MiB of data */
	MD_CIPHER_KW,          /* RFC 3394; 8 bytes, or none for the RFC's; whole 8 bytes of data, 16 at least */
	MD_CIPHER_KWP,         /* RFC 5649; 4 bytes, or none for the RFC's; 1 byte of data at least */
	MD_CIPHER_KW_PKCS7,    /* PKCS#7 padding to 8 bytes, then RFC 3394; iv as KW; 8 bytes of data at least */
	MD_CIPHER_RC4,         /* none */
	MD_CIPHER_CHACHA20,    /* 16 bytes: a little-endian counter of counter_bits (32 or 64), the nonce */
	MD_CIPHER_CHACHA20_POLY1305, /* 12 bytes; tag_len 16; aad */
	MD_CIPHER_COUNT
};

struct md_cipher_params {
	enum md_cipher_mode mode;
	bool encrypt;
	struct span iv;
	struct span aad;         /* authenticated, not encrypted; any length */
	size_t tag_len;          /* bytes; the tag stands behind the encrypted data */
	size_t data_len;         /* CCM: plain text in all, without the tag */
	unsigned counter_bits;
	unsigned effective_bits; /* RC2: 1 to 1024 */
};

/* An encryption or decryption under way; all zero: none. Members are md's own. */
struct md_cipher {
	struct md_key *key; /* held */
	void *inside;
};

/*
 * Begin an encryption or decryption with a session key. The operation holds the key; params are copied.
 * Errors: MD_E_INVALID_PARAMETER (params), MD_E_UNSUPPORTED_FEATURE (the key has no such mode; or it needs OpenSSL's
 * legacy provider and nobody asked for that, see base/ossl.h), MD_E_INVALID_HANDLE, MD_E_NO_MEMORY.
 */
md_err md_cipher_begin(struct md_key *key, const struct md_cipher_params *params,
		       struct md_cipher *ret_cipher) MUST_USE;
/*
 * The whole message at once, instead of updates and a finish. out may be the input itself. *inout_len is the room on
 * entry and the length on return, written also on MD_E_INSUFFICIENT_BUFFER; out NULL asks for the most that can come
 * out. After these two the cipher is as it began, else it is at its end. What was written is wiped when the data turns
 * out not to be authentic.
 * Errors: MD_E_INVALID_PARAMETER (a length of the data that the mode does not have), MD_E_INVALID_VALUE (padding, or a
 * wrapping's check), MD_E_TAG_MISMATCH, MD_E_OVERFLOW (more data than the counter can count),
 * MD_E_INVALID_HANDLE (the key is gone).
 */
md_err md_cipher_once(struct md_cipher *cipher, struct span in, uint8_t *out, size_t *inout_len) MUST_USE;
/* How many bytes update(in_len) gives now. */
size_t md_cipher_update_len(const struct md_cipher *cipher, size_t in_len);
/* The most bytes that finish() can give now. */
size_t md_cipher_finish_len(const struct md_cipher *cipher);
/*
 * Feed input; out has room for md_cipher_update_len(in.len) and may be the input itself. *ret_len: written. Nothing
 * comes out before finish() when authenticated data is decrypted, and from CCM, XTS and the wrapping modes.
 * Errors: as md_cipher_once.
 */
md_err md_cipher_update(struct md_cipher *cipher, struct span in, uint8_t *out, size_t *ret_len) MUST_USE;
/* The end; out has room for md_cipher_finish_len(). Errors: as md_cipher_once. */
md_err md_cipher_finish(struct md_cipher *cipher, uint8_t *out, size_t *ret_len) MUST_USE;
/* End it at any point; what is left inside is wiped. *cipher is none afterwards, and may be before. */
void md_cipher_end(struct md_cipher *cipher);

/*
 * Unwrap a key with a session key; the bytes go from the cipher into the store. params.encrypt and params.data_len are
 * not looked at. key_len 0: as long as what comes out; else exactly that long, or in ECB and CBC (whose wrapping adds
 * zero bytes) less by less than a block. The new key is in the store of the wrapping key's card.
 * Errors: as md_cipher_begin and md_cipher_once; MD_E_INVALID_PARAMETER also for the length of the key for its
 * algorithm.
 */
md_err md_key_unwrap(struct md_key *wrapping, const struct md_cipher_params *params, struct span wrapped,
		     enum md_key_alg alg, size_t key_len, struct md_key **ret_key) MUST_USE;
/*
 * Wrap a session key with another; in ECB and CBC zero bytes are added up to whole blocks. params.encrypt and
 * params.data_len are not looked at. *inout_len is the room on entry and the length on return, written also on
 * MD_E_INSUFFICIENT_BUFFER (what is needed); buffer NULL asks for the length only. Errors: as md_key_unwrap.
 */
md_err md_key_wrap(struct md_key *wrapping, const struct md_cipher_params *params, struct md_key *key,
		   uint8_t *buffer, size_t *inout_len) MUST_USE;

/* ---- MACs and digests ---------------------------------------------------------------------------------- */

enum md_mac_kind {
	MD_MAC_HMAC = 0,     /* RFC 2104 with `hash`, not SHAKE and not a shorter BLAKE2b; any key */
	MD_MAC_CMAC,         /* SP 800-38B; a block cipher's key */
	MD_MAC_GMAC,         /* SP 800-38D with `iv`; an AES key */
	MD_MAC_TLS_FINISHED, /* PRF(key, label, data): `hash` (RFC 5246, 5), or MD5 and SHA-1 (RFC 2246, 5) for MD_HASH_NONE */
	MD_MAC_COUNT
};

#define MD_MAC_IV_MAX 128u      /* bytes of GMAC's iv: as many as OpenSSL takes */
#define MD_MAC_TLS_MAX 0xFFFFu  /* bytes that MD_MAC_TLS_FINISHED gives */

struct md_mac_params {
	enum md_mac_kind kind;
	enum md_hash hash;      /* MD_HASH_NONE for CMAC and GMAC */
	struct span iv;         /* GMAC: 1 byte or more; empty for the others */
	struct span label;      /* MD_MAC_TLS_FINISHED; empty for the others */
	size_t len;             /* bytes of the MAC: its first ones; 0: all there are, which the TLS kind does not have */
};

/*
 * Begin a MAC with a session key, which the operation holds. What params points to is read here only.
 * Errors: MD_E_INVALID_PARAMETER (kind, hash, iv, label, len), MD_E_UNSUPPORTED_FEATURE (a key of another kind),
 * MD_E_INVALID_HANDLE (the card is gone), MD_E_NO_MEMORY.
 */
md_err md_mac_begin(struct md_key *key, const struct md_mac_params *params, struct md_mac **ret_mac) MUST_USE;
/* Bytes of the MAC. */
size_t md_mac_len(const struct md_mac *mac);
/* Errors: MD_E_INVALID_HANDLE (the key was destroyed, the card is gone), MD_E_NO_MEMORY. */
md_err md_mac_update(struct md_mac *mac, struct span data) MUST_USE;
/*
 * The end, with the last data, which may be empty: md_mac_len() bytes, which may stand where the data stood. Errors: as
 * md_mac_update.
 */
md_err md_mac_finish(struct md_mac *mac, struct span last, uint8_t *out) MUST_USE;
/*
 * The end likewise, and whether the MAC is the expected one, compared in constant time. Errors: as md_mac_update;
 * MD_E_INVALID_PARAMETER (another length), MD_E_INVALID_VALUE (another MAC).
 */
md_err md_mac_verify(struct md_mac *mac, struct span last, struct span expected) MUST_USE;
/* Free; what is left inside is wiped, or kept in the key for its next MAC. NULL is allowed. */
void md_mac_free(struct md_mac *mac);

#define MD_DIGEST_MAX 64u /* bytes of the longest digest */

/*
 * Begin a digest on the driver side of `card`, where it may take a key's bytes. Errors: MD_E_INVALID_PARAMETER (no such
 * hash, SHAKE, or not in this OpenSSL), MD_E_INVALID_HANDLE (the card is gone), MD_E_NO_MEMORY.
 */
md_err md_digest_begin(struct md_card *card, enum md_hash hash, struct md_digest **ret_digest) MUST_USE;
/* Bytes of the digest. */
size_t md_digest_len(const struct md_digest *digest);
md_err md_digest_update(struct md_digest *digest, struct span data) MUST_USE;
/* The bytes of a session key, as if they were data. Errors: MD_E_INVALID_HANDLE (destroyed, or of another card). */
md_err md_digest_key(struct md_digest *digest, struct md_key *key) MUST_USE;
/* The end, with the last data, which may be empty: md_digest_len() bytes, which may stand where the data stood. */
md_err md_digest_finish(struct md_digest *digest, struct span last, uint8_t *out) MUST_USE;
/*
 * Forget the data and be ready for others. Errors: MD_E_INVALID_PARAMETER (bytes of a key went in: nothing of it may
 * stay), MD_E_INVALID_HANDLE (the card is gone), MD_E_UNEXPECTED.
 */
md_err md_digest_restart(struct md_digest *digest) MUST_USE;
/* A second digest that stands where the first does. Errors: MD_E_NO_MEMORY. */
md_err md_digest_copy(const struct md_digest *digest, struct md_digest **ret_digest) MUST_USE;
/* Free; what is left inside is wiped. NULL is allowed. */
void md_digest_free(struct md_digest *digest);

/* ---- RSA keys and public keys --------------------------------------------------------------------------- */

enum md_rsa_padding {
	MD_RSA_NONE = 0, /* the block as it is */
	MD_RSA_PKCS1,    /* RFC 8017 7.2, block type 2 */
	MD_RSA_OAEP,     /* RFC 8017 7.1 */
	MD_RSA_PADDING_COUNT
};

struct md_rsa_params {
	enum md_rsa_padding padding;
	enum md_hash hash; /* OAEP only, as the next two */
	enum md_hash mgf;  /* of its mask generation function MGF1 */
	struct span label;
};

/*
 * Decrypt by a container's RSA key (CardRSADecrypt); input is big-endian, of the modulus' length. One card operation.
 * buffer has room for the modulus; *ret_len is what was written. Errors: as md_agree; MD_E_INVALID_PARAMETER (length of
 * the input, hash), MD_E_INVALID_VALUE (the padding is wrong), MD_E_UNSUPPORTED_FEATURE (no RSA key, or the card
 * cannot).
 */
struct md_rsa_input {
	size_t container;
	const struct md_rsa_params *params;
	struct span bytes;
};
md_err md_rsa_decrypt(struct md_card *card, const struct md_rsa_input *input, uint8_t *buffer,
		      size_t *ret_len) MUST_USE;
/*
 * Decrypt a session key so (CardImportSessionKey): its bytes go into the store and nowhere else. key_len 0: as long as
 * it comes. Errors: as md_rsa_decrypt; MD_E_INVALID_VALUE also for a length that is not asked for or not of the
 * algorithm.
 */
md_err md_key_unwrap_rsa(struct md_card *card, const struct md_rsa_input *input, enum md_key_alg alg, size_t key_len,
			 struct md_key **ret_key) MUST_USE;

/* An RSA public key of anybody's, big-endian. */
struct md_rsa_public {
	struct span modulus;
	struct span exponent;
};
/* What is to be encrypted, and how. */
struct md_rsa_data {
	const struct md_rsa_params *params;
	struct span bytes;
};
/*
 * Encrypt a session key to an RSA public key. *inout_len as in md_key_wrap. Errors: MD_E_INVALID_PARAMETER (the key is
 * too long for the modulus, the public key is none), MD_E_INSUFFICIENT_BUFFER, MD_E_INVALID_HANDLE, MD_E_NO_MEMORY.
 */
md_err md_key_wrap_rsa(struct md_key *key, const struct md_rsa_public *to, const struct md_rsa_params *params,
		       uint8_t *buffer, size_t *inout_len) MUST_USE;
/*
 * Encrypt data to an RSA public key, through the card's context, without a card command. *inout_len as in md_key_wrap.
 * Without padding the data may be shorter than the modulus: zeros stand in front of it. Errors: MD_E_INVALID_PARAMETER
 * (the data is too long, the public key is none, label), MD_E_INVALID_VALUE (unpadded data that is no smaller number than
 * the modulus), MD_E_INSUFFICIENT_BUFFER, MD_E_INVALID_HANDLE (the card is gone), MD_E_NO_MEMORY.
 */
md_err md_public_encrypt(struct md_card *card, const struct md_rsa_public *to, const struct md_rsa_data *data,
			 uint8_t *buffer, size_t *inout_len) MUST_USE;

/*
 * ECDH of a key pair made for this once with a point from md_point_decode: Z comes as a generic session key in the
 * store of `card`, the pair's public point is *ret_public. No card command. Errors: MD_E_INVALID_PARAMETER,
 * MD_E_UNSUPPORTED_FEATURE (curve), MD_E_NO_MEMORY.
 */
md_err md_agree_ephemeral(struct md_card *card, struct span ec_params, const struct md_point *peer,
			  struct md_point *ret_public, struct md_key **ret_secret) MUST_USE;

/* ---- the card's other keys' work ----------------------------------------------------------------------- */

enum md_sign {
	MD_SIGN_ECDSA = 0,   /* data is a digest; the signature r || s */
	MD_SIGN_RSA_PKCS1,   /* PKCS#1 v1.5 block type 1 */
	MD_SIGN_EDDSA,       /* data is the message; the signature that of RFC 8032 (PureEdDSA) */
	MD_SIGN_RSA_RAW,     /* data is a number smaller than the modulus; zeros may be missing in front of it */
	MD_SIGN_RSA_PSS,     /* RFC 8017 8.1; data is a digest */
	MD_SIGN_COUNT
};

struct md_sign_params {
	enum md_sign scheme;
	/*
	 * MD_SIGN_RSA_PKCS1: what data is the digest of, and is put into a DigestInfo for; MD_HASH_NONE: data is a
	 * DigestInfo already, or any bytes that fit. MD_SIGN_RSA_PSS: what data is the digest of, never
	 * MD_HASH_NONE. Not looked at for the others.
	 */
	enum md_hash hash;
	enum md_hash mgf; /* MD_SIGN_RSA_PSS, as the next: of its mask generation function MGF1 */
	size_t salt_len;
};

/*
 * Sign by a container's key (CardSignData). *inout_len as in md_key_wrap; asking for the length sends no card
 * command.
 * Errors: as md_agree; MD_E_INVALID_PARAMETER (data too long for the key, or not a digest of `hash`, or the salt),
 * MD_E_INVALID_VALUE (MD_SIGN_RSA_RAW: no smaller number than the modulus), MD_E_UNSUPPORTED_FEATURE (key of the other
 * type, or the card cannot pad so).
 */
md_err md_sign(struct md_card *card, size_t container, const struct md_sign_params *params, struct span data,
	       uint8_t *signature, size_t *inout_len) MUST_USE;

/* ---- signatures and public keys ------------------------------------------------------------------------ */

/* A public key of anybody's. */
struct md_public {
	enum md_public_type type;
	struct md_rsa_public rsa; /* RSA only */
	struct span ec_params;    /* the others: DER ECParameters */
	struct span ec_point;     /* the point, also as md_point_decode takes it */
};

/* Bytes of a signature; 0: such a key verifies none (a curve nobody knows, or one that agrees only). */
size_t md_public_signature_len(const struct md_public *key);
/*
 * Verify by OpenSSL, through the card's context, without a card command. Errors: MD_E_INVALID_VALUE (it is not the
 * signature), MD_E_INVALID_PARAMETER (a length of the data that cannot have been signed so; the length of the signature;
 * a public key that is none), MD_E_UNSUPPORTED_FEATURE (key of the other type, curve), MD_E_INVALID_HANDLE (the card is
 * gone), MD_E_NO_MEMORY.
 */
struct md_signed {
	const struct md_sign_params *params;
	struct span data;
	struct span signature;
};
md_err md_public_verify(struct md_card *card, const struct md_public *key, const struct md_signed *what) MUST_USE;
/*
 * What a signature by MD_SIGN_RSA_PKCS1 without a hash, or by MD_SIGN_RSA_RAW, was made of; what->data is not read.
 * *inout_len as in md_key_wrap; buffer NULL asks for the most there can be. Errors: as md_public_verify.
 */
md_err md_public_recover(struct md_card *card, const struct md_public *key, const struct md_signed *what,
			 uint8_t *buffer, size_t *inout_len) MUST_USE;

/* Random bytes for C_GenerateRandom, from OpenSSL's generator. Errors: MD_E_UNEXPECTED. */
md_err md_random(uint8_t *buffer, size_t len) MUST_USE;

#endif
