# Modules loaded by path, and one derivation through any of them: for unit tests, integration tests and benchmarks.
check_LTLIBRARIES += libp11test.la
libp11test_la_SOURCES = \
  tests/p11/derive_case.c tests/p11/derive_case.h tests/p11/derive_params.h \
  tests/p11/names.c tests/p11/names.h \
  tests/p11/p11_module.c tests/p11/p11_module.h
libp11test_la_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS)
libp11test_la_LIBADD = -ldl

# What a module shows, for tests/integration/test-inventory.sh.
check_PROGRAMS += tests/p11/inventory
tests_p11_inventory_SOURCES = tests/p11/inventory.c
tests_p11_inventory_CPPFLAGS = $(AM_CPPFLAGS) $(P11KIT_CFLAGS)
tests_p11_inventory_LDADD = libp11test.la

# A client's work with a card, for tests/integration/test-card-commands.sh and tests/bench/run-card.sh.
check_PROGRAMS += tests/p11/card_steps
tests_p11_card_steps_SOURCES = tests/p11/card_steps.c
tests_p11_card_steps_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(P11KIT_CFLAGS)
tests_p11_card_steps_LDADD = libp11test.la $(OPENSSL_LIBS)
