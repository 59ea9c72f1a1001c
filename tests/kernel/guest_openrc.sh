#!/bin/sh
# guest_openrc.sh - pid 1 of a guest that boots OpenRC, which is in the tree of the test.  Commands are taken by guest.sh,
# a service of OpenRC.
. "${0%/*}/guest_root.sh"

mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev 2>/dev/null
for level in sysinit boot default shutdown nonetwork; do
	mkdir -p etc/runlevels/$level
done

cat >etc/init.d/guest <<END
#!/sbin/openrc-run
description="commands from the test"
start()
{
	ID=$ID N=$N DIR=$DIR OFFSET=$OFFSET LIMIT=$LIMIT DAEMON=$DAEMON NETEM=$NETEM \
		start-stop-daemon --start --background --make-pidfile --pidfile /run/guest.pid --exec /mnt/bin/guest.sh
}
END
chmod +x etc/init.d/guest
ln -s /etc/init.d/guest etc/runlevels/default/guest

go_on /sbin/openrc-init
