#!/bin/sh
# The units are what systemd thinks a unit is, and the sandbox is as tight as it was.
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed"; exit 77; }
src=${srcdir:-.}/systemd
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for unit in berkd.service berkd-wait-sync.service; do
	sed -e "s|@sbindir@/berkd|/bin/true|; s|@bindir@/berkctl|/bin/true|" "$src/$unit.in" >"$dir/$unit"
done
cp "$src/berkd.socket" "$src/berkd-status.socket" "$dir"
# Users and other units of a whole system are not here: only complaints about our own lines count.
SYSTEMD_UNIT_PATH=$dir: systemd-analyze verify --man=no --recursive-errors=no "$dir"/*.service "$dir"/*.socket 2>&1 |
	grep -E "^$dir/|Unknown|Failed to parse" && exit 1
for unit in $(sed -n 's/^Conflicts=//p' "$src/berkd.service.in"); do # rival.c tells of each that is enabled
	grep -qF "\"$unit\"" "${srcdir:-.}/src/berkd/host/rival.c" || { echo "FAIL: $unit is not in rival.c"; exit 1; }
done
exposure=$(systemd-analyze security --offline=yes --no-pager "$dir/berkd.service" 2>/dev/null |
	sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
echo "exposure level ${exposure:-unknown}"
# 2.5, and 0.1 for DeviceAllow=char-ptp: a NIC's clock is read.
[ -z "$exposure" ] || awk "BEGIN { exit !($exposure <= 2.6) }"
