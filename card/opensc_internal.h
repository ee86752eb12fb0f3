/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of card/opensc_*.c share: the structures behind card.h's two opaque names, and the two brackets
 * that every call into libopensc stands in.
 *
 * Each function of the table card_ops opens one bracket; what it calls inside (names without `op_`) expects it
 * open. The brackets lead libopensc's own use of OpenSSL to our private library context, and tell a thread that
 * looks at the readers which of them is being talked to.
 */
#ifndef MDP_CARD_OPENSC_INTERNAL_H
#define MDP_CARD_OPENSC_INTERNAL_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/ossl.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "card/card.h"
#include "card/opensc_compat.h"

/* A reader that libopensc listed once. Freed with the system only, so pointers to it stay good. */
struct reader_slot {
	sc_reader_t *reader;  /* libopensc's; it keeps a reader's structure when the reader is unplugged */
	unsigned long event;
	bool attached;
	bool present;
	bool busy;            /* a thread is inside libopensc with the card of this reader */
	bool secret;          /* it is there for something that moves a PIN or a shared secret */
	size_t secret_len;    /* the length of the secret that the card will answer with; 0: none */
	bool connected;       /* a struct card exists for it */
	const struct sc_reader_operations *own_ops; /* libopensc's functions for the reader */
	struct sc_reader_operations ops;            /* the same, with our transmit in front: opensc_transmit.c */
};

struct card_system {
	sc_context_t *ctx;
	struct lock lock;     /* the slots, and libopensc's calls on readers; not held while a card is talked to */
	struct reader_slot **slots;
	size_t slot_count;
	struct card_watch *watches; /* those that wait for readers and cards */
	bool watches_cancelled;
	const char *trouble;  /* with the card service, as the log was told; NULL: none */
	unsigned secret_calls; /* how many threads are in a SECRET_CALL() */
	int debug;            /* libopensc's level of logging, while it is off for them */
};

struct key_entry {
	struct card_key_info info;
	const struct sc_pkcs15_object *object;
	struct sc_pkcs15_pubkey *public_key; /* owned; NULL if the card does not give it */
	char label[SC_PKCS15_MAX_LABEL_SIZE + 1];
	char public_label[SC_PKCS15_MAX_LABEL_SIZE + 1];
};

struct cert_entry {
	struct card_cert_info info;
	const struct sc_pkcs15_object *object;
	uint8_t *der;         /* owned; NULL until it has been read */
	size_t der_len;
	char label[SC_PKCS15_MAX_LABEL_SIZE + 1];
};

struct data_entry {
	struct card_data_info info;
	const struct sc_pkcs15_object *object;
	uint8_t *oid;         /* owned */
	uint8_t *bytes;       /* owned; NULL until it has been read */
	size_t len;
	char label[SC_PKCS15_MAX_LABEL_SIZE + 1];
	char application[SC_PKCS15_MAX_LABEL_SIZE + 1];
};

struct pin_entry {
	struct card_pin_info info;
	bool asked; /* for the tries left */
	struct sc_pkcs15_object *object;
	char label[SC_PKCS15_MAX_LABEL_SIZE + 1];
};

struct card {
	struct card_system *system;
	struct reader_slot *slot;
	unsigned long event;  /* of the slot, when the card was connected */
	sc_card_t *sc;
	sc_pkcs15_card_t *p15;
	struct card_info info;
	struct key_entry *keys;
	size_t key_count;
	struct cert_entry *certs;
	size_t cert_count;
	struct data_entry *data;
	size_t data_count;
	struct pin_entry *pins;
	size_t pin_count;
	unsigned held;        /* begin() without its end() */
	bool verified;        /* the card took a PIN from us */
	OSSL_LIB_CTX *outer;  /* what card_call_begin() replaced */
};

/* --- brackets ------------------------------------------------------------------------------------------------- */

static inline void opensc_call_end(OSSL_LIB_CTX **outer)
{
	ossl_leave(*outer);
}

/*
 * `OPENSC_CALL();` until the end of the enclosing block: our OpenSSL context and nothing left in OpenSSL's
 * queue of errors,
 * for calls without a card.
 */
#define OPENSC_CALL() \
	OSSL_QUIET(); \
	AUTO(opensc_call_end) UNUSED OSSL_LIB_CTX *outer_here_ = ossl_enter()

/* Enter libopensc with a card: our OpenSSL context, and the reader marked as busy. Not nested. Returns the card. */
struct card *card_call_begin(struct card *card);

/* Leave it: the reader is looked at for what libopensc noticed in between. */
void card_call_end(struct card **card);

/* `WITH_CARD(card);` the bracket until the end of the enclosing block. */
#define WITH_CARD(card) \
	OSSL_QUIET(); \
	AUTO(card_call_end) UNUSED struct card *calling_here_ = card_call_begin(card)

/*
 * `SECRET_CALL(card, len);` inside WITH_CARD(), until the end of the enclosing block: a PIN or a shared secret
 * goes through libopensc, and the card's answer holds len bytes of it. It is kept out of libopensc's log, and
 * what libopensc frees of it unwiped is wiped.
 */
struct card *secret_call_begin(struct card *card, size_t answer_len);
void secret_call_end(struct card **card);
#define SECRET_CALL(card, len) AUTO(secret_call_end) UNUSED struct card *secret_here_ = secret_call_begin(card, len)

/* Put our transmit function in front of a new reader's own. */
void transmit_install(struct reader_slot *slot);

/* --- errors --------------------------------------------------------------------------------------------------- */

/*
 * The card_err of a return value of libopensc: CE_OK for one that is not negative, CE_CARD for a code that no
 * version of libopensc/errors.h we know has.
 */
card_err opensc_error(int r);

/* Whether the table of opensc_error() has a row for a (negative) code; for the test that walks errors.h. */
bool opensc_error_known(int r);

/* opensc_error(), with a line in the log (level debug) that says what failed. */
card_err opensc_failed(const char *what, int r);

/* --- readers (opensc_reader.c); all need system->lock ----------------------------------------------------------- */

/* Take over what libopensc has noticed of a reader: counts an event if the card or the reader was moved. */
void reader_note_locked(struct reader_slot *slot);

/* Ask whether a card is there now, and note it. Sends no card command. */
void reader_look_locked(struct reader_slot *slot);

/* The slot of an index; NULL if there never was one. */
struct reader_slot *reader_slot_locked(struct card_system *system, size_t reader);

/* Say in the log why there are no readers, if the card service can tell. */
void service_explain_locked(struct card_system *system);

/* Free the slots. */
void readers_free(struct card_system *system);

/* --- inside a card's bracket ------------------------------------------------------------------------------------ */

/*
 * Lock the card for us, once more. Everything that may send a command is done between this and card_release(),
 * so that libopensc's own locks are nested in it: they cost nothing then and cannot fail.
 * Errors: CE_CARD_REMOVED (also if another card is in the reader now), CE_NO_READER, CE_SHARING, CE_CARD.
 */
card_err card_hold(struct card *card) MUST_USE;
void card_release(struct card *card);

/* Make the card forget its PINs by its driver or by the standard's own command. The card is held. */
card_err card_logout(struct card *card) MUST_USE;
/*
 * Many cards do not tell how many tries a PIN has in all: the usual 3 count then, or the most that was seen. Negative:
 * nothing was.
 */
void pin_learn_max(struct pin_entry *pin, int at_least);
/* Whether the reader, or the card's driver by other means, can take a PIN without us. */
bool card_has_pad(const struct card *card);

/* An error of libopensc for a card: opensc_failed(), and the card counts as taken out if that is what it says. */
card_err card_failed(struct card *card, const char *what, int r);

/* Fill keys, certs, pins and info of a card that is bound. The card is held. Errors: CE_NO_MEMORY. */
card_err objects_gather(struct card *card) MUST_USE;

/* Free what objects_gather() made. */
void objects_free(struct card *card);

/* The objects of a type (a class, if the low byte is 0); a directory that cannot be read counts as empty. */
struct object_list {
	struct sc_pkcs15_object **objects; /* owned array of borrowed objects */
	size_t count;
};
card_err object_list_make(struct card *card, unsigned type, struct object_list *list) MUST_USE;
void object_list_free(struct object_list *list);
/* An object's label, made fit for those above. */
void label_copy(char (*to)[SC_PKCS15_MAX_LABEL_SIZE + 1], const struct sc_pkcs15_object *object);

/* objects_gather()'s part for data objects; objects_free()'s. */
card_err data_gather(struct card *card) MUST_USE;
void data_free(struct card *card);

/* Fill in the public half of a key's description, as far as card or driver give it. The card is held. */
void public_key_find(struct card *card, struct key_entry *key);

/* Whether the card leaves the padding of a key's RSA operations to us. */
bool key_computes_raw_rsa(const struct card *card, const struct sc_pkcs15_prkey_info *info);

/* Whether cert_load() will answer from memory. */
bool cert_is_here(const struct cert_entry *cert);

/* The certificate, read at most once. The card is held unless cert_is_here(). Errors: as card_ops.cert_read. */
card_err cert_load(struct card *card, struct cert_entry *cert) MUST_USE;

/*
 * --- the table's functions
 * ----------------------------------------------------------------------------------------
 */

card_err op_system_open(const struct card_system_params *params, struct card_system **ret_system);
void op_system_close(struct card_system *system);
bool op_config_bool(struct card_system *system, const char *name, bool fallback);
card_err op_readers_refresh(struct card_system *system, size_t *ret_count);
card_err op_reader_info(struct card_system *system, size_t reader, struct card_reader_info *ret_info);
card_err op_watch_open(struct card_system *system, struct card_watch **ret_watch);
bool op_watch_wait(struct card_watch *watch);
void op_watch_close(struct card_watch *watch);
void op_watches_cancel(struct card_system *system);
card_err op_connect(struct card_system *system, size_t reader, struct card **ret_card);
void op_disconnect(struct card *card);
card_err op_check(struct card *card);
card_err op_begin(struct card *card);
void op_end(struct card *card);
const struct card_info *op_info(struct card *card);
size_t op_key_count(struct card *card);
const struct card_key_info *op_key(struct card *card, size_t key);
size_t op_cert_count(struct card *card);
const struct card_cert_info *op_cert(struct card *card, size_t cert);
size_t op_data_count(struct card *card);
const struct card_data_info *op_data(struct card *card, size_t data);
size_t op_pin_count(struct card *card);
const struct card_pin_info *op_pin(struct card *card, size_t pin);
card_err op_cert_read(struct card *card, size_t cert, struct span *ret_der);
card_err op_data_read(struct card *card, size_t data, struct span *ret_bytes);
card_err op_pin_ask(struct card *card, size_t pin);
card_err op_pin_verify(struct card *card, size_t pin, struct span value, int *ret_tries_left);
card_err op_pin_change(struct card *card, size_t pin, struct span old_value, struct span new_value,
		       int *ret_tries_left);
card_err op_pin_unblock(struct card *card, size_t pin, struct span authority, struct span new_value,
			int *ret_tries_left);
card_err op_pin_status(struct card *card, size_t pin, bool *ret_verified);
card_err op_logout(struct card *card);
card_err op_reset(struct card *card);
card_err op_ecdh(struct card *card, size_t key, struct span peer, struct secret *ret_z);
card_err op_sign_raw(struct card *card, size_t key, struct span input, uint8_t *signature, size_t room,
		     size_t *ret_len);
card_err op_rsa_decrypt_raw(struct card *card, size_t key, struct span input, struct secret *ret_block);

#endif
