#!/bin/sh
# 1000 lines from five hosts at once with 20 % loss, also through the master's death, and through islands.
set -eu
ulimit -t 900 # of the processor: a run that hangs is ended, a busy machine is not
sim=tests/sim/berksim
$sim chat --nodes 5 --lines 1000 --loss 0.2 --seed 1
for seed in 1 2 73; do
	$sim chat --nodes 5 --lines 1000 --loss 0.2 --kill-master --seed $seed
done
# Lines said in islands, of the master alone and of many, are everywhere in the end.  29: a new master takes over
# hundreds of lines.
for seed in 1 2 29 47; do
	$sim chat --nodes 7 --lines 560 --loss 0.02 --islands 4 --seed $seed
done
$sim chat --nodes 7 --lines 560 --loss 0.02 --islands 2 --seed 29
