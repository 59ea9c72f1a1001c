#!/bin/sh
# 150 nodes in groups of 50: each group has one master and all are synced.
set -eu
timeout 200 tests/sim/berksim scale --nodes 150 --group 50 --seconds 60
