# CryptoAPI beside Wine's: one program, compiled here for libminidriver and by the test itself for Windows.
check_PROGRAMS += tests/wine/capi_diff
tests_wine_capi_diff_SOURCES = tests/wine/capi_diff.c
tests_wine_capi_diff_LDADD = libminidriver.la

integration_wine = tests/integration/test-wine-capi.sh
TESTS += $(integration_wine)
dist_check_SCRIPTS += $(integration_wine)
dist_check_DATA += tests/integration/wine_capi.py
