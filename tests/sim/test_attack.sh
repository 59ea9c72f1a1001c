#!/bin/sh
# An outsider on the network of 12 groups: nothing that is promised breaks.  With a traitor inside as
# well, 60 runs with a minute of attack hold, and none of them dies; the same seed gives the same attack.
#
# Each move of the traitor (tests/traitor/moves.h) must arrive.  What longer runs break stands in SECURITY.md, "Not yet".
runs=$((60 / ${THIN:-1}))
set -eu
ulimit -t 300
sim=tests/sim/berksim
$sim attack --loyal --seconds 300 --seeds 12
said=$($sim attack --seconds 180 --seeds $runs || true)
echo "$said" | grep -E 'BROKEN|replay|NOT RUN' || true
echo "$said" | tail -n 1
! echo "$said" | grep -q 'NOT RUN' || { echo "FAIL: a run with a traitor died"; exit 1; }
echo "$said" | grep -q "^$runs of $runs seeds held" || { echo "FAIL: what is promised breaks with a traitor inside"; exit 1; }
made=$($sim attack --seconds 300 --seed 17 --seeds 8 || true)
moves=$(echo "$made" | sed -n 's/^moves that arrived: //p')
echo "moves that arrived: $moves"
! echo "$made" | grep -q 'NOT RUN' || { echo "FAIL: a run with all moves died"; exit 1; }
[ -n "$moves" ] && ! echo "$moves" | grep -q ' 0 of ' || { echo "FAIL: a move never arrived"; exit 1; }
one=$($sim attack --seconds 180 --seed 3 || true)
two=$($sim attack --seconds 180 --seed 3 || true)
[ "$one" = "$two" ] || { echo "FAIL: one seed, two runs"; exit 1; }
