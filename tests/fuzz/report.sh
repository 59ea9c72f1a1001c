#!/bin/bash
# report.sh - each fuzz target for FUZZ_SECONDS (60) or FUZZ_RUNS (10^7), whichever is less, and what that ran and
# reached: make fuzz-report.
#
# It runs in a build folder, and makes two builds in fuzz-report/: one of clang with libFuzzer and sanitizers, which
# looks for more inputs, and one of gcc, which runs the corpus and all that was found, and counts lines.  Inputs are
# kept in fuzz-report/found from one report to the next.  TARGETS="fuzz_wire fuzz_peer" runs only these; with JOBS=2
# two run at a time, and only parsers all of whose targets ran are judged.  The last line says PASS or FAIL, and so
# does the exit status: FAIL for a finding (a file in fuzz-report/findings), for a target that ended of itself, and for
# a parser of whose lines fewer than 95 % were reached.
set -eu
top=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
seconds=${FUZZ_SECONDS:-60} runs=${FUZZ_RUNS:-10000000} wanted=95 # percent of the lines of each parser
mkdir -p fuzz-report/{run,lines,found,findings}
cd fuzz-report
out=$PWD
read -ra targets <<<"${TARGETS:-$(cd "$top/tests/fuzz" && echo fuzz_*.c | sed 's/\.c//g')}"

build() { # build FOLDER ARGS...
	(cd "$1" && { [ -e Makefile ] || "$top/configure" -q "${@:2}"; } &&
		make -s -j2 $(printf 'tests/fuzz/%s ' "${targets[@]}")) >"$1/log" 2>&1 || { tail "$1/log"; exit 1; }
}

look_for_more() { # look_for_more TARGET
	mkdir -p "found/$1"
	local end=0 dict=$top/tests/fuzz/${1#fuzz_}.dict
	local args=(-runs="$runs" -max_total_time="$seconds" -timeout=60 -report_slow_units=60 -max_len=4096
		-print_final_stats=1)
	[ ! -e "$dict" ] || args+=(-dict="$dict")
	(cd run && ./tests/fuzz/"$1" "${args[@]}" -artifact_prefix="$out/findings/$1-" "$out/found/$1" \
		"$top/tests/fuzz/corpus/$1") >"$out/$1.log" 2>&1 || end=$?
	echo $end >"$out/$1.end"
}

figure() { sed -n "s/^stat::$2: *//p" "$1.log" | tail -n 1; }

echo "building, then ${#targets[@]} targets of $seconds s each"
build run CC=clang --enable-fuzzers --enable-sanitizers CFLAGS='-g -O2'
build lines CFLAGS='-O0 --coverage'
export -f look_for_more
export seconds runs out top
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-1}" -n 1 bash -c 'look_for_more "$0"'

printf '\n%-14s %12s %8s %12s %8s %8s\n' target executions seconds 'per second' inputs findings
for target in "${targets[@]}"; do
	printf '%-14s %12s %8s %12s %8s %8s\n' "$target" "$(figure "$target" number_of_executed_units)" \
		"$(sed -n 's/^Done .* runs in \([0-9]*\) second.*/\1/p' "$target.log")" \
		"$(figure "$target" average_exec_per_sec)" "$(find "found/$target" -type f | wc -l)" \
		"$(find findings -name "$target-*" | wc -l)"
done

# An input that ends a target is a finding, told above: the lines that others reach are counted all the same.
find lines -name '*.gcda' -delete
for target in "${targets[@]}"; do
	find "$top/tests/fuzz/corpus/$target" "$out/found/$target" -type f -print0 |
		(cd lines && xargs -0 -n 500 timeout 600 "./tests/fuzz/$target") >/dev/null 2>&1 || :
done
(cd lines && find . -name '*.gcda' -print0 | xargs -0 gcov -n -s "$top") 2>/dev/null |
	awk -F "[':% ]+" '/^File/ { file = $2; sub(/^\.\//, "", file) }
		/^Lines/ { n = int($3 * $5 / 100 + 0.5); if (n >= best[file]) { best[file] = n; share[file] = $3; of[file] = $5 } }
		END { for (f in of) print f, best[f], of[f], share[f] }' >lines.txt
printf '\n%-40s %7s %8s\n' parser lines reached
grep -v '^#' "$top/tests/fuzz/parsers.txt" | awk -F ' [|] ' -v ran=" ${targets[*]} " 'NF == 3 {
		n = split($3, by, " "); for (i = 1; i <= n; i++) if (!index(ran, " " by[i] " ")) next
		print $1 }' | while read -r file; do
	awk -v f="$file" '$1 == f { printf "%-40s %7d %7.1f%%\n", f, $3, $4; sum = 1 }
		END { if (!sum) printf "%-40s %7s %8s\n", f, "-", "none" }' lines.txt
done | tee parsers.out
awk '$2 != "-" { n += $2 * $3 / 100; of += $2 }
	END { if (of) printf "%-40s %7d %7.1f%%\n", "all of them", of, 100 * n / of }' parsers.out

failed=0
fail() { echo "FAIL: $*"; failed=1; }
echo
for target in "${targets[@]}"; do
	[ "$(cat "$target.end")" = 0 ] || fail "$target ended with status $(cat "$target.end"): fuzz-report/$target.log"
done
while read -r file; do fail "finding fuzz-report/$file"; done < <(find findings -type f)
while read -r file _ share; do
	fail "$file: $share reached, not $wanted%"
done < <(awk -v wanted=$wanted '$3 + 0 < wanted' parsers.out)
[ $failed = 1 ] || echo "PASS"
exit $failed
