#!/bin/sh
# The same seed gives the same run to the bit; another seed another run.
set -eu
ulimit -t 900 # of the processor: a run that hangs is ended, a busy machine is not
sim=tests/sim/berksim
run() { $sim faults --nodes 5 --seconds 400 --seed "$1" | sed -n 's/.*hash //p'; }
a=$(run 7) b=$(run 7) c=$(run 8)
echo "$a $b $c"
[ -n "$a" ] && [ "$a" = "$b" ] && [ "$a" != "$c" ]
