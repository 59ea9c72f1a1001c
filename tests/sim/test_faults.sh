#!/bin/sh
# Random faults, twice 10 seeds x 10 simulated minutes; then every run that ever found a bug.  THIN=5: a fifth of each.
set -eu
ulimit -t 900 # of the processor: a run that hangs is ended, a busy machine is not
sim=tests/sim/berksim
$sim faults --nodes 7 --seconds 600 --seed 1 --seeds $((10 / ${THIN:-1}))
$sim faults --nodes 5 --seconds 600 --seed 11 --seeds $((10 / ${THIN:-1})) --orders # to slew group time
grep -v '^#' "${srcdir:-.}/tests/sim/seeds.txt" | awk -v n="${THIN:-1}" 'NF > 0 && NR % n == 0' | while read -r nodes seconds seed rest; do
	$sim faults --nodes "$nodes" --seconds "$seconds" --seed "$seed"
done
