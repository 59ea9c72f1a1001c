#!/bin/sh
# 300 nodes in groups of 100: each group has one master and all are synced.
set -eu
timeout 200 tests/sim/berksim scale --nodes 300 --group 100 --seconds 30
