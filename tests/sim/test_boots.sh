#!/bin/sh
# The first hour of 250 sites; the same seed gives the same run to the bit; every run that ever found a bug that
# is repaired.  `make boots SEEDS=100000` is the long one, THIN=5 a fifth of this one.
set -eu
ulimit -t 900 # of the processor: a run that hangs is ended, a busy machine is not
sim=tests/sim/berksim
run() { $sim boots --seed "$1" | sed -n 's/.*hash //p'; }
a=$(run 7) b=$(run 7) c=$(run 8)
echo "$a $b $c"
[ -n "$a" ] && [ "$a" = "$b" ] && [ "$a" != "$c" ]
$sim boots --seeds $((250 / ${THIN:-1})) --jobs 2
