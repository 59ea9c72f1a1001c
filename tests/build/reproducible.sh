#!/bin/bash
# Two builds, in two folders and at two times, give the same files.
#
#   tests/build/reproducible.sh         in a build folder: what it installs, and what a second build of the sources,
#                                      elsewhere, does (20 s of CPU time)
#   tests/build/reproducible.sh --full  two builds of the tarball, where time zone, language, umask, the jobs of make
#                                      and the depth of the folders differ too (make reproducible)
set -eu
if grep -qE '^BERK_CFLAGS = .*-fsanitize|^CFLAGS = .*--coverage' Makefile; then
	echo "skipped: instrumented build"
	exit 77
fi
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
here=$PWD
sources=$(cd "${srcdir:-.}" && pwd)
date=$(sed -n 's/^#define BUILD_DATE INT64_C(\(.*\))/\1/p' config.h)
eval "options=($(./config.status --config))"

build() { # build SOURCES FOLDER JOBS: and install below FOLDER/root
	mkdir -p "$2"
	cd "$2"
	"$1/configure" -q "${options[@]}" --disable-tests >log 2>&1 && make -s "-j$3" all >>log 2>&1 &&
		make -s install DESTDIR="$2/root" >>log 2>&1 || { tail "$2/log"; echo "FAIL: $2 was not built"; exit 1; }
}

files_of() { (cd "$1" && find . ! -type d -print0 | sort -z | xargs -0 sha256sum); }

compare() { # compare ROOT ROOT FOLDER...: the same files, and none names one of the folders
	files_of "$1" >"$work/files-1"
	files_of "$2" >"$work/files-2"
	[ -s "$work/files-1" ] || { echo "FAIL: nothing was installed"; exit 1; }
	diff "$work/files-1" "$work/files-2" || { echo "FAIL: these files differ"; exit 1; }
	for folder in "${@:3}"; do
		! grep -rlF "$folder" "$1" "$2" || { echo "FAIL: these files name $folder"; exit 1; }
	done
	echo "$(wc -l <"$work/files-1") files, the same in both builds; of all hashes: $(sha256sum <"$work/files-1")"
}

if [ "${1:-}" = --full ]; then
	make -s dist >/dev/null
	archive=$(ls "$here"/berkd-*.tar.xz)
	mkdir -p "$work/one"
	for folder in one two/deeper/than/the/first; do
		mkdir -p "$work/$folder" && tar -C "$work/$folder" -xf "$archive"
	done
	sources=$(basename "$archive" .tar.xz)
	(umask 022 && TZ=UTC LC_ALL=C && export TZ LC_ALL && build "$work/one/$sources" "$work/one/build" 2)
	sleep 2
	(umask 027 && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 && export TZ LC_ALL &&
		build "$work/two/deeper/than/the/first/$sources" "$work/two/deeper/than/the/first/$sources" 1)
	compare "$work/one/build/root" "$work/two/deeper/than/the/first/$sources/root" "$work"
else
	make -s install DESTDIR="$work/first" >/dev/null
	mkdir "$work/sources"
	(cd "$sources" && tar -cf - --exclude=./.git --exclude=./build --exclude='./build-[!a]*' --exclude=./autom4te.cache \
		--exclude=./found --exclude=./tests/fuzz/corpus --exclude='*.[oa]' --exclude=./config.status \
		--exclude=./Makefile --exclude=./config.h .) | tar -C "$work/sources" -xf -
	(SOURCE_DATE_EPOCH=$date && export SOURCE_DATE_EPOCH && build "$work/sources" "$work/second" 2)
	compare "$work/first" "$work/second/root" "$here" "$sources" "$work"
fi
