# The benchmark: `make bench`, no part of `make check` (doc/performance.md).
EXTRA_PROGRAMS += tests/bench/bench
CLEANFILES += tests/bench/bench
tests_bench_bench_SOURCES = \
  tests/bench/bench.c tests/bench/bench.h \
  tests/bench/bench_evp.c \
  tests/bench/bench_keys.c \
  tests/bench/bench_p11.c
tests_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(P11KIT_CFLAGS)
tests_bench_bench_LDADD = libp11test.la $(OPENSSL_LIBS) -lpthread
EXTRA_DIST += tests/bench/run.sh

.PHONY: bench
bench: all tests/bench/bench
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' bash $(srcdir)/tests/bench/run.sh

# our module beside opensc-pkcs11 on a card
EXTRA_DIST += tests/bench/run-card.sh tests/bench/card_times.py
.PHONY: bench-card
bench-card: all tests/p11/card_steps
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' bash $(srcdir)/tests/bench/run-card.sh
