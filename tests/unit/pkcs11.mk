# unit tests of pkcs11
# What they share: the module over the card in memory.
check_LTLIBRARIES += libckienv.la
libckienv_la_SOURCES = tests/unit/cki_env.c tests/unit/cki_env.h tests/unit/cki_return.c tests/unit/cki_return.h
libckienv_la_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
EXTRA_DIST += tests/unit/return_values.tsv
CKI_TEST_LIBS = libckienv.la libcki.la $(FAKE_LIBS)

unit_tests += \
  tests/unit/test_cki_tables \
  tests/unit/test_cki_attrs \
  tests/unit/test_cki_removed \
  tests/unit/test_cki_template \
  tests/unit/test_cki_module \
  tests/unit/test_cki_slot \
  tests/unit/test_cki_object \
  tests/unit/test_cki_token_objects \
  tests/unit/test_cki_derive \
  tests/unit/test_cki_derive_tls \
  tests/unit/test_cki_nested \
  tests/unit/test_cki_history \
  tests/unit/test_cki_chain \
  tests/unit/test_cki_derive_hkdf \
  tests/unit/test_cki_derive_simple \
  tests/unit/test_cki_derive_capi \
  tests/unit/test_cki_derive_sp800_108 \
  tests/unit/test_cki_generate \
  tests/unit/test_cki_montgomery \
  tests/unit/test_cki_encapsulate \
  tests/unit/test_cki_wrap \
  tests/unit/test_cki_wrap_card \
  tests/unit/test_cki_verify_signature \
  tests/unit/test_cki_uses \
  tests/unit/test_cki_objects \
  tests/unit/test_cki_lifetime tests/unit/test_cki_events tests/unit/test_cki_message_sign \
  tests/unit/test_cki_load \
  tests/unit/test_cki_wrap_cipher \
  tests/unit/test_cki_message \
  tests/unit/test_cki_crypt \
  tests/unit/test_cki_threads \
  tests/unit/test_cki_cipher \
  tests/unit/test_vectors_cipher \
  tests/unit/test_cki_public \
  tests/unit/test_cki_rsa \
  tests/unit/test_cki_sign \
  tests/unit/test_cki_pin \
  tests/unit/test_cki_return_calls tests/unit/test_cki_return_objects \
  tests/unit/test_cki_return_operations tests/unit/test_cki_return_card \
  tests/unit/test_cki_mac \
  tests/unit/test_cki_digest \
  tests/unit/test_cki_dual

tests_unit_test_cki_tables_SOURCES = tests/unit/test_cki_tables.c
tests_unit_test_cki_tables_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_tables_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_attrs_SOURCES = tests/unit/test_cki_attrs.c
tests_unit_test_cki_attrs_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_attrs_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_removed_SOURCES = tests/unit/test_cki_removed.c
tests_unit_test_cki_removed_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_removed_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_template_SOURCES = tests/unit/test_cki_template.c
tests_unit_test_cki_template_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_template_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_module_SOURCES = tests/unit/test_cki_module.c
tests_unit_test_cki_module_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_module_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_events_SOURCES = tests/unit/test_cki_events.c
tests_unit_test_cki_events_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_events_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_message_sign_SOURCES = tests/unit/test_cki_message_sign.c
tests_unit_test_cki_message_sign_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_message_sign_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_slot_SOURCES = tests/unit/test_cki_slot.c
tests_unit_test_cki_slot_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_slot_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_token_objects_SOURCES = tests/unit/test_cki_token_objects.c
tests_unit_test_cki_token_objects_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_token_objects_LDADD = $(CKI_TEST_LIBS)
tests_unit_test_cki_object_SOURCES = tests/unit/test_cki_object.c
tests_unit_test_cki_object_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_object_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_derive_SOURCES = tests/unit/test_cki_derive.c
tests_unit_test_cki_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_derive_tls_SOURCES = tests/unit/test_cki_derive_tls.c
tests_unit_test_cki_derive_tls_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_tls_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_nested_SOURCES = tests/unit/test_cki_nested.c
tests_unit_test_cki_nested_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_nested_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_history_SOURCES = tests/unit/test_cki_history.c
tests_unit_test_cki_history_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_history_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_chain_SOURCES = tests/unit/test_cki_chain.c
tests_unit_test_cki_chain_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_chain_LDADD = $(CKI_TEST_LIBS)
tests_unit_test_cki_derive_hkdf_SOURCES = tests/unit/test_cki_derive_hkdf.c
tests_unit_test_cki_derive_hkdf_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_hkdf_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_derive_capi_SOURCES = tests/unit/test_cki_derive_capi.c
tests_unit_test_cki_derive_capi_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_capi_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_derive_simple_SOURCES = tests/unit/test_cki_derive_simple.c
tests_unit_test_cki_derive_simple_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_simple_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_derive_sp800_108_SOURCES = tests/unit/test_cki_derive_sp800_108.c
tests_unit_test_cki_derive_sp800_108_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_derive_sp800_108_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_generate_SOURCES = tests/unit/test_cki_generate.c
tests_unit_test_cki_generate_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_generate_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_montgomery_SOURCES = tests/unit/test_cki_montgomery.c
tests_unit_test_cki_montgomery_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_montgomery_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_wrap_SOURCES = tests/unit/test_cki_wrap.c
tests_unit_test_cki_wrap_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_wrap_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_crypt_SOURCES = tests/unit/test_cki_crypt.c
tests_unit_test_cki_crypt_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_crypt_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_public_SOURCES = tests/unit/test_cki_public.c
tests_unit_test_cki_public_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_public_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_rsa_SOURCES = tests/unit/test_cki_rsa.c
tests_unit_test_cki_rsa_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_rsa_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_sign_SOURCES = tests/unit/test_cki_sign.c
tests_unit_test_cki_sign_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_sign_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_pin_SOURCES = tests/unit/test_cki_pin.c
tests_unit_test_cki_pin_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_pin_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_cipher_SOURCES = tests/unit/test_cki_cipher.c
tests_unit_test_cki_cipher_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_cipher_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_vectors_cipher_SOURCES = tests/unit/test_vectors_cipher.c tests/unit/vectors.c
tests_unit_test_vectors_cipher_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_vectors_cipher_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_mac_SOURCES = tests/unit/test_cki_mac.c
tests_unit_test_cki_mac_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_mac_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_digest_SOURCES = tests/unit/test_cki_digest.c
tests_unit_test_cki_digest_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_digest_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_dual_SOURCES = tests/unit/test_cki_dual.c
tests_unit_test_cki_dual_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_dual_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_wrap_card_SOURCES = tests/unit/test_cki_wrap_card.c
tests_unit_test_cki_wrap_card_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_wrap_card_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_encapsulate_SOURCES = tests/unit/test_cki_encapsulate.c
tests_unit_test_cki_encapsulate_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_encapsulate_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_threads_SOURCES = tests/unit/test_cki_threads.c
tests_unit_test_cki_threads_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_threads_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_wrap_cipher_SOURCES = tests/unit/test_cki_wrap_cipher.c
tests_unit_test_cki_wrap_cipher_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_wrap_cipher_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_message_SOURCES = tests/unit/test_cki_message.c
tests_unit_test_cki_message_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_message_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_verify_signature_SOURCES = tests/unit/test_cki_verify_signature.c
tests_unit_test_cki_verify_signature_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_verify_signature_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_uses_SOURCES = tests/unit/test_cki_uses.c
tests_unit_test_cki_uses_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_uses_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_objects_SOURCES = tests/unit/test_cki_objects.c
tests_unit_test_cki_objects_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_objects_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_lifetime_SOURCES = tests/unit/test_cki_lifetime.c
tests_unit_test_cki_lifetime_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_lifetime_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_load_SOURCES = tests/unit/test_cki_load.c
tests_unit_test_cki_load_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_load_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_return_calls_SOURCES = tests/unit/test_cki_return_calls.c
tests_unit_test_cki_return_calls_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_return_calls_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_return_objects_SOURCES = tests/unit/test_cki_return_objects.c
tests_unit_test_cki_return_objects_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_return_objects_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_return_operations_SOURCES = tests/unit/test_cki_return_operations.c
tests_unit_test_cki_return_operations_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_return_operations_LDADD = $(CKI_TEST_LIBS)

tests_unit_test_cki_return_card_SOURCES = tests/unit/test_cki_return_card.c
tests_unit_test_cki_return_card_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_return_card_LDADD = $(CKI_TEST_LIBS)

# Memory that runs out (minidriver.mk has the flags).
unit_tests += tests/unit/test_cki_memory
tests_unit_test_cki_memory_SOURCES = tests/unit/test_cki_memory.c tests/unit/fail_malloc.c
tests_unit_test_cki_memory_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_unit_test_cki_memory_LDFLAGS = $(fail_malloc_ldflags)
tests_unit_test_cki_memory_LDADD = $(CKI_TEST_LIBS)
