#!/bin/sh
# The daemon and the command are hardened (m4/berk_hardening.m4), in a build with an optimiser and no sanitizer.
#
#   tests/lint/hardening.sh          in the build folder: looks at the built programs and their objects
#   tests/lint/hardening.sh --bites  links and compiles again without each flag in turn, and demands a failure (a minute)
if grep -qE '^BERK_CFLAGS = .*-fsanitize|^CFLAGS = (.* )?-(O0|-coverage)' Makefile; then
	echo "skipped: instrumented build, or no optimiser"
	exit 77
fi
programs="berkd berkctl"
[ ! -x berkd-exporter ] || programs="$programs berkd-exporter"
bad=0
fail() { echo "FAIL: $* (was it built before the flags changed?)"; bad=1; }

want() { # want PROGRAM WHAT PATTERN COMMAND...
	program=$1 what=$2 pattern=$3
	shift 3
	"$@" "$program" | grep -qE "$pattern" || fail "$program: $what"
}

compiler=$(sed -n 's/^CC = //p' Makefile)

# level_of_libc FLAGS...: the level of FORTIFY_SOURCE that compiler and libc make of these flags.
level_of_libc() {
	printf '#include <features.h>\nlevel __USE_FORTIFY_LEVEL\n' |
		$compiler -O2 -E -P -U_FORTIFY_SOURCE "$@" - 2>/dev/null | sed -n 's/^level //p'
}

# A frame of more than a page is taken page by page, and each is touched before the next: there is no guard page
# that it could jump over.
jumping_frames() { # jumping_frames PROGRAM
	objdump -d --no-show-raw-insn "$1" | awk '
		due && !/(or[lq]?|movq?|test) .*\(%rsp\)/ { print name }
		{ due = 0 }
		/^[0-9a-f]+ </ { name = $2 }
		/sub +\$0x[0-9a-f]+,%rsp/ {
			size = $0
			gsub(/.*\$0x0*|,%rsp.*/, "", size)
			if (length(size) == 16) next # a negative number: the frame is given back
			if (length(size) > 4 || (length(size) == 4 && size != "1000")) print name
			due = size == "1000"
		}' | sort -u | tr '\n' ' '
}

# The linker gives a program the property that all its objects have.  All of ours have it; if the program has not,
# a start file of the C library says why.
marked() { # marked PROPERTY FLAG
	for library in libberkcore.a libberkcommon.a libberkshell.a libberkctl.a; do
		[ "$(readelf -nW $library | grep -c "$1")" = "$(ar t $library | wc -l)" ] ||
			fail "$library: an object without $1 ($2)"
	done
	for program in $programs; do
		readelf -nW "$program" | grep -q "$1" && continue
		without=
		for start in Scrt1.o crti.o crtbeginS.o crtendS.o crtn.o; do
			readelf -nW "$($compiler -print-file-name=$start)" | grep -q "$1" || without="$without $start"
		done
		[ -n "$without" ] || fail "$program: without $1, though all start files have it"
		[ -z "$without" ] || echo "$program: our objects have $1; the linker drops it, for these of the C library lack it:$without"
	done
}

look() {
	machine=$(readelf -hW berkd | sed -n 's/^ *Machine: *//p')
	for program in $programs; do
		want $program "not position-independent" 'Flags:.* PIE' readelf -dW
		want $program "symbols are bound late" '\(FLAGS\) .*BIND_NOW' readelf -dW
		want $program "symbols are bound late" 'Flags:.* NOW' readelf -dW
		want $program "the table of addresses stays writable" ' GNU_RELRO ' readelf -lW
		want $program "its stack can be executed" ' GNU_STACK .* RW +0x' readelf -lW
		want $program "no stack protector" '__stack_chk_fail' nm -u
		want $program "no checked functions of libc" '__[a-z]+_chk@' nm -u
		readelf -lW $program | grep -qE ' LOAD .* RWE ' && fail "$program: memory that can be written and executed"
		case $machine in *X86-64)
			frames=$(jumping_frames $program)
			[ -z "$frames" ] || fail "$program: frames that jump over a guard page: $frames" ;;
		esac
	done
	for level in 3 2; do
		[ "$(level_of_libc -D_FORTIFY_SOURCE=$level)" = $level ] || continue
		grep -qE "^(BERK_CFLAGS|CFLAGS|CPPFLAGS) = .*-D_FORTIFY_SOURCE=$level" Makefile ||
			[ "$(level_of_libc)" = $level ] || fail "FORTIFY_SOURCE is not $level, the best that there is here"
		break
	done
	case $machine in
	*X86-64) marked 'IBT, SHSTK' -fcf-protection ;;
	AArch64) marked 'BTI, PAC' -mbranch-protection ;;
	esac
}

# Without each flag: programs in a folder of their own, made of the same sources.
bites() {
	top=$(cd "${srcdir:-.}" && pwd)
	folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
	"$top/configure" -q --disable-tests && make -s -j2 all 2>/dev/null || exit 1
	[ -z "$(sh "$top/tests/lint/hardening.sh" | grep FAIL)" ] || { echo "FAIL: it fails with all flags"; exit 1; }
	cp Makefile as-it-is
	for flag in -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -pie -fstack-protector-strong \
		-fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3; do
		grep -qE "^BERK_(C|LD)FLAGS = .*$flag( |\$)" as-it-is || continue
		opposite=
		case $flag in # what the tool does by default where it was built to
		-Wl,-z,relro) opposite=-Wl,-z,norelro ;;
		-Wl,-z,now) opposite=-Wl,-z,lazy ;;
		-Wl,-z,noexecstack) opposite=-Wl,-z,execstack ;;
		-pie) opposite=-no-pie ;;
		-fstack-protector-strong) opposite=-fno-stack-protector ;;
		-fstack-clash-protection) opposite=-fno-stack-clash-protection ;;
		-fcf-protection) opposite=-fcf-protection=none ;;
		esac
		sed -E "/^BERK_(C|LD)FLAGS = /s/$flag( |\$)/$opposite /" as-it-is >Makefile
		case $flag in
		-Wl* | -pie) rm -f berkd berkctl berkd-exporter ;;
		*) make -s clean >/dev/null ;;
		esac
		make -s -j2 all >log 2>&1 || { tail log; echo "FAIL: it does not build without $flag"; exit 1; }
		if sh "$top/tests/lint/hardening.sh" >log; then
			echo "FAIL: nobody notices that $flag is missing"
			bad=1
		else
			echo "without $flag: $(grep -m 1 FAIL log)"
		fi
	done
}

case ${1:-} in
--bites) bites ;;
*) look; [ $bad = 0 ] && echo "hardened: $programs" ;;
esac
exit $bad
