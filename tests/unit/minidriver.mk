# unit tests of minidriver
include tests/fake/local.mk

unit_tests += tests/unit/test_drv_acquire
unit_tests += tests/unit/test_drv_refused
unit_tests += tests/unit/test_drv_agreement
unit_tests += tests/unit/test_drv_montgomery
unit_tests += tests/unit/test_drv_derive
unit_tests += tests/unit/test_drv_secret
unit_tests += tests/unit/test_drv_params
unit_tests += tests/unit/test_drv_container
unit_tests += tests/unit/test_drv_property
unit_tests += tests/unit/test_drv_file
unit_tests += tests/unit/test_drv_pin
unit_tests += tests/unit/test_drv_sign
unit_tests += tests/unit/test_drv_verify
unit_tests += tests/unit/test_drv_rsa
unit_tests += tests/unit/test_drv_no_card tests/unit/test_drv_secure
unit_tests += tests/unit/test_drv_session_key
unit_tests += tests/unit/test_drv_cipher
unit_tests += tests/unit/test_drv_wrap
unit_tests += tests/unit/test_drv_mac
unit_tests += tests/unit/test_drv_digest
unit_tests += tests/unit/test_kdf_hash
unit_tests += tests/unit/test_kdf_tls
unit_tests += tests/unit/test_kdf_concat
unit_tests += tests/unit/test_kdf_x963
unit_tests += tests/unit/test_kdf_truncate
unit_tests += tests/unit/test_kdf_join
unit_tests += tests/unit/test_kdf_encrypt
unit_tests += tests/unit/test_kdf_xof
unit_tests += tests/unit/test_kdf_memory
unit_tests += tests/unit/test_hmac
unit_tests += tests/unit/test_kdf_hkdf
unit_tests += tests/unit/test_kdf_pbkdf2
unit_tests += tests/unit/test_kdf_prf
unit_tests += tests/unit/test_kdf_sp800_108
unit_tests += tests/unit/test_md_wide
unit_tests += tests/unit/test_host_derive
unit_tests += tests/unit/test_host_kdf
unit_tests += tests/unit/test_host_card
unit_tests += tests/unit/test_host_key
unit_tests += tests/unit/test_host_cipher
unit_tests += tests/unit/test_host_mac
unit_tests += tests/unit/test_host_montgomery
unit_tests += tests/unit/test_host_point
unit_tests += tests/unit/test_host_sign
unit_tests += tests/unit/test_host_certificate tests/unit/test_host_data
unit_tests += tests/unit/test_host_threads
unit_tests += tests/unit/test_md_error

tests_unit_test_drv_acquire_SOURCES = tests/unit/test_drv_acquire.c
tests_unit_test_drv_acquire_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_acquire_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_refused_SOURCES = tests/unit/test_drv_refused.c
tests_unit_test_drv_refused_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_refused_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_agreement_SOURCES = tests/unit/test_drv_agreement.c
tests_unit_test_drv_agreement_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_agreement_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_montgomery_SOURCES = tests/unit/test_drv_montgomery.c tests/unit/vectors.c
tests_unit_test_drv_montgomery_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_montgomery_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_derive_SOURCES = tests/unit/test_drv_derive.c
tests_unit_test_drv_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_derive_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_secret_SOURCES = tests/unit/test_drv_secret.c
tests_unit_test_drv_secret_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_secret_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_params_SOURCES = tests/unit/test_drv_params.c
tests_unit_test_drv_params_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_params_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_container_SOURCES = tests/unit/test_drv_container.c
tests_unit_test_drv_container_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_container_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_property_SOURCES = tests/unit/test_drv_property.c
tests_unit_test_drv_property_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_property_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_file_SOURCES = tests/unit/test_drv_file.c
tests_unit_test_drv_file_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_file_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_pin_SOURCES = tests/unit/test_drv_pin.c
tests_unit_test_drv_pin_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_pin_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_sign_SOURCES = tests/unit/test_drv_sign.c
tests_unit_test_drv_sign_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_sign_LDADD = $(HARNESS_LIBS)
tests_unit_test_drv_verify_SOURCES = tests/unit/test_drv_verify.c
tests_unit_test_drv_verify_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_verify_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_session_key_SOURCES = tests/unit/test_drv_session_key.c
tests_unit_test_drv_session_key_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_session_key_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_cipher_SOURCES = tests/unit/test_drv_cipher.c
tests_unit_test_drv_cipher_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_cipher_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_wrap_SOURCES = tests/unit/test_drv_wrap.c
tests_unit_test_drv_wrap_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_wrap_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_mac_SOURCES = tests/unit/test_drv_mac.c tests/unit/vectors.c
tests_unit_test_drv_mac_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_mac_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_digest_SOURCES = tests/unit/test_drv_digest.c
tests_unit_test_drv_digest_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_digest_LDADD = $(HARNESS_LIBS)

tests_unit_test_host_mac_SOURCES = tests/unit/test_host_mac.c
tests_unit_test_host_mac_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_mac_LDADD = $(HOST_LIBS)

tests_unit_test_kdf_hash_SOURCES = tests/unit/test_kdf_hash.c
tests_unit_test_kdf_hash_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_hash_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_tls_SOURCES = tests/unit/test_kdf_tls.c
tests_unit_test_kdf_tls_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_tls_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_concat_SOURCES = tests/unit/test_kdf_concat.c
tests_unit_test_kdf_concat_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_concat_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_x963_SOURCES = tests/unit/test_kdf_x963.c
tests_unit_test_kdf_x963_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_x963_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_truncate_SOURCES = tests/unit/test_kdf_truncate.c
tests_unit_test_kdf_truncate_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_truncate_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_join_SOURCES = tests/unit/test_kdf_join.c
tests_unit_test_kdf_join_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_join_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_encrypt_SOURCES = tests/unit/test_kdf_encrypt.c
tests_unit_test_kdf_encrypt_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_encrypt_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_xof_SOURCES = tests/unit/test_kdf_xof.c
tests_unit_test_kdf_xof_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_xof_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_memory_SOURCES = tests/unit/test_kdf_memory.c tests/unit/memory_scan.c
tests_unit_test_kdf_memory_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_memory_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_hkdf_SOURCES = tests/unit/test_kdf_hkdf.c
tests_unit_test_kdf_hkdf_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_hkdf_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_pbkdf2_SOURCES = tests/unit/test_kdf_pbkdf2.c
tests_unit_test_kdf_pbkdf2_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_pbkdf2_LDADD = $(HARNESS_LIBS)

tests_unit_test_hmac_SOURCES = tests/unit/test_hmac.c
tests_unit_test_hmac_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_hmac_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_prf_SOURCES = tests/unit/test_kdf_prf.c
tests_unit_test_kdf_prf_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_prf_LDADD = $(HARNESS_LIBS)

tests_unit_test_kdf_sp800_108_SOURCES = tests/unit/test_kdf_sp800_108.c
tests_unit_test_kdf_sp800_108_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_kdf_sp800_108_LDADD = $(HARNESS_LIBS)

tests_unit_test_md_wide_SOURCES = tests/unit/test_md_wide.c
tests_unit_test_md_wide_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_md_wide_LDADD = $(HARNESS_LIBS)

tests_unit_test_host_derive_SOURCES = tests/unit/test_host_derive.c
tests_unit_test_host_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_derive_LDADD = $(HOST_LIBS)

tests_unit_test_host_kdf_SOURCES = tests/unit/test_host_kdf.c
tests_unit_test_host_kdf_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_kdf_LDADD = $(HOST_LIBS)

tests_unit_test_host_card_SOURCES = tests/unit/test_host_card.c
tests_unit_test_host_card_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_card_LDADD = $(HOST_LIBS)

tests_unit_test_host_key_SOURCES = tests/unit/test_host_key.c
tests_unit_test_host_key_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_key_LDADD = $(HOST_LIBS)

tests_unit_test_host_cipher_SOURCES = tests/unit/test_host_cipher.c
tests_unit_test_host_cipher_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_cipher_LDADD = $(HOST_LIBS)

tests_unit_test_host_montgomery_SOURCES = tests/unit/test_host_montgomery.c
tests_unit_test_host_montgomery_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_montgomery_LDADD = $(HOST_LIBS)

tests_unit_test_host_point_SOURCES = tests/unit/test_host_point.c
tests_unit_test_host_point_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_point_LDADD = $(HOST_LIBS)

tests_unit_test_host_sign_SOURCES = tests/unit/test_host_sign.c
tests_unit_test_host_sign_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_sign_LDADD = $(HOST_LIBS)

tests_unit_test_host_data_SOURCES = tests/unit/test_host_data.c
tests_unit_test_host_data_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_data_LDADD = $(HOST_LIBS)
tests_unit_test_host_certificate_SOURCES = tests/unit/test_host_certificate.c
tests_unit_test_host_certificate_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_certificate_LDADD = $(HOST_LIBS)

tests_unit_test_host_threads_SOURCES = tests/unit/test_host_threads.c
tests_unit_test_host_threads_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_threads_LDADD = $(HOST_LIBS)

tests_unit_test_md_error_SOURCES = tests/unit/test_md_error.c
tests_unit_test_md_error_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_md_error_LDADD = $(HOST_LIBS)

EXTRA_DIST += tests/vectors/cng-ecdh-windows.vec

tests_unit_test_drv_rsa_SOURCES = tests/unit/test_drv_rsa.c
tests_unit_test_drv_rsa_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_rsa_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_secure_SOURCES = tests/unit/test_drv_secure.c
tests_unit_test_drv_secure_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_secure_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_no_card_SOURCES = tests/unit/test_drv_no_card.c
tests_unit_test_drv_no_card_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_no_card_LDADD = $(HARNESS_LIBS)

# A provider of another house over the real library and software cards.
unit_tests += tests/unit/test_base_csp
tests_unit_test_base_csp_SOURCES = tests/unit/test_base_csp.c tests/unit/ec_peer.c tests/unit/softcard_fixture.c
tests_unit_test_base_csp_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_base_csp_LDADD = libmd.la libcard.la $(CHECK_TEST_LIBS)

# Memory that runs out.
noinst_HEADERS += tests/unit/fail_malloc.h
fail_malloc_ldflags = $(AM_LDFLAGS) \
  -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=aligned_alloc,--wrap=free

unit_tests += tests/unit/test_drv_memory
tests_unit_test_drv_memory_SOURCES = tests/unit/test_drv_memory.c tests/unit/fail_malloc.c
tests_unit_test_drv_memory_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_memory_LDFLAGS = $(fail_malloc_ldflags)
tests_unit_test_drv_memory_LDADD = $(HARNESS_LIBS)
