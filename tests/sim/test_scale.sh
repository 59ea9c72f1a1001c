#!/bin/sh
# 150 nodes in groups of 50: each group has one master and all are synced.
set -eu
timeout 200 tests/sim/berksim scale --nodes 150 --group 50 --seconds 60
# Hosts that all may be master, and know only sixteen of them: whoever leads, all find it.
timeout 100 tests/sim/berksim scale --nodes 64 --group 64 --electable 64 --seconds 40
