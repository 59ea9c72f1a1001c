#!/bin/sh
# test_rpm.sh - the RPM packages: built of the tarball, looked at, unpacked, and installed, upgraded and removed on a
# layer over this machine's files, where their scripts run, too, and the configuration survives.  That each file that
# `make install` installs is in a package, rpmbuild demands itself.
set -eu
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip "not root"
needs rpmbuild rpm
needs busybox busybox-static
[ "${PACKAGES_INSIDE:-}" = yes ] || {
	unshare --mount true 2>/dev/null || skip "no namespaces here"
	PACKAGES_INSIDE=yes exec unshare --mount "$0"
}
work=$(mktemp -d)
trap 'umount -R "$work/ram" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT

(
	flock 9
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s rpm RPMBUILD='rpmbuild --nodeps' >rpm.log 2>&1
) 9>deb.lock || fail "make rpm: $(tail -n 20 rpm.log)"
grep '^warning: .*spec' rpm.log && fail "rpmbuild warns of the spec"
version=$(sed -n 's/^AC_INIT(\[berkd\], \[\([^]]*\)\].*/\1/p' "$deb_sources/configure.ac")
berkd=$(echo rpm/RPMS/*/"berkd-$version"-1.*.rpm) berkctl=$(echo rpm/RPMS/*/"berkctl-$version"-1.*.rpm)
exporter=$(echo rpm/RPMS/*/"berkd-exporter-$version"-1.*.rpm)
[ -e "$berkd" ] && [ -e "$berkctl" ] && [ -e "$exporter" ] || fail "no packages of version $version: $(ls rpm/RPMS/*)"

want_file() { # want_file PACKAGE MODE FILE: it is in the package, and root's
	rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]' "$1" | grep -qx -- "$2 root:root $3" ||
		fail "$1 lacks $2 $3: $(rpm -qp -lv "$1")"
}
want_file "$berkd" -rwxr-xr-x /usr/sbin/berkd
want_file "$berkd" -rwxr-xr-x /usr/libexec/berkd/time-daemon-before
want_file "$berkd" drwxr-xr-x /etc/berkd/berkd.conf.d
want_file "$berkd" -rw-r--r-- /usr/lib/systemd/system/berkd-clock.service
want_file "$berkd" -rw-r--r-- /usr/lib/sysusers.d/berkd.conf
want_file "$berkctl" -rwxr-xr-x /usr/bin/berkctl
want_file "$exporter" -rwxr-xr-x /usr/sbin/berkd-exporter
want_file "$exporter" -rw-r--r-- /usr/lib/systemd/system/berkd-exporter.service
rpm -qpl "$berkd" | grep berkd-exporter && fail "berkd has files of berkd-exporter"
want_file "$berkctl" -rw-r--r-- /usr/share/zsh/site-functions/_berkctl
[ "$(rpm -qpc "$berkd")" = /etc/berkd/berkd.conf ] || fail "configuration: $(rpm -qpc "$berkd")"
rpm -qp --requires "$berkd" | grep -qx "berkctl = $version-1" || fail "another berkctl may stand beside berkd"
rpm -qp --scripts "$berkd" >"$work/scripts"
for script in 'time-daemon-before remember' 'time-daemon-before give-back' 'try-restart berkd-clock.service berkd.service'; do
	grep -q "$script" "$work/scripts" || fail "no script has: $script"
done

mkdir "$work/root"
for package in "$berkd" "$berkctl" "$exporter"; do
	rpm2cpio "$package" | (cd "$work/root" && busybox cpio -idm 2>"$work/cpio") || fail "cpio: $(cat "$work/cpio")"
done
[ "$("$work/root/usr/sbin/berkd" --version)" = "berkd $version" ] || fail "berkd --version"
"$work/root/usr/bin/berkctl" --version | grep -q "$version" || fail "berkctl --version"
"$work/root/usr/sbin/berkd-exporter" --version | grep -q "$version" || fail "berkd-exporter --version"
echo "built and unpacked: $berkd $berkctl"

# A host with these files, but without what only Debian has.  Its systemctl notes what it would start and stop.
host=$work/ram/root
mkdir "$work/ram"
mount -t tmpfs -o mode=0755 packages "$work/ram"
mkdir "$work/ram/upper" "$work/ram/work" "$host"
mount -t overlay -o "lowerdir=/,upperdir=$work/ram/upper,workdir=$work/ram/work" layer "$host" || skip "no overlay here"
mount -t tmpfs -o mode=0755 dev "$host/dev"
mknod -m 666 "$host/dev/null" c 1 3
mknod -m 666 "$host/dev/urandom" c 1 9
mount -t proc proc "$host/proc"
rm -rf "$host/usr/bin/deb-systemd-invoke" "$host/etc/berkd" "$host/var/lib/berkd" "$host/var/lib/misc/berkd.time-daemons"
for file in passwd group shadow gshadow; do sed -i '/^berkd:/d' "$host/etc/$file"; done
mkdir -p "$host/run/systemd/system"
mv "$host/bin/systemctl" "$host/bin/systemctl.real"
cat >"$host/bin/systemctl" <<'end'
#!/bin/sh
case $* in
*start* | *stop* | *is-active* | *daemon-reload*) echo "$*" >>/run/asked; case $* in *is-active*) exit 3 ;; esac ;;
*) SYSTEMD_OFFLINE=1 exec /bin/systemctl.real "$@" ;;
esac
end
chmod +x "$host/bin/systemctl"
in_host() { chroot "$host" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
printf '[Service]\nExecStart=true\n[Install]\nWantedBy=multi-user.target\n' >"$host/usr/lib/systemd/system/chrony.service"
in_host systemctl --quiet enable chrony.service
# What else this machine has of the kind keeps no clock there.
in_host systemctl --quiet disable systemd-timesyncd.service 2>/dev/null || :

rpm_in() { # rpm_in OPTION... PACKAGE...: what it says is in $work/log
	rpm --root "$host" --nodeps --replacefiles "$@" >"$work/log" 2>&1 || fail "rpm $*: $(cat "$work/log")"
	grep -i 'error\|warning:.*scriptlet\|not found' "$work/log" && fail "rpm $*: $(cat "$work/log")"
	return 0
}
says() { grep -qF -- "$1" "$work/log" || fail "rpm does not say \"$1\": $(cat "$work/log")"; }
asked() { grep -qx -- "$1" "$host/run/asked" || fail "nobody asked: systemctl $1: $(cat "$host/run/asked")"; }
catalogue_knows() { # became-master of notice_table.h
	in_host journalctl --dump-catalog 8fd2c7d880614b0caa53cc1b52bc7b5d 2>&1 | grep -q '^Subject: '
}

rpm_in -i "$PWD/$berkd" "$PWD/$berkctl"
says 'installed, and off; the clock is still kept by: chrony.service'
says 'berkctl setup'
in_host getent passwd berkd >/dev/null || fail "there is no user berkd"
catalogue_knows || fail "the catalogue of the journal does not know berkd"
grep -qx chrony.service "$host/var/lib/misc/berkd.time-daemons" || fail "it is not remembered who kept the clock"
in_host systemctl --quiet is-enabled berkd.service && fail "berkd is enabled before anybody did that"
conf=$host/etc/berkd/berkd.conf
cmp -s "$conf" "$work/root/etc/berkd/berkd.conf" || fail "another configuration is installed"

echo '# An operator wrote this.' >>"$conf"
in_host systemctl --quiet disable chrony.service
in_host systemctl --quiet enable berkd.service
: >"$host/run/asked"
rpm_in -U --force "$PWD/$berkd" "$PWD/$berkctl"
grep -q '^# An operator' "$conf" || fail "an upgrade takes the operator's configuration"
in_host systemctl --quiet is-enabled berkd.service || fail "an upgrade switches berkd off"
asked 'try-restart berkd-clock.service berkd.service'

: >"$host/run/asked"
rpm_in -e berkd berkctl
says 'as before berkd, the clock is kept by: chrony.service'
in_host systemctl --quiet is-enabled chrony.service || fail "chrony is not enabled again"
asked 'stop berkd-wait-sync.service berkd.service berkd-clock.service'
asked 'start chrony.service'
grep -q '^# An operator' "$conf.rpmsave" || fail "a removal takes the operator's configuration"
catalogue_knows && fail "the catalogue of the journal still knows berkd"
left=$(find "$work/ram/upper" -name '*berk*' ! -path '*/rpm/*' ! -type c ! -path '*/etc/berkd' ! -name 'berkd.conf.rpmsave')
[ -z "$left" ] || fail "a removal leaves:" $left
echo "installed, upgraded and removed, with their scripts"
