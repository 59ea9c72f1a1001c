# packages.sh - what ./check, ./demo and the benchmarks need from Debian 12, and how they get it.
# shellcheck shell=bash

PACKAGES_BUILD="gcc libc6-dev make autoconf automake pkg-config
	libsystemd-dev libnl-3-dev libnl-route-3-dev libnl-genl-3-dev libinih-dev libsodium-dev
	libjansson-dev libsmartcols-dev libqrencode-dev libncurses-dev libcmocka-dev libedit-dev libcap-ng-dev
	libseccomp-dev libmicrohttpd-dev"
PACKAGES_DEMO="gnuplot-nox fonts-dejavu-core"
PACKAGES_CHECK="clang clang-tidy clang-format valgrind mandoc user-mode-linux busybox-static
	iproute2 procps systemd tmux xz-utils debhelper lintian mmdebstrap rpm shellcheck chromium gnuplot-nox
	zsh fish"
# For chrony, its libraries only: the package itself would start it (tests/kernel/bench_chrony.sh).
PACKAGES_BENCH="user-mode-linux busybox-static iproute2 gnuplot-nox fonts-dejavu-core
	libcap2 libedit2 libgnutls30 libnettle8 libseccomp2"

packages_missing() { # package...
	local p
	for p; do
		dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
			printf '%s\n' "$p"
	done
}

# Install what is missing for "demo", "check" or "bench"; says so first. Nothing is started: no package in
# the lists has a service of its own, and RUNLEVEL=1 holds back what their dependencies might have.
need_packages() { # demo|check|bench
	local want missing
	case $1 in
	demo) want="$PACKAGES_BUILD $PACKAGES_DEMO" ;;
	check)
		want="$PACKAGES_BUILD $PACKAGES_CHECK"
		# Others pack them together, in a package that Debian's npm conflicts with.
		type node npm >/dev/null 2>&1 || want+=" nodejs npm" ;;
	bench) want=$PACKAGES_BENCH ;;
	*) echo "need_packages: demo, check or bench, not '$1'" >&2; return 2 ;;
	esac
	# shellcheck disable=SC2086
	missing=$(packages_missing $want | tr '\n' ' ')
	if [ -z "$missing" ]; then
		return 0
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "As root, please: apt-get install --no-install-recommends $missing" >&2
		return 1
	fi
	echo "Installing: $missing"
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
	# shellcheck disable=SC2086
	apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

# Debian's chrony, unpacked in a folder and never installed: installed, it would start and steer
# this machine's clock. Prints its version.
fetch_chrony() { # folder
	mkdir -p "$1" && (
		cd "$1" || exit
		if ! compgen -G 'chrony_*.deb' >/dev/null; then
			apt-get -qq download chrony >&2 ||
				{ apt-get -qq update && apt-get -qq download chrony; } >&2 || exit
		fi
		dpkg -x chrony_*.deb . && dpkg-deb -f chrony_*.deb Version
	)
}

# promtool of Debian's prometheus, unpacked and never installed: installed, it would start. tests/exporter looks there.
fetch_promtool() {
	local folder=/var/cache/berkd-tests
	[ -x $folder/promtool ] && return
	mkdir -p $folder && (
		cd $folder || exit
		apt-get -qq download prometheus >&2 && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin/promtool &&
			rm prometheus_*.deb
	)
}

# Varlink tools that others wrote. tests/varlink/test_foreign.sh looks there.
fetch_varlink() {
	local folder=/var/cache/berkd-tests/varlink
	[ -x $folder/usr/bin/varlink-go-certification ] && return
	mkdir -p $folder && (
		cd $folder || exit
		apt-get -qq download varlink-go >&2 && dpkg -x varlink-go_*.deb . && rm varlink-go_*.deb
	)
}

# OpenRC, and libelogind with its headers, unpacked and never installed: they would take the place of systemd.
# tests/kernel/test_openrc.sh looks there.
fetch_openrc() {
	local folder=/var/cache/berkd-tests/openrc
	[ -x $folder/sbin/openrc-init ] && return
	mkdir -p $folder && (
		cd $folder || exit
		apt-get -qq download openrc librc1 libeinfo1 libelogind0 libelogind-dev >&2 || exit
		for deb in *.deb; do
			dpkg -x "$deb" . && rm "$deb" || exit
		done
	)
}
