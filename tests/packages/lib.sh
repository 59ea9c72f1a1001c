# lib.sh - Debian packages for a test, built once for all tests of a build folder (sh; source it in that folder).
#
#	packages_built              make deb, unless what is in the folder deb is newer than the sources; sets $version
#	packages_of VERSION DIR     the same packages as VERSION, in DIR; edit_package TREE may change what is in berkd's
deb_sources=$(cd "${srcdir:-.}" && pwd)

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	exit 1
}

needs() { # needs COMMAND PACKAGE
	command -v "$1" >/dev/null || skip "no $1 (package $2)"
}

are_new() {
	[ -e deb/berkd_*.deb ] && [ -z "$(for part in src include conf systemd m4 sbom configure.ac Makefile.am; do
		find "$deb_sources/$part" -type f -newer deb/berkd_*.deb
	done)" ]
}

# One test builds; another one of this folder, at the same time, waits for it.
packages_built() {
	needs dh debhelper
	needs dpkg-buildpackage dpkg-dev
	(
		flock 9
		are_new || env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s deb >deb.log 2>&1
	) 9>deb.lock || fail "make deb: $(tail -n 20 deb.log)"
	version=$(dpkg-deb -f deb/berkd_*.deb Version)
}

packages_of() {
	mkdir -p "$2"
	for name in berkd berkctl berkd-exporter; do
		dpkg-deb -R "deb/${name}_$version"_*.deb "$2/tree"
		sed -i -e "s/^Version: .*/Version: $1/" -e "s/(= $version)/(= $1)/" "$2/tree/DEBIAN/control"
		[ $name != berkd ] || edit_package "$2/tree"
		dpkg-deb -Znone --root-owner-group -b "$2/tree" "$2/${name}_$1.deb" >/dev/null
		rm -r "$2/tree"
	done
}
