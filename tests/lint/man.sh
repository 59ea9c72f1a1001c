#!/bin/sh
# Manual pages are as mdoc(7) wants them.
cd "${srcdir:-.}" || exit 1
command -v mandoc >/dev/null || { echo "SKIP: no mandoc (package mandoc)"; exit 77; }
pages=$(find conf src -name '*.[158]')
for page in $pages; do
	mandoc -T lint -W warning "$page" || bad=1
done
[ -z "${bad:-}" ] && echo "$(echo "$pages" | wc -l) pages"
