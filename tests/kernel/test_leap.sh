#!/bin/bash
# test_leap.sh - the kernel of a reference inserts or deletes a leap second at a UTC midnight: in every sample each
# host's published bound holds against the others, none is set, and the group slews it, or ignores it, as configured.
#
#	test_leap.sh          a member inserts one, which is slewed; the master leaves one out, which is ignored
#	test_leap.sh --all    both kinds, slewed and ignored, of a member and of the master
. "$(dirname "$0")/lib.sh"
kernel_limit=1500
kernel_enter "$0" "$@"
berkd_needs
DAEMON=berkd
dir=$kernel_build/tests/kernel/out/leap
midnight=$(date -u -d "2030-07-01 00:00:00" +%s) # after any build of berkd that runs today
after=10 # seconds behind it that the group is watched

# begin LEAP PRIORITY LEAD: all clocks LEAD s before midnight, the reference's kernel told, a new group
begin()
{
	local tsc

	printf '[clock]\nleap = %s\n' "$1" >"$dir/bin/leap.conf"
	guest 1 "mkdir -p /run/conf/berkd.conf.d && printf '[node]\nmode = reference\npriority = $2\n' \
		>/run/conf/berkd.conf.d/reference.conf"
	read -r _ _ tsc < <("$dir/bin/timex" host)
	guests "set_clock $tsc $(((midnight - $3) * 1000000000)) $ns_per_cycle" || fail "the clocks were not set"
	guests ": >\$G/berkd.log; /tmp/witness 2000 /run/berkd/status >\$G/claims & witness=\$!"
	guests daemon_start || fail "berkd did not start: $(tail -n 3 "$dir"/g*/berkd.log)"
	guest 1 "timex leap $kind" || fail "the kernel takes no leap second"
}

# ended NAME: nobody follows anything any more; what was said of the clocks is judged
ended()
{
	local claims="$kernel_build/tests/kernel/claims" dirs=("$dir/g1" "$dir/g2" "$dir/g3") status

	guests "kill \$witness; wait \$witness"
	guests "daemon_stop; rm -rf /var/lib/berkd; cp \$G/berkd.log \$G/$1.log"
	"$claims" "$tsc0" "$hz" "${dirs[@]}" >"$dir/$1"
	status=$?
	"$claims" --scale 0 "$tsc0" "$hz" "${dirs[@]}" >/dev/null && fail "a false claim is not noticed"
	grep -vE '_at_s|_from_s' "$dir/$1" | tr '\n' ' '
	echo
	[ $status = 0 ] || fail "$1: a published bound did not hold"
	holds "$(value compared "$dir/$1") > 10000" || fail "$1: hardly anything was compared"
	for i in 1 2 3; do
		holds "$(value "guest${i}_per_s" "$dir/$1") > 100" || fail "$1: guest $i: too few samples"
		holds "$(value "guest${i}_synced" "$dir/$1") > 0.5 * $(value "guest${i}_samples" "$dir/$1")" ||
			fail "$1: guest $i published no bound half of the time"
	done
}

offset_ms() # GUEST
{
	status_of "$1" && awk "BEGIN { printf \"%.0f\", $(json offset_ns "$dir/g$1/status.json") / 1e6 }"
}

announced()
{
	local i

	for i in 1 2 3; do
		status_of "$i" && [ "$(json leap "$dir/g$i/status.json")" = "$kind" ] || return
	done
}

# leap NAME KIND SIGN LEAP PRIORITY: SIGN of the second by which the reference is then ahead of the group
leap()
{
	local name=$1 kind=$2 sign=$3 policy=$4 i lead=100

	[ -z "$KERNEL_RT" ] || lead=40
	# A master's own clock is followed at once; that of a member when it is known, which takes longer through queues.
	[ "$5" = 200 ] && lead=15
	begin "$policy" "$5" "$lead"
	guests "berkctl waitsync --timeout 20s" || fail "$name: not in step: $(tail -n 3 "$dir"/g*/{out,berkd.log})"
	wait_until "a master" find_master
	say "$name: in step under guest $master"
	holds "$(offset_ms 1) ^ 2 < 100" || fail "$name: the group is not at its reference before the leap"
	wait_until "the announcement on all" announced
	guest 3 "berkctl status" | grep -q "leap second  $kind" || fail "$name: not in the status"
	say "$name: announced on all"
	guest 1 "timex" >"$dir/$name.timex"
	[ "$(value state "$dir/$name.timex")" != 0 ] || fail "$name: the kernel awaits no leap second"
	guest 1 "[ \$(date +%s) -lt $midnight ]" || fail "$name: announced too late"
	guest 1 "while [ \$(date +%s) -lt $((midnight + 2)) ]; do sleep 0.1; done; timex leap none"
	rest $((after - 2))
	i=$(offset_ms 1)
	say "$name: the reference is $i ms ahead of the group ${after} s after midnight"
	holds "($i - $sign * 1000) ^ 2 < 100 ^ 2" || fail "$name: the leap second is not seen, or was followed by a step"
	for i in 2 3; do
		holds "$(offset_ms "$i") ^ 2 < 10 ^ 2" || fail "$name: guest $i left the group"
		[ "$(json n_steps "$dir/g$i/status.json")" -le 1 ] || fail "$name: guest $i stepped"
	done
	i=$(json oscillator_ppb "$dir/g1/status.json")
	say "$name: the oscillator of the reference is $i ppb ahead of the group, which runs by guest $master"
	guest "$master" "berkctl why g1" >"$dir/$name.why"
	case $policy in
	slew) ! grep -q "leap second" "$dir/$name.why" && holds "$i * $sign < -10000" ;;
	ignore) grep -q "leap second" "$dir/$name.why" ;;
	esac || fail "$name: leap = $policy is not what is done: $(head -n 4 "$dir/$name.why")"
	grep -q "as was announced" "$dir/g1/berkd.log" || fail "$name: not told as a leap second"
	ended "$name"
}

kernel_boot 3 "$dir" 1400 "${berkd_files[@]}" "$kernel_build/tests/kernel/witness"
honest_stamps
kernel_start
kernel_rate
case ${1:-} in
--all)
	for priority in 1 200; do
		for policy in slew ignore; do
			leap "insert-$policy-$priority" insert -1 $policy $priority
			leap "delete-$policy-$priority" delete 1 $policy $priority
		done
	done ;;
*)
	leap insert-slew insert -1 slew 1
	leap delete-ignore delete 1 ignore 200 ;;
esac
kernel_end
