#!/bin/sh
# guest_systemd.sh - pid 1 of a guest that boots systemd, which starts only what the test installs.  Commands are taken by
# guest.sh, which runs as a unit.
. "${0%/*}/guest_root.sh"

mkdir -p etc/systemd/system/multi-user.target.wants
cat >etc/systemd/system/guest.service <<END
[Unit]
Description=commands from the test
DefaultDependencies=no
[Service]
Environment=ID=$ID N=$N DIR=$DIR OFFSET=$OFFSET LIMIT=$LIMIT DAEMON=$DAEMON NETEM=$NETEM
ExecStart=/mnt/bin/guest.sh
END
ln -s ../guest.service etc/systemd/system/multi-user.target.wants/
ln -s /dev/null etc/systemd/system/console-getty.service # the console is guest.sh's
ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target

go_on '/lib/systemd/systemd --show-status=no'
