# tools
bin_PROGRAMS += softcard-tool
softcard_tool_SOURCES = \
  tools/softcard-tool.c \
  tools/softcard-tool-args.c tools/softcard-tool-args.h \
  tools/softcard-tool-commands.h \
  tools/softcard-tool-make.c \
  tools/softcard-tool-serve.c \
  tools/softcard-tool-show.c
softcard_tool_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) -DPKGLIBDIR='"$(pkglibdir)"'
softcard_tool_LDADD = libsoftcard.la libbase.la $(OPENSSL_LIBS)
