# pkcs11: the Cryptoki front end, and the module itself
noinst_LTLIBRARIES += libcki.la
libcki_la_SOURCES = \
  pkcs11/aead_params.c pkcs11/aead_params.h \
  pkcs11/attr_number.c pkcs11/attr_number.h \
  pkcs11/attrs.c pkcs11/attrs.h \
  pkcs11/certificate.c pkcs11/certificate.h \
  pkcs11/cipher_params.c pkcs11/cipher_params.h \
  pkcs11/crypt.c pkcs11/crypt.h \
  pkcs11/crypt_rsa.c pkcs11/crypt_rsa.h \
  pkcs11/derive.c pkcs11/derive.h pkcs11/derive_scheme.h \
  pkcs11/derive_capi.c pkcs11/derive_capi.h \
  pkcs11/derive_ecdh.c \
  pkcs11/derive_encrypt.c \
  pkcs11/derive_hash.c \
  pkcs11/derive_hkdf.c \
  pkcs11/derive_map.c pkcs11/derive_map.h \
  pkcs11/derive_simple.c \
  pkcs11/derive_sp800_108.c \
  pkcs11/derive_tls.c pkcs11/derive_tls.h \
  pkcs11/derive_tls_kdf.c \
  pkcs11/derive_tls_keys.c \
  pkcs11/derive_tls_master.c \
  pkcs11/digest.c pkcs11/digest.h \
  pkcs11/digest_state.c pkcs11/digest_state.h \
  pkcs11/dual.c pkcs11/dual.h \
  pkcs11/encapsulate.c pkcs11/encapsulate.h \
  pkcs11/entry_crypt.c \
  pkcs11/entry_digest.c \
  pkcs11/entry_dual.c \
  pkcs11/entry_general.c \
  pkcs11/entry_key.c \
  pkcs11/entry_kem.c \
  pkcs11/entry_message.c \
  pkcs11/entry_message_sign.c \
  pkcs11/entry_object.c \
  pkcs11/entry_random.c \
  pkcs11/entry_session.c \
  pkcs11/entry_sign.c \
  pkcs11/entry_slot.c \
  pkcs11/entry_unsupported.c \
  pkcs11/entry_verify.c \
  pkcs11/error.c pkcs11/error.h \
  pkcs11/find.c pkcs11/find.h \
  pkcs11/gate.c pkcs11/gate.h \
  pkcs11/generate.c pkcs11/generate.h \
  pkcs11/hash_name.c pkcs11/hash_name.h \
  pkcs11/info.c pkcs11/info.h \
  pkcs11/interface.c \
  pkcs11/key_type.c pkcs11/key_type.h \
  pkcs11/mech_table.c pkcs11/mech_table.h \
  pkcs11/module.c pkcs11/module.h \
  pkcs11/message.c pkcs11/message.h \
  pkcs11/message_sign.c pkcs11/message_sign.h \
  pkcs11/nested.c pkcs11/nested.h \
  pkcs11/nonce.c pkcs11/nonce.h \
  pkcs11/object.c pkcs11/object.h \
  pkcs11/pbkdf2.c pkcs11/pbkdf2.h \
  pkcs11/pkcs11_compat.h \
  pkcs11/public_key.c pkcs11/public_key.h \
  pkcs11/removed.c pkcs11/removed.h \
  pkcs11/rsa_params.c pkcs11/rsa_params.h \
  pkcs11/secret_key.c pkcs11/secret_key.h \
  pkcs11/session.c pkcs11/session.h \
  pkcs11/sign.c pkcs11/sign.h \
  pkcs11/sign_card.c \
  pkcs11/sign_mac.c \
  pkcs11/signing.c pkcs11/signing.h \
  pkcs11/slot.c pkcs11/slot.h \
  pkcs11/spki.c pkcs11/spki.h \
  pkcs11/store.c pkcs11/store.h \
  pkcs11/template.c pkcs11/template.h \
  pkcs11/text.c pkcs11/text.h \
  pkcs11/token.c pkcs11/token.h \
  pkcs11/token_objects.c pkcs11/token_objects.h \
  pkcs11/verify.c pkcs11/verify.h \
  pkcs11/verify_public.c \
  pkcs11/wrap.c pkcs11/wrap.h pkcs11/wrap_scheme.h \
  pkcs11/wrap_aead.c \
  pkcs11/wrap_cipher.c \
  pkcs11/wrap_rsa.c \
  pkcs11/wrap_two_step.c
libcki_la_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS) $(OPENSSL_CFLAGS)

EXTRA_DIST += pkcs11/minidriver-pkcs11.sym
mdinclude_HEADERS += pkcs11/pkcs11-vendor.h
dist_p11config_DATA = pkcs11/minidriver-pkcs11.module

# The module: nothing leaves it but the three functions that the standard has callers look up by name.
p11module_LTLIBRARIES += pkcs11/minidriver-pkcs11.la
pkcs11_minidriver_pkcs11_la_SOURCES =
pkcs11_minidriver_pkcs11_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
  -export-symbols $(srcdir)/pkcs11/minidriver-pkcs11.sym
pkcs11_minidriver_pkcs11_la_LIBADD = libcki.la libmd.la libcard.la libbase.la
pkcs11_minidriver_pkcs11_la_DEPENDENCIES = $(pkcs11_minidriver_pkcs11_la_LIBADD) pkcs11/minidriver-pkcs11.sym

# A module is loaded by its name and never linked: the .la file is of no use to anybody.
install-data-hook:
	rm -f $(DESTDIR)$(p11moduledir)/minidriver-pkcs11.la $(DESTDIR)$(pkglibdir)/softcard-pcsc.la

uninstall-local:
	rm -f $(DESTDIR)$(p11moduledir)/minidriver-pkcs11.so $(DESTDIR)$(pkglibdir)/softcard-pcsc.so
