# minidriver: md.h above, CARD_DATA in the middle, card/card.h below
EXTRA_DIST += doc/minidriver.md
noinst_LTLIBRARIES += libmd.la
libmd_la_SOURCES = \
  minidriver/capi.h minidriver/capi_alg.c \
  minidriver/card_registry.c minidriver/card_registry.h \
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
  minidriver/drv_cipher_wrap.c \
  minidriver/drv_cipher_xts.c \
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
  minidriver/drv_sign_padding.c minidriver/drv_sign_padding.h \
  minidriver/drv_table.c \
  minidriver/drv_verify.c \
  minidriver/drv_wrap.c minidriver/drv_wrap.h \
  minidriver/error.c minidriver/error.h \
  minidriver/host.h \
  minidriver/host_agree.c \
  minidriver/host_alloc.c \
  minidriver/host_capi.c \
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
  minidriver/host_verify.c \
  minidriver/hmac.c minidriver/hmac.h \
  minidriver/kdf.c minidriver/kdf.h \
  minidriver/kdf_capi.c minidriver/kdf_capi.h \
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
libmd_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libmd_la_LIBADD = $(OPENSSL_LIBS) -lpthread

# CryptoAPI, and how a program names a card: for the installed library; the module has no use for them.
noinst_LTLIBRARIES += libcapi.la
libcapi_la_SOURCES = \
  minidriver/capi_card.c \
  minidriver/capi_container.c \
  minidriver/capi_derive.c \
  minidriver/capi_encrypt.c \
  minidriver/capi_error.c \
  minidriver/capi_export.c \
  minidriver/capi_handle.c \
  minidriver/capi_hash.c \
  minidriver/capi_import.c \
  minidriver/capi_key.c \
  minidriver/capi_key_param.c \
  minidriver/capi_provider.c \
  minidriver/capi_provider_param.c \
  minidriver/card_host.c
libcapi_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)

# The library for programs: the minidriver's entry, CryptoAPI's functions, and what names a card (libminidriver.sym).
# -version-info: current:revision:age, to be changed with each release by libtool's rules.
EXTRA_DIST += minidriver/libminidriver.sym
lib_LTLIBRARIES += libminidriver.la
libminidriver_la_SOURCES =
libminidriver_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
  -export-symbols $(srcdir)/minidriver/libminidriver.sym
libminidriver_la_LIBADD = libcapi.la libmd.la libcard.la libbase.la
libminidriver_la_DEPENDENCIES = $(libminidriver_la_LIBADD) minidriver/libminidriver.sym

mdincludedir = $(includedir)/minidriver
mdinclude_HEADERS = \
  minidriver/card_host.h minidriver/cardmod.h minidriver/cardmod_ext.h minidriver/cng.h minidriver/wincrypt.h \
  minidriver/winerror.h minidriver/wintypes.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = minidriver/minidriver.pc
