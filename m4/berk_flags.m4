# berk_flags.m4 - flags that are used where the tool takes them: the language, warnings.
#
# Our own flags go to BERK_CFLAGS and BERK_LDFLAGS.  CFLAGS and LDFLAGS belong to the user and come last.

# BERK_ADD_CFLAGS(FLAGS): add each of FLAGS, a list that white space separates, if the compiler takes it.
AC_DEFUN([BERK_ADD_CFLAGS], [m4_foreach_w([berk_flag], [$1], [
	BERK_TRY_FLAG([CFLAGS], [BERK_CFLAGS], m4_defn([berk_flag]), [AC_COMPILE_IFELSE], [AC_LANG_PROGRAM([])])])])

# BERK_ADD_LDFLAGS(FLAGS): add each of FLAGS if the linker takes it.
AC_DEFUN([BERK_ADD_LDFLAGS], [m4_foreach_w([berk_flag], [$1], [
	BERK_TRY_FLAG([LDFLAGS], [BERK_LDFLAGS], m4_defn([berk_flag]), [AC_LINK_IFELSE], [AC_LANG_PROGRAM([])])])])

# BERK_TRY_FLAG(VARIABLE, OURS, FLAG, HOW, PROGRAM): add FLAG to OURS if PROGRAM passes HOW with FLAG in VARIABLE.
AC_DEFUN([BERK_TRY_FLAG], [
	AS_VAR_PUSHDEF([berk_var], [berk_cv_$1_$3])
	AC_CACHE_CHECK([whether $3 can be used], [berk_var], [
		berk_saved_cflags=$CFLAGS berk_saved_ldflags=$LDFLAGS
		CFLAGS="$BERK_CFLAGS $CFLAGS -Werror"
		LDFLAGS="$BERK_LDFLAGS $LDFLAGS"
		$1="$$1 $3"
		$4([$5], [AS_VAR_SET([berk_var], [yes])], [AS_VAR_SET([berk_var], [no])])
		CFLAGS=$berk_saved_cflags LDFLAGS=$berk_saved_ldflags])
	AS_VAR_IF([berk_var], [yes], [$2="$$2 $3"])
	AS_VAR_POPDEF([berk_var])])

# BERK_LANGUAGE: GNU C17, and the same floating-point results everywhere: nothing is contracted.  Traces of a
# simulation are compared to the bit (tests/sim/hashes.sh).
AC_DEFUN([BERK_LANGUAGE], [
	AC_SUBST([BERK_CFLAGS])
	AC_SUBST([BERK_LDFLAGS])
	BERK_ADD_CFLAGS([-std=gnu17 -ffp-contract=off -fno-common])])

# BERK_WARNINGS: all that we want to be told; --enable-werror makes them errors.
AC_DEFUN([BERK_WARNINGS], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make warnings errors (CI) [no]])],
		[], [enable_werror=no])
	BERK_ADD_CFLAGS([-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes
		-Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef
		-Wwrite-strings -Wvla])
	AS_IF([test "x$enable_werror" = xyes], [BERK_CFLAGS="$BERK_CFLAGS -Werror"])])
