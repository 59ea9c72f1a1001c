#!/bin/sh
# test_rpm.sh - the RPM packages: built of the tarball, looked at, unpacked, and installed, upgraded and removed in a
# folder, where the configuration survives.  Their scripts do not run there: Debian's rpm has no such host.  That each
# file that `make install` installs is in a package, rpmbuild demands itself.
set -eu
. "$(dirname "$0")/lib.sh"
needs rpmbuild rpm
needs busybox busybox-static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

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

rpm="rpm --root $work/host --nodeps --noscripts"
mkdir "$work/host"
$rpm -i "$PWD/$berkd" "$PWD/$berkctl" >"$work/log" 2>&1 || fail "rpm -i: $(cat "$work/log")"
conf=$work/host/etc/berkd/berkd.conf
cmp -s "$conf" "$work/root/etc/berkd/berkd.conf" || fail "another configuration is installed"
echo '# An operator wrote this.' >>"$conf"
$rpm -U --force "$PWD/$berkd" "$PWD/$berkctl" >"$work/log" 2>&1 || fail "rpm -U: $(cat "$work/log")"
grep -q '^# An operator' "$conf" || fail "an upgrade takes the operator's configuration"
$rpm -e berkd berkctl >"$work/log" 2>&1 || fail "rpm -e: $(cat "$work/log")"
grep -q '^# An operator' "$conf.rpmsave" || fail "a removal takes the operator's configuration"
left=$(find "$work/host" -name '*berk*' ! -path '*/rpm/*' ! -path '*/etc/berkd' ! -name 'berkd.conf.rpmsave')
[ -z "$left" ] || fail "a removal leaves:" $left
echo "installed, upgraded and removed"
