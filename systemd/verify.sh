#!/bin/sh
# The units are what systemd thinks a unit is, and the sandbox is as tight as it was.
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed"; exit 77; }
src=${srcdir:-.}/systemd
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for unit in berkd.service berkd-clock.service berkd-wait-sync.service berkd-exporter.service; do
	sed -e "s|@sbindir@/berkd\(-exporter\)\?|/bin/true|; s|@bindir@/berkctl|/bin/true|" "$src/$unit.in" >"$dir/$unit"
done
cp "${srcdir:-.}"/conf/examples/berkd-textfile.* "$dir" || exit 1
# Users and other units of a whole system are not here: only complaints about our own lines count.
SYSTEMD_UNIT_PATH=$dir: systemd-analyze verify --man=no --recursive-errors=no "$dir"/*.service "$dir"/*.timer 2>&1 |
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
for unit in $(grep -oE '"[a-z-]+\.service"' "${srcdir:-.}/src/berkd/host/rival.c" | tr -d '"'); do
	grep -qE "^Conflicts=(.* )?$unit( |$)" "$src/berkd.service.in" || { echo "FAIL: berkd does not stop $unit, which rival.c says"; exit 1; }
done
# A daemon that ends again and again is left down before it has had many lives; who sets the clock never is.
unit_value() { sed -n "s/^$2=//p" "$src/$1.in"; }
unit_ms() { echo $(($(unit_value "$1" "$2" | sed 's/^\([0-9]*\)ms$/\1/; s/^\([0-9]*\)s$/\1*1000/; s/^\([0-9]*\)min$/\1*60000/'))); }
for unit in berkd berkd-clock; do
	[ "$(unit_value $unit.service RestartPreventExitStatus)" = '64 78' ] || { echo "FAIL: $unit is restarted into the same error"; exit 1; }
done
[ "$(unit_value berkd-clock.service StartLimitIntervalSec)" = 0 ] || { echo "FAIL: who sets the clock may be left down"; exit 1; }
interval=$(unit_ms berkd.service StartLimitIntervalSec) pause=$(unit_ms berkd.service RestartSec)
burst=$(unit_value berkd.service StartLimitBurst)
[ "$burst" -le 10 ] && [ $((burst * (pause + 10000))) -le "$interval" ] || # each life may last for 10 s
	{ echo "FAIL: berkd may be restarted without end"; exit 1; }
# What is left is the work itself: of one the network, of the second the clock, of the third pages on loopback.
for unit in berkd berkd-clock berkd-exporter; do
	exposure=$(systemd-analyze security --offline=yes --no-pager "$dir/$unit.service" 2>/dev/null |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
	echo "$unit: exposure level ${exposure:-unknown}"
	[ -z "$exposure" ] || awk "BEGIN { exit !($exposure <= 1.5) }" || exit 1
done
# It only looks: nothing is started for it, and it is not started by itself.
grep -E '^(Requires|Wants|BindsTo|Requisite|PartOf)=' "$src/berkd-exporter.service.in" && { echo "FAIL: who looks starts nothing"; exit 1; }
for unit in berkd berkd-clock berkd-wait-sync; do
	grep berkd-exporter "$src/$unit.service.in" && { echo "FAIL: $unit switches berkd-exporter on"; exit 1; }
done
exit 0
