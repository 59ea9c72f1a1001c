# none.sh - no daemon: the clocks run free.
# shellcheck shell=sh
daemon_start() { :; }
daemon_stop() { :; }
