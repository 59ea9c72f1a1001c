# none.sh - no daemon: the clocks run free.
daemon_start() { :; }
daemon_stop() { :; }
