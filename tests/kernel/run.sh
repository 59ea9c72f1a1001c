#!/bin/bash
# run.sh N SECONDS DIR [--daemon NAME] [--file FILE]... [--from S]
#
# One benchmark run: N guests with a daemon (daemons/NAME.sh; berkd) in each for SECONDS; prints
# the true pair errors over the last half, or from second S on (see pairs.c).  FILEs are copied to
# /mnt/bin in the guests: drop-ins of berkd.conf, chrony.conf, chronyd, ...
# OSCILLATORS, SEED, SLOW, NETEM, MEM: see lib.sh.
. "$(dirname "$0")/lib.sh"
[ $# -ge 3 ] || { sed -n '2,7s/^# \?//p' "$0"; exit 2; }
n=$1 seconds=$2 dir=$3 files=() from=()
kernel_limit=$((seconds + 60))
kernel_enter "$0" "$@"
shift 3
DAEMON=berkd
while [ $# -gt 0 ]; do
	case $1 in
	--daemon) DAEMON=$2 ;;
	--file) files+=("$2") ;;
	--from) from=(--from "$2") ;;
	*) fail "unknown option $1" ;;
	esac
	shift 2
done
if [ "$DAEMON" = berkd ]; then
	berkd_needs
	files+=("${berkd_files[@]}")
fi

kernel_boot "$n" "$dir" $((seconds + 30)) "${files[@]}"
kernel_start
guests daemon_start || fail "the daemon did not start"
until_second "$seconds"
pair_figures "${from[@]}"
cat "$kernel_dir/figures"
guests daemon_stop
kernel_end
