# The same derivations through our module and through those of others (test-second-opinion.sh).
check_PROGRAMS += tests/integration/second_opinion
tests_integration_second_opinion_SOURCES = \
  tests/integration/second_opinion.c tests/integration/second_opinion.h tests/integration/second_opinion_draw.c \
  tests/integration/second_opinion_ec.c tests/integration/second_opinion_openssl.c \
  tests/integration/second_opinion_tables.c
tests_integration_second_opinion_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(P11KIT_CFLAGS)
tests_integration_second_opinion_LDADD = libp11test.la $(OPENSSL_LIBS)

integration_second_opinion = tests/integration/test-second-opinion.sh
TESTS += $(integration_second_opinion)
dist_check_SCRIPTS += $(integration_second_opinion)
dist_check_DATA += tests/integration/second_opinion.py
