#!/bin/bash
# test_claims.sh - STA_UNSYNC and maxerror are true each millisecond: two kernels find together, a third comes
# late and 1000 s off, the master is killed and starts again, and a host stops.  No kernel is ever without
# STA_UNSYNC while its clock is further from another such one than the two say.  So the alerts that come with the node
# exporter of Prometheus tell the truth, who reads no more than that.
. "$(dirname "$0")/lib.sh"
kernel_enter "$0" "$@"
berkd_needs
DAEMON=berkd
dir=$kernel_build/tests/kernel/out/claims

joined() # GUEST...
{
	local i

	for i in "$@"; do
		guest "$i" "berkctl waitsync --timeout 60s" >"$dir/g$i/waited" ||
			fail "guest $i is not in step: $(tail -n 3 "$dir/g$i"/{waited,berkd.log})"
	done
}

# Guest $1 raises the alerts $2 of the mixin of the node exporter, were it so for ten minutes.
raises()
{
	local node=$dir/g$1/node raised='' sync max offset
	guest "$1" "timex node" >"$node" || fail "guest $1: no timex node"
	sync=$(value node_timex_sync_status "$node") max=$(value node_timex_maxerror_seconds "$node")
	offset=$(value node_timex_offset_seconds "$node")
	holds "$sync == 0 && $max >= 16" && raised+=NodeClockNotSynchronising
	holds "$offset ^ 2 > 0.05 ^ 2" && raised+=NodeClockSkewDetected
	[ "$raised" = "$2" ] || fail "guest $1 raises \"$raised\", not \"$2\": $(cat "$node")"
	[ -n "$2" ] || holds "$sync == 1 && 0 < $max && $max < 0.5 && $offset == 0" || fail "guest $1: $(cat "$node")"
}

kernel_boot 3 "$dir" 200 "${berkd_files[@]}" "$kernel_build/tests/kernel/witness"
kernel_start
kernel_rate
guests "/tmp/witness 1000 >\$G/claims & witness=\$!"
raises 1 NodeClockNotSynchronising
guest 1 daemon_start && guest 2 daemon_start || fail "berkd did not start: $(tail -n 3 "$dir"/g*/berkd.log)"
joined 1 2
say "two clocks are in step"
raises 1 ''
raises 3 NodeClockNotSynchronising
rest 2
guest 3 "timex offset 1000000000000" && guest 3 daemon_start || fail "guest 3 did not start"
joined 3
say "the third one has joined"
raises 3 ''
wait_until "a master" find_master
wait_rounds "$master" 4
killed=$master
say "guest $killed, the master, is killed"
guest "$killed" daemon_kill
wait_until "a new master" find_master "$killed"
wait_rounds "$master" 4
guest "$killed" daemon_start || fail "the old master did not start again"
joined "$killed"
say "guest $killed is in step again, under guest $master"
raises "$killed" ''
wait_rounds "$master" 2
guest "$killed" daemon_stop >"$dir/stopped" || fail "berkd did not stop cleanly"
wait_rounds "$master" 4
guests "kill \$witness; wait \$witness"
claims="$kernel_build/tests/kernel/claims"
dirs=("$dir/g1" "$dir/g2" "$dir/g3")
"$claims" "$tsc0" "$hz" "${dirs[@]}" >"$dir/found"
status=$?
"$claims" --scale 0 "$tsc0" "$hz" "${dirs[@]}" >"$dir/found.0" && fail "a false claim is not noticed"
kernel_end

grep -v '_at_s' "$dir/found"
grep '_at_s' "$dir/found"
[ $status = 0 ] || fail "a kernel said that its clock was better than it was"
holds "$(value compared "$dir/found") > 10000" || fail "hardly anything was compared"
for i in 1 2 3; do
	holds "$(value "guest${i}_per_s" "$dir/found") > 200" || fail "guest $i: too few samples"
	[ "$(grep -m 1 -o "guest${i}_[a-z]*_at_s" "$dir/found")" = "guest${i}_unsync_at_s" ] ||
		fail "guest $i: synchronised before berkd was there"
done
# The killed one: in step, said so until it started again, and was in step again.
[ "$(grep -c "guest${killed}_synced_at_s" "$dir/found")" = 2 ] ||
	fail "guest $killed: its second start was synchronised at once"
