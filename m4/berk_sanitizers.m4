# berk_sanitizers.m4 - builds that look for faults while they run.

# BERK_SANITIZERS: --enable-sanitizers[=LIST].
AC_DEFUN([BERK_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
		[build with these sanitizers [no; address,undefined when given without a list]])],
		[AS_CASE([$enable_sanitizers], [yes], [enable_sanitizers=address,undefined])],
		[enable_sanitizers=no])
	AS_IF([test "x$enable_sanitizers" != xno], [
		BERK_CFLAGS="$BERK_CFLAGS -fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
		BERK_LDFLAGS="$BERK_LDFLAGS -fsanitize=$enable_sanitizers"])])

# BERK_FUZZERS: --enable-fuzzers; the targets' own flags are in tests/fuzz/local.mk.
AC_DEFUN([BERK_FUZZERS], [
	AC_ARG_ENABLE([fuzzers], [AS_HELP_STRING([--enable-fuzzers],
		[build the fuzz targets with libFuzzer; needs clang [no]])],
		[], [enable_fuzzers=no])
	AS_IF([test "x$enable_fuzzers" != xno], [BERK_CFLAGS="$BERK_CFLAGS -fsanitize=fuzzer-no-link"])
	AM_CONDITIONAL([ENABLE_FUZZERS], [test "x$enable_fuzzers" != xno])])
