#!/bin/sh
# The daemon and the command are hardened (m4/berk_hardening.m4), in a build with an optimiser and no sanitizer.
if grep -qE '^BERK_CFLAGS = .*-fsanitize|^CFLAGS = (.* )?-O0' Makefile; then
	echo "skipped: instrumented build, or no optimiser"
	exit 77
fi
bad=0
want() { # want PROGRAM WHAT PATTERN COMMAND...
	program=$1 what=$2 pattern=$3
	shift 3
	"$@" "$program" | grep -qE "$pattern" || { echo "FAIL: $program: $what (was it built before the flags changed?)"; bad=1; }
}

for program in berkd berkctl; do
	want $program "not position-independent" 'Flags:.* PIE' readelf -dW
	want $program "symbols are bound late" 'Flags:.* NOW' readelf -dW
	want $program "the table of addresses stays writable" ' GNU_RELRO ' readelf -lW
	want $program "its stack can be executed" ' GNU_STACK .* RW +0x' readelf -lW
	want $program "no stack protector" '__stack_chk_fail' nm -u
	want $program "no checked functions of libc" '__[a-z]+_chk@' nm -u
done
[ $bad = 0 ] && echo "berkd and berkctl are hardened"
exit $bad
