/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contract between the minidriver layer (above) and whatever drives the cards (below).
 *
 * card/opensc_*.c implement it over libopensc; tests/fake/fake_card.c implements it in memory. Nothing of
 * libopensc shows here, and nothing of Windows or of PKCS#11.
 *
 * Common to all calls: a `ret_` argument is written on success only, unless its line says otherwise; structures
 * returned by pointer belong to the card and live until it is disconnected; lengths are bytes.
 *
 * Threads: one thread at a time in one `struct card` and in the list of readers of one `struct card_system`;
 * the layer above holds its locks for that. Two cards may be used by two threads at once.
 */
#ifndef MDP_CARD_H
#define MDP_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "card/card_error.h"

#define CRD_ATR_MAX 33u  /* ISO 7816-3: TS and at most 32 more */
#define CRD_ID_MAX 255u  /* PKCS#15 identifier, and CKA_ID */
#define CRD_NO_INDEX ((size_t)-1)

struct card_system; /* connection to the card service, and the list of readers */
struct card;        /* a card in a reader, connected and its contents known */
struct card_watch;  /* one thread's wait for readers and cards to come and go */

struct card_system_params {
	const char *app_name;  /* whose block of opensc.conf applies beside `default`; not NULL */
	bool no_os_threads;    /* no thread may be created by us or on our behalf */
};

struct card_reader_info {
	char name[256];     /* NUL-terminated UTF-8, as the card service calls the reader */
	bool attached;      /* false: the reader was unplugged; its index stays taken */
	bool card_present;
	bool removable;
	bool pinpad;        /* the reader can take a PIN by itself */
	unsigned long event; /* changes whenever the card in the reader does; equal numbers: the same card, not moved */
};

struct card_version {
	uint8_t major; /* 0.0: not known */
	uint8_t minor;
};

struct card_info {
	char label[128];        /* NUL-terminated UTF-8 */
	char manufacturer[128];
	char model[128];        /* the card driver's name for it */
	char serial[128];       /* as the card's own tools print it; unique for a card of that model */
	uint8_t atr[CRD_ATR_MAX];
	size_t atr_len;
	struct card_version hardware;
	struct card_version firmware;
	bool has_rng;
	bool login_required;    /* some key or object needs a PIN */
	bool pad;               /* a PIN can be taken by the reader, or by the card otherwise, without us */
	bool pin_caching;       /* the configuration of libopensc lets programs keep PINs (use_pin_caching) */
};

enum card_key_type {
	CRD_KEY_RSA = 1,
	CRD_KEY_EC = 2,
	CRD_KEY_MONTGOMERY = 3, /* RFC 7748: X25519, X448 */
	CRD_KEY_EDWARDS = 4,    /* RFC 8032: Ed25519, Ed448 */
};

/* What a private key may be used for (bits). */
enum card_key_usage {
	CRD_USE_SIGN = 1u << 0,
	CRD_USE_SIGN_RECOVER = 1u << 1,
	CRD_USE_DECRYPT = 1u << 2,
	CRD_USE_UNWRAP = 1u << 3,
	CRD_USE_DERIVE = 1u << 4,
	CRD_USE_NON_REPUDIATION = 1u << 5,
};

/* How RSA operations of a key can be padded (bits): what needs raw RSA is there if the card leaves padding to us. */
enum card_padding {
	CRD_PAD_NONE = 1u << 0,
	CRD_PAD_PKCS1 = 1u << 1,
	CRD_PAD_PSS = 1u << 2,
	CRD_PAD_OAEP = 1u << 3,
};

struct card_key_info {
	enum card_key_type type;
	size_t bits;               /* modulus, or field of the curve (255 and 448 for those of RFC 7748 and RFC 8032) */
	unsigned usage;            /* enum card_key_usage */
	struct span id;            /* 1..CRD_ID_MAX bytes; ties key, public key and certificate together */
	const char *label;         /* NUL-terminated UTF-8, not NULL */
	const char *public_label;  /* of the public half, if the card names it for itself; not NULL */
	size_t pin;                /* index of the PIN that allows its use; CRD_NO_INDEX: none */
	bool always_authenticate;  /* the PIN before every single use */
	unsigned paddings;         /* RSA: enum card_padding; else 0 */
	bool generated_on_card;    /* the card says that the private key has never been outside */
	struct span ec_params;     /* not RSA: DER ECParameters (a named curve's OID; RFC 8410, 3); RSA: empty */
	/*
	 * EC: 04 || X || Y; MONTGOMERY: the u-coordinate and EDWARDS: the point as strings of RFC 7748, 5, and
	 * RFC 8032, 3.1, which begin with the least significant byte; empty if the card does not give the public key.
	 */
	struct span ec_point;
	struct span modulus;       /* RSA: big-endian without leading zeros, empty if not given */
	struct span public_exponent; /* RSA: same form */
};

struct card_cert_info {
	struct span id;
	const char *label;
	bool authority;
	bool is_private;       /* can be read after a PIN only */
	size_t key;            /* index of the private key with the same id; CRD_NO_INDEX: none */
};

/* Bytes for an application, of which the card knows no more than a name. */
struct card_data_info {
	const char *label;       /* NUL-terminated UTF-8, not NULL */
	const char *application; /* the same */
	struct span oid;         /* contents octets of an OBJECT IDENTIFIER (X.690, 8.19); empty: the card names none */
	bool is_private;         /* can be read after a PIN only */
};

struct card_pin_info {
	const char *label;
	size_t min_len;
	size_t max_len;
	bool local;            /* a PIN of this application only */
	bool so;               /* a security officer's PIN or PUK: it unblocks or administers, it does not log a user in */
	bool unblocks_only;    /* a PUK: the card takes it with a new PIN, and cannot verify it by itself */
	bool initialized;
	int tries_max;         /* -1: not known */
	int tries_left;        /* as last seen; -1: not known */
	size_t unblocked_by;   /* index of the PIN (PUK) that unblocks this one; CRD_NO_INDEX: none */
};

struct card_ops {
	/*
	 * Connect to the card service and read the configuration. Touches no card. A service that is not running
	 * is not an error: the list of readers is empty then.
	 * Errors: CE_NO_MEMORY; CE_NOT_SUPPORTED if the library found at run time is not the one built for;
	 * CE_NO_SERVICE if the PC/SC library named in the configuration cannot be loaded.
	 */
	card_err (*system_open)(const struct card_system_params *params, struct card_system **ret_system);
	/* Close it. Every card of it must have been disconnected. NULL is allowed. */
	void (*system_close)(struct card_system *system);
	/*
	 * A switch of ours from the configuration: `name` in the block `minidriver` of the application's block of
	 * opensc.conf (app minidriver-pkcs11 { minidriver { NAME = true; } }), else of app default; else `fallback`.
	 */
	bool (*config_bool)(struct card_system *system, const char *name, bool fallback);

	/*
	 * Look which readers there are. Indexes are stable: a reader keeps its index until system_close, also when
	 * it is unplugged and plugged in again, and the count only grows. Sends no card command.
	 * Errors: CE_NO_MEMORY.
	 */
	card_err (*readers_refresh)(struct card_system *system, size_t *ret_count);
	/*
	 * What is known of a reader, and whether a card is in it now. Sends no card command.
	 * Errors: CE_NO_READER for an index that never was one; a reader that is unplugged is a success,
	 * `attached` false.
	 */
	card_err (*reader_info)(struct card_system *system, size_t reader, struct card_reader_info *ret_info);

	/*
	 * Begin to wait for readers and cards that come and go, in one thread; several may, each with a watch of its
	 * own. No lock need be held for the four functions of watches, and watch_wait() holds none.
	 * Errors: CE_NO_MEMORY.
	 */
	card_err (*watch_open)(struct card_system *system, struct card_watch **ret_watch);
	/*
	 * Return when something may have changed since the call before; the first time at once. It may also return
	 * early. A service that does not run is waited for. Returns false if watches_cancel() was called. No thread is
	 * made.
	 */
	bool (*watch_wait)(struct card_watch *watch);
	/* NULL is allowed. */
	void (*watch_close)(struct card_watch *watch);
	/*
	 * Make every watch_wait() return false, from now on until system_close. One that is just about to wait may miss
	 * it: to be repeated until they all have returned.
	 */
	void (*watches_cancel)(struct card_system *system);

	/*
	 * Connect the card in a reader, find its driver, and read what is on it (keys, PINs, the names of the rest).
	 * One card at a time is connected in a reader: the one before, also if it was taken out, is
	 * disconnected first.
	 * Errors: CE_NO_READER, CE_NO_CARD, CE_UNKNOWN_CARD, CE_SHARING (also if that rule is broken), CE_TRANSMIT,
	 * CE_CARD, CE_NO_MEMORY; CE_NOT_SUPPORTED if the library's structures are not those built for.
	 */
	card_err (*connect)(struct card_system *system, size_t reader, struct card **ret_card);
	/*
	 * Let go of a card, which may be gone already; PINs verified by us are forgotten by the card if it can.
	 * NULL is allowed.
	 */
	void (*disconnect)(struct card *card);
	/*
	 * Whether it is still the same card in the same reader, without a card command. Errors: CE_CARD_REMOVED,
	 * CE_NO_READER.
	 */
	card_err (*check)(struct card *card);

	const struct card_info *(*info)(struct card *card);
	size_t (*key_count)(struct card *card);
	const struct card_key_info *(*key)(struct card *card, size_t key); /* NULL: no such index */
	size_t (*cert_count)(struct card *card);
	const struct card_cert_info *(*cert)(struct card *card, size_t cert);
	size_t (*data_count)(struct card *card);
	const struct card_data_info *(*data)(struct card *card, size_t data); /* NULL: no such index */
	size_t (*pin_count)(struct card *card);
	const struct card_pin_info *(*pin)(struct card *card, size_t pin);

	/*
	 * The DER certificate. Read from the card at most once; the bytes belong to the card structure.
	 * Errors: CE_NOT_FOUND, CE_NOT_AUTHENTICATED, CE_DATA_INVALID, and the card's.
	 */
	card_err (*cert_read)(struct card *card, size_t cert, struct span *ret_der);
	/*
	 * The bytes of a data object, read from the card at most once; they belong to the card structure. An object that
	 * the directory names and the card has not is empty.
	 * Errors: CE_NOT_FOUND (no such index), CE_NOT_AUTHENTICATED, and the card's.
	 */
	card_err (*data_read)(struct card *card, size_t data, struct span *ret_bytes);

	/*
	 * Hold the card for several calls: other programs wait until the matching end. May be nested.
	 * Errors: CE_CARD_REMOVED, CE_NO_READER, CE_SHARING, CE_CARD.
	 */
	card_err (*begin)(struct card *card);
	void (*end)(struct card *card);

	/*
	 * Have the card tell the tries left of a PIN, if that is not known: pin()->tries_left is renewed. Costs no try,
	 * and once it has been asked no command; a card that does not tell leaves it at -1.
	 * Errors: CE_NOT_FOUND, CE_CARD_REMOVED, CE_NO_READER, CE_SHARING, CE_CARD.
	 */
	card_err (*pin_ask)(struct card *card, size_t pin);
	/*
	 * Verify a PIN; an empty span asks the reader's own pad. One verification is spent at most.
	 * *ret_tries_left (may be NULL) is written on success and on CE_PIN_WRONG; -1: not known.
	 * Errors: CE_PIN_WRONG, CE_PIN_BLOCKED, CE_PIN_LENGTH (before the card is asked), CE_NOT_FOUND,
	 * CE_NOT_SUPPORTED (one that only unblocks), CE_CANCELLED, CE_TIMEOUT.
	 */
	card_err (*pin_verify)(struct card *card, size_t pin, struct span value, int *ret_tries_left);
	/*
	 * Another value for a PIN, or a PUK, whose value is known: one try of it is spent at most. Both empty: asked
	 * for by the reader's own pad. *ret_tries_left as in pin_verify.
	 * Errors: as pin_verify; CE_PIN_LENGTH and CE_DATA_INVALID (characters) for the new value, before the card is
	 * asked wherever that is known.
	 */
	card_err (*pin_change)(struct card *card, size_t pin, struct span old_value, struct span new_value,
			       int *ret_tries_left);
	/*
	 * Give a PIN a value and all its tries, with `authority`, the value of the PIN that unblocks it (which is
	 * verified first unless it only unblocks); empty: asked for by the reader's own pad. One try of that one is
	 * spent at most, and *ret_tries_left and CE_PIN_* are about it.
	 * Errors: as pin_change; CE_NOT_SUPPORTED for a PIN that none unblocks.
	 */
	card_err (*pin_unblock)(struct card *card, size_t pin, struct span authority, struct span new_value,
				int *ret_tries_left);
	/*
	 * Ask the card whether a PIN counts as verified now, whoever gave it; pin()->tries_left is renewed. Costs no
	 * try. Errors: CE_NOT_FOUND, CE_NOT_SUPPORTED (the card or its driver does not tell), the card's.
	 */
	card_err (*pin_status)(struct card *card, size_t pin, bool *ret_verified);
	/* Make the card forget every PIN it was given. Errors: CE_NOT_SUPPORTED if only a reset can; the card's. */
	card_err (*logout)(struct card *card);
	/*
	 * Reset the card: it forgets every PIN, whoever gave it, and its other users find it reset.
	 * Errors: CE_SHARING (another program is in the middle of something with it), CE_NOT_SUPPORTED, the card's.
	 */
	card_err (*reset)(struct card *card);

	/*
	 * ECDH, the x-coordinate of the shared point: big-endian, of the field's full width. For a MONTGOMERY key
	 * the string that X25519 or X448 gives (RFC 7748, 6), 32 or 56 bytes, never all zero.
	 * peer is 04 || X || Y on the key's curve, which the caller has checked; for a MONTGOMERY key the other
	 * side's u-coordinate as such a string. Leaves the card as it was: no file, no object, whatever the driver
	 * could do.
	 * Errors: CE_NOT_FOUND (key), CE_NOT_ALLOWED (usage), CE_NOT_SUPPORTED (RSA, EDWARDS), CE_NOT_AUTHENTICATED,
	 * CE_DATA_INVALID (also a secret of zeros: the peer's point is of small order).
	 */
	card_err (*ecdh)(struct card *card, size_t key, struct span peer, struct secret *ret_z);
	/*
	 * A signature over input that is ready for the key: EC: a digest, and the result is r || s of the field's
	 * full width each; RSA: a block of the modulus' length, and the result is the same length (raw RSA);
	 * EDWARDS: the message, and the result is that of RFC 8032 (64 or 114 bytes).
	 * A card that computes no raw RSA, but pads by itself, is given what a block of PKCS #1 v1.5 holds.
	 * room is the size of signature; *ret_len is what was written.
	 * Errors: as ecdh; CE_BUFFER; CE_NOT_SUPPORTED also for a block of another padding on such a card.
	 */
	card_err (*sign_raw)(struct card *card, size_t key, struct span input, uint8_t *signature, size_t room,
			     size_t *ret_len);
	/*
	 * The raw RSA private operation on a block of the modulus' length; the result is a secret of that
	 * length. A card that takes PKCS #1 v1.5's padding off by itself gives the message: the block around it is
	 * then made anew (00 02 FF..FF 00), and any other padding fails. Errors: as ecdh.
	 */
	card_err (*rsa_decrypt_raw)(struct card *card, size_t key, struct span input, struct secret *ret_block);
};

/*
 * The implementation this program was linked with: libopensc's in the module, the fake one in most unit tests.
 */
const struct card_ops *card_default_ops(void);

#endif
