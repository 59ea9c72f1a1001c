#!/bin/sh
# Better than chrony's defaults in the same model (precision-baseline.md): p99 pair error in us.
set -eu
sim=tests/sim/berksim
p99() { timeout 100 $sim precision "$@" --nodes 5 --seconds 3000 --seed 1 --json 2>/dev/null |
	sed 's/.*"p99_us":\([0-9.]*\).*/\1/'; }
better() { # better WHAT FIGURE CHRONY
	echo "$1: $2 us, chrony $3 us"
	awk "BEGIN { exit !($2 > 0 && $2 < $3) }"
}
better lan "$(p99 --net lan --wander 1e-9)" 5.04
better noisy "$(p99 --net noisy --wander 1e-9)" 49.0
better wan "$(p99 --net wan --wander 1e-8)" 488
