#!/bin/sh
# Each source's first line is its name and its one concept; a script says below its first line what it does.
cd "${srcdir:-.}" || exit 1
files=$(find include src tests -name '*.[ch]' -o -name '*.sh' -o -name '*.p[lm]' | sort)
[ -n "$files" ] || { echo "FAIL: no sources"; exit 1; }
bad=$(for file in $files; do
	case $file in
	*.[ch]) head -n 1 "$file" | grep -q "^/\* ${file##*/} - ..." || echo "$file" ;;
	*) head -n 2 "$file" | grep -q '^# ...' || echo "$file" ;;
	esac
done)
[ -z "$bad" ] || { echo "FAIL: no head in"; echo "$bad"; exit 1; }
echo "$(echo "$files" | wc -l) files begin with what they are"
