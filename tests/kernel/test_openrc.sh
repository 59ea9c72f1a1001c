#!/bin/bash
# test_openrc.sh - two guests whose init is OpenRC, with berkd built by --without-systemd, installed, enabled and started
# as an administrator does it there: the boot starts it, it has given up root, both hosts are in step, a wrong
# configuration fails the reload and changes nothing, a daemon that dies comes back, and the stop leaves nothing.
. "$(dirname "$0")/lib.sh"
SLOW=1 # it waits for conditions, and asserts no times
kernel_limit=900
openrc=/var/cache/berkd-tests/openrc
[ -x $openrc/sbin/openrc-init ] || skip "no OpenRC: . tests/lib/packages.sh && fetch_openrc"
[ -e "$kernel_src/../../configure" ] || skip "no configure"
kernel_enter "$0" "$@"
berkd_needs

out=$kernel_build/tests/kernel/out/openrc build=$kernel_build/tests/kernel/out/openrc.build
INSTALLED=$out.root INIT=guest_openrc.sh MEM=192M
rm -rf "$INSTALLED" "$build"
mkdir -p "$build"
(
	unset MAKEFLAGS MFLAGS MAKELEVEL
	cd "$build" &&
		"$kernel_src"/../../configure -q --without-systemd --disable-tests --without-exporter --prefix=/usr --sysconfdir=/etc \
			--localstatedir=/var SYSTEMD_CFLAGS="-I$openrc/usr/include/elogind" \
			SYSTEMD_LIBS="$openrc/lib/$(uname -m)-linux-gnu/libelogind.so.0" &&
		make -s -j2 && make -s install DESTDIR="$INSTALLED"
) >"$out.log" 2>&1 || fail "--without-systemd: $(tail -n 5 "$out.log")"
objdump -p "$INSTALLED/usr/sbin/berkd" "$INSTALLED/usr/bin/berkctl" | grep -q libsystemd && fail "libsystemd is linked"
cp -a $openrc/. "$INSTALLED/" && rm -rf "${INSTALLED:?}/etc/init.d/"{agetty,cgroups}
chown -R root:root "$INSTALLED"

give_up() # WHAT GUEST
{
	guest "$2" "rc-status -a; cat /run/syslog; pgrep -a berkd" >&2
	cat "$out/g$2/out" >&2
	fail "$1"
}


# When the connections come that are the 200th and the 201st of one second.
cat >"$out.rate.pl" <<'END'
use IO::Socket::UNIX;
use Time::HiRes 'time';
my $begin = time;
for my $i (1 .. 201) {
	my $s = IO::Socket::UNIX->new(Peer => '/run/berkd/status') or die "$!\n";
	print $s qq({"method":"net.berkd.GetInfo"}\0);
	$s->flush;
	sysread $s, my $answer, 9;
	printf "%.0f ms ", 1000 * (time - $begin) if $i >= 200;
}
END
kernel_boot 2 "$out" 700 "$out.rate.pl"
kernel_start
# What an administrator does there: a syslog, the user, and the service in the default runlevel.
for ((i = 1; i <= 2; i++)); do
	guest $i "busybox syslogd -n -O /run/syslog & \
		echo berkd:x:64995:64995::/:/usr/sbin/nologin >>/etc/passwd; echo berkd:x:64995: >>/etc/group; \
		rc-update add berkd default" || give_up "rc-update" $i
	guest $i "printf '[group]\ninsecure = yes\n' >/etc/berkd/berkd.conf.d/insecure.conf; rc-service berkd start" ||
		give_up "rc-service berkd start" $i
done
say "OpenRC has started berkd in both guests"
guests "timeout 300 sh -c 'until berkctl status; do sleep 0.5; done' && berkctl waitsync --max-bound 5ms --hosts 2 --timeout 300s" ||
	give_up "not in step" 1
say "both are in step"
for want in Uid=64995 CapEff=0000000002000000 CapBnd=0000000000000000 NoNewPrivs=1 Seccomp=2; do
	guest 1 "grep ^${want%=*}: /proc/\$(pgrep -ox berkd)/status"
	got=$(awk '{ print $2 }' "$out/g1/out")
	[ "$got" = "${want#*=}" ] || give_up "${want%=*} is $got, not ${want#*=}" 1
done
say "guest 1: it runs as berkd, with CAP_SYS_TIME and a filter of system calls"

# The limit on connections is ours here: sd-event of this libelogind has none.
sleep 1
guest 1 "perl /mnt/bin/openrc.rate.pl" || give_up "no connections" 1
read -r first _ second _ <"$out/g1/out"
holds "$first < 900 && $second >= 900" || give_up "connection 200 after $first ms, 201 after $second ms" 1
say "guest 1: connection 200 comes after $first ms, and 201 after $second ms"

guest 1 "pid=\$(pgrep -ox berkd); echo nonsense >/etc/berkd/berkd.conf.d/wrong.conf; rc-service berkd reload" &&
	give_up "a wrong configuration is reloaded" 1
grep -q 'wrong.conf:1' "$out/g1/out" || give_up "the reload does not say what is wrong" 1
guest 1 "[ \$pid = \"\$(pgrep -ox berkd)\" ] && rm /etc/berkd/berkd.conf.d/wrong.conf && rc-service berkd reload && \
	timeout 60 sh -c \"until grep 'berkd.*onfiguration' /run/syslog; do sleep 0.2; done\"" || give_up "no reload" 1
say "guest 1: a wrong configuration fails the reload, a right one is taken: $(tail -n 1 "$out/g1/out")"

guest 1 "kill -9 \$pid; timeout 60 sh -c \"until [ \\\"\\\$(pgrep -ox berkd)\\\" != '' -a \\\"\\\$(pgrep -ox berkd)\\\" != \$pid ]; do sleep 0.2; done\" && \
	berkctl waitsync --max-bound 5ms --hosts 2 --timeout 300s" || give_up "it does not come back" 1
say "guest 1: it is back after kill -9"
guests "rc-service berkd stop && ! pgrep -x berkd && test ! -e /run/berkd/control" || give_up "it is not stopped" 1
say "stopped"
kernel_end
echo "passed"
