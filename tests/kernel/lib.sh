# lib.sh - guests of real kernels for a test or a benchmark (bash; source it first).
#
# N User Mode Linux kernels, each with an oscillator of its own (oscillator.c) and its own
# CLOCK_REALTIME, on one bridge in a private network, mount and pid namespace.  The host's clock
# and network are not touched.  Nothing outlives the script, however it ends, and no guest
# outlives its time limit.
#
#	kernel_enter "$0" "$@"      run the script again inside the namespaces; 77 where it cannot
#	kernel_boot N DIR SECONDS [FILE...]
#	                            boot N guests that end by themselves after SECONDS; copies of
#	                            FILEs are in their PATH
#	kernel_start                clocks set, samplers on, second 0 of the run
#	guest I COMMAND             run it in guest I (sh): its output, its exit status
#	guests COMMAND              the same in all at once; output to DIR/gI/out
#	until_second S              sleep until second S of the run
#	five_or_three               how many guests a test boots that would like five: three where they live slower
#	rest S                      sleep S seconds of guest time
#	kernel_rate                 $hz, cycles of the TSC in a guest's second, $ns_per_cycle, and a moment: $tsc0, $wall0
#	wait_until WHAT COMMAND...  until the command succeeds; fails, and names WHAT, when it never does
#	find_master [I]             the guest that says it is master, I left out, as $master, its term as $term
#	wait_rounds I N             until guest I, which is master, has had N more rounds.  (In a member they
#	                            count faster while the polls are fast.)
#	status_of I                 what berkctl says of guest I's berkd, into DIR/gI/status.json
#	pair_figures [OPTION...]    stop the samplers; the true pair errors, also in DIR/figures
#	                            and DIR/pairs.csv (see pairs.c)
#	kernel_end                  power the guests off
#
# A guest's root is the host's / (read-only), DIR is its /mnt, and guest I is 10.9.0.I on eth0.
# Variables that a script may set before kernel_boot:
#	OSCILLATORS=FILE  frequency errors, offsets and wander      SEED=K   of the wander (1)
#	SLOW=K            guests live K times slower, so K times less disturbed by this machine (by kernel_pace)
#	NETEM="..."       netem options, behind each guest's eth0   MEM=64M  memory of a guest
#	INIT=guest_systemd.sh  boot systemd, with the tree INSTALLED=DIR over the root
#	DAEMON=NAME       daemons/NAME.sh, for daemon_start and daemon_stop in the guests
#
# The guests' network driver stamps a packet as sent after it has sent it.  Without real-time priority a guest
# may be held up in between, for milliseconds, and no bound holds that is made of such stamps.  A test of bounds
# says honest_stamps behind kernel_boot: berkd then uses kernel stamps only where they can be trusted.
# shellcheck shell=bash

set -u
kernel_src=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
kernel_build=${BERKD_BUILD:-$PWD}
kernel_limit=600
kernel_pace_us=25 # what a system call takes in a guest on a machine that is fast enough
kernel_slow_max=4
kernel_patience=150 # seconds for a condition that soon comes: only a guest that hangs takes so long

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

say()
{
	printf '%7s  %s\n' "${kernel_second0:+$(second)s}" "$*"
}

kernel_needs()
{
	[ "$(uname -m)" = x86_64 ] || skip "the shared TSC is read on x86_64 only"
	[ "$(id -u)" = 0 ] || skip "not root"
	command -v linux.uml >/dev/null || skip "no linux.uml (package user-mode-linux)"
	command -v busybox >/dev/null || skip "no busybox (package busybox-static)"
	command -v ip >/dev/null || skip "no ip (package iproute2)"
	[ -c /dev/net/tun ] || skip "no /dev/net/tun"
	unshare --net --pid --mount --fork --kill-child --mount-proc sh -ec '
		ip link add br0 type bridge
		ip tuntap add t0 mode tap
		ip link set t0 master br0' 2>/dev/null || skip "no namespaces, bridge or tap here"
	[ -x "$kernel_build/tests/kernel/pairs" ] || fail "nothing built in $kernel_build"
}

# What daemons/berkd.sh wants in the guests.
berkd_files=("$kernel_build/berkd" "$kernel_build/berkctl"
	"$kernel_src/../../conf/berkd.conf")

berkd_needs()
{
	[ -x "${berkd_files[0]}" ] || fail "no ${berkd_files[0]}"
	! nm -D "${berkd_files[0]}" | grep -q 'asan_init\|__ubsan' ||
		skip "a sanitizer's run time does not fit a guest"
}

# Sets SLOW by what a system call takes in a guest here.  COMMAND... is put before the guest's.  On a virtual machine
# where it took 39 to 77 us, five guests that lived as fast as the machine never came to an end.
kernel_pace()
{
	local timex=$kernel_build/tests/kernel/timex dir mono0 tsc0 mono1 tsc1 cycles us

	[ -z "${SLOW:-}" ] || return
	dir=$(mktemp -d) || fail "no temporary folder"
	read -r mono0 _ tsc0 < <("$timex" host)
	cycles=$(TMPDIR=$dir timeout -k 1 60 "$@" linux.uml mem=64M quiet umid=pace uml_dir="$dir" con=null con0=fd:0,fd:1 \
		rootfstype=hostfs rootflags=/ ro init="$timex" pace </dev/null 2>&1 | tr -d '\r' | awk '$1 == "pace" { print $2 }')
	read -r mono1 _ tsc1 < <("$timex" host)
	rm -rf "$dir"
	[ -n "$cycles" ] || fail "no guest boots here"
	us=$(awk "BEGIN { printf \"%.0f\", $cycles * ($mono1 - $mono0) / ($tsc1 - $tsc0) / 1e3 }")
	SLOW=$(((us + kernel_pace_us / 2) / kernel_pace_us))
	SLOW=$((SLOW < 1 ? 1 : SLOW > kernel_slow_max ? kernel_slow_max : SLOW))
	echo "a system call takes $us us in a guest here: guests live $SLOW times slower than this machine"
}

kernel_enter()
{
	local rt

	[ "${KERNEL_INSIDE:-}" = "$kernel_build" ] && return
	kernel_needs
	# Real-time, so that other work on this machine does not hold the guests up.
	rt=$(chrt --rr 10 echo chrt --rr 10 2>/dev/null)
	kernel_pace $rt
	SLOW=$SLOW KERNEL_INSIDE=$kernel_build KERNEL_RT=$rt exec timeout --foreground -k 5 $((kernel_limit * SLOW)) \
		$rt unshare --net --pid --mount --fork --kill-child --mount-proc bash "$@"
}

kernel_boot()
{
	local i tries=3

	kernel_n=$1 kernel_dir=$2 kernel_seconds=$3
	shift 3
	rm -rf "$kernel_dir"
	mkdir -p "$kernel_dir"/{bin,host,uml,ram}
	kernel_dir=$(readlink -f "$kernel_dir")
	cp "$kernel_build"/tests/kernel/{oscillator.so,sampler,reader,timex} \
		"$kernel_src"/{guest*.sh,daemons/*.sh} "$@" \
		"$kernel_dir/bin/" || fail "cannot fill $kernel_dir/bin"
	[ -z "${INSTALLED:-}" ] || cp -a "$INSTALLED" "$kernel_dir/root"
	mount -t tmpfs -o mode=0700 guest-ram "$kernel_dir/ram" || fail "cannot mount tmpfs"
	mapfile -t kernel_oscillators < <(grep -v '^ *\(#\|$\)' "${OSCILLATORS:-$kernel_src/oscillators}")
	ip link set lo up
	ip link add br0 type bridge
	ip link set br0 up
	kernel_booted=$("$kernel_dir/bin/timex" host)
	for ((i = 1; i <= kernel_n; i++)); do
		mkdir "$kernel_dir/g$i"
		ip tuntap add "t$i" mode tap
		ip link set "t$i" master br0 up
		mkfifo "$kernel_dir/g$i/commands"
		# shellcheck disable=SC1083,SC2093
		exec {kernel_in[i]}<>"$kernel_dir/g$i/commands"
		guest_boot "$i"
	done
	for ((i = 1; i <= kernel_n; i++)); do
		until [ -s "$kernel_dir/g$i/ready" ]; do
			# With many booting at once a first fork may fail: "Cannot fork" (2 of 120).
			if ! kill -0 "${kernel_pid[i]}" 2>/dev/null && ((--tries > 0)); then
				echo "guest $i has ended before it was ready: booted again" >&2
				rm -rf "$kernel_dir/uml/g$i"
				guest_boot "$i"
			fi
			kernel_alive "$i"
			sleep 0.1
		done
	done
}

honest_stamps()
{
	[ -n "$KERNEL_RT" ] && return
	echo "no real-time priority: berkd uses stamps of its own"
	printf '[network]\ntimestamping = user\n' >"$kernel_dir/bin/stamps.conf"
}

guest_boot()
{
	local i=$1 t0 ppm offset wander

	read -r t0 _ <<<"$kernel_booted"
	read -r ppm offset wander <<<"${kernel_oscillators[(i - 1) % ${#kernel_oscillators[@]}]}"
	echo "$ppm $offset $wander" >"$kernel_dir/g$i/oscillator"
	OSC_T0=$t0 OSC_PPM=$ppm OSC_WANDER=$wander OSC_SLOW=$SLOW \
		OSC_SEED=$((1000 * ${SEED:-1} + i)) OSC_LOG=$kernel_dir/g$i/reads \
		LD_PRELOAD=$kernel_dir/bin/oscillator.so TMPDIR=$kernel_dir/ram \
		taskset -c $((i % $(nproc))) linux.uml mem="${MEM:-64M}" quiet umid="g$i" \
		uml_dir="$kernel_dir/uml" con=null con0=fd:0,fd:1 \
		rootfstype=hostfs rootflags=/ ro init="$kernel_dir/bin/${INIT:-guest.sh}" \
		"eth0=tuntap,t$i,02:00:00:00:00:$(printf %02x "$i")" \
		ID="$i" N="$kernel_n" DIR="$kernel_dir" OFFSET="$offset" LIMIT="$kernel_seconds" \
		DAEMON="${DAEMON:-none}" NETEM="$(tr ' ' , <<<"${NETEM:-}")" \
		<&"${kernel_in[i]}" >"$kernel_dir/g$i/kernel" 2>&1 &
	kernel_pid[i]=$!
}

kernel_alive()
{
	kill -0 "${kernel_pid[$1]}" 2>/dev/null && return
	tail -n 30 "$kernel_dir/g$1"/{kernel,console} >&2
	fail "guest $1 has ended"
}

# The clocks are set by the TSC: while a guest boots under load, its kernel counts lost ticks.
kernel_start()
{
	local mono tsc booted_mono booted_tsc wall k

	read -r booted_mono _ booted_tsc <<<"$kernel_booted"
	read -r mono wall tsc < <("$kernel_dir/bin/timex" host)
	k=$(awk "BEGIN { printf \"%.12f\", ($mono - $booted_mono) / ($tsc - $booted_tsc) / $SLOW }")
	guests "set_clock $tsc $wall $k" || fail "the clocks were not set: $(cat "$kernel_dir"/g*/out)"
	guests start_samples || fail "the samplers did not start"
	read -r kernel_start_ns _ < <("$kernel_dir/bin/timex" host)
	kernel_second0=$EPOCHREALTIME
}

# Seconds of guest time since kernel_start.
second()
{
	awk -v a="$kernel_second0" -v b="$EPOCHREALTIME" -v k="$SLOW" \
		'BEGIN { printf "%.1f", (b - a) / k }'
}

until_second()
{
	sleep "$(awk -v s="$1" -v now="$(second)" -v k="$SLOW" \
		'BEGIN { print (s > now ? (s - now) * k : 0) }')"
}

five_or_three()
{
	[ "$SLOW" = 1 ] && echo 5 || echo 3
}

rest()
{
	sleep $(($1 * $SLOW))
}

kernel_rate()
{
	local mono0 mono1 tsc1

	read -r mono0 wall0 tsc0 < <("$kernel_dir/bin/timex" host)
	sleep 2
	read -r mono1 _ tsc1 < <("$kernel_dir/bin/timex" host)
	hz=$(awk "BEGIN { printf \"%.3f\", ($tsc1 - $tsc0) / ($mono1 - $mono0) * 1e9 * $SLOW }")
	ns_per_cycle=$(awk "BEGIN { printf \"%.12f\", 1e9 / $hz }")
}

wait_until()
{
	local what=$1 end=$((SECONDS + kernel_patience * $SLOW))

	shift
	until "$@"; do
		((SECONDS < end)) || fail "waited $((kernel_patience * SLOW)) s for $what"
		sleep "$(awk "BEGIN { print 0.5 * $SLOW }")"
	done
}

guest_send()
{
	rm -f "$kernel_dir/g$1/status"
	echo "$2" >&"${kernel_in[$1]}"
}

# The status of the command just sent; 124 when the guest does not answer.
guest_wait()
{
	local tries=$((2400 * $SLOW))

	until [ -s "$kernel_dir/g$1/status" ]; do
		kernel_alive "$1"
		((--tries > 0)) || return 124
		sleep 0.05
	done
	return "$(cat "$kernel_dir/g$1/status")"
}

guest()
{
	local status=0

	guest_send "$1" "$2"
	guest_wait "$1" || status=$?
	cat "$kernel_dir/g$1/out"
	return $status
}

guests()
{
	local i status=0

	for ((i = 1; i <= kernel_n; i++)); do
		guest_send "$i" "$1"
	done
	for ((i = 1; i <= kernel_n; i++)); do
		guest_wait "$i" || status=$?
	done
	return $status
}

pair_figures()
{
	local i dirs=()

	guests "stop_samples" || fail "the samplers did not stop"
	for ((i = 1; i <= kernel_n; i++)); do
		dirs+=("$kernel_dir/g$i")
	done
	"$kernel_build/tests/kernel/pairs" --slow "$SLOW" --csv "$kernel_dir/pairs.csv" "$@" \
		"$kernel_start_ns" "${dirs[@]}" >"$kernel_dir/figures" || fail "no figures"
	say "pair error from $(figure from_s) s on: p50 $(figure p50_us) us," \
		"p99 $(figure p99_us) us, max $(figure max_us) us;" \
		"below 1 ms from $(figure below_1ms_s) s, 100 us from $(figure below_100us_s) s"
}

status_of()
{
	guest "$1" "berkctl status --json" >"$kernel_dir/g$1/status.json"
}

find_master()
{
	local i

	for ((i = 1; i <= kernel_n; i++)); do
		[ "$i" != "${1:-}" ] && status_of "$i" || continue
		if [ "$(json role "$kernel_dir/g$i/status.json")" = master ]; then
			master=$i term=$(json term "$kernel_dir/g$i/status.json")
			return 0
		fi
	done
	return 1
}

round_is_seen()
{
	status_of "$1" && [ "$(json round "$kernel_dir/g$1/status.json")" -ge "$2" ]
}

wait_rounds()
{
	local last

	status_of "$1" || fail "guest $1 has no status"
	last=$(($(json round "$kernel_dir/g$1/status.json") + $2))
	wait_until "round $last in guest $1" round_is_seen "$1" "$last"
}

# How far apart the clocks were at boot (us).
boot_spread_us()
{
	cat "$kernel_dir"/g*/oscillator | awk '
		{ lo = NR == 1 || $2 < lo ? $2 : lo; hi = NR == 1 || $2 > hi ? $2 : hi }
		END { print (hi - lo) * 1e6 }'
}

# figure NAME: what pair_figures found.
figure()
{
	value "$1" "$kernel_dir/figures"
}

# value NAME FILE: from lines of "name value".
value()
{
	awk -v name="$1" '$1 == name { print $2 }' "$2"
}

# json KEY FILE: the first number, word or string under that key.
json()
{
	sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$2" | head -n 1
}

# holds EXPRESSION: awk's arithmetic in a condition.
holds()
{
	awk "BEGIN { exit !($1) }"
}

kernel_end()
{
	local i

	for ((i = 1; i <= kernel_n; i++)); do
		guest_send "$i" "power_off"
	done
	wait
	umount "$kernel_dir/ram"
	rm -f "$kernel_dir"/g*/{reads,commands}
}
