# known answers from tests/vectors, and their reader
noinst_HEADERS += tests/unit/vectors.h
dist_check_DATA += tests/vectors/ecc-cdh-nist.vec tests/vectors/static-unified-zz-nist.vec \
  tests/vectors/static-unified-concat-nist.vec tests/vectors/x963-nist.vec tests/vectors/x963-openssl.vec \
  tests/vectors/single-step-openssl.vec tests/vectors/cng-ecdh-windows.vec \
  tests/vectors/aes-modes-nist.vec tests/vectors/aes-ctr-cts.vec tests/vectors/gcm-nist.vec tests/vectors/ccm-nist.vec \
  tests/vectors/xts-nist.vec tests/vectors/key-wrap-nist.vec tests/vectors/key-wrap-wycheproof.vec \
  tests/vectors/des3-nist.vec tests/vectors/chacha20.vec \
  tests/vectors/ciphers-wycheproof.vec \
  tests/vectors/legacy-ciphers.vec \
  tests/vectors/x25519-rfc7748.vec tests/vectors/x448-rfc7748.vec \
  tests/vectors/cng-ecdh-p256-windows.vec tests/vectors/tls-prf-openssl.vec tests/vectors/shake-nist.vec \
  tests/vectors/blake2b-rfc7693.vec tests/vectors/pkcs11-examples.vec \
  tests/vectors/hkdf-rfc5869.vec tests/vectors/hkdf-openssl.vec tests/vectors/hkdf-wycheproof.vec \
  tests/vectors/sp800-108-counter-nist.vec tests/vectors/sp800-108-botan.vec \
  tests/vectors/pbkdf2-rfc.vec tests/vectors/pbkdf2-openssl.vec tests/vectors/pbkdf2-botan.vec
EXTRA_DIST += scripts/make-vectors

unit_tests += tests/unit/test_vectors_reader

tests_unit_test_vectors_reader_SOURCES = tests/unit/test_vectors_reader.c tests/unit/vectors.c
tests_unit_test_vectors_reader_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_reader_LDADD = $(CHECK_TEST_LIBS)

noinst_HEADERS += tests/unit/vector_scene.h
unit_tests += tests/unit/test_vectors_agree tests/unit/test_vectors_kdf

tests_unit_test_vectors_agree_SOURCES = tests/unit/test_vectors_agree.c tests/unit/vector_scene.c tests/unit/vectors.c
tests_unit_test_vectors_agree_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_agree_LDADD = $(FAKE_LIBS)

tests_unit_test_vectors_kdf_SOURCES = tests/unit/test_vectors_kdf.c tests/unit/vector_scene.c tests/unit/vectors.c
tests_unit_test_vectors_kdf_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_kdf_LDADD = $(FAKE_LIBS)

unit_tests += tests/unit/test_vectors_card_data

tests_unit_test_vectors_card_data_SOURCES = \
  tests/unit/test_vectors_card_data.c tests/unit/vector_scene.c tests/unit/vectors.c
tests_unit_test_vectors_card_data_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_card_data_LDADD = $(FAKE_LIBS)

unit_tests += tests/unit/test_vectors_session_key

tests_unit_test_vectors_session_key_SOURCES = tests/unit/test_vectors_session_key.c tests/unit/vectors.c
tests_unit_test_vectors_session_key_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_session_key_LDADD = $(HARNESS_LIBS)

# MACs and digests
dist_check_DATA += tests/vectors/hmac-rfc.vec tests/vectors/hmac-computed.vec tests/vectors/mac-openssl.vec \
  tests/vectors/cmac-nist.vec tests/vectors/gmac-nist.vec tests/vectors/digest-nist.vec \
  tests/vectors/tls-prf-nist.vec tests/vectors/tls-finished.vec
unit_tests += tests/unit/test_vectors_mac

tests_unit_test_vectors_mac_SOURCES = tests/unit/test_vectors_mac.c tests/unit/vectors.c
tests_unit_test_vectors_mac_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_vectors_mac_LDADD = $(CKI_TEST_LIBS)

unit_tests += tests/unit/test_vectors_kdf_keys

tests_unit_test_vectors_kdf_keys_SOURCES = \
  tests/unit/test_vectors_kdf_keys.c tests/unit/vector_scene.c tests/unit/vectors.c
tests_unit_test_vectors_kdf_keys_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_kdf_keys_LDADD = libhostharness.la $(HARNESS_LIBS)
# the same and more through PKCS#11
dist_check_DATA += tests/vectors/hash-nist.vec tests/vectors/encrypt-nist.vec
unit_tests += tests/unit/test_vectors_pkcs11
tests_unit_test_vectors_pkcs11_SOURCES = tests/unit/test_vectors_pkcs11.c tests/unit/vectors.c
tests_unit_test_vectors_pkcs11_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_vectors_pkcs11_LDADD = libp11test.la $(CKI_TEST_LIBS)

unit_tests += tests/unit/test_vectors_pkcs11_ecdh
tests_unit_test_vectors_pkcs11_ecdh_SOURCES = \
  tests/unit/test_vectors_pkcs11_ecdh.c tests/unit/vector_scene.c tests/unit/vectors.c
tests_unit_test_vectors_pkcs11_ecdh_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_vectors_pkcs11_ecdh_LDADD = libp11test.la $(CKI_TEST_LIBS)
