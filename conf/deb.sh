#!/bin/sh
# deb.sh - makes the Debian packages of what is in a tarball of `make dist`; `make deb` runs it.
#
#   conf/deb.sh TARBALL SECONDS FOLDER
#
# SECONDS since 1970 are the date of the changelog, from which dpkg takes SOURCE_DATE_EPOCH: the packages of two builds
# are the same, and no host that has them believes a clock that shows an earlier date.  The packages are left in FOLDER,
# which is made anew, beside the sources that they were built of.
# The unit tests are left out unless DEB_BUILD_OPTIONS is set to something without the word nocheck.
set -eu
tarball=$1 date=$2 folder=$3
name=$(basename "$tarball" .tar.xz)
version=${name#berkd-}

rm -rf "$folder"
mkdir -p "$folder"
tar -C "$folder" -xf "$tarball"
cd "$folder/$name"
cp -R conf/debian debian
# What dpkg copies keeps its date if that is before the changelog's: it must not be that of somebody's checkout.
find . -exec touch -h -d "@$date" {} +
cat >debian/changelog <<end
berkd ($version) unstable; urgency=medium

  * All changes are listed in /usr/share/doc/berkd/CHANGELOG.md.gz.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $(date -u -R -d "@$date")
end
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-nocheck}"
case " $DEB_BUILD_OPTIONS " in
*' nocheck '*) export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES:-} nocheck" ;; # no need for the libraries of tests
esac
# Without the variables of the make that runs this.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SOURCE_DATE_EPOCH dpkg-buildpackage -us -uc -b
