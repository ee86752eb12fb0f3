# card: the contract card.h, implemented over libopensc. Only libcard.la may speak to libopensc.
# The errors' names stand apart, for programs with card_ops of their own (most unit tests): libcarderror.la.
noinst_LTLIBRARIES += libcarderror.la libcard.la
libcarderror_la_SOURCES = card/card_error.c card/card_error.h

libcard_la_SOURCES = \
  card/card.h \
  card/error.c \
  card/opensc_card.c \
  card/opensc_compat.h card/opensc_internal.h \
  card/opensc_data.c \
  card/opensc_key.c \
  card/opensc_objects.c \
  card/opensc_ops.c \
  card/opensc_pin.c \
  card/opensc_public.c \
  card/opensc_reader.c \
  card/opensc_system.c \
  card/opensc_transmit.c \
  card/opensc_watch.c card/softcard/pcsc.h \
  card/text.c card/text.h
libcard_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(OPENSC_CPPFLAGS)
libcard_la_LIBADD = libcarderror.la $(OPENSC_LIBS)
