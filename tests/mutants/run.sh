#!/bin/sh
# run.sh - bends one line of the sources at a time and demands that a test notices it.
#
#   tests/mutants/run.sh                    all mutants of list.txt (make mutants)
#   tests/mutants/run.sh --only REGEX       those whose line in list.txt matches
#   tests/mutants/run.sh --short N [SEED]   a sample of N, drawn with SEED (made from the sources: of the same
#                                           sources it is the same sample), which is printed
#
# It works on a copy of the tree: configured and built once, each named test run once on the sources as
# they are (it must pass), then per mutant only what the bent file needs is built again.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
list=$top/tests/mutants/list.txt
[ -x "$top/configure" ] || { echo "FAIL: no configure here: run autoreconf -fi"; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/berk-mutants.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

grep -v -e '^#' -e '^$' "$list" >"$work/all"
case ${1:-} in
'') cp "$work/all" "$work/chosen" ;;
--only) grep -e "$2" "$work/all" >"$work/chosen" || { echo "FAIL: no mutant matches $2"; exit 1; } ;;
--short)
	seed=${3:-$(cd "$top" && find src include -name '*.[ch]' | LC_ALL=C sort | xargs cat "$list" | cksum | cut -d ' ' -f 1)}
	echo "a sample drawn with seed $seed: tests/mutants/run.sh --short $2 $seed"
	awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' "$work/all" |
		sort | cut -f 2- | head -n "$2" | sort >"$work/chosen" ;;
*) sed -n '3,6s/^# *//p' "$0"; exit 2 ;;
esac

field() { awk -F ' [|] ' -v n="$1" '{ print $n }'; }

# built TEST: make it and what it runs; its output is in $work/log.
built() {
	case $1 in
	tests/sim/*.sh) set -- tests/sim/berksim ;;
	tests/lint/*.sh | tests/lint/pages.pl | tests/netns/*.sh) set -- berkd berkctl ;;
	tests/exporter/*) set -- berkd berkctl berkd-exporter ;;
	tests/varlink/*) set -- berkd berkctl berkd-exporter tests/varlink/certified ;;
	tests/netns/*) set -- berkd berkctl "$1" ;;
	esac
	make -s -C "$work/build" -j2 "$@" >"$work/log" 2>&1
}

# passes TEST: a test that hangs has noticed something too.
passes() {
	(cd "$work/build" && case $1 in
	tests/netns/*.sh) timeout 60 bash "$work/src/$1" ;;
	*.sh) srcdir=$work/src timeout 60 sh "$work/src/$1" ;;
	*.pl) srcdir=$work/src timeout 300 perl "$work/src/$1" ;;
	tests/fuzz/*) timeout 60 "./$1" "$work/src/tests/fuzz/corpus/${1##*/}"/* ;;
	*) srcdir=$work/src timeout 60 "./$1" ;;
	esac) >"$work/log" 2>&1
}

mkdir "$work/src" "$work/build"
tar -C "$top" -cf - --exclude=./.git --exclude=./build --exclude='./build-[!a]*' --exclude=./config.status \
	--exclude=./config.h --exclude=./Makefile --exclude='*.[oa]' . | tar -C "$work/src" -xf -
(cd "$work/build" && "$work/src/configure" -q CFLAGS='-O1')
field 3 <"$work/chosen" | sort -u >"$work/tests"
while read -r test; do
	built "$test" && passes "$test" ||
		{ tail -n 20 "$work/log"; echo "FAIL: $test fails, or is not built, with the sources as they are"; exit 1; }
done <"$work/tests"

bad=0
while read -r mutant; do
	# not echo: dash's takes backslashes for its own
	file=$(printf '%s\n' "$mutant" | field 1) expression=$(printf '%s\n' "$mutant" | field 2)
	test=$(printf '%s\n' "$mutant" | field 3)
	cp "$work/src/$file" "$work/original"
	sed "$expression" "$work/original" >"$work/src/$file"
	why=
	if cmp -s "$work/original" "$work/src/$file"; then
		why='changes nothing'
	elif ! built "$test"; then
		why='does not compile'
		grep -m 3 'error:' "$work/log" || tail -n 5 "$work/log"
	elif passes "$test"; then
		why='is not noticed'
	fi
	[ -z "$why" ] || { printf 'FAIL: %s: %s\n' "$why" "$mutant"; bad=$((bad + 1)); }
	cp "$work/original" "$work/src/$file"
done <"$work/chosen"
n=$(wc -l <"$work/chosen")
echo "$((n - bad)) of $n mutants are noticed"
[ "$bad" = 0 ]
