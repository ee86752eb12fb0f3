# fuzz target of CryptoAPI's blobs: bounded in `make check`, long with `make fuzz`; as a libFuzzer program on demand (see fuzz_apdu.c)
fuzz_tests += tests/fuzz/fuzz_capi_import
tests_fuzz_fuzz_capi_import_SOURCES = \
  tests/fuzz/fuzz.h tests/fuzz/fuzz_capi_import.c tests/fuzz/fuzz_capi_import_seeds.c tests/fuzz/fuzz_main.c
tests_fuzz_fuzz_capi_import_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_fuzz_fuzz_capi_import_LDADD = libcapi.la libmd.la libfakecard.la libbase.la $(OPENSSL_LIBS)

EXTRA_PROGRAMS += tests/fuzz/fuzz_capi_import_libfuzzer
tests_fuzz_fuzz_capi_import_libfuzzer_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_capi_import.c
tests_fuzz_fuzz_capi_import_libfuzzer_CPPFLAGS = $(tests_fuzz_fuzz_capi_import_CPPFLAGS)
tests_fuzz_fuzz_capi_import_libfuzzer_LDADD = $(tests_fuzz_fuzz_capi_import_LDADD)
tests_fuzz_fuzz_capi_import_libfuzzer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
