# unit tests of minidriver
include tests/fake/local.mk

unit_tests += tests/unit/test_host_derive

tests_unit_test_host_derive_SOURCES = tests/unit/test_host_derive.c
tests_unit_test_host_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_derive_LDADD = $(FAKE_LIBS)
