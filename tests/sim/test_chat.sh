#!/bin/sh
# 1000 lines from five hosts at once with 20 % loss, also through the master's death.
set -eu
sim=tests/sim/berksim
timeout 100 $sim chat --nodes 5 --lines 1000 --loss 0.2 --seed 1
for seed in 1 2 73; do
	timeout 100 $sim chat --nodes 5 --lines 1000 --loss 0.2 --kill-master --seed $seed
done
