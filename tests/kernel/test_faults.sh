#!/bin/bash
# test_faults.sh - faults around a kernel's clock: berkd refuses to start beside another time daemon; it
# steps its clock once, at its first join, and never again; it notices when a stranger changes the
# frequency with adjtimex(2); and when the master is killed the others keep one time under a new master.
. "$(dirname "$0")/lib.sh"
kernel_enter "$0" "$@"
berkd_needs
DAEMON=berkd

interference_is_named()
{
	grep -q 'Another hand' "$kernel_dir/g$victim/berkd.log"
}

kernel_boot "$(five_or_three)" "$kernel_build/tests/kernel/out/faults" 400 "${berkd_files[@]}"
kernel_start
guest 1 "cp /bin/sleep /tmp/chronyd; /tmp/chronyd 100 & rival=\$!"
guest 1 "make_user; berkd -c /mnt/bin/berkd.conf" >"$kernel_dir/refusal" && fail "started beside chronyd"
grep -q chronyd "$kernel_dir/refusal" || fail "chronyd is not named: $(cat "$kernel_dir/refusal")"
guest 1 "kill \$rival"
say "beside chronyd: $(head -n 1 "$kernel_dir/refusal")"

guests "/tmp/reader 20000 >\$G/reader & reader=\$!"
guests daemon_start || fail "berkd did not start: $(tail -n 3 "$kernel_dir"/g*/berkd.log)"
guests "berkctl waitsync --max-bound 5ms --timeout 300s" || fail "not in step: $(tail "$kernel_dir"/g*/out)"
wait_until "a master" find_master
wait_rounds "$master" 10
guests "kill \$reader; wait \$reader; /tmp/reader 20000 >\$G/reader.2 & reader=\$!"
from=$(second)
first_master=$master first_term=$term
victim=$((master % kernel_n + 1))
say "guest $master is master of term $term; a stranger sets guest $victim 20 ppm off"
guest "$victim" "timex freq \$(timex | awk '/freq_ppb/ { printf \"%d\", \$2 + 20000 }')"
wait_until "the interference to be named" interference_is_named
say "guest $victim: $(grep -m 1 'Another hand' "$kernel_dir/g$victim/berkd.log")"

guest "$first_master" "daemon_kill" || true
wait_until "a new master" find_master "$first_master"
say "guest $master is master of term $term"
[ "$term" -gt "$first_term" ] || fail "term $term is not above $first_term"
guest "$first_master" daemon_start || fail "the old master did not start again"
guest "$first_master" "berkctl waitsync --max-bound 5ms --timeout 300s" || fail "the old master is not in step"
wait_rounds "$master" 10
status_of "$first_master"
[ "$(json role "$kernel_dir/g$first_master/status.json")" != master ] ||
	fail "the old master took the group back"
guests "kill \$reader; wait \$reader"
pair_figures --from "$from"
kernel_end

# The master that returns is a newcomer, which is first measured while its start keeps its machine busy;
# so the largest error may be larger.
holds "$(figure p50_us) < $(boot_spread_us) / 1000" || fail "not a thousand times closer than at boot"
holds "$(figure max_us) < $(boot_spread_us) / 50" || fail "did not stay together"
for ((i = 1; i <= kernel_n; i++)); do
	holds "$(value sets "$kernel_dir/g$i/reader") <= 1" || fail "guest $i: stepped more than once"
	grep -qx 'sets 0' "$kernel_dir/g$i/reader.2" || fail "guest $i: stepped after its first join"
	grep -qx 'backward 0' "$kernel_dir/g$i/reader.2" || fail "guest $i: time went backward"
done
