#!/bin/bash
# test_systemd.sh - two guests boot systemd, with berkd as `make install` installs it, enabled and started
# as an administrator does it: berkd is active with its sandbox on, time-sync.target is reached with
# STA_UNSYNC cleared, and the journal, the catalogue, the reload, the watchdog and the stop work.
. "$(dirname "$0")/lib.sh"
SLOW=1 # it waits for conditions, for minutes if need be, and asserts no times but ratios
kernel_limit=900
[ -x /lib/systemd/systemd ] || skip "no systemd (package systemd)"
[ -e "$kernel_build/systemd/berkd.service" ] || skip "configured without systemd units"
kernel_enter "$0" "$@"
berkd_needs

out=$kernel_build/tests/kernel/out/systemd
INSTALLED=$out.root INIT=guest_systemd.sh MEM=192M
rm -rf "$INSTALLED"
mkdir -p "${out%/*}"
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$kernel_build" install DESTDIR="$INSTALLED" \
	>"$out.install" 2>&1 || fail "make install: $(tail -n 3 "$out.install")"

# give_up WHAT GUEST: with the journal of that guest.
give_up()
{
	guest "$2" "journalctl -q --no-pager -u 'berkd*' | tail -n 25" >&2
	fail "$1"
}

# shown UNIT PROPERTY: as systemd has it in force.
shown()
{
	guest 1 "systemctl show --value -p $2 $1"
}

want()
{
	local got

	got=$(shown "$1" "$2")
	[ "$got" = "$3" ] || fail "$1: $2 is '$got', not '$3'"
}

field() # NAME: of /proc/PID/status of the daemon
{
	guest 1 "grep ^$1: /proc/$pid/status" | awk '{ print $2 }'
}

kernel_boot 2 "$out" 800
# Not --wait: it may miss the signal when the start is over in that very moment.  A unit of the
# host's that fails in a guest is none of berkd's affairs.
up="until systemctl is-system-running | grep -q 'running\|degraded'; do sleep 0.2; done"
guests "timeout 300 sh -c \"$up\" || { systemctl list-jobs; false; }" ||
	fail "systemd ($?): $(tail "$out"/g*/{out,console})"
guest 1 "systemctl --failed --no-legend --plain" | sed 's/^/guest 1, failed: /'
# Installed and off, while another daemon keeps the clock: no user who asks for a status changes that.
kernel_start
guest 1 "printf '[Service]\nExecStart=sleep infinity\n' >/run/systemd/system/chrony.service; \
	systemctl daemon-reload; systemctl start chrony" || fail "chrony: $(cat "$out/g1/out")"
guest 1 "systemctl is-enabled berkd.service" && fail "berkd is enabled before anybody did that"
for order in status check members 'chat hello'; do
	guest 1 "busybox su -s /bin/sh nobody -c 'berkctl $order'" &&
		fail "berkctl $order without a daemon: $(cat "$out/g1/out")"
	grep -q 'asking does not start it' "$out/g1/out" || fail "berkctl $order: $(cat "$out/g1/out")"
done
[ "$(shown chrony.service ActiveState) $(shown berkd.service ActiveState)" = "active inactive" ] ||
	fail "berkctl has stopped chrony: $(guest 1 "journalctl -q -n 20"; cat "$out/g1/out")"
guest 1 "test ! -e /run/berkd" || fail "/run/berkd is there without a daemon"
say "guest 1: chrony still runs after berkctl"
guests "systemctl enable berkd.service" || fail "enable: $(cat "$out"/g*/out)"
wait_conf=$(cd "$INSTALLED" && find . -type d -name berkd.conf.d)/wait.conf
wait_conf=/${wait_conf#./}
guest 1 "printf '[wait]\ntimeout = 2s\n' >$wait_conf" || fail "no drop-in: $(cat "$out/g1/out")"
guest 1 "systemctl start berkd" || give_up "berkd.service does not start" 1
want berkd.service ActiveState active
want chrony.service ActiveState inactive # an administrator who starts berkd means it
guest 1 "stat -c '%U:%G %a' /run/berkd /run/berkd/control /run/berkd/status"
[ "$(tr '\n' ' ' <"$out/g1/out")" = "berkd:berkd 755 berkd:berkd 660 berkd:berkd 666 " ] ||
	fail "the sockets: $(cat "$out/g1/out")"
guest 1 "busybox su -s /bin/sh nobody -c 'berkctl status'" || fail "status: $(cat "$out/g1/out")"
guest 1 "busybox su -s /bin/sh nobody -c 'berkctl stepdown'" && fail "nobody may give orders"
say "guest 1: berkd.service is active: $(shown berkd.service StatusText)"

# Alone: the wait ends with the reason, and a boot would go on, unsynchronised.
guest 1 "timeout 300 sh -c 'until systemctl is-failed berkd-wait-sync; do sleep 0.5; done'" ||
	give_up "the wait does not end" 1
guest 1 "journalctl --sync; journalctl -q -u berkd-wait-sync" | grep -q 'the time is up: it is alone' ||
	give_up "the wait does not say why it failed" 1
guest 1 "timex"
[ "$(value unsync "$out/g1/out")" = 1 ] || fail "a host alone is said to be synchronised"
guest 1 "rm $wait_conf; berkctl reload; systemctl reset-failed berkd-wait-sync; \
	systemctl stop time-sync.target"

# A socket of an earlier version, which listens yet, gives way.
guest 2 "printf '[Socket]\nListenStream=/run/berkd/status\nSocketMode=0666\nService=berkd.service\n' \
	>/run/systemd/system/berkd-status.socket; systemctl daemon-reload; systemctl start berkd-status.socket" ||
	fail "the old socket: $(cat "$out/g2/out")"
guest 2 "systemctl start berkd.service berkd-wait-sync.service" ||
	give_up "no sync" 2
guest 2 "systemctl is-active berkd-status.socket" && fail "the old socket listens yet"
guest 2 "berkctl status" || fail "behind the old socket: $(cat "$out/g2/out")"
guest 1 "systemctl start berkd-wait-sync.service && systemctl is-active time-sync.target" ||
	give_up "time-sync.target is not reached" 1
say "guest 1: time-sync.target is reached: $(shown berkd.service StatusText)"
guests "timex" && [ "$(value unsync "$out/g1/out")$(value unsync "$out/g2/out")" = 00 ] ||
	fail "STA_UNSYNC is set after time-sync.target"

# The sandbox: as the units say, and as the processes have it.
pid=$(shown berkd.service MainPID)
want berkd.service Type notify
want berkd.service NoNewPrivileges yes
want berkd.service ProtectSystem strict
want berkd.service ProtectHome yes
want berkd.service ProtectClock yes
want berkd.service MemoryDenyWriteExecute yes
want berkd.service RestrictNamespaces yes
want berkd.service CapabilityBoundingSet ''
want berkd-clock.service CapabilityBoundingSet cap_sys_time
want berkd-clock.service PrivateNetwork yes
[ "$(shown berkd.service WatchdogUSec)" != 0 ] || fail "no watchdog"

# confined UNIT CAPABILITIES [USER]: what the process of the unit has.
confined()
{
	local set pid

	pid=$(shown "$1" MainPID)
	want "$1" User "${3:-berkd}"
	for set in CapEff CapPrm CapBnd; do
		[ "$(field $set)" = "$2" ] || fail "$1: $set is $(field $set), not $2"
	done
	[ "$(field Seccomp)" = 2 ] || fail "$1 runs without a seccomp filter"
	[ "$(field NoNewPrivs)" = 1 ] || fail "$1 could gain privileges"
	[ "$(field Uid)" != 0 ] || fail "$1 runs as root"
	guest 1 "nsenter -t $pid -m touch /usr/berkd-was-here" && fail "$1 could write to /usr"
	say "guest 1: $1 (pid $pid): capabilities $(field CapEff), seccomp $(field Seccomp), uid $(field Uid)"
}
confined berkd.service 0000000000000000
confined berkd-clock.service 0000000002000000 # CAP_SYS_TIME is bit 25

# Who shows the figures is off, then shows them, and owns nothing.
if [ -x "$kernel_build/berkd-exporter" ]; then
	guest 1 "systemctl is-enabled berkd-exporter" && fail "berkd-exporter is enabled before anybody did that"
	guest 1 "systemctl start berkd-exporter" || give_up "berkd-exporter does not start" 1
	guest 1 "timeout 300 sh -c 'until busybox wget -qO- http://localhost:9625/metrics | grep -x \"berkd_synced 1\"; do sleep 0.5; done'" ||
		give_up "berkd-exporter shows nothing" 1
	guest 1 "busybox wget -qO- http://127.0.0.1:9625/" | grep -q '<title>berkd' || give_up "berkd-exporter has no page" 1
	confined berkd-exporter.service 0000000000000000 berkd-exporter
	guest 1 "journalctl --sync; journalctl -q -o cat _SYSTEMD_UNIT=berkd-exporter.service" | grep . &&
		fail "berkd-exporter has something to say where all is well"
	guest 1 "systemctl stop berkd-exporter" || fail "stop: $(cat "$out/g1/out")"
fi
# The same for a node exporter: the units that are examples write a file.
prom=/var/lib/prometheus/node-exporter
guest 1 "mkdir -p $prom && find /usr -path '*/examples/berkd-textfile.*' -exec cp {} /run/systemd/system ';' && \
	systemctl daemon-reload && systemctl start berkd-textfile.timer" || fail "timer: $(cat "$out/g1/out")"
guest 1 "timeout 300 sh -c 'until grep -x \"berkd_synced 1\" $prom/berkd.prom; do sleep 0.5; done'" ||
	give_up "the timer writes no file" 1
guest 1 "systemctl stop berkd-textfile.timer" || fail "stop: $(cat "$out/g1/out")"
guest 1 "systemctl kill -s KILL berkd-clock"
guest 1 "timeout 300 sh -c 'until systemctl show -p NRestarts berkd-clock | grep -q =1; do sleep 0.5; done'" ||
	give_up "who sets the clock is not started again" 1
[ "$(shown berkd.service MainPID)" = "$pid" ] || fail "berkd ends when berkd-clock does"
# Only who sets the clock makes maxerror small again, which grows by 500 us in a second.
guest 1 "timeout 300 sh -c 'last=0; while :; do now=\$(timex | sed -n \"s/^maxerror_us //p\"); \
	test \$now -lt \$last && exit; last=\$now; sleep 1; done'" || fail "the new one sets no clock: $(cat "$out/g1/out")"

# However often it ends, it is started again.
new_setter() # OLD-PID
{
	guest 1 "timeout 300 sh -c 'until test \$(systemctl show --value -p MainPID berkd-clock) -gt 0 && \
		test \$(systemctl show --value -p MainPID berkd-clock) != $1; do sleep 0.2; done'"
}
for i in 1 2 3 4 5 6 7; do
	old=$(shown berkd-clock.service MainPID)
	guest 1 "kill -KILL $old"
	new_setter "$old" || give_up "berkd-clock is left down after $i more ends" 1
done
[ "$(shown berkd.service MainPID)" = "$pid" ] || fail "berkd ends when berkd-clock does"
# One that hangs holds nobody up, is told of once, and then the clock is steered again.
says() # WHAT: until the status of guest 1 does
{
	guest 1 "timeout 300 sh -c 'until berkctl status | grep -q \"$1\"; do sleep 0.2; done'"
}
asked_ns() # what ten answers take; if each waited half a second for the setter, it would be 5 s more
{
	local ask='berkctl status >/dev/null && sleep 0.2 || exit'

	guest 1 "a=\$(date +%s%N); (for i in \$(seq 10); do $ask; done) && echo \$((\$(date +%s%N) - a))" ||
		fail "no status ($?)"
}
old=$(shown berkd-clock.service MainPID)
well=$(asked_ns)
guest 1 "kill -STOP $old"
says 'not steered: .*berkd-clock does not answer; look at: systemctl status berkd-clock' ||
	give_up "a setter that hangs is not told" 1
guest 1 "berkctl check" && fail "berkctl check is content without a setter"
grep -q 'this clock is not steered' "$out/g1/out" || fail "berkctl check does not tell: $(cat "$out/g1/out")"
hung=$(asked_ns)
guest 1 "kill -CONT $old"
guest 1 "timeout 300 sh -c 'while berkctl status | grep -q \"not steered\"; do sleep 0.2; done'" ||
	give_up "the clock is not steered again" 1
say "ten answers take $((well / 1000000)) ms, and $((hung / 1000000)) ms while the setter hangs"
holds "$hung < $well + 2.5e9" || fail "berkd is held up"
guest 1 "journalctl --sync; journalctl -q -u berkd"
n=$(grep -c 'The clock is not steered: .*does not answer' "$out/g1/out")
[ "$n" = 1 ] || fail "a setter that hung once was told $n times"
grep -q 'The clock is steered again' "$out/g1/out" || fail "the journal does not tell that it is steered again"
say "guest 1: berkd-clock was ended 8 times and hung once"

# The journal has structured messages, and the catalogue explains them.
became_master=8fd2c7d880614b0caa53cc1b52bc7b5d follows_master=a2966e771fa44ff6be5d7574592e36cc
guests "journalctl --sync; journalctl --update-catalog; journalctl -q -x MESSAGE_ID=$became_master MESSAGE_ID=$follows_master"
for i in 1 2; do
	grep -qi master "$out/g$i/out" || fail "guest $i: the journal does not tell who is master"
	grep -q '░░ Subject' "$out/g$i/out" || fail "guest $i: the catalogue does not explain it"
done

guest 1 "systemctl reload berkd" || fail "reload: $(cat "$out/g1/out")"
[ "$(shown berkd.service MainPID)" = "$pid" ] || fail "a reload restarted berkd"
guest 1 "journalctl --sync; journalctl -q -u berkd" | grep -iq 're-\?load\|configuration' || fail "the reload is not told"
dropins=$("$kernel_build/berkd" --help | sed -n 's/.*instead of //p').d
guest 1 "mkdir -p $dropins && echo '[clock]' >$dropins/wrong.conf && echo 'poll = soon' >>$dropins/wrong.conf"
guest 1 "systemctl reload berkd" && fail "the reload of a wrong configuration succeeds"
[ "$(shown berkd.service MainPID)" = "$pid" ] || fail "a reload that failed restarted berkd"
guest 1 "rm $dropins/wrong.conf; systemctl reload berkd" || fail "reload: $(cat "$out/g1/out")"
guest 1 "berkctl members" || fail "berkctl: $(cat "$out/g1/out")"

# The devices that tell of time are there, to be read, and no others.
guest 1 "mknod /dev/ptp0 c 1 3 && systemctl restart berkd" || fail "restart: $(cat "$out/g1/out")"
pid=$(shown berkd.service MainPID)
guest 1 "nsenter -t $pid -m sh -c 'test -c /dev/ptp0 && test ! -e /dev/mem && test ! -e /dev/kmsg && \
	test ! -e /dev/ptp1 && ! touch /dev/ptp0'" || fail "/dev of berkd: $(guest 1 "nsenter -t $pid -m ls -l /dev")"

# The group's key as a credential, which root alone can read: the drop-in of berkd.conf(5), word for word.
man=$kernel_src/../../conf/berkd.conf.5
dropin=$(awk '/berkd.service.d\/key.conf/ { here = 1 } here && /^\.Ed/ { exit } here && /^\[|^Load/' "$man")
[ "$(wc -l <<<"$dropin")" = 2 ] || fail "the drop-in of berkd.conf(5): $dropin"
key=$(guest 1 "berkctl keygen")
guests "berkctl status" && grep -q 'open group' "$out/g1/out" || fail "it was no open group: $(cat "$out/g1/out")"
guests "mkdir -p /etc/berkd /etc/systemd/system/berkd.service.d; \
	(umask 077; echo $key >/etc/berkd/group.key); \
	printf '%s\n' $(sed "s/.*/'&'/" <<<"$dropin" | tr '\n' ' ') >/etc/systemd/system/berkd.service.d/key.conf; \
	systemctl daemon-reload; systemctl restart berkd" || fail "with a credential: $(cat "$out"/g*/out)"
guests "timeout 300 sh -c 'until berkctl status | grep -q \"2 alive\"; do sleep 1; done'" ||
	give_up "they do not meet by a credential" 1
guests "berkctl status" || fail "status: $(cat "$out"/g*/out)"
grep -q 'open group' "$out"/g*/out && fail "the credential is not the group's key: $(cat "$out"/g*/out)"
guest 1 "busybox su -s /bin/sh berkd -c 'cat /etc/berkd/group.key'" && fail "the user berkd can read the key's file"
guest 1 "systemctl reload berkd" || fail "reload with a credential: $(cat "$out/g1/out")"
guest 1 "berkctl status" | grep -q 'open group' && fail "the reload loses the key"
say "guest 1: the key is a credential: $(shown berkd.service StatusText)"

# A daemon that hangs is killed and started again; the others' time goes on.
guest 1 "mkdir -p /run/systemd/system/berkd.service.d"
guest 1 "printf '[Service]\nWatchdogSec=4s\n' >/run/systemd/system/berkd.service.d/watchdog.conf"
guest 1 "systemctl daemon-reload; systemctl restart berkd" || fail "restart: $(cat "$out/g1/out")"
guest 1 "kill -STOP \$(systemctl show --value -p MainPID berkd)"
guest 1 "timeout 300 sh -c 'until systemctl show -p NRestarts berkd | grep -q =1; do sleep 0.5; done'" ||
	give_up "the watchdog did not restart berkd" 1
guest 1 "timeout 300 sh -c 'until systemctl is-active berkd; do sleep 0.5; done'" ||
	give_up "berkd is not active after the watchdog's restart" 1
say "guest 1: the watchdog restarted berkd"

# What a restart does not mend is not restarted, and who is ended again and again stays down, with his state.
guest 1 "rm -r /run/systemd/system/berkd.service.d; systemctl daemon-reload; systemctl reset-failed berkd; \
	echo '[clock]' >$dropins/wrong.conf; echo 'poll = soon' >>$dropins/wrong.conf"
guest 1 "systemctl restart berkd" && fail "berkd starts with a wrong configuration"
sleep 5
[ "$(shown berkd.service NRestarts) $(shown berkd.service ExecMainStatus)" = '0 78' ] ||
	fail "a wrong configuration: $(shown berkd.service NRestarts) restarts, status $(shown berkd.service ExecMainStatus)"
guest 1 "rm $dropins/wrong.conf; systemctl reset-failed berkd; systemctl start berkd" || give_up "start" 1
id=$(guest 1 "berkctl status --json" | grep '"id"')
guest 1 "timeout 300 sh -c 'until systemctl is-failed berkd; do \
	systemctl kill -s KILL --kill-who=main berkd 2>/dev/null; sleep 1; done' >/dev/null" || give_up "a daemon that is ended is started for ever" 1
guest 1 "journalctl --sync; journalctl -q -u berkd -n 5" | grep -q 'repeated too quickly' || fail "it is down, but not for good"
n=$(shown berkd.service NRestarts)
[ "$n" -ge 5 ] && [ "$n" -le 10 ] || fail "it was started again $n times"
guest 1 "systemctl reset-failed berkd; systemctl start berkd" || give_up "no start after reset-failed" 1
[ "$(guest 1 "berkctl status --json" | grep '"id"')" = "$id" ] || fail "its identity is lost"
say "guest 1: a daemon that was killed $n times stays down, and keeps its state"

guests "systemctl stop berkd" || fail "stop: $(cat "$out"/g*/out)"
want berkd.service Result success
guests "test ! -e /run/berkd" || fail "sockets outlive the daemon"
want berkd-clock.service ActiveState inactive
shown berkd.service ExecStopPost | grep -q 'save-rtc .*code=exited ; status=0' || # there is no RTC in a guest
	fail "ExecStopPost: $(shown berkd.service ExecStopPost)"
guests "journalctl -q -u berkd -u berkd-wait-sync >\$G/journal"
kernel_end
