#!/bin/sh
# test_foreign.sh - varlink tools that others wrote (varlink-go, from Debian) understand ours: one reads the interface of
# berkd and makes a client of it, another one goes through all of org.varlink.certification with the daemon's server.
set -u
PATH=/var/cache/berkd-tests/varlink/usr/bin:$PATH
for tool in varlink-go-interface-generator varlink-go-certification; do
	command -v $tool >/dev/null || { echo "skipped: no $tool: . tests/lib/packages.sh && fetch_varlink"; exit 77; }
done
fail() { echo "FAIL: $*"; exit 1; }
work=$(mktemp -d) || exit 99
trap 'kill ${server:-} 2>/dev/null; rm -rf "$work"' EXIT

interface=${srcdir:-.}/src/berkd/control/net.berkd.varlink
cp "$interface" "$work/" && varlink-go-interface-generator "$work/net.berkd.varlink" >"$work/said" 2>&1
[ -s "$work/netberkd.go" ] || fail "the interface of berkd is not understood: $(cat "$work/said")"
methods=$(sed -n 's/^method \([A-Za-z]*\)(.*/\1/p' "$interface")
[ "$(echo "$methods" | wc -l)" -gt 15 ] || fail "the interface cannot be read"
for method in $methods; do
	grep -q "^func $method() ${method}_methods" "$work/netberkd.go" || fail "no method $method was understood"
done

tests/varlink/certified "$work/socket" >"$work/served" 2>&1 &
server=$!
for _ in $(seq 100); do [ -S "$work/socket" ] || sleep 0.1; done
timeout 60 varlink-go-certification --client --varlink "unix:$work/socket" >"$work/said" 2>&1
tail -n 1 "$work/said" | grep -qx "End: 'true'" || fail "not certified: $(cat "$work/said" "$work/served")"
grep -q 'Receive: .Reply number 10' "$work/said" || fail "the stream is cut: $(cat "$work/said")"
echo "understood, $(echo "$methods" | wc -l) methods, and certified"
