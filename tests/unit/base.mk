# unit tests of base/
unit_tests += tests/unit/test_handle_table tests/unit/test_log tests/unit/test_secret tests/unit/test_ossl tests/unit/test_ossl_direct tests/unit/test_lock tests/unit/test_peek \
  tests/unit/test_process

tests_unit_test_handle_table_SOURCES = tests/unit/test_handle_table.c
tests_unit_test_handle_table_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_handle_table_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_secret_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_ossl_SOURCES = tests/unit/test_ossl.c
tests_unit_test_ossl_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_ossl_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_ossl_direct_SOURCES = tests/unit/test_ossl_direct.c
tests_unit_test_ossl_direct_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_ossl_direct_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_lock_SOURCES = tests/unit/test_lock.c
tests_unit_test_lock_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_lock_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_peek_SOURCES = tests/unit/test_peek.c
tests_unit_test_peek_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_peek_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_log_LDADD = $(CHECK_TEST_LIBS)

tests_unit_test_process_SOURCES = tests/unit/test_process.c
tests_unit_test_process_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_process_LDADD = $(CHECK_TEST_LIBS)
