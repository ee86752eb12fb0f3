# card/softcard: the software card; the PC/SC provider that OpenSC loads
noinst_LTLIBRARIES += libsoftcard.la
libsoftcard_la_SOURCES = \
  card/softcard/apdu.c card/softcard/apdu.h \
  card/softcard/buffer.c card/softcard/buffer.h \
  card/softcard/certificate.c card/softcard/certificate.h \
  card/softcard/keys.c card/softcard/keys.h \
  card/softcard/openpgp.c card/softcard/openpgp.h card/softcard/openpgp_commands.h \
  card/softcard/openpgp_algorithms.c card/softcard/openpgp_algorithms.h \
  card/softcard/openpgp_data.c \
  card/softcard/openpgp_key.c \
  card/softcard/openpgp_objects.c card/softcard/openpgp_objects.h \
  card/softcard/openpgp_personalise.c \
  card/softcard/openpgp_pin.c \
  card/softcard/openpgp_put.c \
  card/softcard/personalise.c card/softcard/personalise.h card/softcard/personalise_applet.h \
  card/softcard/piv.c card/softcard/piv.h card/softcard/piv_commands.h \
  card/softcard/piv_admin.c \
  card/softcard/piv_auth.c \
  card/softcard/piv_data.c \
  card/softcard/piv_key.c \
  card/softcard/piv_objects.c card/softcard/piv_objects.h \
  card/softcard/piv_personalise.c \
  card/softcard/piv_pin.c \
  card/softcard/reference.c card/softcard/reference.h \
  card/softcard/softcard.c card/softcard/softcard.h \
  card/softcard/state.c card/softcard/state.h \
  card/softcard/state_der.c \
  card/softcard/store.c card/softcard/store.h \
  card/softcard/tlv.c card/softcard/tlv.h \
  card/softcard/vpcd.c card/softcard/vpcd.h
libsoftcard_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libsoftcard_la_LIBADD = libbase.la $(OPENSSL_LIBS)

noinst_LTLIBRARIES += libsoftcardpcsc.la
libsoftcardpcsc_la_SOURCES = \
  card/softcard/pcsc.h \
  card/softcard/pcsc_card.c \
  card/softcard/pcsc_context.c \
  card/softcard/pcsc_handles.c card/softcard/pcsc_handles.h \
  card/softcard/pcsc_output.c card/softcard/pcsc_output.h \
  card/softcard/pcsc_readers.c card/softcard/pcsc_readers.h
libsoftcardpcsc_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(OPENSC_CPPFLAGS)
libsoftcardpcsc_la_LIBADD = libsoftcard.la -lpthread

pkglib_LTLIBRARIES += softcard-pcsc.la
softcard_pcsc_la_SOURCES =
# libopensc by its file name, which libtool does not carry through a convenience library
softcard_pcsc_la_LIBADD = libsoftcardpcsc.la $(OPENSC_LIBS)
softcard_pcsc_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
  -export-symbols-regex '^SCard[A-Z]'
