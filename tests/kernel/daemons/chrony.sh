# chrony.sh - Debian's chrony in a guest, for comparison: guest 1 is the server, the others its clients.
# chronyd and chronyc need not be installed: copies in /mnt/bin (run.sh --file) are found first, and
# so is a chrony.conf with more lines for the clients.  CHRONY_POLL and CHRONY_STEP are used below.
# shellcheck shell=sh
daemon_start()
{
	mkdir -p /run/chrony /var/lib/chrony
	if [ "$ID" = 1 ]; then
		echo "local stratum 10"
		echo "allow 10.9.0.0/24"
	else
		echo "server 10.9.0.1 iburst ${CHRONY_POLL:-minpoll 0 maxpoll 0}"
		echo "makestep ${CHRONY_STEP:-0.1 3}"
		cat /mnt/bin/chrony.conf 2>/dev/null
	fi >/run/chrony.conf
	cat >>/run/chrony.conf <<-END
		driftfile /var/lib/chrony/drift
		bindcmdaddress 127.0.0.1
		cmdport 323
	END
	chronyd -u root -n -f /run/chrony.conf >"$G/chronyd.log" 2>&1 &
	daemon=$!
}

daemon_stop()
{
	chronyc -n -h 127.0.0.1 tracking >"$G/chronyc"
	kill "$daemon"
	wait "$daemon"
}
