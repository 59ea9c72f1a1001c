# berkd.sh - berkd in a guest, with the product's own berkd.conf; *.conf in /mnt/bin are its drop-ins.
# The user whom berkd becomes; the guest has the host's users, and cannot write there.
# shellcheck shell=sh
make_user()
{
	grep -q ^berkd: /etc/passwd && return
	(cat /etc/passwd && echo berkd:x:64995:64995::/:/usr/sbin/nologin) >/run/passwd
	(cat /etc/group && echo berkd:x:64995:) >/run/group
	mount --bind /run/passwd /etc/passwd && mount --bind /run/group /etc/group
}

daemon_start()
{
	make_user
	mkdir -p /run/conf/berkd.conf.d
	cp /mnt/bin/berkd.conf /run/conf/
	cp /mnt/bin/*.conf /run/conf/berkd.conf.d/
	rm /run/conf/berkd.conf.d/berkd.conf
	# Most tests have no key, and clocks that are far apart.
	printf '[group]\ninsecure = yes\n' >/run/conf/berkd.conf.d/insecure.conf
	berkd -c /run/conf/berkd.conf >>"$G/berkd.log" 2>&1 </dev/null &
	daemon=$!
	tries=600
	until [ -S /run/berkd/control ]; do
		kill -0 "$daemon" && [ $((tries -= 1)) -gt 0 ] || return
		sleep 0.1
	done
}

# What the kernel and what berkd say of the clock; $G/frequencies: what the kernel showed while berkd was asked.  While
# it slews, berkd sets the frequency ten times a second, and on a busy machine a reading may take longer than that.
daemon_status()
{
	timex frequencies >"$G/frequencies" &
	frequencies=$!
	until [ -s "$G/frequencies" ]; do
		kill -0 $frequencies && sleep 0.01 || return
	done
	timex >"$G/timex" && berkctl status --json >"$G/status.json"
	asked=$?
	kill $frequencies
	wait $frequencies
	return $asked
}

daemon_stop()
{
	berkctl members >"$G/members"
	kill "$daemon"
	wait "$daemon"
}

daemon_kill()
{
	kill -9 "$daemon"
	wait "$daemon"
	rm -f /run/berkd/control /run/berkd/status # so that the next start waits for its own
}
