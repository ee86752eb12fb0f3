/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/opensc_internal.h"

static const struct card_ops opensc_ops = {
	.system_open = op_system_open,
	.system_close = op_system_close,
	.config_bool = op_config_bool,
	.readers_refresh = op_readers_refresh,
	.reader_info = op_reader_info,
	.watch_open = op_watch_open,
	.watch_wait = op_watch_wait,
	.watch_close = op_watch_close,
	.watches_cancel = op_watches_cancel,
	.connect = op_connect,
	.disconnect = op_disconnect,
	.check = op_check,
	.info = op_info,
	.key_count = op_key_count,
	.key = op_key,
	.cert_count = op_cert_count,
	.cert = op_cert,
	.data_count = op_data_count,
	.data = op_data,
	.pin_count = op_pin_count,
	.pin = op_pin,
	.cert_read = op_cert_read,
	.data_read = op_data_read,
	.begin = op_begin,
	.end = op_end,
	.pin_ask = op_pin_ask,
	.pin_verify = op_pin_verify,
	.pin_change = op_pin_change,
	.pin_unblock = op_pin_unblock,
	.pin_status = op_pin_status,
	.logout = op_logout,
	.reset = op_reset,
	.ecdh = op_ecdh,
	.sign_raw = op_sign_raw,
	.rsa_decrypt_raw = op_rsa_decrypt_raw,
};

const struct card_ops *card_default_ops(void)
{
	return &opensc_ops;
}
