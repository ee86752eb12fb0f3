# CryptoAPI: its functions, called as a program would, over the fake card
noinst_HEADERS += tests/unit/capi_scene.h
CAPI_TEST_LIBS = libcapiscene.la libcapi.la $(FAKE_LIBS)
check_LTLIBRARIES += libcapiscene.la
libcapiscene_la_SOURCES = tests/unit/capi_scene.c
libcapiscene_la_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)

dist_check_DATA += tests/vectors/capi-derive-windows.vec tests/vectors/capi-keys-windows.vec \
  tests/vectors/capi-simpleblob-windows.vec tests/vectors/kdf-capi-windows.vec

unit_tests += tests/unit/test_vectors_capi
tests_unit_test_vectors_capi_SOURCES = tests/unit/test_vectors_capi.c tests/unit/vectors.c
tests_unit_test_vectors_capi_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_vectors_capi_LDADD = $(CAPI_TEST_LIBS)

# tests of one part each
unit_tests += tests/unit/test_capi_provider
tests_unit_test_capi_provider_SOURCES = tests/unit/test_capi_provider.c
tests_unit_test_capi_provider_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_provider_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_hash
tests_unit_test_capi_hash_SOURCES = tests/unit/test_capi_hash.c
tests_unit_test_capi_hash_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_hash_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_key
tests_unit_test_capi_key_SOURCES = tests/unit/test_capi_key.c
tests_unit_test_capi_key_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_key_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_encrypt
tests_unit_test_capi_encrypt_SOURCES = tests/unit/test_capi_encrypt.c
tests_unit_test_capi_encrypt_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_encrypt_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_blob
tests_unit_test_capi_blob_SOURCES = tests/unit/test_capi_blob.c
tests_unit_test_capi_blob_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_blob_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_card
tests_unit_test_capi_card_SOURCES = tests/unit/test_capi_card.c tests/unit/vectors.c
tests_unit_test_capi_card_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_card_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_capi_threads
tests_unit_test_capi_threads_SOURCES = tests/unit/test_capi_threads.c
tests_unit_test_capi_threads_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_capi_threads_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_card_host
tests_unit_test_card_host_SOURCES = tests/unit/test_card_host.c
tests_unit_test_card_host_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_card_host_LDADD = $(CAPI_TEST_LIBS)

unit_tests += tests/unit/test_kdf_capi
tests_unit_test_kdf_capi_SOURCES = tests/unit/test_kdf_capi.c tests/unit/vectors.c
tests_unit_test_kdf_capi_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_capi_LDADD = $(HARNESS_LIBS)

unit_tests += tests/unit/test_host_capi
tests_unit_test_host_capi_SOURCES = tests/unit/test_host_capi.c
tests_unit_test_host_capi_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_capi_LDADD = $(HOST_LIBS)

include tests/fuzz/capi.mk
