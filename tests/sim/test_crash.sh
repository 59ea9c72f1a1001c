#!/bin/sh
# A run whose process dies did not hold, and berksim says so: here each process dies of its first second of CPU
# time, long before so long a run can end.
sim=tests/sim/berksim
said=$(ulimit -t 1; $sim faults --nodes 64 --seconds 100000 --seeds 2 --jobs 2 2>&1)
status=$?
echo "$said"
[ $status -eq 1 ] && echo "$said" | grep -q '^0 of 2 seeds held' &&
	[ "$(echo "$said" | grep -c 'its process died')" -eq 2 ] && echo "$said" | grep -q 'died of signal'
