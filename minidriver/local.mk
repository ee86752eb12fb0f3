# minidriver: md.h above, CARD_DATA in the middle, card/card.h below
EXTRA_DIST += doc/minidriver.md
noinst_LTLIBRARIES += libminidriver.la
libminidriver_la_SOURCES = \
  minidriver/card_registry.c minidriver/card_registry.h \
  minidriver/cardmod.h minidriver/cardmod_ext.h minidriver/cng.h minidriver/winerror.h minidriver/wintypes.h \
  minidriver/curve.c minidriver/curve.h \
  minidriver/curve_win.c minidriver/curve_win.h \
  minidriver/drv.h \
  minidriver/drv_acquire.c \
  minidriver/drv_agreement.c \
  minidriver/drv_cipher.c minidriver/drv_cipher.h \
  minidriver/drv_cipher_aead.c \
  minidriver/drv_cipher_block.c \
  minidriver/drv_cipher_mode.c minidriver/drv_cipher_mode.h \
  minidriver/drv_cipher_stream.c \
  minidriver/drv_cipher_whole.c \
  minidriver/drv_common.c \
  minidriver/drv_container.c minidriver/drv_container.h \
  minidriver/drv_derive.c \
  minidriver/drv_digest.c minidriver/drv_digest.h \
  minidriver/drv_file.c minidriver/drv_file.h \
  minidriver/drv_hash.c minidriver/drv_hash.h \
  minidriver/drv_identity.c minidriver/drv_identity.h \
  minidriver/drv_import.c \
  minidriver/drv_key_alg.c minidriver/drv_key_alg.h \
  minidriver/drv_key_store.c minidriver/drv_key_store.h \
  minidriver/drv_mac.c minidriver/drv_mac.h minidriver/drv_mac_ops.h \
  minidriver/drv_mac_ossl.c \
  minidriver/drv_mac_tls.c \
  minidriver/drv_params.c minidriver/drv_params.h \
  minidriver/drv_pin.c \
  minidriver/drv_property.c \
  minidriver/drv_public.c minidriver/drv_public.h \
  minidriver/drv_refused.c minidriver/drv_refused.h \
  minidriver/drv_roots.c minidriver/drv_roots.h \
  minidriver/drv_rsa.c minidriver/drv_rsa.h \
  minidriver/drv_secret.c minidriver/drv_secret.h \
  minidriver/drv_secure.c \
  minidriver/drv_session_key.c \
  minidriver/drv_sign.c \
  minidriver/drv_table.c \
  minidriver/drv_wrap.c minidriver/drv_wrap.h \
  minidriver/error.c minidriver/error.h \
  minidriver/host.h \
  minidriver/host_agree.c \
  minidriver/host_alloc.c \
  minidriver/host_card.c \
  minidriver/host_certificate.c \
  minidriver/host_cipher.c \
  minidriver/host_container.c \
  minidriver/host_data.c \
  minidriver/host_derive.c \
  minidriver/host_digest.c \
  minidriver/host_key.c \
  minidriver/host_kdf.c minidriver/host_kdf.h \
  minidriver/host_mac.c \
  minidriver/host_pin.c \
  minidriver/host_point.c \
  minidriver/host_property.c \
  minidriver/host_public.c \
  minidriver/host_rsa.c minidriver/host_rsa.h \
  minidriver/host_sign.c \
  minidriver/host_system.c \
  minidriver/kdf.c minidriver/kdf.h \
  minidriver/kdf_concat.c \
  minidriver/kdf_encrypt.c \
  minidriver/kdf_extract.c \
  minidriver/kdf_hash.c \
  minidriver/kdf_hkdf.c \
  minidriver/kdf_join.c \
  minidriver/kdf_pbkdf2.c \
  minidriver/kdf_prf.c minidriver/kdf_prf.h \
  minidriver/kdf_rounds.c \
  minidriver/kdf_sp800_108.c \
  minidriver/kdf_tls.c \
  minidriver/kdf_truncate.c \
  minidriver/kdf_x963.c \
  minidriver/kdf_xof.c \
  minidriver/kdf_xor.c \
  minidriver/md.h minidriver/md_error.h \
  minidriver/tls_prf.c minidriver/tls_prf.h \
  minidriver/wide.c minidriver/wide.h
libminidriver_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libminidriver_la_LIBADD = $(OPENSSL_LIBS) -lpthread
