#!/bin/sh
# Each fuzz target over its corpus.
for corpus in "${srcdir:-.}"/tests/fuzz/corpus/*; do
	target=tests/fuzz/$(basename "$corpus")
	echo "$target"
	if grep -q '^fuzz_flags = -fsanitize' Makefile && grep -q '^ENABLE_FUZZERS_TRUE = *$' Makefile; then
		"./$target" -runs=0 "$corpus" || exit 1
	else
		"./$target" "$corpus"/* || exit 1
	fi
done
