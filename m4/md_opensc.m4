# MD_OPENSC: find libopensc and the headers of exactly its version.
#
# Distributions ship libopensc.so.N without a -dev package; the headers come from the source tree of
# the same version (--with-opensc-source=DIR). Everything that differs between versions of OpenSC is
# decided here and in card/opensc_compat.h.
#
# Sets OPENSC_CPPFLAGS, OPENSC_LIBS, OPENSC_VERSION, OPENSC_SOURCE.
AC_DEFUN([MD_OPENSC], [
  AC_ARG_WITH([opensc-source],
    [AS_HELP_STRING([--with-opensc-source=DIR],
       [source tree of the installed OpenSC, for its headers @<:@.cache/opensc below the source@:>@])],
    [OPENSC_SOURCE=$withval], [OPENSC_SOURCE=$srcdir/.cache/opensc])
  AC_ARG_WITH([libopensc],
    [AS_HELP_STRING([--with-libopensc=FILE], [the libopensc.so.N to link @<:@found@:>@])],
    [OPENSC_LIBRARY=$withval], [OPENSC_LIBRARY=])

  AS_IF([test ! -f "$OPENSC_SOURCE/src/libopensc/opensc.h"],
    [AC_MSG_ERROR([no OpenSC headers in $OPENSC_SOURCE: run scripts/install-deps, or give --with-opensc-source=DIR])])
  OPENSC_SOURCE=`cd "$OPENSC_SOURCE" && pwd`

  AC_MSG_CHECKING([for libopensc])
  AS_IF([test -z "$OPENSC_LIBRARY"], [
    for md_n in 8 9 10 11 12 13 14 15 16; do
      md_file=`$CC -print-file-name=libopensc.so.$md_n`
      AS_IF([test -f "$md_file"], [OPENSC_LIBRARY=$md_file])
    done
  ])
  AS_IF([test -f "$OPENSC_LIBRARY"], [AC_MSG_RESULT([$OPENSC_LIBRARY])],
    [AC_MSG_RESULT([no]); AC_MSG_ERROR([libopensc.so.N not found (Debian: package opensc-pkcs11)])])

  # (d.fine: m4 would take the plain word for its own)
  AC_MSG_CHECKING([for the version of the OpenSC headers])
  md_major=`sed -n 's/^d.fine(.PACKAGE_VERSION_MAJOR., .\(.*\).)/\1/p' "$OPENSC_SOURCE/configure.ac"`
  md_minor=`sed -n 's/^d.fine(.PACKAGE_VERSION_MINOR., .\(.*\).)/\1/p' "$OPENSC_SOURCE/configure.ac"`
  md_fix=`sed -n 's/^d.fine(.PACKAGE_VERSION_FIX., .\(.*\).)/\1/p' "$OPENSC_SOURCE/configure.ac"`
  md_suffix=`sed -n 's/^d.fine(.PACKAGE_SUFFIX., .\(.*\).)/\1/p' "$OPENSC_SOURCE/configure.ac"`
  OPENSC_VERSION="$md_major.$md_minor.$md_fix$md_suffix"
  AC_MSG_RESULT([$OPENSC_VERSION])

  AC_MSG_CHECKING([whether libopensc is of that version])
  md_saved_LIBS=$LIBS
  LIBS="$OPENSC_LIBRARY $LIBS"
  AC_RUN_IFELSE([AC_LANG_PROGRAM(
      [[#include <string.h>
        extern const char *sc_get_version(void);]],
      [[return strcmp(sc_get_version(), "$OPENSC_VERSION") != 0;]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no]); AC_MSG_ERROR([the headers in $OPENSC_SOURCE are $OPENSC_VERSION, $OPENSC_LIBRARY is another version])],
    [AC_MSG_RESULT([not checked (cross-compiling); the module checks when it is loaded])])

  # struct sc_card and struct sc_reader are laid out by ENABLE_SM; a library built without secure
  # messaging has no sc_sm_parse_answer().
  AC_MSG_CHECKING([whether libopensc has secure messaging (ENABLE_SM)])
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[extern int sc_sm_parse_answer(void);]], [[return sc_sm_parse_answer();]])],
    [AC_MSG_RESULT([yes]); md_sm=-DENABLE_SM=1], [AC_MSG_RESULT([no]); md_sm=])
  LIBS=$md_saved_LIBS

  OPENSC_CPPFLAGS="-isystem $OPENSC_SOURCE/src $md_sm"
  # By name: libtool forgets a plain file name when it links a convenience library into something.
  md_dir=`AS_DIRNAME(["$OPENSC_LIBRARY"])`
  md_dir=`cd "$md_dir" && pwd`
  OPENSC_LIBS="-L$md_dir -l:`AS_BASENAME(["$OPENSC_LIBRARY"])`"
  # Public keys of Edwards and Montgomery curves: a member of their own in 0.23, that of other curves later.
  md_saved_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$OPENSC_CPPFLAGS $CPPFLAGS"
  AC_CHECK_MEMBERS([struct sc_pkcs15_pubkey.u.eddsa], [], [], [[#include <libopensc/pkcs15.h>]])
  CPPFLAGS=$md_saved_CPPFLAGS
  AC_DEFINE_UNQUOTED([OPENSC_VERSION], ["$OPENSC_VERSION"], [version of the OpenSC headers that card/ is compiled with])
  AC_SUBST([OPENSC_CPPFLAGS])
  AC_SUBST([OPENSC_LIBS])
  AC_SUBST([OPENSC_VERSION])
  AC_SUBST([OPENSC_SOURCE])
])
