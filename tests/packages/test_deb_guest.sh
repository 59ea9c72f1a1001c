#!/bin/bash
# test_deb_guest.sh - three guests with systemd get berkd from the Debian packages: their time daemon goes on until three
# commands on each have brought them together, an upgrade starts the daemon anew and leaves the clocks together, and who
# leaves, or removes the packages, has the time daemon back that was there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../kernel/lib.sh"
kernel_limit=900
[ -x /lib/systemd/systemd ] || skip "no systemd (package systemd)"
packages_built
kernel_enter "$0" "$@"
berkd_needs

out=$kernel_build/tests/packages/out
INSTALLED=$out.root INIT=guest_systemd.sh MEM=256M
edit_package() { sed -i 's/^Description=Group/Description=Older group/' "$1/lib/systemd/system/berkd.service"; }
rm -rf "$INSTALLED"
mkdir -p "$INSTALLED/packages"
packages_of 0.0.9 "$INSTALLED/packages"
cp deb/berk{d,ctl}_"$version"_*.deb "$INSTALLED/packages/"
# Of the packages of this machine, whose files the guests have, dpkg needs to know there those that ours depend on.
known=$INSTALLED/var/lib/dpkg
enabled=$INSTALLED/etc/systemd/system/multi-user.target.wants
mkdir -p "$known"/{info,updates,triggers} "$INSTALLED"/{var/lib/misc,lib/systemd/system} "$enabled"
echo 1 >"$known/info/format"
for name in $(dpkg-deb -f deb/berkd_*.deb Depends; dpkg-deb -f deb/berkctl_*.deb Depends); do
	dpkg-query -s "${name%,}" >>"$known/status" 2>/dev/null || continue
	echo >>"$known/status"
	for list in /var/lib/dpkg/info/"${name%,}".list /var/lib/dpkg/info/"${name%,}":*.list; do
		[ ! -e "$list" ] || cp "$list" "$known/info/"
	done
done
printf '[Service]\nExecStart=sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
	>"$INSTALLED/lib/systemd/system/chrony.service"
ln -s /lib/systemd/system/chrony.service "$enabled/"
older='/packages/berkd_0.0.9.deb /packages/berkctl_0.0.9.deb'
current="/packages/berk*_${version}_*.deb"

give_up() # WHAT GUEST: with the journal of that guest.
{
	guest "$2" "journalctl -q --no-pager -u 'berkd*' -u chrony | tail -n 25" >&2
	fail "$1: $(tail -n 20 "$out/g$2/console")"
}

# Without the triggers of man-db and the like, which take long in a guest.
dpkg_i="dpkg --no-triggers --force-unsafe-io --force-confold -i"

shown() # GUEST UNIT PROPERTY
{
	guest "$1" "systemctl show --value -p $3 $2"
}

until_guest() # GUEST WHAT CONDITION
{
	guest "$1" "timeout 200 sh -c 'until $3; do sleep 0.5; done'" >/dev/null || give_up "$2" "$1"
}

kernel_boot 3 "$out" 500
honest_stamps
up="until systemctl is-system-running | grep -q 'running\|degraded'; do sleep 0.2; done"
guests "timeout 300 sh -c \"$up\" || { systemctl list-jobs; false; }" ||
	fail "systemd ($?): $(tail "$out"/g*/{out,console})"
guests "rm -f /usr/sbin/policy-rc.d; cp /mnt/bin/* /tmp/" # what guest.sh had put there, systemd has cleared away
kernel_start
say "three guests are up"

# Bare, but for the packages in a folder.  One gets older packages, and none loses its time daemon by that.
from=$(second)
guests "if [ \$ID = 1 ]; then $dpkg_i $older; else $dpkg_i $current; fi" || fail "dpkg -i: $(cat "$out"/g*/out)"
for i in 1 2 3; do
	grep -q 'the clock is still kept by: chrony.service' "$out/g$i/out" || fail "dpkg says: $(cat "$out/g$i/out")"
	guest $i "systemctl is-active chrony" >/dev/null || fail "guest $i: chrony was stopped"
	guest $i "systemctl is-active berkd" >/dev/null && fail "guest $i: berkd was started"
done
say "installed"

# After the installation, two commands on each bring them together.
guests "! [ -e /mnt/bin/stamps.conf ] || cp /mnt/bin/stamps.conf /etc/berkd/berkd.conf.d/"
token=$(guest 1 "berkctl setup --yes --timeout 10min" | grep -o 'BERK1[A-Z2-7]*') || give_up "setup" 1
for i in 2 3; do
	guest $i "berkctl join --yes --timeout 200s $token" >"$out/joined" || { cat "$out/joined" >&2; give_up "join" $i; }
done
for i in 1 2 3; do
	guest $i "berkctl waitsync --hosts 3 --timeout 200s" >/dev/null || give_up "three hosts do not meet" $i
	guest $i "berkctl check" >/dev/null || give_up "no group" $i
	guest $i "systemctl is-enabled chrony || systemctl is-active chrony" | grep -qx 'enabled\|active' && fail "chrony $i"
	guest $i "stat -c '%a %U %G' /etc/berkd/group.key" | grep -qx '640 root berkd' || fail "the key's rights on $i"
done
took=$(awk "BEGIN { print $(second) - $from }")
say "three hosts in step $took s after they were bare"
holds "$took < 60" || fail "three commands on each of three bare hosts take $took s"
guest 1 "berkctl invite --undo" | grep -q withdrawn || fail "no invitation is withdrawn"
before=$(shown 1 berkd MainPID) setter_before=$(shown 1 berkd-clock MainPID)
id=$(guest 1 "berkctl status --json" | grep '"id"')
say "in step: $(shown 1 berkd StatusText)"

# The upgrade starts both processes anew; it does not wait for the group, and the clocks stay where they are.
from=$(second)
guest 1 "$dpkg_i $current" || fail "the upgrade fails"
took=$(awk "BEGIN { print $(second) - $from }")
after=$(shown 1 berkd MainPID) setter_after=$(shown 1 berkd-clock MainPID)
[ "$after" != "$before" ] && [ "$after" != 0 ] || give_up "the old berkd runs on" 1
[ "$setter_after" != "$setter_before" ] && [ "$setter_after" != 0 ] || give_up "the old berkd-clock runs on" 1
guest 1 "ls -l /proc/$after/exe /proc/$setter_after/exe" | grep -v 'berkd$' && fail "an old program runs on"
shown 1 berkd Description | grep -q '^Group' || fail "systemd has not read the new unit"
[ "$(shown 2 berkd MainPID)" != 0 ] || fail "guest 2 lost berkd"
until_guest 1 "no group after the upgrade" 'berkctl check'
[ "$(guest 1 "berkctl status --json" | grep '"id"')" = "$id" ] || fail "its identity is lost"
guest 1 "systemctl is-enabled chrony" | grep -qx disabled || fail "an upgrade switches chrony on"
say "upgraded in $took s, in step again: $(shown 1 berkd StatusText)"
guests "journalctl --sync; journalctl -q -u berkd"
for i in 1 2 3; do
	n=$(grep -c 'Stepped the clock' "$out/g$i/out") || :
	[ "$n" -le 1 ] || fail "$n steps: $(grep Stepped "$out/g$i/out")" # the first one was when they met
done
pair_figures --from "$from"
# Not the largest: on a busy machine a daemon that has just started may take a held-up packet for an offset.
holds "$(figure p50_us) < $(boot_spread_us) / 500" || fail "the clocks did not stay together while one was upgraded"

# One of them goes as it came.
guest 3 "berkctl leave --yes" >"$out/left" || { cat "$out/left" >&2; give_up "leave" 3; }
guest 3 "systemctl is-enabled chrony && systemctl is-active chrony" >/dev/null || give_up "chrony does not come back" 3
guest 3 "pgrep -x berkd; ls /etc/berkd/group.key /etc/berkd/berkd.conf.d/group.conf 2>/dev/null" | grep . &&
	fail "leave leaves that"

# The other gives it up, which brings chrony back, and guest 1 goes on.
guest 2 "dpkg --no-triggers --purge berkd berkctl" >"$out/purged" || fail "dpkg --purge: $(cat "$out/purged")"
grep -q 'as before berkd, the clock is kept by: chrony.service' "$out/purged" || fail "dpkg says: $(cat "$out/purged")"
grep -q 'the key of the group' "$out/purged" || fail "nothing is said of the key: $(cat "$out/purged")"
guest 2 "systemctl is-enabled chrony && systemctl is-active chrony" >/dev/null || give_up "chrony does not come back" 2
guest 2 "pgrep -x berkd" && fail "berkd runs on"
guest 2 "ls -d /etc/berkd* /var/lib/berkd* /run/berkd* /var/lib/misc/berkd* /usr/*bin/berk* /lib/systemd/*/*berk* \
	/etc/systemd/system/*/berkd* 2>/dev/null" | grep . && fail "a purge leaves that"
guest 1 "systemctl is-active berkd && systemctl is-active berkd-clock" >/dev/null || give_up "guest 1 ends" 1
say "purged, and chrony keeps the clock"
# Where nobody was before berkd nobody comes, and berkd ends all the same.
guest 1 "rm /var/lib/misc/berkd.time-daemons; /usr/libexec/berkd/time-daemon-before give-back" >"$out/nobody" ||
	fail "give-back: $(cat "$out/nobody")"
grep -q 'no time daemon is enabled now' "$out/nobody" || fail "give-back says: $(cat "$out/nobody")"
guest 1 "pgrep -x berkd || systemctl is-active chrony" | grep -v inactive && fail "that runs on"
kernel_end
