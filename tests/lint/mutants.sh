#!/bin/sh
# Each mutant of tests/mutants/list.txt still changes its file: a line that moved must move there too.
cd "${srcdir:-.}" || exit 1
n=0 bad=0
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
while IFS= read -r line; do
	case $line in '#'* | '') continue ;; esac
	file=${line%% | *}
	rest=${line#* | }
	n=$((n + 1))
	sed -e "${rest% | *}" "$file" >"$tmp" 2>&1
	cmp -s "$tmp" "$file" && { echo "FAIL: changes nothing: $line"; bad=1; }
done <tests/mutants/list.txt
[ $n -gt 100 ] || { echo "FAIL: tests/mutants/list.txt cannot be read"; bad=1; }
[ $bad = 0 ] && echo "$n mutants change their files"
exit $bad
