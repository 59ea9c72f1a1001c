#!/bin/sh
# guest_openrc.sh - pid 1 of a guest that boots OpenRC: the host's / under a scratch layer, with an /etc that enables
# nothing, and over it the tree of the test, in which OpenRC is.  Commands are taken by guest.sh, a service of OpenRC.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t tmpfs -o mode=0755 scratch /tmp
mkdir /tmp/upper /tmp/work /tmp/root
busybox insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work root /tmp/root
cd /tmp/root || exit

rm -f .dockerenv
mount -t tmpfs -o mode=0755 etc etc
(cd /etc && cp -a alternatives group hosts ld.so.* localtime nsswitch.conf os-release pam.d passwd shadow /tmp/root/etc/)
echo 0123456789abcdef0123456789abcdef >etc/machine-id
for d in var/lib var/log var/tmp root tmp run; do
	mount -t tmpfs tmpfs $d
done
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev 2>/dev/null
mount -t hostfs -o "$DIR" none mnt
tar -C mnt/root -c . | tar -x --keep-directory-symlink
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

mkdir tmp/old
pivot_root . tmp/old
exec chroot . /bin/sh -c 'umount -l /tmp/old; exec /sbin/openrc-init' </dev/null >"/mnt/g$ID/console" 2>&1
