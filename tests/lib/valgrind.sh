#!/bin/bash
# valgrind.sh - unit tests under valgrind, two at a time.  Run it in the build folder.
#
#   tests/lib/valgrind.sh TEST...             each of them: `make valgrind`
#   tests/lib/valgrind.sh --changed TEST...   those that the last changes touch: ./check
#
# A unit is touched when its test, a header that the test includes, or the .c beside such a header differs from
# where this branch left origin/main, in more than comments; on main itself, from ten commits ago.  Without a
# history the tests of what reads foreign bytes stand in.  Of many, a sample has its turn, each day another.
set -u -o pipefail
top=$(cd "${srcdir:-.}" && pwd)
foreign="tests/unit/test_config tests/unit/test_session tests/unit/test_state tests/unit/test_varlink tests/unit/test_wire"
# They take minutes: they have their turn in ./check only when few units are touched.
slow=" tests/unit/test_estimator tests/unit/test_estimator_pairs tests/unit/test_exchange tests/unit/test_node
 tests/unit/test_large_group tests/unit/test_node_election tests/unit/test_pace "
# They install a filter of system calls, which valgrind does not know.
filtered=" tests/unit/test_privilege tests/unit/test_setter "
touched_max=5
sample_max=5 # more take longer than all else that ./check does to a unit

base() { # the commit to compare with, or nothing
	local base
	base=$(git merge-base HEAD origin/main 2>/dev/null)
	if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
		base=$(git rev-parse --verify --quiet HEAD~10)
	fi
	echo "$base"
}

sources_of() { # sources_of TEST: the files that it stands for
	local header stem
	echo "$1.c"
	sed -nE 's/^#include "([^"]+)\.h"$/\1/p' "$1.c" | while read -r header; do
		stem=$(basename "$header")
		case $header in
		berk/*) echo "include/$header.h"; find src/core -name "$stem.c" ;;
		tests/*) echo "$header.h"; echo "$header.c" ;;
		*) echo "src/$header.h"; echo "src/$header.c" ;;
		esac
	done
}

touched() { # touched TEST...: those of them that are
	local base changed t
	base=$(base)
	if [ -z "$base" ]; then
		echo "no history: what reads foreign bytes" >&2
		printf '%s\n' "$@" | grep -xF "$(tr ' ' '\n' <<<"$foreign")"
		return
	fi
	echo "touched since $(git log -1 --format='%h %s' "$base"):" >&2
	changed=$(git diff --no-renames -I '^[[:space:]]*(/\*|\*)' --numstat "$base" | cut -f3)
	for t; do
		[ -n "$(sources_of "$t" | grep -xF "$changed")" ] && echo "$t"
	done
	return 0
}

one() { # one TEST
	local output
	case $filtered in *" $1 "*) echo "not here  $1"; return ;; esac
	if output=$(srcdir=$top valgrind -q --error-exitcode=9 --leak-check=full "./$1" 2>&1); then
		echo "clean  $1"
	else
		printf '%s\n' "$output"
		echo "FAIL   $1"
		return 1
	fi
}

tests=("$@")
if [ "${1:-}" = --changed ]; then
	shift
	mapfile -t tests < <(cd "$top" && touched "$@")
	if [ ${#tests[@]} -gt $touched_max ]; then
		echo "${#tests[@]} units are touched: \`make valgrind\` runs the slow ones too"
		mapfile -t tests < <(printf '%s\n' "${tests[@]}" | grep -vxF "$(tr ' ' '\n' <<<"$slow" | grep .)")
	fi
	if [ ${#tests[@]} -gt $sample_max ]; then
		seed=$(date +%Y%m%d) # tomorrow others have their turn
		echo "a sample of $sample_max of them, drawn with seed $seed: \`make valgrind\` runs all"
		mapfile -t tests < <(printf '%s\n' "${tests[@]}" |
			shuf -n $sample_max --random-source=<(yes "$seed"))
	fi
	[ ${#tests[@]} -gt 0 ] || { echo "no unit is touched"; exit 0; }
fi
[ ${#tests[@]} -gt 0 ] || { echo "no test is named"; exit 1; }
export -f one
export top filtered
printf '%s\n' "${tests[@]}" | xargs -P 2 -I{} bash -c 'one {}'
