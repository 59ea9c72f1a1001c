#!/bin/bash
# test_free_clocks.sh - the layer itself: clocks that no daemon steers drift apart as their oscillators
# say, and a clock that is moved is seen to move.  Else the figures of the other tests would mean nothing.
. "$(dirname "$0")/lib.sh"
SLOW=1 # nobody is to be in time here
kernel_enter "$0" "$@"

kernel_boot 2 "$kernel_build/tests/kernel/out/free_clocks" 400
kernel_start
guest 1 "/tmp/reader 5000 >\$G/reader & reader=\$!"
guest 2 "/tmp/reader 5000 >\$G/reader & reader=\$!"
# Not before the reader has armed the timer by which it notices that the clock is set.
guest 2 "until grep -qs 'it_value: ([1-9]' /proc/\$reader/fdinfo/*; do sleep 0.1; done" ||
	fail "the reader of guest 2 did not start"
guest 2 "timex offset -1000000" || fail "the clock of guest 2 could not be set"
guest 2 "timex freq -100000" || fail "the frequency of guest 2 could not be set"
read -r from until < <(awk "BEGIN { s = $(second); print s + 0.1, s + 5 }") # it is rounded
until_second "$until"
guests "kill \$reader; wait \$reader; cat \$G/reader"
say "guest 1: $(tr '\n' ' ' <"$kernel_dir/g1/out")"
say "guest 2: $(tr '\n' ' ' <"$kernel_dir/g2/out")"
pair_figures --from "$from" --until "$until"
kernel_end

read -r ppm1 _ <"$kernel_dir/g1/oscillator"
read -r ppm2 _ <"$kernel_dir/g2/oscillator"
holds "($(figure guest1_rate_ppm) - $ppm1) ^ 2 < 0.01" || fail "guest 1 is not $ppm1 ppm fast"
holds "($(figure guest2_rate_ppm) - ($ppm2 - 100)) ^ 2 < 0.01" ||
	fail "guest 2 is not $ppm2 - 100 ppm fast"
grep -qx 'sets 0' "$kernel_dir/g1/reader" || fail "guest 1 saw its clock set"
grep -qx 'backward 0' "$kernel_dir/g1/reader" || fail "guest 1 saw time go backward"
grep -qx 'sets 1' "$kernel_dir/g2/reader" || fail "guest 2 did not see its clock set"
[ "$(figure guest1_lost)" -lt $(($(figure guest1_samples) / 10)) ] || fail "too many samples lost"
