# base: the leaf. Knows nothing of the rest of the tree.
noinst_LTLIBRARIES += libbase.la
# all but what wipes, without which a test links the module (tests/integration/residue.mk)
base_without_wipe = \
  base/compiler.h \
  base/handle_table.c base/handle_table.h \
  base/lock.c base/lock.h \
  base/log.c base/log.h \
  base/ossl.c base/ossl.h \
  base/ossl_cipher.c base/ossl_cipher.h \
  base/ossl_digest.c base/ossl_digest.h \
  base/ossl_dispatch.c base/ossl_dispatch.h \
  base/ossl_fetch.c base/ossl_fetch.h \
  base/peek.c base/peek.h \
  base/process.c base/process.h \
  base/quiet.h \
  base/secret.c base/secret.h \
  base/span.h \
  base/spin.h \
  base/wipe.h
libbase_la_SOURCES = $(base_without_wipe) base/wipe.c
libbase_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libbase_la_LIBADD = $(OPENSSL_LIBS) -lpthread
