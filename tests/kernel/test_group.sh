#!/bin/bash
# test_group.sh - five kernels (three, on a slow machine) with oscillators within +-50 ppm and clocks within +-0.3 s
# become one, by slewing alone, under daemons that root has started and that are berkd's by now: adjtimex(2) in each
# guest shows what berkd says it set, what it set cancels the oscillator's error, and no reader ever sees time set or
# go backward.
. "$(dirname "$0")/lib.sh"
kernel_enter "$0" "$@"
berkd_needs
DAEMON=berkd
dir=$kernel_build/tests/kernel/out/group
mkdir -p "$dir.conf"
printf '[clock]\nstep_threshold = never\n' >"$dir.conf/slew.conf"

kernel_boot "$(five_or_three)" "$dir" 400 "${berkd_files[@]}" "$dir.conf/slew.conf"
kernel_start
guests "/tmp/reader 20000 >\$G/reader & reader=\$!"
guests daemon_start || fail "berkd did not start: $(tail -n 3 "$dir"/g*/berkd.log)"
guests "berkctl waitsync --max-bound 5ms --timeout 300s" || fail "not in step: $(tail "$dir"/g*/out)"
say "$kernel_n clocks are in step"
wait_until "a master" find_master
wait_rounds "$master" 35
guests daemon_status || fail "no status ($?): $(tail "$dir"/g*/out)"
from=$(second)
guests "for i in \$(seq 40); do timex | head -n 1; sleep 0.1; done >\$G/steered"
until=$(second)
guests "kill \$reader; wait \$reader"
pair_figures --from "$from" --until "$until"

# Root started them, without a service manager: what is left of root is the clock.
guests "stat -c '%U %a' /run/berkd /run/berkd/control /var/lib/berkd /var/lib/berkd/identity | tr '\n' ' '; \
	berkctl reload >/dev/null && cat /proc/\$daemon/status" || fail "no reload: $(tail "$dir"/g*/out)"
for ((i = 1; i <= kernel_n; i++)); do
	g=$dir/g$i
	owners=$(sed -n 's/Name:.*//p' "$g/out")
	[ "$owners" = "berkd 755 root 660 berkd 700 berkd 600 " ] || fail "guest $i: owners $owners"
	for want in Uid=64995 Gid=64995 CapEff=0000000002000000 CapPrm=0000000002000000 \
		CapInh=0000000000000000 CapBnd=0000000000000000 CapAmb=0000000000000000 NoNewPrivs=1 Seccomp=2; do
		got=$(awk -v name="${want%=*}:" '$1 == name { print $2 }' "$g/out")
		[ "$got" = "${want#*=}" ] || fail "guest $i: ${want%=*} is $got, not ${want#*=}"
	done
done
say "all run as berkd, with CAP_SYS_TIME and a filter of system calls"
guests daemon_stop || fail "berkd did not stop cleanly"
guests "test ! -e /run/berkd/control && test ! -e /run/berkd/status" || fail "sockets outlive berkd"
kernel_end

holds "$(figure below_1ms_s) >= 0" || fail "never below 1 ms for long"
holds "$(figure p50_us) < $(boot_spread_us) / 1000" || fail "not a thousand times closer than at boot"
holds "$(figure max_us) < $(boot_spread_us) / 50" || fail "did not stay together"
for ((i = 1; i <= kernel_n; i++)); do
	g=$dir/g$i
	read -r ppm _ <"$g/oscillator"
	said_ppb=$(json freq_ppb "$g/status.json")
	mean_ppb=$(awk '{ sum += $2 } END { print sum / NR }' "$g/steered")
	say "guest $i: oscillator $ppm ppm, steered by $mean_ppb ppb, $(tr '\n' ' ' <"$g/reader")"
	awk -v said="$said_ppb" '(said - $1) ^ 2 <= 4 { found = 1 } END { exit !found }' "$g/frequencies" ||
		fail "guest $i: berkctl shows $said_ppb ppb, adjtimex $(sort -un "$g/frequencies" | tr '\n' ' ')"
	[ "$(value unsync "$g/timex")" = 0 ] || fail "guest $i: STA_UNSYNC is still set"
	[ "$(value pll "$g/timex")" = 0 ] || fail "guest $i: the kernel's PLL is on"
	holds "$(value esterror_us "$g/timex") <= $(value maxerror_us "$g/timex")" ||
		fail "guest $i: esterror above maxerror"
	holds "0 < $(value maxerror_us "$g/timex") && $(value maxerror_us "$g/timex") < 20000" ||
		fail "guest $i: maxerror $(value maxerror_us "$g/timex") us"
	grep -qx 'sets 0' "$g/reader" || fail "guest $i: the clock was set"
	grep -qx 'backward 0' "$g/reader" || fail "guest $i: time went backward"
	# What was set cancels the oscillator's error: all clocks run at guest 1's rate, whatever
	# that is.  One moment's frequency has tens of ppm of slewing in it: hence the mean.
	rate=$(figure "guest${i}_rate_ppm") sum=$(awk "BEGIN { print $ppm + $mean_ppb / 1000 }")
	holds "($rate - $(figure guest1_rate_ppm)) ^ 2 < 225" || fail "guest $i runs at $rate ppm"
	holds "($rate - $sum) ^ 2 < 225" || fail "guest $i runs at $rate ppm, not at $sum"
done
