# newcomers.sh - hosts whose berkctl setup, join and leave are tested; the test itself moves into namespaces.
# Real daemons, each in namespaces of its own for network, mounts and processes, with a virtual clock; in the place of
# systemctl stands a script that starts and ends them, and that says that chrony is enabled.
# shellcheck shell=bash
set -u
berkd=$PWD/berkd berkctl=$PWD/berkctl
[ "$(id -u)" = 0 ] || { echo "SKIP: namespaces need root"; exit 77; }
if [ -z "${SETUP_INSIDE:-}" ]; then
	unshare -nmpf true 2>/dev/null || { echo "SKIP: namespaces cannot be made here"; exit 77; }
	SETUP_INSIDE=1 exec timeout -s KILL 300 unshare -nmpf --kill-child --mount-proc bash "$0"
fi
fail() { echo "FAIL: $*"; tail -n 15 "$top"/*/{said,log,calls} 2>/dev/null; exit 1; }
top=$(mktemp -d) || exit 99
trap 'rm -rf "$top"' EXIT
ip link set lo up
ip link add lan type bridge && ip link set lan up || { echo "SKIP: no bridge"; exit 77; }

host() { # host I: its namespaces, with files in $top/I
	mkdir -p "$top/$1/bin" "$top/$1/conf/berkd.conf.d" "$top/$1/state"
	cat >"$top/$1/conf/berkd.conf" <<-END
		[node]
		name = h$1
		user = root
		[clock]
		driver = virtual
		[virtual]
		offset = $1ms
		[log]
		target = stderr
		[state]
		directory = $top/$1/state
	END
	cat >"$top/$1/bin/systemctl" <<-END
		#!/bin/bash
		dir=$top/$1
		echo "\$*" >>\$dir/calls
		stop() { [ ! -e \$dir/pid ] || { kill \$(cat \$dir/pid); while kill -0 \$(cat \$dir/pid); do sleep 0.1; done; rm \$dir/pid; } 2>/dev/null; }
		case \$* in
		list-unit-files*) [ -e \$dir/no-chrony ] || echo "chrony.service enabled enabled"; echo "chronyd.service alias -" ;;
		"--quiet is-enabled berkd.service") [ -e \$dir/on ] ;;
		"--quiet enable berkd.service") touch \$dir/on ;;
		"restart berkd.service")
			[ ! -e \$dir/fails ] || exit 1
			stop
			mkdir -p /run/berkd
			setsid $berkd --config \$dir/conf/berkd.conf >>\$dir/log 2>&1 </dev/null &
			echo \$! >\$dir/pid ;;
		*disable*berkd*) stop; rm -f \$dir/on ;;
		*stop*chrony.service) touch \$dir/stopped; [ ! -e \$dir/interrupt ] || kill -INT \$PPID ;;
		*" start chrony.service") rm -f \$dir/stopped ;;
		*disable*chrony.service) touch \$dir/no-chrony ;;
		*enable*chrony.service) rm -f \$dir/no-chrony \$dir/stopped ;;
		esac
	END
	chmod +x "$top/$1/bin/systemctl"
	unshare -nm bash -c "mount -t tmpfs run /run && mkdir -p /run/systemd/system && echo ready >$top/$1/ready; sleep infinity" &
	pid[$1]=$!
	until [ -e "$top/$1/ready" ]; do sleep 0.05; done
	ip link add "v$1" type veth peer name eth0 netns "${pid[$1]}"
	ip link set "v$1" master lan up
	at "$1" "ip link set lo up; ip addr add 10.7.0.$1/24 dev eth0; ip link set eth0 up"
}

at() { # at I COMMAND...: on host I; its words are in $top/I/said too
	local i=$1
	shift
	nsenter -n -m -t "${pid[$i]}" env PATH="$top/$i/bin:$PATH" LC_ALL=C.UTF-8 bash -c "$*" </dev/null 2>&1 | tee "$top/$i/said"
	return "${PIPESTATUS[0]}"
}
ctl() { # ctl I ARGUMENT...
	local i=$1 word=$2
	shift 2
	case $word in setup | invite | join | leave) set -- --config "$top/$i/conf/berkd.conf" "$@" ;; esac
	at "$i" "$berkctl $word $*"
}
