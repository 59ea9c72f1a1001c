#!/bin/sh
# A traitor among the members, and an outsider on the network: the same seed gives the same attack.
set -eu
ulimit -t 120
sim=tests/sim/berksim
one=$($sim attack --seconds 180 --seed 3 || true)
two=$($sim attack --seconds 180 --seed 3 || true)
[ "$one" = "$two" ] || { echo "FAIL: one seed, two runs"; exit 1; }
