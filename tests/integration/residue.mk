# What is left in memory of a secret after its end (test-residue.sh), and the same with a module whose wipe() does
# nothing: the search must notice.
check_PROGRAMS += tests/integration/residue
tests_integration_residue_SOURCES = tests/integration/residue.c tests/unit/memory_scan.c
tests_integration_residue_CPPFLAGS = $(CHECK_TEST_CPPFLAGS) $(P11KIT_CFLAGS)
tests_integration_residue_LDADD = $(CHECK_TEST_LIBS) -ldl

check_LTLIBRARIES += libbasenowipe.la tests/integration/module-nowipe.la
libbasenowipe_la_SOURCES = $(base_without_wipe) tests/fake/wipe_nothing.c
libbasenowipe_la_CPPFLAGS = $(libbase_la_CPPFLAGS)
libbasenowipe_la_LIBADD = $(libbase_la_LIBADD)

# -rpath makes libtool build a shared object of what is never installed
tests_integration_module_nowipe_la_SOURCES =
tests_integration_module_nowipe_la_LDFLAGS = -module $(pkcs11_minidriver_pkcs11_la_LDFLAGS) -rpath /nowhere
tests_integration_module_nowipe_la_LIBADD = libcki.la libmd.la libcard.la libbasenowipe.la

integration_residue = tests/integration/test-residue.sh
TESTS += $(integration_residue)
dist_check_SCRIPTS += $(integration_residue)
dist_check_DATA += tests/integration/residue_plan.py
