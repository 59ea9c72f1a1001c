# berk_units.m4 - where systemd's units go.

AC_DEFUN([BERK_UNITS], [
	AC_ARG_WITH([systemdsystemunitdir], [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
		[where units go; no: install none [asked from systemd.pc, else PREFIX/lib/systemd/system]])],
		[], [with_systemdsystemunitdir=${with_systemdsystemunitdir:-auto}])
	AS_CASE([$with_systemdsystemunitdir],
		[auto|yes], [
			PKG_CHECK_VAR([systemdsystemunitdir], [systemd], [systemdsystemunitdir])
			AS_IF([test "x$systemdsystemunitdir" = x],
				[systemdsystemunitdir='${prefix}/lib/systemd/system'])],
		[no], [systemdsystemunitdir=],
		[systemdsystemunitdir=$with_systemdsystemunitdir])
	AC_SUBST([systemdsystemunitdir])
	AM_CONDITIONAL([WITH_UNITS], [test "x$systemdsystemunitdir" != x])])
