#!/bin/sh
# Shell scripts have nothing that shellcheck warns of.  What is left out: variables that the file which a script sources
# sets (SC2154) or uses (SC2034), a list of words that is meant (SC2046), a source that is known when it runs (SC1090),
# and `ulimit -t`, which Debian's sh has (SC3045).
cd "${srcdir:-.}" || exit 1
command -v shellcheck >/dev/null || { echo "SKIP: no shellcheck (package shellcheck)"; exit 77; }
scripts=$(grep -rlE --exclude-dir=.git --exclude-dir=autom4te.cache '^#!(/bin/(ba)?sh|/usr/bin/env bash)|^# shellcheck shell=' \
	demo check .ci conf systemd src tests 2>/dev/null | grep -vE '[.](c|h|pl|mjs|md|log|trs)$|sbom[.]sh$')
n=$(echo "$scripts" | wc -l)
[ "$n" -gt 50 ] || { echo "FAIL: only $n scripts were found"; exit 1; }
# shellcheck disable=SC2086
shellcheck -x -P SCRIPTDIR -S warning -e SC2154,SC2034,SC2046,SC1090,SC3045 $scripts || exit 1
echo "$n scripts"
