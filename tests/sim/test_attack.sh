#!/bin/sh
# An outsider on the network of 12 groups: nothing that is promised breaks.  With a traitor inside as
# well, most of 60 runs with a minute of attack hold, and none of them dies; the same seed gives the same attack.
#
# What breaks with a traitor is known (SECURITY.md, "Not yet").  Seeds lead elsewhere with each change of the core,
# so it is counted: on 2026-11-28, 11 of seeds 1 to 258 broke, of which 60 have more than 8 once in 500 draws.
# Whoever mends the last of it sets this to 0.
may_break=8
runs=$((60 / ${THIN:-1}))
set -eu
ulimit -t 300
sim=tests/sim/berksim
$sim attack --loyal --seconds 300 --seeds 12
said=$($sim attack --seconds 180 --seeds $runs || true)
echo "$said" | grep -E 'BROKEN|replay|NOT RUN' || true
echo "$said" | tail -n 1
! echo "$said" | grep -q 'NOT RUN' || { echo "FAIL: a run with a traitor died"; exit 1; }
held=$(echo "$said" | sed -n "s/^\([0-9]*\) of $runs seeds held.*/\1/p")
[ "${held:-0}" -ge $((runs - may_break)) ] || { echo "FAIL: ${held:-none} of $runs runs with a traitor held"; exit 1; }
one=$($sim attack --seconds 180 --seed 3 || true)
two=$($sim attack --seconds 180 --seed 3 || true)
[ "$one" = "$two" ] || { echo "FAIL: one seed, two runs"; exit 1; }
