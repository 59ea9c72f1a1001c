#!/bin/sh
# Each source's first line is its name and its one concept; a script says below its first line what it does.
cd "${srcdir:-.}" || exit 1
find include src tests -name '*.[ch]' -o -name '*.sh' -o -name '*.p[lm]' | sort | xargs awk '
	FNR > 2 { next }
	FNR == 1 { n++; name = FILENAME; sub(/.*\//, "", name); c = name ~ /\.[ch]$/ }
	c && FNR == 1 && index($0, "/* " name " - ") != 1 { print "FAIL: no head in " FILENAME; bad = 1 }
	!c && FNR == 1 { head = /^# .../ }
	!c && FNR == 2 && !head && !/^# .../ { print "FAIL: no head in " FILENAME; bad = 1 }
	END {
		if (n < 1) print "FAIL: no sources"
		else if (!bad) print n " files begin with what they are"
		exit bad || n < 1
	}'
