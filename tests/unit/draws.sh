#!/bin/sh
# draws.sh - the unit tests of whole nodes with other draws than their own: what holds for one may be luck.
#
#   tests/unit/draws.sh [DRAWS [FROM]]   so many draws, FROM the first; both may come from the environment
#
# Without a word it runs 2 draws, from 1 on (20 seconds); `make check` does.  `make draws` runs 20 (4 minutes), and
# `make draws DRAWS=100 FROM=21` others.  Run it in the build folder.
set -eu
export srcdir="${srcdir:-.}"
draws=${1:-${DRAWS:-2}} from=${2:-${FROM:-1}}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Those that include quiet.h, or the header of what is made of it.
users() {
	grep -l '"tests/world/quiet\.h"' tests/unit/*.[ch] tests/world/*.[ch] | grep -v '/test_' | sed 's/\.[ch]$/\\.h/'
	echo 'tests/world/quiet\.h'
}
tests=$(cd "$srcdir" && grep -lE "\"($(users | sort -u | paste -s -d '|'))\"" tests/unit/test_*.c | sed 's/\.c$//')

# one DRAW TEST: each of its functions that failed, with how to run that again.
cat >"$log.one" <<'END'
output=$(QUIET_DRAW=$1 timeout 100 "./$2" 2>&1) && exit 0
code=$?
names=$(printf '%s\n' "$output" | sed -n 's/^\[  FAILED  \] \([a-z_0-9]*\)$/\1/p' | sort -u)
for name in ${names:-ended-with-$code}; do
	printf 'FAIL: %s %s, QUIET_DRAW=%s\n      QUIET_DRAW=%s srcdir=%s %s\n' "$2" "$name" "$1" "$1" "$srcdir" "$2"
done
END
trap 'rm -f "$log" "$log.one"' EXIT

n=$(echo "$tests" | wc -l)
[ "$n" -ge 20 ] || { echo "FAIL: only $n tests of whole nodes were found"; exit 1; }
echo "$n tests of whole nodes, $draws draws, the first is $from"
for draw in $(seq "$from" $((from + draws - 1))); do
	for test in $tests; do
		echo "$draw $test"
	done
done | xargs -P 2 -L 1 sh "$log.one" | tee "$log"
failed=$(grep -c '^FAIL' "$log" || :)
echo "$failed failures in $((n * draws)) runs"
[ "$failed" = 0 ]
