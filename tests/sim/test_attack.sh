#!/bin/sh
# An outsider on the network of 12 groups: nothing that is promised breaks.  And with a traitor, too,
# the same seed gives the same attack.
set -eu
ulimit -t 120
sim=tests/sim/berksim
$sim attack --loyal --seconds 300 --seeds 12
one=$($sim attack --seconds 180 --seed 3 || true)
two=$($sim attack --seconds 180 --seed 3 || true)
[ "$one" = "$two" ] || { echo "FAIL: one seed, two runs"; exit 1; }
