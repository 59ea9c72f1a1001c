#!/bin/sh
# Each case of tests/cases.txt has a test, which is there and is run.
cd "${srcdir:-.}" || exit 1
wanted=$(seq -f 'P%g' 1 24; seq -f 'O%g' 1 10; seq -f 'T%g' 1 17)
excepted=P19 # statistics
n=0 bad=0
fail() { echo "FAIL: tests/cases.txt: $1"; bad=1; }

# run FILE FUNCTION: is it a function of the file, and in a list of what main() runs?
run() {
	grep -q "^static void $2(" "$1" &&
		sed -n '/ \(tests\|lanes_[a-z]*\)\[\] = {/,/^\t*};/p' "$1" | tr -d ' \t\n' | grep -qE "\($2[,)]"
}

cases=$(grep -v -e '^#' -e '^$' tests/cases.txt)
while read -r name file function more; do
	n=$((n + 1))
	if [ -n "$more" ] || ! echo "$wanted" | tr ' ' '\n' | grep -qx "$name"; then
		fail "cannot be read: $name $file $function $more"
	elif ! [ -f "$file" ] || ! grep -rqE --include=local.mk "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" tests; then
		fail "$name: $file is not a test that is run"
	elif [ "${file%.c}" = "$file" ]; then
		[ -z "$function" ] || fail "$name: a script has no functions: $function"
	elif [ -z "$function" ] || ! run "$file" "$function"; then
		fail "$name: no test of $file that is run: $function"
	fi
done <<end
$cases
end
for name in $wanted; do
	case " $excepted " in *" $name "*) continue ;; esac
	echo "$cases" | grep -q "^$name " || fail "$name has no test"
done
[ $n -gt 50 ] || fail "cannot be read"
[ $bad = 0 ] && echo "$n tests of cases are there and are run"
exit $bad
