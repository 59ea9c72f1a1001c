#!/bin/sh
# guest_systemd.sh - pid 1 of a guest that boots systemd: the host's / under a scratch layer, with
# an /etc that enables nothing but berkd, so that only what the test installs is started.  Commands
# are taken by guest.sh, which runs as a unit.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t tmpfs -o mode=0755 scratch /tmp
mkdir /tmp/upper /tmp/work /tmp/root
busybox insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
mount -t overlay -o lowerdir=/,upperdir=/tmp/upper,workdir=/tmp/work root /tmp/root
cd /tmp/root || exit

rm -f .dockerenv # the host may be a container; the guest is none
mount -t tmpfs -o mode=0755 etc etc
(cd /etc && cp -a alternatives group hosts ld.so.* localtime nsswitch.conf os-release pam.d \
	passwd shadow security /tmp/root/etc/)
echo 0123456789abcdef0123456789abcdef >etc/machine-id
echo "g$ID" >etc/hostname
for d in var/lib var/log var/tmp root tmp run; do
	mount -t tmpfs tmpfs $d
done
mount -t hostfs -o "$DIR" none mnt
tar -C mnt/root -c . | tar -x --keep-directory-symlink

mkdir -p etc/systemd/system/multi-user.target.wants
cat >etc/systemd/system/guest.service <<END
[Unit]
Description=commands from the test
DefaultDependencies=no
[Service]
Environment=ID=$ID N=$N DIR=$DIR OFFSET=$OFFSET LIMIT=$LIMIT DAEMON=$DAEMON NETEM=$NETEM SYSTEMD=1
ExecStart=/mnt/bin/guest.sh
END
ln -s ../guest.service etc/systemd/system/multi-user.target.wants/
ln -s /dev/null etc/systemd/system/console-getty.service # the console is guest.sh's
ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target

mkdir tmp/old
pivot_root . tmp/old
exec chroot . /bin/sh -c 'umount -l /tmp/old; exec /lib/systemd/systemd --show-status=no' \
	</dev/null >"/mnt/g$ID/console" 2>&1
