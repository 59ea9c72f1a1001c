#!/bin/bash
# test_quiet.sh - three hosts that are well have nothing to say: what a start tells is little, names each host with its
# address, and then the log stays as it is.
. "$(dirname "$0")/lib/newcomers.sh"

for i in 1 2 3; do host $i; done
token=$(ctl 1 setup --yes | grep -o 'BERK1[A-Z2-7]*') || fail "setup"
for i in 2 3; do ctl $i join --yes "$token" >/dev/null || fail "join $i"; done
ctl 1 invite --undo >/dev/null
for i in 1 2 3; do at $i "$berkctl waitsync --hosts 3 --timeout 60s" >/dev/null || fail "three hosts do not meet"; done
lines() { cat "$top"/[123]/log | wc -l; }
# All that belongs to a start has been said when nothing has been added for 10 s.
for ((i = 0, before = -1; i < 12; i++)); do
	now=$(lines)
	[ "$now" != "$before" ] || break
	before=$now
	sleep 10
done
[ "$now" = "$before" ] || fail "$now lines, and it goes on after two minutes"
sleep 10
[ "$(lines)" = "$before" ] || fail "where all is well this was added: $(tail -n 4 "$top"/[123]/log)"
for i in 1 2 3; do
	n=$(wc -l <"$top/$i/log")
	[ "$n" -le 30 ] || fail "host $i says $n lines"
	at $i "$berkctl check" >/dev/null || fail "host $i is not well"
	! grep -E '(Member|Following master|Deputy is) ' "$top/$i/log" | grep -vE '(h[123]|[0-9a-f]{16}) \(10\.7\.0\.[123]:5252\)' ||
		fail "a host without its address, and its name or, before that is known, its number"
done
grep -q 'h[123] (10.7.0.[123]:5252)' "$top"/[123]/log || fail "nobody is named"
cat "$top"/[123]/log
echo "$before lines of three hosts, and then none"
