#!/bin/sh
# Manual pages are as mdoc(7) wants them, to its style.  Pages that it does not find are ours, which are not installed
# yet, or of packages that this machine lacks.
cd "${srcdir:-.}" || exit 1
command -v mandoc >/dev/null || { echo "SKIP: no mandoc (package mandoc)"; exit 77; }
pages=$(find conf src -name '*.[158]')
for page in $pages; do
	mandoc -T lint -W style "$page" 2>/dev/null | grep -v 'STYLE: referenced manual not found: ' && bad=1
done
[ -z "${bad:-}" ] && echo "$(echo "$pages" | wc -l) pages"
