# unit tests of softcard
softcard_tests = \
  tests/unit/test_softcard_tlv \
  tests/unit/test_softcard_apdu \
  tests/unit/test_softcard_state \
  tests/unit/test_softcard_store \
  tests/unit/test_softcard_keys \
  tests/unit/test_softcard_piv \
  tests/unit/test_softcard_piv_pin \
  tests/unit/test_softcard_piv_auth \
  tests/unit/test_softcard_piv_admin \
  tests/unit/test_softcard_openpgp \
  tests/unit/test_softcard_personalise \
  tests/unit/test_softcard_vpcd \
  tests/unit/test_softcard_pcsc \
  tests/unit/test_softcard_winscard
unit_tests += $(softcard_tests)
EXTRA_DIST += tests/unit/softcard-rsa2048.pem tests/unit/softcard-rsa3072.pem tests/unit/softcard-rsa4096.pem

check_LTLIBRARIES += libsoftcardtest.la
libsoftcardtest_la_SOURCES = \
  tests/unit/softcard_crypt.c tests/unit/softcard_crypt.h \
  tests/unit/softcard_test.c tests/unit/softcard_test.h
libsoftcardtest_la_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)

SOFTCARD_TEST_LIBS = libsoftcardtest.la libsoftcard.la $(CHECK_TEST_LIBS)

tests_unit_test_softcard_tlv_SOURCES = tests/unit/test_softcard_tlv.c
tests_unit_test_softcard_tlv_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_tlv_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_apdu_SOURCES = tests/unit/test_softcard_apdu.c
tests_unit_test_softcard_apdu_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_apdu_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_state_SOURCES = tests/unit/test_softcard_state.c
tests_unit_test_softcard_state_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_state_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_store_SOURCES = tests/unit/test_softcard_store.c
tests_unit_test_softcard_store_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_store_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_keys_SOURCES = tests/unit/test_softcard_keys.c
tests_unit_test_softcard_keys_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_keys_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_piv_SOURCES = tests/unit/test_softcard_piv.c
tests_unit_test_softcard_piv_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_piv_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_piv_pin_SOURCES = tests/unit/test_softcard_piv_pin.c
tests_unit_test_softcard_piv_pin_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_piv_pin_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_piv_auth_SOURCES = tests/unit/test_softcard_piv_auth.c
tests_unit_test_softcard_piv_auth_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_piv_auth_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_piv_admin_SOURCES = tests/unit/test_softcard_piv_admin.c
tests_unit_test_softcard_piv_admin_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_piv_admin_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_openpgp_SOURCES = tests/unit/test_softcard_openpgp.c
tests_unit_test_softcard_openpgp_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_openpgp_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_personalise_SOURCES = tests/unit/test_softcard_personalise.c
tests_unit_test_softcard_personalise_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_personalise_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_vpcd_SOURCES = tests/unit/test_softcard_vpcd.c
tests_unit_test_softcard_vpcd_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_vpcd_LDADD = $(SOFTCARD_TEST_LIBS)

tests_unit_test_softcard_pcsc_SOURCES = tests/unit/test_softcard_pcsc.c
tests_unit_test_softcard_pcsc_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_softcard_pcsc_LDADD = libsoftcardpcsc.la $(SOFTCARD_TEST_LIBS) $(OPENSC_LIBS) -lpthread

# Compared with the real header; linked with nothing of pcsc-lite.
tests_unit_test_softcard_winscard_SOURCES = tests/unit/test_softcard_winscard.c
tests_unit_test_softcard_winscard_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(PCSC_CFLAGS)
tests_unit_test_softcard_winscard_LDADD = $(CHECK_TEST_LIBS)

# the tool as scripts use it; the card behind a private pcscd (skipped where that cannot be had)
dist_check_SCRIPTS += tests/unit/test_softcard_tool.sh tests/unit/test_softcard_serve.sh
TESTS += tests/unit/test_softcard_tool.sh tests/unit/test_softcard_serve.sh
EXTRA_DIST += tests/integration/pcscd-private.sh

include tests/fuzz/softcard.mk
