# Tests. One program for each source file under test (tests/unit), linked with the objects the module is made of;
# scripts that drive programs of other people against the built module (tests/integration).
CHECK_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(OPENSSL_CFLAGS) -DTEST_SRCDIR='"$(abs_top_srcdir)"'
CHECK_TEST_LIBS = libbase.la $(CHECK_LIBS) $(OPENSSL_LIBS)

# What a test needs to know of where it runs; and that it may ask for more memory than there is.
AM_TESTS_ENVIRONMENT = \
  TOP_SRCDIR='$(abs_top_srcdir)'; export TOP_SRCDIR; \
  TOP_BUILDDIR='$(abs_top_builddir)'; export TOP_BUILDDIR; \
  TEST_SANITIZERS='$(SANITIZERS)'; export TEST_SANITIZERS; \
  ASAN_OPTIONS="allocator_may_return_null=1$${ASAN_OPTIONS:+:$$ASAN_OPTIONS}"; export ASAN_OPTIONS;

unit_tests =
fuzz_tests =
check_PROGRAMS += $(unit_tests) $(fuzz_tests)
TESTS += $(unit_tests) $(fuzz_tests)
noinst_HEADERS += tests/unit/test.h

# The fuzz targets for as long as wanted each, with other inputs each time: `make fuzz FUZZ_SECONDS=3600`.
FUZZ_SECONDS = 600
.PHONY: fuzz
fuzz: $(fuzz_tests)
	@for target in $(fuzz_tests); do \
	  start=`date +%s`; \
	  echo "$$target --seconds=$(FUZZ_SECONDS) --start=$$start"; \
	  ./$$target --seconds=$(FUZZ_SECONDS) --start=$$start || exit 1; \
	done

include tests/p11/local.mk
include tests/unit/base.mk
include tests/unit/card.mk
include tests/unit/softcard.mk
include tests/unit/minidriver.mk
include tests/unit/vectors.mk
include tests/unit/capi.mk
include tests/unit/pkcs11.mk
include tests/integration/local.mk
include tests/integration/residue.mk
include tests/integration/second_opinion.mk
include tests/integration/wine.mk
include tests/clients/local.mk
include tests/bench/local.mk
