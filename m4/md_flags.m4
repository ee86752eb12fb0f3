# MD_CFLAG(FLAG, VARIABLE): append FLAG to VARIABLE if the compiler takes it without a warning.
AC_DEFUN([MD_CFLAG], [
  AS_VAR_PUSHDEF([cv], [md_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC accepts $1], [cv], [
    md_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([cv], [yes])], [AS_VAR_SET([cv], [no])])
    CFLAGS=$md_saved_CFLAGS
  ])
  AS_VAR_IF([cv], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([cv])
])

# MD_LDFLAG(FLAG, VARIABLE): append FLAG to VARIABLE if the linker takes it.
AC_DEFUN([MD_LDFLAG], [
  AS_VAR_PUSHDEF([cv], [md_cv_ldflag_$1])
  AC_CACHE_CHECK([whether the linker accepts $1], [cv], [
    md_saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([cv], [yes])], [AS_VAR_SET([cv], [no])])
    LDFLAGS=$md_saved_LDFLAGS
  ])
  AS_VAR_IF([cv], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([cv])
])
