#!/bin/bash
# test_blank.sh - three hosts without a hardware clock, whose clocks begin in 1970 or at their kernel's build, and one
# with the right time, with no configuration but a key: within 5 s after the last link is up all have the right date,
# are within 1 ms and publish a bound, whatever the order of start.  The right host is never moved.
#
#	test_blank.sh [--seed K]    the right one first, the right one last, and one order that is drawn
#	test_blank.sh --all         all 24 orders, each with 0, 2 and 7 s between two starts
#
# Each host starts with its link down, as a Raspberry Pi does; the link comes up when berkd is there.
. "$(dirname "$0")/lib.sh"
kernel_limit=2400
kernel_enter "$0" "$@"
berkd_needs
DAEMON=berkd
dir=$kernel_build/tests/kernel/out/blank
right=4
within=5 # seconds
hold=3   # seconds for which it has to stay so
seed=$((RANDOM % 10000))
[ "${1:-}" != --seed ] || seed=$2
keydir=$dir.conf
mkdir -p "$keydir"
(umask 077 && "$kernel_build/berkctl" keygen >"$keydir/group.key")
printf '[group]\nkey_file = /mnt/bin/group.key\n' >"$keydir/key.conf"

# What a clock without a battery shows: guests 1 and 2 count from 1970, guest 3 from the build of its kernel.
blank_clocks()
{
	guests "ip link set eth0 down"
	guest 1 'timex set 0 $(awk "{ printf \"%.0f\", (\$1 + 0.5) * 1e9 }" /proc/uptime) 0'
	guest 2 'timex set 0 $(awk "{ printf \"%.0f\", (\$1 + 1.7) * 1e9 }" /proc/uptime) 0'
	guest 3 "timex set 0 \$(awk '{ printf \"%.0f\", ($kernel_built + \$1) * 1e9 }' /proc/uptime) 0"
	guest $right "set_clock $tsc0 $wall0 $ns_per_cycle"
}

# The bounds in force, right from wrong: as of all samples since the last link came up.
verdict() # NAME
{
	local claims="$kernel_build/tests/kernel/claims" dirs=("$dir/g1" "$dir/g2" "$dir/g3" "$dir/g4") i status now

	"$claims" "$tsc" "$hz" "${dirs[@]}" >"$dir/found"
	status=$?
	i="date $(value within_1s_from_s "$dir/found") s, 1 ms $(value within_1ms_from_s "$dir/found") s,"
	say "order $1: $i bound $(value claimed_from_s "$dir/found") s after the last link"
	[ $status = 0 ] || fail "order $1: a published bound did not hold"
	for i in within_1s within_1ms claimed; do
		holds "$(value "${i}_from_s" "$dir/found") <= $within" || fail "order $1: $i not within $within s"
	done
	status_of $right
	[ "$(json n_steps "$dir/g$right/status.json")" = 0 ] || fail "order $1: the right host was moved"
	guest $right "date +%s" >"$dir/date"
	read -r _ _ now < <("$dir/bin/timex" host)
	holds "($(cat "$dir/date") - ($wall0 + ($now - $tsc0) * $ns_per_cycle) / 1e9) ^ 2 < 4" ||
		fail "order $1: the right host is not right"
}

# try ORDER GAP: hosts start in this order, with so many seconds between two of them
try()
{
	local host tsc

	blank_clocks
	guests ": >\$G/berkd.log; /tmp/witness 4000 /run/berkd/status >\$G/claims & witness=\$!"
	for host in $1; do
		[ "$host" = "${1%% *}" ] || rest "$2"
		guest "$host" daemon_start || fail "berkd did not start: $(tail -n 3 "$dir/g$host/berkd.log")"
		read -r _ _ tsc < <("$dir/bin/timex" host)
		guest "$host" "ip link set eth0 up"
	done
	rest $((within + hold))
	guests "kill \$witness; wait \$witness"
	verdict "$1, $2 s apart"
	guests "daemon_stop; rm -rf /var/lib/berkd"
}

# The N-th of the 24 orders.
order()
{
	local left=(1 2 3 4) n=$1 k i

	for k in 6 2 1 1; do
		i=$((n / k)) n=$((n % k))
		printf '%s ' "${left[i]}"
		left=("${left[@]:0:i}" "${left[@]:i+1}")
	done
}

kernel_boot 4 "$dir" 2300 "${berkd_files[@]}" "$kernel_build/tests/kernel/witness" "$keydir"/{group.key,key.conf}
honest_stamps
kernel_start
kernel_built=$(date -d "$(guest 1 'uname -v' | cut -d' ' -f2-)" +%s) || fail "no date in uname -v"
kernel_rate
if [ "${1:-}" = --all ]; then
	for ((n = 0; n < 24; n++)); do
		for gap in 0 2 7; do
			try "$(order $n)" $gap
		done
	done
else
	say "seed $seed"
	RANDOM=$seed
	gaps=(0 2)
	try "4 1 2 3" 0
	try "1 2 3 4" 7
	try "$(order $((RANDOM % 24)))" "${gaps[RANDOM % 2]}"
fi
kernel_end
