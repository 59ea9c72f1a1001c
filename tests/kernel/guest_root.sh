# guest_root.sh - the root of a guest whose pid 1 is that of a distribution, in the place of this process's own: the host's /
# under a scratch layer, with an /etc that enables nothing, and over it the tree of the test.
# shellcheck shell=sh
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

# go_on COMMAND: the rest of the life of this process, in that root.
go_on()
{
	mkdir tmp/old
	pivot_root . tmp/old
	exec chroot . /bin/sh -c "umount -l /tmp/old; exec $1" </dev/null >"/mnt/g$ID/console" 2>&1
}
