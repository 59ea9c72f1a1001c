#!/bin/sh
# test_deb.sh - the Debian packages from the build to the purge, in a new Debian 12 that is a folder of this machine.
#
#   tests/packages/test_deb.sh          in a build folder: make deb, lintian, installation, upgrade, removal, purge
#   tests/packages/test_deb.sh --full   and a second build, elsewhere and otherwise, which gives the same packages
#
# Nothing is installed on this machine and nothing is started: policy-rc.d forbids it.  What needs a systemd that runs
# is in test_deb_guest.sh.
set -eu
. "$(dirname "$0")/lib.sh"
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || skip "not root"
needs mmdebstrap mmdebstrap
needs lintian lintian
[ "${PACKAGES_INSIDE:-}" = yes ] || {
	unshare --mount --pid --fork --kill-child --mount-proc true 2>/dev/null || skip "no namespaces here"
	PACKAGES_INSIDE=yes exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
}
work=$(mktemp -d)
trap 'umount -R "$work/ram" || :; rm -rf "$work"' EXIT
root=$work/ram/root
mkdir "$work/ram"
mount -t tmpfs -o mode=0755 packages "$work/ram"

say() { echo "$(($(date +%s) - began)) s: $*"; }
began=$(date +%s)

in_root() {
	chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
}

apt() { # apt COMMAND PACKAGE...: what it says is in $work/apt
	in_root apt-get -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
		-o Dpkg::Options::=--force-unsafe-io -o APT::Sandbox::User=root "$@" </dev/null >"$work/apt" 2>&1 ||
		fail "apt-get $*: $(tail -n 20 "$work/apt")"
}

says() { grep -qF -- "$1" "$work/apt" || fail "apt-get does not say \"$1\": $(cat "$work/apt")"; }

want() { # want WHAT IS
	[ "$2" = "$3" ] || fail "$1: '$2', and not '$3'"
}

want_state() { # want_state UNIT STATE: whether it is enabled
	want "$1" "$(in_root systemctl is-enabled "$1" 2>/dev/null || :)" "$2"
}

want_file() { # want_file MODE:OWNER:GROUP FILE
	want "$2" "$(in_root stat -c %a:%U:%G "$2" 2>&1)" "$1"
}

want_gone() { # want_gone FILE...
	for file; do
		[ ! -e "$root$file" ] && [ ! -L "$root$file" ] || fail "$file is there"
	done
}

# All that is in the new Debian, but for what dpkg and apt keep for themselves, logs and caches.
snapshot() {
	(cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log \
		-o -path ./proc -o -path ./packages \) -prune -o -printf '%y %m %u:%g %p %l\n' | sort)
}

# It takes a minute, so it is kept for a week.
make_debian() {
	[ -n "$(find deb-debian.tar -mtime -7 2>/dev/null)" ] || {
		mmdebstrap --quiet --mode=root --variant=apt --include=systemd,systemd-timesyncd,init-system-helpers \
			--skip=cleanup/apt --format=tar bookworm "$work/ram/debian.tar" "$mirror" >"$work/mmdebstrap" 2>&1 &&
			mv "$work/ram/debian.tar" deb-debian.tar
	} || return
	mkdir "$root"
	tar -C "$root" -xf deb-debian.tar
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	mkdir "$root/packages"
}

edit_package() { # an older package had another configuration, and another catalogue
	echo '# This line was in the older package.' >>"$1/etc/berkd/berkd.conf"
	sed -i '/^-- /s/[0-9a-f]\{32\}/00000000000000000000000000000001/' "$1/usr/lib/systemd/catalog/berkd.catalog"
}

# As if the sources had been checked out at another time, by somebody else.
second_build() {
	mkdir -p "$work/a/deeper/folder"
	tar -C "$work/a" -xf "berkd-$version.tar.xz"
	find "$work/a" -exec touch -h -d 2020-02-02 {} +
	tar -C "$work/a" -caf "$work/a/berkd-$version.tar.xz" "berkd-$version"
	(umask 027 && export TZ=Asia/Kathmandu LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS='nocheck parallel=1' &&
		"$deb_sources/conf/deb.sh" "$work/a/berkd-$version.tar.xz" \
			"$(dpkg-parsechangelog -l "deb/berkd-$version/debian/changelog" -S Timestamp)" \
			"$work/a/deeper/folder/deb") >"$work/second" 2>&1
}

# The source package is not delivered, but lintian knows rules for it, too.
lint_packages() {
	tar -C "$work" -xf "berkd-$version.tar.xz"
	cp -R "deb/berkd-$version/conf/debian" "$work/berkd-$version/debian"
	cp "deb/berkd-$version/debian/changelog" "$work/berkd-$version/debian/"
	(cd "$work" && dpkg-source -b "berkd-$version") >"$work/lintian" 2>&1 &&
		lintian --allow-root --fail-on error,warning --tag-display-limit 0 deb/*.changes "$work"/*.dsc >"$work/lintian" 2>&1
}

make_debian &
debian=$!
packages_built
say "packages of version $version"
configured=$(sed -n 's/^AC_INIT(\[berkd\], \[\([^]]*\)\].*/\1/p' "$deb_sources/configure.ac")
want "the version" "$version" "$configured"
dpkg-deb -f deb/berkd_*.deb Depends | grep -qF "berkctl (= $version)" || fail "another berkctl may stand beside berkd"
(cd "deb/berkd-$version" && sh tests/lint/hardening.sh) >"$work/said" || fail "$(cat "$work/said")"
if [ "${1:-}" = --full ]; then
	second_build &
	second=$!
fi
lint_packages &
lint=$!
wait $debian || {
	grep -q 'Could not resolve\|Failed to fetch\|Unable to fetch\|Could not connect' "$work/mmdebstrap" &&
		skip "no Debian mirror at $mirror"
	fail "mmdebstrap: $(tail "$work/mmdebstrap")"
}
mount -t proc proc "$root/proc"
say "a new Debian, $(in_root dpkg-query -W | wc -l) packages"
packages_of 0.0.9 "$root/packages"
cp "deb/berkd_$version"_*.deb "$root/packages/berkd.deb"
cp "deb/berkctl_$version"_*.deb "$root/packages/berkctl.deb"
cp "deb/berkd-exporter_$version"_*.deb "$root/packages/berkd-exporter.deb"
older='/packages/berkd_0.0.9.deb /packages/berkctl_0.0.9.deb /packages/berkd-exporter_0.0.9.deb'
current='/packages/berkd.deb /packages/berkctl.deb /packages/berkd-exporter.deb'

# What they depend on is in Debian, and there is no more of it than libraries.
apt -s install $current
needed=$(sed -n 's/^Inst \([^ ]*\) .*/\1/p' "$work/apt" | grep -vx 'berkd\|berkctl\|berkd-exporter')
[ -z "$(echo "$needed" | grep -v '^lib')" ] || fail "more than libraries is installed:" $needed
grep '^Remv' "$work/apt" && fail "the packages take others away"
apt install $needed
say "libraries:" $needed
snapshot >"$work/before"

# A new package takes no clock away from who keeps it.
apt install $older
says 'installed, and off; the clock is still kept by: systemd-timesyncd.service'
says 'On the first host of a group, run: berkctl setup'
says 'Both ask before they switch systemd-timesyncd.service off.'
want_state systemd-timesyncd.service enabled
want_state berkd.service disabled
want_state berkd-wait-sync.service disabled
want_state berkd-exporter.service disabled
apt -s install chrony
says 'Remv systemd-timesyncd'
grep '^Remv berk' "$work/apt" && fail "another time daemon takes berkd away"

# An operator makes it his own, and switches it on.
in_root berkctl keygen /etc/berkd/group.key >/dev/null
printf '[group]\nkey_file = /etc/berkd/group.key\n' >"$root/etc/berkd/berkd.conf.d/key.conf"
sed -i 's/^#priority = 100/priority = 7/' "$root/etc/berkd/berkd.conf"
in_root systemctl --quiet disable systemd-timesyncd
in_root systemctl --quiet enable berkd
in_root install -d -o berkd -g berkd -m 700 /var/lib/berkd
in_root install -o berkd -g berkd -m 600 /dev/null /var/lib/berkd/identity
cp "$root/etc/berkd/berkd.conf" "$root/etc/berkd/group.key" "$work/"

his_own() { # what an operator wrote is as he wrote it
	cmp "$work/berkd.conf" "$root/etc/berkd/berkd.conf" || fail "berkd.conf is no longer the operator's"
	cmp "$work/group.key" "$root/etc/berkd/group.key" || fail "the key is another"
	[ -e "$root/etc/berkd/berkd.conf.d/key.conf" ] || fail "a drop-in is gone"
	want_file 640:root:berkd /etc/berkd/group.key
	want_file 700:berkd:berkd /var/lib/berkd
	want_file 600:berkd:berkd /var/lib/berkd/identity
}

# The upgrade keeps all that, and is complete.
apt install $current
his_own
[ -e "$root/etc/berkd/berkd.conf.dpkg-dist" ] || fail "the new berkd.conf is nowhere to be seen"
want_state berkd.service enabled
want_state berkd-wait-sync.service enabled
want_state systemd-timesyncd.service disabled
want_state berkd-exporter.service disabled
for package in berkd berkctl berkd-exporter; do
	want "$package" "$(in_root dpkg-query -W -f '${Version} ${db:Status-Status}' $package)" "$version installed"
done
want "berkd --version" "$(in_root berkd --version)" "berkd ${version%%[-+~]*}"
changed=$(in_root dpkg -V berkd berkctl berkd-exporter | grep -v 'c /etc/berkd/berkd.conf$') || :
want "files unlike those of the package" "$changed" ''
want "conffiles" "$(in_root dpkg-query -W -f '${Conffiles}' berkd berkctl | awk '{ print $1 }')" /etc/berkd/berkd.conf
want_file 755:root:root /etc/berkd
want_file 755:root:root /etc/berkd/berkd.conf.d
want_file 644:root:root /etc/berkd/berkd.conf
want_file 755:root:root /usr/sbin/berkd
want_file 755:root:root /usr/bin/berkctl
want_file 755:root:root /usr/sbin/berkd-exporter
want_file 644:root:root /lib/systemd/system/berkd-exporter.service
want_file 644:root:root /usr/share/man/man8/berkd-exporter.8.gz
want_file 644:root:root /usr/share/doc/berkd/examples/alerts.yml
want "berkd-exporter --version" "$(in_root berkd-exporter --version)" "berkd-exporter ${version%%[-+~]*}"
want_file 644:root:root /lib/systemd/system/berkd-clock.service
want_file 644:root:root /usr/lib/udev/rules.d/70-berkd.rules
want_file 644:root:root /usr/lib/tmpfiles.d/berkd.conf
want_file 644:root:root /usr/share/man/man5/berkd.conf.5.gz
want_file 644:root:root /usr/share/bash-completion/completions/berkctl.bash
want_file 644:root:root /usr/share/zsh/vendor-completions/_berkctl
want_file 644:root:root /usr/share/fish/vendor_completions.d/berkctl.fish
user=$(in_root getent passwd berkd)
echo "$user" | grep -qE '^berkd:[^:]*:[0-9]{3}:[0-9]{3}:Group time daemon:/var/lib/berkd:/usr/sbin/nologin$' ||
	fail "the user: $user"
catalogue_knows() { # became-master of notice_table.h
	in_root journalctl --dump-catalog 8fd2c7d880614b0caa53cc1b52bc7b5d 2>&1 | grep -q '^Subject: '
}
catalogue_knows || fail "the catalogue of the journal does not know berkd"
in_root berkd --check-config >"$work/said" 2>&1 || fail "the configuration: $(cat "$work/said")"
chmod 600 "$root/etc/berkd/group.key"
in_root berkd --check-config >"$work/said" 2>&1 && fail "nobody notices that the user berkd cannot read the key"
chmod 640 "$root/etc/berkd/group.key"
cp -R "$deb_sources/conf/debian/tests" "$root/packages/"
mkdir "$root/packages/smoke"
in_root AUTOPKGTEST_TMP=/packages/smoke /packages/tests/smoke >"$work/said" 2>&1 ||
	fail "the smoke test: $(tail "$work/said")"
say "upgrade from 0.0.9, and the smoke test"

# A removal takes the programs only, and the host has the time daemon that it had.
apt remove berkd berkctl
says 'as before berkd, the clock is kept by: systemd-timesyncd.service'
his_own
want_state systemd-timesyncd.service enabled
want_gone /usr/sbin/berkd /usr/bin/berkctl /lib/systemd/system/berkd.service /usr/lib/systemd/catalog/berkd.catalog \
	/etc/systemd/system/multi-user.target.wants/berkd.service \
	/etc/systemd/system/multi-user.target.wants/berkd-wait-sync.service
catalogue_knows && fail "the catalogue of the journal still knows berkd"

# What comes again finds all of it.
apt install $current
his_own
says 'installed, and off; the clock is still kept by: systemd-timesyncd.service'
want_state berkd.service disabled
want_state systemd-timesyncd.service enabled

# Who was off when berkd came, or was switched off without it, stays off when berkd goes.
in_root systemctl --quiet disable systemd-timesyncd
apt remove berkd
want_state systemd-timesyncd.service disabled
apt install $current
says 'run: berkctl join TOKEN'
grep 'before they switch' "$work/apt" && fail "nobody keeps the clock, and yet somebody is switched off"
in_root systemctl --quiet enable berkd
apt remove berkd
says 'no time daemon is enabled now'
want_state systemd-timesyncd.service disabled
in_root systemctl --quiet enable systemd-timesyncd

# A time daemon of two names comes back under its own; who was not switched off is started at the next boot.
printf '[Service]\nExecStart=true\n[Install]\nAlias=chronyd.service\nWantedBy=multi-user.target\n' \
	>"$root/lib/systemd/system/chrony.service"
in_root systemctl --quiet enable chrony
apt install $current
says 'the clock is still kept by: chrony.service systemd-timesyncd.service'
in_root systemctl --quiet disable chrony
in_root systemctl --quiet enable berkd
apt purge berkd berkctl berkd-exporter
says 'the clock is kept by: chrony.service systemd-timesyncd.service'
want_state chrony.service enabled
in_root systemctl --quiet disable chrony
rm "$root/lib/systemd/system/chrony.service"

# A purge leaves the user, and nothing else.
says 'the key of the group, /etc/berkd/group.key'
says '/var/lib/berkd'
says 'the user berkd stays'
snapshot >"$work/after"
diff "$work/before" "$work/after" >"$work/left" && : || fail "a purge leaves: $(cat "$work/left")"
in_root getent passwd berkd >/dev/null || fail "the user berkd is gone"
say "removal, installation and purge"

wait $lint || fail "lintian: $(cat "$work/lintian")"
say "lintian has nothing to say"
if [ -n "${second:-}" ]; then
	wait "$second" || fail "the second build: $(tail -n 20 "$work/second")"
	(cd deb && sha256sum ./*.deb) >"$work/sums"
	(cd "$work/a/deeper/folder/deb" && sha256sum ./*.deb) | diff "$work/sums" - || fail "two builds differ"
	say "two builds give the same $(wc -l <"$work/sums") packages"
	cat "$work/sums"
fi
