# berk_libraries.m4 - the libraries that are linked, and what can be left out with them.

AC_DEFUN([BERK_LIBRARIES], [
	PKG_PROG_PKG_CONFIG([0.29])
	PKG_CHECK_MODULES([SODIUM], [libsodium >= 1.0.18])
	BERK_SYSTEMD
	PKG_CHECK_MODULES([NL], [libnl-3.0 >= 3.5 libnl-route-3.0 >= 3.5 libnl-genl-3.0 >= 3.5])
	PKG_CHECK_MODULES([JANSSON], [jansson >= 2.13])
	PKG_CHECK_MODULES([SMARTCOLS], [smartcols >= 2.38])
	PKG_CHECK_MODULES([QRENCODE], [libqrencode >= 4.0])
	PKG_CHECK_MODULES([CURSES], [ncursesw >= 6.2])
	PKG_CHECK_MODULES([INIH], [inih])
	PKG_CHECK_MODULES([CAPNG], [libcap-ng >= 0.8])
	PKG_CHECK_MODULES([SECCOMP], [libseccomp >= 2.5])
	BERK_LIBEDIT
	BERK_EXPORTER
	BERK_TESTS])

# sd-event, sd-id128 and sd-daemon are in both libraries; the journal of the second one is syslog.  What its early
# versions lack is in src/berkd/host/event_missing.h.
AC_DEFUN([BERK_SYSTEMD], [
	AC_ARG_WITH([systemd], [AS_HELP_STRING([--without-systemd],
		[for hosts that systemd does not start: libelogind, and a script for OpenRC [libsystemd, and units]])],
		[], [with_systemd=yes])
	AS_IF([test "x$with_systemd" != xno], [PKG_CHECK_MODULES([SYSTEMD], [libsystemd >= 250])], [
		PKG_CHECK_MODULES([SYSTEMD], [libelogind >= 246])
		with_systemdsystemunitdir=no
		AC_DEFINE([LOG_NULL_IS_SYSLOG], [1], [what would be logged to /dev/null goes to syslog])])
	berk_save_LIBS=$LIBS
	LIBS="$SYSTEMD_LIBS $LIBS"
	AC_CHECK_FUNCS([sd_event_add_time_relative sd_event_source_set_ratelimit])
	LIBS=$berk_save_LIBS
	AM_CONDITIONAL([WITH_SYSTEMD], [test "x$with_systemd" != xno])])

AC_DEFUN([BERK_LIBEDIT], [
	AC_ARG_WITH([libedit], [AS_HELP_STRING([--without-libedit],
		[berkctl chat without line editing [use libedit]])],
		[], [with_libedit=yes])
	AS_IF([test "x$with_libedit" != xno], [
		PKG_CHECK_MODULES([EDIT], [libedit])
		AC_DEFINE([HAVE_LIBEDIT], [1], [berkctl chat edits its line])])
	AM_CONDITIONAL([WITH_LIBEDIT], [test "x$with_libedit" != xno])])

AC_DEFUN([BERK_EXPORTER], [
	AC_ARG_WITH([exporter], [AS_HELP_STRING([--without-exporter],
		[no berkd-exporter, and no need for libmicrohttpd [build it]])],
		[], [with_exporter=yes])
	AS_IF([test "x$with_exporter" != xno], [PKG_CHECK_MODULES([MICROHTTPD], [libmicrohttpd >= 0.9.71])])
	AM_CONDITIONAL([WITH_EXPORTER], [test "x$with_exporter" != xno])])

AC_DEFUN([BERK_TESTS], [
	AC_ARG_ENABLE([tests], [AS_HELP_STRING([--disable-tests],
		[leave out every test program, and with them the need for cmocka [build them]])],
		[], [enable_tests=yes])
	AS_IF([test "x$enable_tests" != xno], [PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1.5])])
	AM_CONDITIONAL([ENABLE_TESTS], [test "x$enable_tests" != xno])])
