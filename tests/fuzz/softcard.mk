# fuzz target of softcard: bounded in `make check`, long with `make fuzz`; as a libFuzzer program on demand (see fuzz_apdu.c)
fuzz_tests += tests/fuzz/fuzz_apdu
tests_fuzz_fuzz_apdu_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_apdu.c tests/fuzz/fuzz_apdu_seeds.c tests/fuzz/fuzz_main.c
tests_fuzz_fuzz_apdu_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_fuzz_fuzz_apdu_LDADD = libsoftcard.la libbase.la $(OPENSSL_LIBS)

EXTRA_PROGRAMS += tests/fuzz/fuzz_apdu_libfuzzer
tests_fuzz_fuzz_apdu_libfuzzer_SOURCES = tests/fuzz/fuzz.h tests/fuzz/fuzz_apdu.c
tests_fuzz_fuzz_apdu_libfuzzer_CPPFLAGS = $(tests_fuzz_fuzz_apdu_CPPFLAGS)
tests_fuzz_fuzz_apdu_libfuzzer_LDADD = $(tests_fuzz_fuzz_apdu_LDADD)
tests_fuzz_fuzz_apdu_libfuzzer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
