# berk_build_date.m4 - a date that is past wherever this build runs: the first floor of time.

# BERK_BUILD_DATE: seconds since 1970, of $SOURCE_DATE_EPOCH, else of when configure was made, so that a build can
# be repeated to the byte.
AC_DEFUN([BERK_BUILD_DATE], [
	AC_ARG_VAR([SOURCE_DATE_EPOCH], [seconds since 1970: no clock that shows an earlier date is believed])
	AC_MSG_CHECKING([for the date of this build])
	AS_IF([test -n "$SOURCE_DATE_EPOCH"], [berk_build_date=$SOURCE_DATE_EPOCH],
		[berk_build_date=`date -r "$srcdir/configure" +%s 2>/dev/null || date +%s`])
	AC_MSG_RESULT([$berk_build_date])
	AC_DEFINE_UNQUOTED([BUILD_DATE], [INT64_C($berk_build_date)], [Seconds since 1970: it is later than this.])
])
