# unit tests of card, and helpers that other tests use as well:
# memory_scan (a secret in the process's memory), softcard_fixture (a software card in a folder of its own),
# ec_peer (the other side of an agreement).
noinst_HEADERS += tests/unit/ec_peer.h tests/unit/freed_memory.h tests/unit/memory_scan.h tests/unit/softcard_fixture.h

unit_tests += tests/unit/test_card_error tests/unit/test_card_lock tests/unit/test_card_openpgp tests/unit/test_card_opensc \
  tests/unit/test_card_system tests/unit/test_card_text tests/unit/test_card_transmit \
  tests/unit/test_card_version tests/unit/test_card_watch tests/unit/test_memory_scan

OPENSC_TEST_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(OPENSC_CPPFLAGS)

tests_unit_test_card_error_SOURCES = tests/unit/test_card_error.c
tests_unit_test_card_error_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS) \
  -DOPENSC_ERRORS_H='"$(OPENSC_SOURCE)/src/libopensc/errors.h"'
tests_unit_test_card_error_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_lock_SOURCES = tests/unit/test_card_lock.c tests/unit/softcard_fixture.c
tests_unit_test_card_lock_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_lock_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_openpgp_SOURCES = tests/unit/test_card_openpgp.c tests/unit/ec_peer.c tests/unit/memory_scan.c \
  tests/unit/softcard_fixture.c tests/unit/vectors.c
tests_unit_test_card_openpgp_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_openpgp_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_opensc_SOURCES = tests/unit/test_card_opensc.c tests/unit/ec_peer.c tests/unit/memory_scan.c \
  tests/unit/softcard_fixture.c
tests_unit_test_card_opensc_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_opensc_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_system_SOURCES = tests/unit/test_card_system.c
tests_unit_test_card_system_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_system_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_text_SOURCES = tests/unit/test_card_text.c
tests_unit_test_card_text_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_card_text_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_transmit_SOURCES = tests/unit/test_card_transmit.c tests/unit/memory_scan.c
tests_unit_test_card_transmit_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_transmit_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_version_SOURCES = tests/unit/test_card_version.c
tests_unit_test_card_version_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_version_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_card_watch_SOURCES = tests/unit/test_card_watch.c tests/unit/softcard_fixture.c
tests_unit_test_card_watch_CPPFLAGS = $(OPENSC_TEST_CPPFLAGS)
tests_unit_test_card_watch_LDADD = libcard.la $(CHECK_TEST_LIBS)

tests_unit_test_memory_scan_SOURCES = tests/unit/test_memory_scan.c tests/unit/memory_scan.c
tests_unit_test_memory_scan_CPPFLAGS = $(CHECK_TEST_CPPFLAGS)
tests_unit_test_memory_scan_LDADD = $(CHECK_TEST_LIBS)
