#!/bin/sh
# The units are what systemd thinks a unit is, and the sandbox is as tight as it was.
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed"; exit 77; }
src=${srcdir:-.}/systemd
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for unit in berkd.service berkd-clock.service berkd-wait-sync.service; do
	sed -e "s|@sbindir@/berkd|/bin/true|; s|@bindir@/berkctl|/bin/true|" "$src/$unit.in" >"$dir/$unit"
done
# Users and other units of a whole system are not here: only complaints about our own lines count.
SYSTEMD_UNIT_PATH=$dir: systemd-analyze verify --man=no --recursive-errors=no "$dir"/*.service 2>&1 |
	grep -E "^$dir/|Unknown|Failed to parse" && exit 1
# Whoever may connect to a socket of systemd's starts its service, and ours stops another time daemon.
if ls "$src"/*.socket >/dev/null 2>&1 || grep -E '^(Requires|Wants|BindsTo|Sockets|Also)=.*\.socket' "$src/berkd.service.in"; then
	echo "FAIL: systemd must not have the sockets of berkd"
	exit 1
fi
grep -qx RuntimeDirectory=berkd "$src/berkd.service.in" || { echo "FAIL: where are the sockets?"; exit 1; }
for unit in $(sed -n 's/^Conflicts=//p' "$src/berkd.service.in" | grep -v 'berkd\.socket'); do # rival.c tells of each that is enabled
	grep -qF "\"$unit\"" "${srcdir:-.}/src/berkd/host/rival.c" || { echo "FAIL: $unit is not in rival.c"; exit 1; }
done
# What is left is the work itself: of one the network, of the other the clock.
for unit in berkd berkd-clock; do
	exposure=$(systemd-analyze security --offline=yes --no-pager "$dir/$unit.service" 2>/dev/null |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
	echo "$unit: exposure level ${exposure:-unknown}"
	[ -z "$exposure" ] || awk "BEGIN { exit !($exposure <= 1.5) }" || exit 1
done
