#!/bin/sh
# hashes.sh - does the core still do the same, to the bit?  Compares trace hashes with tests/sim/hashes.txt.
#
#   tests/sim/hashes.sh           a tenth of the runs (seconds); `make check` runs this
#   tests/sim/hashes.sh --all     all of them (a minute): before each commit that must not change behaviour
#   tests/sim/hashes.sh --write   new hashes, after a commit that changes behaviour on purpose
#
# Run it in the build folder.  A line of the list is a hash and the arguments of the run that gives it.
set -eu
sim=tests/sim/berksim
list=${srcdir:-.}/tests/sim/hashes.txt
mode=${1:---short}

runs() { # the arguments of every run; short: only a tenth of them
	seeds=$1
	for seed in $(seq 1 "$seeds"); do
		echo "faults --nodes 7 --seconds 600 --seed $seed"
	done
	for net in lan noisy wan; do
		for wander in 1e-9 1e-8; do
			echo "precision --net $net --wander $wander --nodes 5 --seconds 300 --seed 1"
		done
	done
	echo "precision --net noisy --nodes 5 --seconds 400 --route-change 200:200 --seed 2"
	echo "precision --net lan --poll 16 --nodes 4 --seconds 600 --seed 3"
	echo "chat --nodes 5 --lines 1000 --loss 0.2 --seed 1"
	echo "chat --nodes 5 --lines 1000 --loss 0.2 --kill-master --seed 2"
	echo "scale --nodes 100 --group 50 --seconds 40 --seed 1"
}

traced() { # each run with its hash, two at a time, in the order of the list
	xargs -P 2 -I{} sh -c '
		hash=$('"$sim"' $1 2>&1 | sed -n "s/.*hash \([0-9a-f]*\)\$/\1/p")
		echo "${hash:-failed} $1"' trace {} | sort -k 2
}

case $mode in
--write) runs 200 | traced >"$list"; exit ;;
--all) n=200 ;;
--short) n=20 ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
now=$(mktemp) wanted=$(mktemp)
trap 'rm -f "$now" "$wanted"' EXIT
runs $n | traced >"$now"
cut -d' ' -f2- "$now" | while read -r run; do grep -F -x -h -e "$(grep -e " $run\$" "$list")" "$list"; done >"$wanted"
if [ -s "$wanted" ] && diff "$wanted" "$now" >/dev/null; then
	echo "$(wc -l <"$now") hashes are as before"
else
	echo "FAIL: hashes differ; the first ones (< before, > now):"
	diff "$wanted" "$now" | grep '^[<>]' | sort -k 3 | head -n 10
	exit 1
fi
