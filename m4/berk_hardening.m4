# berk_hardening.m4 - what makes a fault of ours harder to use; tests/lint/hardening.sh looks for it in berkd.

# BERK_HARDENING: after BERK_SANITIZERS.  There is no switch: what the compiler or the linker does not take is
# left out, and CFLAGS and LDFLAGS come later and win.  None of this changes a floating-point result.
AC_DEFUN([BERK_HARDENING], [
	BERK_ADD_CFLAGS([-fstack-protector-strong -fstack-clash-protection -fcf-protection
		-mbranch-protection=standard -fPIE])
	BERK_ADD_LDFLAGS([-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
	# The checked functions of libc want an optimiser, hide calls from a sanitizer, and are the user's
	# business where CPPFLAGS or the compiler itself have chosen a level.
	AS_IF([test "x$enable_sanitizers" = xno], [
		m4_foreach([berk_level], [3, 2], [
			AS_CASE([$BERK_CFLAGS], [*_FORTIFY_SOURCE*], [], [
				BERK_TRY_FLAG([CFLAGS], [BERK_CFLAGS], [-D_FORTIFY_SOURCE=]berk_level, [AC_COMPILE_IFELSE], [
					AC_LANG_SOURCE([
						#ifndef __OPTIMIZE__
						#error "not without an optimiser"
						#endif
						#include <string.h>
						int main(void) { return 0; }])])])])])])
