/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/fake_card.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ossl.h"
#include "tests/fake/fake_keys.h"

#define HELD_MOST_MS 30000u
#define READERS_MAX 8u
#define KEYS_MAX 300u
#define PINS_MAX 8u
#define TEXT_MAX 64u

/* A test's mistake, or no memory: there is nothing a test could do about either. */
static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "fake card: %s\n", what);
	abort();
}

struct reader {
	char name[TEXT_MAX];
	/* cards come and go while others look */
	atomic_bool attached;
	atomic_bool card_present;
	atomic_ulong event;
};

struct key {
	EVP_PKEY *pkey;
	struct card_key_info info;
	char label[TEXT_MAX];
	uint8_t id[TEXT_MAX];
	uint8_t *params;
	uint8_t *point; /* EC: always there, also if the card does not give it */
	size_t point_len;
	uint8_t *modulus;
	uint8_t *exponent;
};

#define DATA_MAX 8u

/* Of literals and static arrays. */
struct data {
	struct card_data_info info;
	struct span bytes;
};

struct cert {
	struct card_cert_info info;
	uint8_t *der; /* made when first read */
	size_t der_len;
};

struct pin {
	struct card_pin_info info;
	char label[TEXT_MAX];
	char value[TEXT_MAX];
	atomic_bool verified;
	atomic_bool asked; /* for the tries left */
};

static struct {
	bool made;
	struct reader readers[READERS_MAX];
	size_t reader_count;
	atomic_ulong events;
	struct key keys[KEYS_MAX];
	size_t key_count;
	struct cert certs[KEYS_MAX];
	size_t cert_count;
	struct data data[DATA_MAX];
	size_t data_count;
	struct pin pins[PINS_MAX];
	size_t pin_count;
	bool pad;
	char pad_value[TEXT_MAX];
	bool no_pin_caching;
	char config_name[TEXT_MAX];
	bool config_value;
	atomic_uint calls[FAKE_OP_COUNT];
	atomic_uint inside[FAKE_OP_COUNT];
	atomic_uint fail_in[FAKE_OP_COUNT];
	card_err fail_with[FAKE_OP_COUNT];
	unsigned slow_ms[FAKE_OP_COUNT];
	atomic_bool held[FAKE_OP_COUNT];
} world;

struct card_system {
	atomic_bool cancelled;
};

struct card_watch {
	struct card_system *system;
	bool looked;
	unsigned long seen;
};

struct card {
	size_t reader;
	unsigned long event;
	struct card_info info;
};

/* ---- counting, failing, slowing --------------------------------------------------------------------- */

/* Not for ever: a test whose threads wait for this one is to fail, and not to hang. */
static void wait_while_held(enum fake_op op)
{
	for (unsigned ms = 0; ms < HELD_MOST_MS && atomic_load(&world.held[op]); ms++)
		(void)usleep(1000);
}

static card_err enter(enum fake_op op)
{
	card_err err = CE_OK;

	atomic_fetch_add(&world.calls[op], 1);
	atomic_fetch_add(&world.inside[op], 1);
	if (world.slow_ms[op] != 0)
		(void)usleep(world.slow_ms[op] * 1000u);
	wait_while_held(op);
	if (atomic_load(&world.fail_in[op]) != 0 && atomic_fetch_sub(&world.fail_in[op], 1) == 1)
		err = world.fail_with[op];
	atomic_fetch_sub(&world.inside[op], 1);
	return err;
}

unsigned fake_calls(enum fake_op op)
{
	return atomic_load(&world.calls[op]);
}

unsigned fake_commands(void)
{
	return fake_calls(FAKE_CERT_READ) + fake_calls(FAKE_DATA_READ) + fake_calls(FAKE_PIN_ASK) +
	       fake_calls(FAKE_PIN_VERIFY) + fake_calls(FAKE_PIN_CHANGE) + fake_calls(FAKE_PIN_UNBLOCK) +
	       fake_calls(FAKE_PIN_STATUS) + fake_calls(FAKE_LOGOUT) + fake_calls(FAKE_CARD_RESET) +
	       fake_calls(FAKE_ECDH) + fake_calls(FAKE_SIGN_RAW) + fake_calls(FAKE_RSA_DECRYPT);
}

void fake_reset_counts(void)
{
	for (size_t i = 0; i < FAKE_OP_COUNT; i++)
		atomic_store(&world.calls[i], 0);
}

void fake_fail(enum fake_op op, card_err err, unsigned nth)
{
	world.fail_with[op] = err;
	atomic_store(&world.fail_in[op], nth);
}

void fake_slow(enum fake_op op, unsigned milliseconds)
{
	world.slow_ms[op] = milliseconds;
}

void fake_hold(enum fake_op op, bool held)
{
	atomic_store(&world.held[op], held);
}

unsigned fake_inside(enum fake_op op)
{
	return atomic_load(&world.inside[op]);
}

/* ---- keys ------------------------------------------------------------------------------------------- */

static BIGNUM *number(const char *hex)
{
	BIGNUM *value = NULL;

	need(BN_hex2bn(&value, hex) != 0, "hex");
	return value;
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM_BLD *builder)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(ossl_context(), type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY *pkey = NULL;

	need(context != NULL && params != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
		     EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, params) == 1,
	     "key from its numbers");
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(context);
	return pkey;
}

static EVP_PKEY *make_rsa(const struct fake_key *spec)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = number(spec->private_hex != NULL ? spec->modulus_hex : fake_rsa_n);
	BIGNUM *e = number("010001");
	BIGNUM *d = number(spec->private_hex != NULL ? spec->private_hex : fake_rsa_d);
	EVP_PKEY *pkey;

	need(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
		     OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
		     OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, d) == 1,
	     "RSA numbers");
	pkey = pkey_from("RSA", builder);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	BN_clear_free(d);
	return pkey;
}

static EVP_PKEY *make_ec_from(const char *curve, const char *private_hex)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, OBJ_sn2nid(curve));
	EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *d = number(private_hex);
	uint8_t encoded[256];
	size_t len = 0;
	EVP_PKEY *pkey;

	need(point != NULL && EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1, "public point");
	len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof(encoded), NULL);
	need(len != 0 && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
		     OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, encoded, len) == 1 &&
		     OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1,
	     "EC numbers");
	pkey = pkey_from("EC", builder);
	OSSL_PARAM_BLD_free(builder);
	BN_clear_free(d);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return pkey;
}

static size_t read_hex(const char *hex, uint8_t *bytes, size_t room)
{
	const size_t len = strlen(hex) / 2;

	need(len <= room, "length of hexadecimal digits");
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		need(sscanf(hex + 2 * i, "%2x", &byte) == 1, "hexadecimal digits");
		bytes[i] = (uint8_t)byte;
	}
	return len;
}

/* RFC 7748 and RFC 8032: keys are strings of bytes. */
static EVP_PKEY *make_string_key(const struct fake_key *spec)
{
	uint8_t bytes[64];
	size_t len;

	if (spec->private_hex == NULL)
		return EVP_PKEY_Q_keygen(ossl_context(), NULL, spec->curve);
	len = read_hex(spec->private_hex, bytes, sizeof(bytes));
	return EVP_PKEY_new_raw_private_key_ex(ossl_context(), spec->curve, NULL, bytes, len);
}

static EVP_PKEY *make_pkey(const struct fake_key *spec)
{
	EVP_PKEY *pkey;

	if (spec->type == CRD_KEY_MONTGOMERY || spec->type == CRD_KEY_EDWARDS) {
		pkey = make_string_key(spec);
		need(pkey != NULL, "Montgomery or Edwards key");
		return pkey;
	}

	if (spec->type == CRD_KEY_RSA)
		return make_rsa(spec);
	if (spec->private_hex != NULL)
		return make_ec_from(spec->curve, spec->private_hex);
	pkey = EVP_PKEY_Q_keygen(ossl_context(), NULL, "EC", spec->curve);
	need(pkey != NULL, "EC key");
	return pkey;
}

static struct span take_number(const EVP_PKEY *pkey, const char *name, uint8_t **ret_bytes)
{
	BIGNUM *value = NULL;
	int len;

	need(EVP_PKEY_get_bn_param(pkey, name, &value) == 1, name);
	len = BN_num_bytes(value);
	*ret_bytes = malloc((size_t)len);
	need(*ret_bytes != NULL && BN_bn2bin(value, *ret_bytes) == len, name);
	BN_free(value);
	return span_of(*ret_bytes, (size_t)len);
}

static struct span make_params(const char *curve, uint8_t **ret_bytes)
{
	const ASN1_OBJECT *object = OBJ_nid2obj(OBJ_sn2nid(curve));
	const int len = i2d_ASN1_OBJECT(object, ret_bytes);

	need(len > 0, "curve");
	return span_of(*ret_bytes, (size_t)len);
}

static void fill_public(struct key *key, const struct fake_key *spec)
{
	uint8_t point[256];

	if (spec->type == CRD_KEY_RSA) {
		key->info.modulus = take_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, &key->modulus);
		key->info.public_exponent = take_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, &key->exponent);
	} else {
		key->info.ec_params = make_params(spec->curve, &key->params);
		need(EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
						     &key->point_len) == 1,
		     "public point");
		key->point = malloc(key->point_len);
		need(key->point != NULL, "memory");
		memcpy(key->point, point, key->point_len);
		key->info.ec_point = span_of(key->point, key->point_len);
	}
	if (spec->no_public) {
		key->info.ec_point = SPAN_EMPTY;
		key->info.modulus = SPAN_EMPTY;
		key->info.public_exponent = SPAN_EMPTY;
	}
}

/* OpenSSL counts the bits of something else for the curves of RFC 7748 and RFC 8032. */
static size_t bits_of(const struct fake_key *spec, const EVP_PKEY *pkey)
{
	if (spec->type != CRD_KEY_MONTGOMERY && spec->type != CRD_KEY_EDWARDS)
		return (size_t)EVP_PKEY_get_bits(pkey);
	return strstr(spec->curve, "448") != NULL ? 448 : 255;
}

static unsigned paddings_of(const struct fake_key *spec)
{
	if (spec->type != CRD_KEY_RSA)
		return 0;
	return spec->pads ? CRD_PAD_PKCS1 : CRD_PAD_NONE | CRD_PAD_PKCS1 | CRD_PAD_PSS | CRD_PAD_OAEP;
}

size_t fake_add_key(const struct fake_key *spec)
{
	const size_t index = world.key_count;
	struct key *key = &world.keys[index];

	need(index < KEYS_MAX && world.cert_count < KEYS_MAX, "too many keys");
	world.key_count++;
	key->pkey = make_pkey(spec);
	key->id[0] = (uint8_t)(index + 1);
	if (spec->id != NULL)
		(void)snprintf((char *)key->id, sizeof(key->id), "%s", spec->id);
	(void)snprintf(key->label, sizeof(key->label), "%s", spec->label != NULL ? spec->label : "key");
	key->info = (struct card_key_info){
		.type = spec->type,
		.bits = bits_of(spec, key->pkey),
		.usage = spec->usage,
		.id = span_of(key->id, spec->id != NULL ? strlen((char *)key->id) : 1),
		.label = key->label,
		.public_label = spec->public_label != NULL ? spec->public_label : key->label,
		.pin = spec->no_pin ? CRD_NO_INDEX : 0,
		.always_authenticate = spec->always_authenticate,
		.generated_on_card = spec->private_hex == NULL,
		.paddings = paddings_of(spec),
	};
	fill_public(key, spec);
	/* a key that cannot sign makes no certificate */
	if (!spec->no_certificate && spec->type != CRD_KEY_MONTGOMERY)
		world.certs[world.cert_count++].info =
			(struct card_cert_info){ .id = key->info.id, .label = key->label, .key = index };
	return index;
}

size_t fake_add_authority(void)
{
	static const uint8_t id[] = { 0xCA };
	const size_t index = world.cert_count++;

	need(index < KEYS_MAX && world.key_count != 0, "no key for an authority");
	world.certs[index].info = (struct card_cert_info){ .id = span_of(id, sizeof(id)), .label = "authority",
							   .authority = true, .key = CRD_NO_INDEX };
	return index;
}

size_t fake_add_data(const struct fake_data *data)
{
	const size_t index = world.data_count++;

	need(index < DATA_MAX, "too many data objects");
	world.data[index].info = (struct card_data_info){ .label = data->label,
							  .application = data->application,
							  .oid = data->oid,
							  .is_private = data->is_private };
	world.data[index].bytes = data->bytes;
	return index;
}

void fake_make_certificate_private(size_t cert)
{
	world.certs[cert].info.is_private = true;
}

size_t fake_add_second_certificate(size_t key)
{
	const size_t index = world.cert_count++;

	need(index < KEYS_MAX && key < world.key_count, "no such key");
	world.certs[index].info =
		(struct card_cert_info){ .id = world.keys[key].info.id, .label = world.keys[key].label, .key = key };
	return index;
}

EVP_PKEY *fake_pkey(size_t key)
{
	need(key < world.key_count, "no such key");
	return world.keys[key].pkey;
}

struct span fake_point(size_t key)
{
	need(key < world.key_count, "no such key");
	return span_of(world.keys[key].point, world.keys[key].point_len);
}

/* ---- the world -------------------------------------------------------------------------------------- */

void fake_clear(void)
{
	if (!world.made)
		return;
	for (size_t i = 0; i < world.key_count; i++) {
		EVP_PKEY_free(world.keys[i].pkey);
		OPENSSL_free(world.keys[i].params);
		free(world.keys[i].point);
		free(world.keys[i].modulus);
		free(world.keys[i].exponent);
	}
	for (size_t i = 0; i < world.cert_count; i++)
		OPENSSL_free(world.certs[i].der);
	ossl_release();
	memset(&world, 0, sizeof(world));
}

void fake_reset(void)
{
	fake_clear();
	need(ossl_acquire(), "OpenSSL");
	world.made = true;
	(void)fake_add_reader("Fake Reader 00", true);
}

void fake_personalise(void)
{
	static const struct fake_key keys[] = {
		{ .type = CRD_KEY_EC,
		  .curve = "prime256v1",
		  .usage = CRD_USE_DERIVE | CRD_USE_SIGN,
		  .label = "derive 256" },
		{ .type = CRD_KEY_EC, .curve = "secp384r1", .usage = CRD_USE_DERIVE, .label = "derive 384" },
		{ .type = CRD_KEY_EC, .curve = "secp521r1", .usage = CRD_USE_DERIVE, .label = "derive 521" },
		{ .type = CRD_KEY_RSA, .usage = CRD_USE_SIGN | CRD_USE_DECRYPT | CRD_USE_UNWRAP, .label = "rsa" },
		{ .type = CRD_KEY_EC,
		  .curve = "prime256v1",
		  .usage = CRD_USE_SIGN,
		  .label = "sign always",
		  .always_authenticate = true },
	};

	(void)fake_add_pin("PIN", FAKE_PIN, 3, false);
	(void)fake_add_pin("PUK", FAKE_PUK, 3, true);
	fake_set_unblocked_by(0, 1, true);
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		(void)fake_add_key(&keys[i]);
	(void)fake_add_authority();
}

size_t fake_add_reader(const char *name, bool card_present)
{
	const size_t index = world.reader_count++;

	need(index < READERS_MAX, "too many readers");
	world.readers[index] =
		(struct reader){ .attached = true, .card_present = card_present, .event = ++world.events };
	(void)snprintf(world.readers[index].name, sizeof(world.readers[index].name), "%s", name);
	return index;
}

void fake_remove_card(size_t reader)
{
	world.readers[reader].card_present = false;
	world.readers[reader].event = ++world.events;
}

void fake_insert_card(size_t reader)
{
	world.readers[reader].card_present = true;
	world.readers[reader].event = ++world.events;
	for (size_t i = 0; i < world.pin_count; i++)
		world.pins[i].verified = false;
}

void fake_unplug(size_t reader)
{
	fake_remove_card(reader);
	world.readers[reader].attached = false;
}

void fake_plug(size_t reader)
{
	world.readers[reader].attached = true;
	world.readers[reader].event = ++world.events;
}

void fake_no_readers(void)
{
	world.reader_count = 0;
}

size_t fake_add_pin(const char *label, const char *value, int tries, bool so)
{
	const size_t index = world.pin_count++;
	struct pin *pin = &world.pins[index];

	need(index < PINS_MAX, "too many PINs");
	(void)snprintf(pin->label, sizeof(pin->label), "%s", label);
	(void)snprintf(pin->value, sizeof(pin->value), "%s", value);
	pin->info = (struct card_pin_info){ .label = pin->label,
					    .min_len = 4,
					    .max_len = 12,
					    .so = so,
					    .initialized = true,
					    .tries_max = tries,
					    .tries_left = tries,
					    .unblocked_by = CRD_NO_INDEX };
	return index;
}

void fake_set_unblocked_by(size_t pin, size_t by, bool unblocks_only)
{
	world.pins[pin].info.unblocked_by = by;
	world.pins[by].info.unblocks_only = unblocks_only;
}

void fake_set_pad(const char *value)
{
	world.pad = value != NULL;
	(void)snprintf(world.pad_value, sizeof(world.pad_value), "%s", value != NULL ? value : "");
}

void fake_set_pin_caching(bool allowed)
{
	world.no_pin_caching = !allowed;
}

void fake_forget_pins(void)
{
	for (size_t i = 0; i < world.pin_count; i++)
		world.pins[i].verified = false;
}

void fake_set_pin(size_t pin, const char *value)
{
	(void)snprintf(world.pins[pin].value, sizeof(world.pins[pin].value), "%s", value);
}

bool fake_pin_is(size_t pin, const char *value)
{
	return strcmp(world.pins[pin].value, value) == 0;
}

int fake_tries(size_t pin)
{
	return world.pins[pin].info.tries_left;
}

bool fake_verified(size_t pin)
{
	return world.pins[pin].verified;
}

void fake_set_config(const char *name, bool value)
{
	(void)snprintf(world.config_name, sizeof(world.config_name), "%s", name);
	world.config_value = value;
}

bool fake_logged_in(void)
{
	for (size_t i = 0; i < world.pin_count; i++) {
		if (world.pins[i].verified)
			return true;
	}
	return false;
}

/* ---- card_ops: system and readers ------------------------------------------------------------------- */

static card_err system_open(const struct card_system_params *params, struct card_system **ret_system)
{
	const card_err err = enter(FAKE_SYSTEM_OPEN);
	struct card_system *system;

	need(params->app_name != NULL, "app_name");
	if (err != CE_OK)
		return err;
	system = calloc(1, sizeof(*system));
	if (system == NULL)
		return CE_NO_MEMORY;
	*ret_system = system;
	return CE_OK;
}

static void system_close(struct card_system *system)
{
	free(system);
}

static bool config_bool(struct card_system *system, const char *name, bool fallback)
{
	(void)system;
	return strcmp(world.config_name, name) == 0 ? world.config_value : fallback;
}

static card_err readers_refresh(struct card_system *system, size_t *ret_count)
{
	const card_err err = enter(FAKE_READERS_REFRESH);

	(void)system;
	if (err == CE_OK)
		*ret_count = world.reader_count;
	return err;
}

static card_err reader_info(struct card_system *system, size_t reader, struct card_reader_info *ret_info)
{
	const card_err err = enter(FAKE_READER_INFO);
	const struct reader *r = &world.readers[reader];

	(void)system;
	if (err != CE_OK)
		return err;
	if (reader >= world.reader_count)
		return CE_NO_READER;
	*ret_info = (struct card_reader_info){
		.attached = r->attached, .card_present = r->card_present, .removable = true, .pinpad = world.pad,
		.event = r->event
	};
	(void)snprintf(ret_info->name, sizeof(ret_info->name), "%s", r->name);
	return CE_OK;
}

static card_err watch_open(struct card_system *system, struct card_watch **ret_watch)
{
	const card_err err = enter(FAKE_WATCH_OPEN);
	struct card_watch *watch = err == CE_OK ? calloc(1, sizeof(*watch)) : NULL;

	if (watch == NULL)
		return err == CE_OK ? CE_NO_MEMORY : err;
	watch->system = system;
	*ret_watch = watch;
	return CE_OK;
}

static bool watch_wait(struct card_watch *watch)
{
	atomic_fetch_add(&world.inside[FAKE_WATCH_WAIT], 1);
	while (!watch->system->cancelled && watch->looked && watch->seen == world.events)
		(void)usleep(500);
	watch->looked = true;
	watch->seen = world.events;
	atomic_fetch_sub(&world.inside[FAKE_WATCH_WAIT], 1);
	return !watch->system->cancelled;
}

static void watch_close(struct card_watch *watch)
{
	free(watch);
}

static void watches_cancel(struct card_system *system)
{
	system->cancelled = true;
}

/* ---- card_ops: the card ----------------------------------------------------------------------------- */

static card_err connect_card(struct card_system *system, size_t reader, struct card **ret_card)
{
	static const uint8_t atr[] = { 0x3B, 0x80, 0x80, 0x01, 0x01 };
	card_err err = enter(FAKE_CONNECT);
	struct card *card;

	(void)system;
	if (err != CE_OK)
		return err;
	if (reader >= world.reader_count || !world.readers[reader].attached)
		return CE_NO_READER;
	if (!world.readers[reader].card_present)
		return CE_NO_CARD;
	card = calloc(1, sizeof(*card));
	if (card == NULL)
		return CE_NO_MEMORY;
	card->reader = reader;
	card->event = world.readers[reader].event;
	card->info = (struct card_info){ .label = "Fake Card",
					 .manufacturer = "Nobody",
					 .model = "fake",
					 .serial = "00112233",
					 .atr_len = sizeof(atr),
					 .login_required = world.pin_count != 0,
					 .pad = world.pad,
					 .pin_caching = !world.no_pin_caching };
	memcpy(card->info.atr, atr, sizeof(atr));
	*ret_card = card;
	return CE_OK;
}

static void disconnect_card(struct card *card)
{
	(void)enter(FAKE_DISCONNECT);
	free(card);
}

static card_err present(const struct card *card)
{
	const struct reader *reader = &world.readers[card->reader];

	if (!reader->attached)
		return CE_NO_READER;
	return reader->card_present && reader->event == card->event ? CE_OK : CE_CARD_REMOVED;
}

/* Count, fail on request, and refuse a card that is gone. */
static card_err enter_card(enum fake_op op, const struct card *card)
{
	const card_err err = enter(op);

	return err != CE_OK ? err : present(card);
}

static card_err check_card(struct card *card)
{
	return enter_card(FAKE_CHECK, card);
}

static const struct card_info *card_info_of(struct card *card)
{
	return &card->info;
}

static size_t key_count(struct card *card)
{
	(void)card;
	return world.key_count;
}

static const struct card_key_info *key_info(struct card *card, size_t key)
{
	(void)card;
	return key < world.key_count ? &world.keys[key].info : NULL;
}

static size_t cert_count(struct card *card)
{
	(void)card;
	return world.cert_count;
}

static const struct card_cert_info *cert_info(struct card *card, size_t cert)
{
	(void)card;
	return cert < world.cert_count ? &world.certs[cert].info : NULL;
}

static size_t data_count(struct card *card)
{
	(void)card;
	return world.data_count;
}

static const struct card_data_info *data_info(struct card *card, size_t data)
{
	(void)card;
	return data < world.data_count ? &world.data[data].info : NULL;
}

static size_t pin_count(struct card *card)
{
	(void)card;
	return world.pin_count;
}

static const struct card_pin_info *pin_info(struct card *card, size_t pin)
{
	(void)card;
	return pin < world.pin_count ? &world.pins[pin].info : NULL;
}

static void make_certificate(struct cert *cert, size_t index)
{
	EVP_PKEY *pkey = fake_pkey(cert->info.key != CRD_NO_INDEX ? cert->info.key : 0);
	X509 *x509 = X509_new_ex(ossl_context(), NULL);
	EVP_MD *md = EVP_MD_fetch(ossl_context(), "SHA2-256", NULL);
	X509_NAME *name;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const char *hash = EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_is_a(pkey, "RSA") ? "SHA2-256" : NULL;
	int len;

	need(x509 != NULL && md != NULL && context != NULL, "certificate");
	need(X509_set_version(x509, X509_VERSION_3) == 1 &&
		     ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)index + 1) == 1 &&
		     X509_gmtime_adj(X509_getm_notBefore(x509), 0) != NULL &&
		     X509_gmtime_adj(X509_getm_notAfter(x509), 86400L * 365) != NULL,
	     "certificate");
	name = X509_get_subject_name(x509);
	need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cert->info.label, -1, -1,
					0) == 1 &&
		     X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, pkey) == 1 &&
		     EVP_DigestSignInit_ex(context, NULL, hash, ossl_context(), NULL, pkey, NULL) == 1 &&
		     X509_sign_ctx(x509, context) > 0,
	     "certificate");
	len = i2d_X509(x509, &cert->der);
	need(len > 0, "certificate");
	cert->der_len = (size_t)len;
	EVP_MD_CTX_free(context);
	EVP_MD_free(md);
	X509_free(x509);
}

static card_err cert_read(struct card *card, size_t cert, struct span *ret_der)
{
	const card_err err = enter_card(FAKE_CERT_READ, card);

	if (err != CE_OK)
		return err;
	if (cert >= world.cert_count)
		return CE_NOT_FOUND;
	if (world.certs[cert].info.is_private && !fake_logged_in())
		return CE_NOT_AUTHENTICATED;
	if (world.certs[cert].der == NULL)
		make_certificate(&world.certs[cert], cert);
	*ret_der = span_of(world.certs[cert].der, world.certs[cert].der_len);
	return CE_OK;
}

static card_err data_read(struct card *card, size_t data, struct span *ret_bytes)
{
	const card_err err = enter_card(FAKE_DATA_READ, card);

	if (err != CE_OK)
		return err;
	if (data >= world.data_count)
		return CE_NOT_FOUND;
	if (world.data[data].info.is_private && !fake_logged_in())
		return CE_NOT_AUTHENTICATED;
	*ret_bytes = world.data[data].bytes;
	return CE_OK;
}

static card_err pin_ask(struct card *card, size_t pin)
{
	card_err err;

	if (pin >= world.pin_count)
		return CE_NOT_FOUND;
	if (world.pins[pin].asked)
		return CE_OK;
	err = enter_card(FAKE_PIN_ASK, card);
	world.pins[pin].asked = err == CE_OK;
	return err;
}

static card_err begin(struct card *card)
{
	return enter_card(FAKE_BEGIN, card);
}

static void end(struct card *card)
{
	(void)card;
}

/* ---- card_ops: PINs --------------------------------------------------------------------------------- */

/* What the caller gave, or the reader's user. */
static card_err pin_value(const struct pin *pin, struct span *inout_value)
{
	if (inout_value->len == 0 && !world.pad)
		return CE_PIN_LENGTH;
	if (inout_value->len == 0)
		*inout_value = span_of(world.pad_value, strlen(world.pad_value));
	return inout_value->len < pin->info.min_len || inout_value->len > pin->info.max_len ? CE_PIN_LENGTH : CE_OK;
}

static card_err try_pin(struct pin *p, struct span value, int *ret_tries_left)
{
	if (p->info.tries_left == 0)
		return CE_PIN_BLOCKED;
	p->verified = span_equal(value, span_of(p->value, strlen(p->value)));
	p->info.tries_left = p->verified ? p->info.tries_max : p->info.tries_left - 1;
	p->asked = true; /* it has just told them */
	if (ret_tries_left != NULL)
		*ret_tries_left = p->info.tries_left;
	if (p->verified)
		return CE_OK;
	return p->info.tries_left == 0 ? CE_PIN_BLOCKED : CE_PIN_WRONG;
}

static card_err pin_verify(struct card *card, size_t pin, struct span value, int *ret_tries_left)
{
	card_err err = enter_card(FAKE_PIN_VERIFY, card);

	if (err != CE_OK)
		return err;
	if (pin >= world.pin_count)
		return CE_NOT_FOUND;
	if (world.pins[pin].info.unblocks_only)
		return CE_NOT_SUPPORTED;
	err = pin_value(&world.pins[pin], &value);
	return err != CE_OK ? err : try_pin(&world.pins[pin], value, ret_tries_left);
}

static void store_value(struct pin *pin, struct span value)
{
	(void)snprintf(pin->value, sizeof(pin->value), "%.*s", (int)value.len, (const char *)value.data);
	pin->info.tries_left = pin->info.tries_max;
}

/* As cards do: a PIN that was changed must be given anew. */
static card_err pin_change(struct card *card, size_t pin, struct span old_value, struct span new_value,
			   int *ret_tries_left)
{
	card_err err = enter_card(FAKE_PIN_CHANGE, card);

	if (err != CE_OK)
		return err;
	if (pin >= world.pin_count)
		return CE_NOT_FOUND;
	err = pin_value(&world.pins[pin], &old_value);
	if (err == CE_OK)
		err = pin_value(&world.pins[pin], &new_value);
	if (err == CE_OK)
		err = try_pin(&world.pins[pin], old_value, ret_tries_left);
	world.pins[pin].verified = false;
	if (err == CE_OK)
		store_value(&world.pins[pin], new_value);
	return err;
}

static card_err pin_unblock(struct card *card, size_t pin, struct span authority, struct span new_value,
			    int *ret_tries_left)
{
	card_err err = enter_card(FAKE_PIN_UNBLOCK, card);
	struct pin *by;

	if (err != CE_OK)
		return err;
	if (pin >= world.pin_count)
		return CE_NOT_FOUND;
	if (world.pins[pin].info.unblocked_by == CRD_NO_INDEX)
		return CE_NOT_SUPPORTED;
	by = &world.pins[world.pins[pin].info.unblocked_by];
	err = pin_value(by, &authority);
	if (err == CE_OK)
		err = pin_value(&world.pins[pin], &new_value);
	if (err == CE_OK)
		err = try_pin(by, authority, ret_tries_left);
	if (err == CE_OK)
		store_value(&world.pins[pin], new_value);
	if (by->info.unblocks_only)
		by->verified = false;
	return err;
}

static card_err pin_status(struct card *card, size_t pin, bool *ret_verified)
{
	const card_err err = enter_card(FAKE_PIN_STATUS, card);

	if (err != CE_OK)
		return err;
	if (pin >= world.pin_count)
		return CE_NOT_FOUND;
	if (world.pins[pin].info.unblocks_only)
		return CE_NOT_SUPPORTED;
	*ret_verified = world.pins[pin].verified;
	return CE_OK;
}

static card_err logout_card(struct card *card)
{
	const card_err err = enter_card(FAKE_LOGOUT, card);

	if (err == CE_OK)
		fake_forget_pins();
	return err;
}

static card_err reset_card(struct card *card)
{
	const card_err err = enter_card(FAKE_CARD_RESET, card);

	if (err == CE_OK)
		fake_forget_pins();
	return err;
}

/* ---- card_ops: keys --------------------------------------------------------------------------------- */

static card_err use_key(struct card *card, enum fake_op op, size_t key, unsigned usage)
{
	const card_err err = enter_card(op, card);
	const struct card_key_info *info = key_info(card, key);

	if (err != CE_OK)
		return err;
	if (info == NULL)
		return CE_NOT_FOUND;
	if ((info->usage & usage) == 0)
		return CE_NOT_ALLOWED;
	if (info->pin != CRD_NO_INDEX && !world.pins[info->pin].verified)
		return CE_NOT_AUTHENTICATED;
	if (info->always_authenticate)
		world.pins[info->pin].verified = false;
	return CE_OK;
}

static EVP_PKEY *make_peer(const EVP_PKEY *own, struct span point)
{
	EVP_PKEY *peer = EVP_PKEY_new();

	if (peer != NULL && EVP_PKEY_copy_parameters(peer, own) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(peer, point.data, point.len) == 1)
		return peer;
	EVP_PKEY_free(peer);
	return NULL;
}

static card_err agree_begun(EVP_PKEY_CTX *context, EVP_PKEY *peer, struct secret *ret_z)
{
	size_t len = 0;

	if (EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer(context, peer) != 1 ||
	    EVP_PKEY_derive(context, NULL, &len) != 1)
		return CE_CARD;
	if (!secret_alloc(ret_z, len))
		return CE_NO_MEMORY;
	return EVP_PKEY_derive(context, ret_z->data, &len) == 1 && len == ret_z->len ? CE_OK : CE_CARD;
}

static card_err agree(EVP_PKEY *own, EVP_PKEY *peer, struct secret *ret_z)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), own, NULL);
	const card_err err = context != NULL ? agree_begun(context, peer, ret_z) : CE_NO_MEMORY;

	EVP_PKEY_CTX_free(context);
	return err;
}

size_t fake_own_z(size_t key, uint8_t ret_z[66])
{
	AUTO_SECRET z = SECRET_INIT;

	need(agree(fake_pkey(key), fake_pkey(key), &z) == CE_OK && z.len <= 66, "Z");
	memcpy(ret_z, z.data, z.len);
	return z.len;
}

bool fake_ecdsa_verifies(size_t key, struct span digest, struct span signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(key), NULL);
	const int half = (int)signature.len / 2;
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int len;
	bool good;

	need(context != NULL && numbers != NULL &&
		     ECDSA_SIG_set0(numbers, BN_bin2bn(signature.data, half, NULL),
				    BN_bin2bn(signature.data + half, half, NULL)) == 1,
	     "signature");
	len = i2d_ECDSA_SIG(numbers, &der);
	good = EVP_PKEY_verify_init(context) == 1 &&
	       EVP_PKEY_verify(context, der, (size_t)len, digest.data, digest.len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(numbers);
	EVP_PKEY_CTX_free(context);
	return good;
}

static card_err ecdh(struct card *card, size_t key, struct span point, struct secret *ret_z)
{
	card_err err = use_key(card, FAKE_ECDH, key, CRD_USE_DERIVE);
	EVP_PKEY *peer;

	if (err != CE_OK)
		return err;
	if (world.keys[key].info.type != CRD_KEY_EC && world.keys[key].info.type != CRD_KEY_MONTGOMERY)
		return CE_NOT_SUPPORTED;
	peer = world.keys[key].info.type == CRD_KEY_EC
		       ? make_peer(world.keys[key].pkey, point)
		       : EVP_PKEY_new_raw_public_key_ex(ossl_context(), EVP_PKEY_get0_type_name(world.keys[key].pkey),
							NULL, point.data, point.len);
	if (peer == NULL)
		return CE_DATA_INVALID;
	err = agree(world.keys[key].pkey, peer, ret_z);
	EVP_PKEY_free(peer);
	return err;
}

static card_err raw_rsa(EVP_PKEY *pkey, struct span input, uint8_t *output, size_t *inout_len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), pkey, NULL);
	const bool good = context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
			  EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
			  EVP_PKEY_decrypt(context, output, inout_len, input.data, input.len) == 1;

	EVP_PKEY_CTX_free(context);
	return good ? CE_OK : CE_DATA_INVALID;
}

static card_err raw_ecdsa(const struct key *key, struct span digest, uint8_t *output, size_t *inout_len)
{
	const size_t half = (key->info.bits + 7) / 8;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), key->pkey, NULL);
	uint8_t der[256];
	const uint8_t *at = der;
	size_t len = sizeof(der);
	ECDSA_SIG *signature = NULL;
	bool good;

	if (*inout_len < 2 * half)
		return CE_BUFFER;
	good = context != NULL && EVP_PKEY_sign_init(context) == 1 &&
	       EVP_PKEY_sign(context, der, &len, digest.data, digest.len) == 1;
	if (good)
		signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
	good = signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), output, (int)half) == (int)half &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(signature), output + half, (int)half) == (int)half;
	ECDSA_SIG_free(signature);
	EVP_PKEY_CTX_free(context);
	*inout_len = 2 * half;
	return good ? CE_OK : CE_DATA_INVALID;
}

static card_err raw_eddsa(const struct key *key, struct span message, uint8_t *output, size_t *inout_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool good = context != NULL &&
			  EVP_DigestSignInit_ex(context, NULL, NULL, ossl_context(), NULL, key->pkey, NULL) == 1 &&
			  EVP_DigestSign(context, output, inout_len, message.data, message.len) == 1;

	EVP_MD_CTX_free(context);
	return good ? CE_OK : CE_DATA_INVALID;
}

static card_err raw_signature(const struct key *key, struct span input, uint8_t *output, size_t *inout_len)
{
	switch (key->info.type) {
	case CRD_KEY_RSA:
		return raw_rsa(key->pkey, input, output, inout_len);
	case CRD_KEY_EC:
		return raw_ecdsa(key, input, output, inout_len);
	case CRD_KEY_EDWARDS:
		return raw_eddsa(key, input, output, inout_len);
	case CRD_KEY_MONTGOMERY:
		break;
	}
	return CE_NOT_SUPPORTED;
}

static card_err sign_raw(struct card *card, size_t key, struct span input, uint8_t *signature, size_t room,
			 size_t *ret_len)
{
	const unsigned sign = CRD_USE_SIGN | CRD_USE_SIGN_RECOVER | CRD_USE_NON_REPUDIATION;
	card_err err = use_key(card, FAKE_SIGN_RAW, key, sign);
	size_t len = room;

	if (err != CE_OK)
		return err;
	err = raw_signature(&world.keys[key], input, signature, &len);
	if (err == CE_OK)
		*ret_len = len;
	return err;
}

static card_err rsa_decrypt_raw(struct card *card, size_t key, struct span input, struct secret *ret_block)
{
	const card_err err = use_key(card, FAKE_RSA_DECRYPT, key, CRD_USE_DECRYPT | CRD_USE_UNWRAP);
	size_t len = input.len;

	if (err != CE_OK)
		return err;
	if (world.keys[key].info.type != CRD_KEY_RSA)
		return CE_NOT_SUPPORTED;
	if (!secret_alloc(ret_block, input.len))
		return CE_NO_MEMORY;
	return raw_rsa(world.keys[key].pkey, input, ret_block->data, &len);
}

static const struct card_ops ops = {
	.system_open = system_open,
	.system_close = system_close,
	.config_bool = config_bool,
	.readers_refresh = readers_refresh,
	.reader_info = reader_info,
	.watch_open = watch_open,
	.watch_wait = watch_wait,
	.watch_close = watch_close,
	.watches_cancel = watches_cancel,
	.connect = connect_card,
	.disconnect = disconnect_card,
	.check = check_card,
	.info = card_info_of,
	.key_count = key_count,
	.key = key_info,
	.cert_count = cert_count,
	.cert = cert_info,
	.data_count = data_count,
	.data = data_info,
	.pin_count = pin_count,
	.pin = pin_info,
	.cert_read = cert_read,
	.data_read = data_read,
	.begin = begin,
	.end = end,
	.pin_ask = pin_ask,
	.pin_verify = pin_verify,
	.pin_change = pin_change,
	.pin_unblock = pin_unblock,
	.pin_status = pin_status,
	.logout = logout_card,
	.reset = reset_card,
	.ecdh = ecdh,
	.sign_raw = sign_raw,
	.rsa_decrypt_raw = rsa_decrypt_raw,
};

const struct card_ops *card_default_ops(void)
{
	return &ops;
}
