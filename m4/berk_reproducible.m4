# berk_reproducible.m4 - where and when it was built leaves no trace: tests/build/reproducible.sh compares two builds.

# BERK_REPRODUCIBLE: the folders of the build and of the sources are in no file that is installed.
AC_DEFUN([BERK_REPRODUCIBLE], [
	BERK_TRY_FLAG([CFLAGS], [berk_maps], [-ffile-prefix-map=a=b], [AC_COMPILE_IFELSE], [AC_LANG_PROGRAM([])])
	# Sources and what is made of them are named alike, in the folder of the build or elsewhere.  Of several
	# maps the last one that fits counts: the folder of the build may be within that of the sources.
	AS_IF([test -n "$berk_maps"], [
		berk_here=`pwd`
		BERK_CFLAGS="$BERK_CFLAGS -ffile-prefix-map=./= -ffile-prefix-map=$srcdir/="
		BERK_CFLAGS="$BERK_CFLAGS -ffile-prefix-map=$berk_here=. -ffile-prefix-map=$berk_here/="])])

# BERK_BUILD_DATE: a date that is past wherever this build runs, the first floor of time: seconds since 1970, of
# $SOURCE_DATE_EPOCH, else of the last commit, else (in a tarball) of when configure was made.
AC_DEFUN([BERK_BUILD_DATE], [
	AC_ARG_VAR([SOURCE_DATE_EPOCH], [seconds since 1970: no clock that shows an earlier date is believed])
	AC_MSG_CHECKING([for the date of this build])
	berk_build_date=$SOURCE_DATE_EPOCH
	AS_IF([test -z "$berk_build_date" && test -e "$srcdir/.git"],
		[berk_build_date=`git -C "$srcdir" log -1 --format=%ct 2>/dev/null`])
	AS_IF([test -z "$berk_build_date"],
		[berk_build_date=`date -r "$srcdir/configure" +%s 2>/dev/null || date +%s`])
	AC_MSG_RESULT([$berk_build_date])
	AC_SUBST([berk_build_date])
	AC_DEFINE_UNQUOTED([BUILD_DATE], [INT64_C($berk_build_date)], [Seconds since 1970: it is later than this.])
])
