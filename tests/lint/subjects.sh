#!/bin/sh
# Commit subjects are "module: what it does now", in 72 characters at the most, since this rule exists.
cd "${srcdir:-.}" || exit 1
if ! first=$(git log --diff-filter=A --format=%H -- tests/lint/subjects.sh 2>/dev/null | tail -n 1) || [ -z "$first" ]; then
	echo "skipped: no history here"
	exit 77
fi
bad=$(git log --no-merges --format='%h %s' "$first~1.." | grep -vE '^[0-9a-f]+ .{1,72}$')
odd=$(git log --no-merges --format='%h %s' "$first~1.." | grep -vE '^[0-9a-f]+ [A-Za-z0-9_./, -]+: .')
[ -z "$bad" ] || { echo "FAIL: longer than 72 characters:"; echo "$bad"; }
[ -z "$odd" ] || { echo "FAIL: not \"module: what it does now\":"; echo "$odd"; }
[ -z "$bad$odd" ] && echo "$(git rev-list --count "$first~1..") subjects are in order"
