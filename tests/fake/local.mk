# The card in memory, for unit tests: `$(FAKE_LIBS)` in LDADD is the minidriver layer over it.
check_LTLIBRARIES += libfakecard.la libdrvharness.la
libfakecard_la_SOURCES = tests/fake/fake_card.c tests/fake/fake_card.h tests/fake/fake_keys.h
libfakecard_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libfakecard_la_LIBADD = $(OPENSSL_LIBS)
FAKE_LIBS = libmd.la libfakecard.la $(CHECK_TEST_LIBS)

# The driver side without the host side.
libdrvharness_la_SOURCES = tests/fake/drv_harness.c tests/fake/drv_harness.h
libdrvharness_la_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
HARNESS_LIBS = libdrvharness.la $(FAKE_LIBS)

# The host side, through md.h.
check_LTLIBRARIES += libhostharness.la
libhostharness_la_SOURCES = tests/fake/host_harness.c tests/fake/host_harness.h
libhostharness_la_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS)
HOST_LIBS = libhostharness.la $(FAKE_LIBS)
