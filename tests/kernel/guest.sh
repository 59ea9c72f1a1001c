#!/bin/sh
# guest.sh - process 1 of a guest, or a unit under guest_systemd.sh, which has mounted everything.  The
# kernel's command line gives ID, N, DIR, OFFSET, LIMIT, DAEMON and NETEM as environment.  Commands come
# line by line on the console; the output of each goes to $G/out, its exit status to $G/status.  See lib.sh.
PATH=/mnt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
G=/mnt/g$ID
export PATH G ID N

if [ $$ = 1 ]; then
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	for d in /tmp /run /root /var/lib /var/log; do
		mount -t tmpfs tmpfs $d
	done
	mount -t hostfs -o "$DIR" none /mnt
fi
exec 2>>"$G/console" >&2
# Opened once and kept: between two openings the console forgets what was sent to it, whenever another
# process, such as systemd, opens and closes it.
exec 3</dev/console
stty -echo <&3
cp /mnt/bin/* /tmp/ # a daemon's start must not wait for the host's disk

power_off()
{
	echo 0 >"$G/status"
	busybox poweroff -f
}

set_clock() # TSC NS NS_PER_CYCLE: what all clocks would show at TSC without their offsets
{
	timex set "$1" $(($2 + $(awk -v s="$OFFSET" 'BEGIN { printf "%.0f", s * 1e9 }'))) "$3"
}

start_samples()
{
	/tmp/sampler 50 6 >"$G/samples" &
	sampler=$!
}

stop_samples()
{
	kill "$sampler"
	sed -i -n '/^[0-9]* [0-9]* [0-9]*$/p' "$G/samples" # a last line may be cut short
}

# netem sits behind eth0, as a network does: on eth0 itself it would hold packets before the kernel
# stamps them as sent, and who uses these stamps would see none of its delay.  So eth0 becomes one
# end of a pair; what comes out of the other goes through netem to the wire, and back past it.
# A copy goes out: the packet itself would be stamped a second time, behind netem.
put_netem_behind_eth0() # OPTION...
{
	for m in drivers/net/veth net/sched/sch_netem net/sched/sch_ingress net/sched/cls_matchall \
		net/sched/act_mirred; do
		busybox insmod "/usr/lib/uml/modules/$(uname -r)/kernel/$m.ko"
	done
	ip link set eth0 name wire
	ip link add eth0 address "$(cat /sys/class/net/wire/address)" type veth peer name inner
	tc qdisc add dev wire root netem "$@"
	tc qdisc add dev inner ingress
	tc filter add dev inner parent ffff: matchall action mirred egress mirror dev wire drop
	tc qdisc add dev wire ingress
	tc filter add dev wire parent ffff: matchall action mirred egress redirect dev inner
	ip link set inner up
	ip link set wire up
}

set_up_network()
{
	ip link set lo up
	[ -z "$NETEM" ] || put_netem_behind_eth0 $(echo "$NETEM" | tr , ' ')
	ip addr add "10.9.0.$ID/24" dev eth0
	ip link set eth0 up
	busybox hostname "g$ID"
}

set_up_network
. "/mnt/bin/$DAEMON.sh" # daemon_start, daemon_stop
(sleep "$LIMIT" && busybox poweroff -f) &

cut -d' ' -f1 /proc/uptime >"$G/ready"
while read -r command; do
	eval "$command" >"$G/out" 2>&1 </dev/null 3<&-
	echo $? >"$G/status.new" && mv "$G/status.new" "$G/status"
done <&3
busybox poweroff -f
