#!/bin/sh
# Each fuzz target over its corpus; and the list of parsers names only what there is, and each target.
list=${srcdir:-.}/tests/fuzz/parsers.txt
for source in "${srcdir:-.}"/tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	[ -d "${srcdir:-.}/tests/fuzz/corpus/$target" ] || { echo "FAIL: no corpus of $target"; exit 1; }
	grep -qE "[| ]$target( |\$)" "$list" || { echo "FAIL: $list does not name $target"; exit 1; }
done
grep -v '^#' "$list" | awk -F ' [|] ' 'NF == 3 { print $1; n = split($3, t, " "); for (i = 1; i <= n; i++) print "tests/fuzz/" t[i] ".c" }' |
	sort -u | while read -r file; do
	[ -e "${srcdir:-.}/$file" ] || { echo "FAIL: $list names $file"; exit 1; }
done || exit 1
for corpus in "${srcdir:-.}"/tests/fuzz/corpus/*; do
	target=tests/fuzz/$(basename "$corpus")
	echo "$target"
	if grep -q '^fuzz_flags = -fsanitize' Makefile && grep -q '^ENABLE_FUZZERS_TRUE = *$' Makefile; then
		"./$target" -runs=0 "$corpus" || exit 1
	else
		"./$target" "$corpus"/* || exit 1
	fi
done
