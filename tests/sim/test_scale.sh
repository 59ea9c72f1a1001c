#!/bin/sh
# 150 nodes in groups of 50: each group has one master and all are synced.
set -eu
ulimit -t 900 # of the processor: a run that hangs is ended, a busy machine is not
tests/sim/berksim scale --nodes 150 --group 50 --seconds 60
# All start at once and know only the first sixteen; the master is beyond these, and yet all find it:
# those who may be master, and those who never ask for votes.
tests/sim/berksim scale --nodes 64 --group 64 --electable 32 --boot 0.2 --seconds 40
