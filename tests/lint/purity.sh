#!/bin/sh
# The core is pure: what libberkcore.a wants from outside is on the list, and nothing else.
lib=libberkcore.a
[ -e "$lib" ] || { echo "FAIL: no $lib here"; exit 1; }
if grep -qE '^BERK_CFLAGS = .*-fsanitize' Makefile; then
	echo "skipped: instrumented build"
	exit 77
fi
mine=$(nm "$lib" | awk '$2 ~ /^[TRDBVW]$/ { print $3 }' | sort -u)
wanted=$(nm -u "$lib" | awk '$1 == "U" { print $2 }' | sort -u | grep -vxF "$mine")
bad=$(echo "$wanted" | grep -vxFf "${srcdir:-.}/tests/lint/purity.allow")
# Writable data would be a global that a simulation's nodes share.
globals=$(nm -f sysv "$lib" | awk -F'|' '$7 ~ /^(\.data|\.bss|\*COM\*)$/ && $4 ~ /OBJECT/ { print $1 }')
[ -z "$bad" ] || { echo "FAIL: the core calls"; echo "$bad"; exit 1; }
[ -z "$globals" ] || { echo "FAIL: the core has globals"; echo "$globals"; exit 1; }
echo "$(echo "$wanted" | wc -l) outside symbols, all allowed"
