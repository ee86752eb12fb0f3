# unit tests of minidriver
include tests/fake/local.mk

unit_tests += tests/unit/test_drv_acquire
unit_tests += tests/unit/test_drv_refused
unit_tests += tests/unit/test_drv_agreement
unit_tests += tests/unit/test_drv_derive
unit_tests += tests/unit/test_host_derive

tests_unit_test_drv_acquire_SOURCES = tests/unit/test_drv_acquire.c
tests_unit_test_drv_acquire_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_acquire_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_refused_SOURCES = tests/unit/test_drv_refused.c
tests_unit_test_drv_refused_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_refused_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_agreement_SOURCES = tests/unit/test_drv_agreement.c
tests_unit_test_drv_agreement_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_agreement_LDADD = $(HARNESS_LIBS)

tests_unit_test_drv_derive_SOURCES = tests/unit/test_drv_derive.c
tests_unit_test_drv_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_drv_derive_LDADD = $(HARNESS_LIBS)

tests_unit_test_host_derive_SOURCES = tests/unit/test_host_derive.c
tests_unit_test_host_derive_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_host_derive_LDADD = $(FAKE_LIBS)

EXTRA_DIST += tests/vectors/cng-ecdh-windows.vec
