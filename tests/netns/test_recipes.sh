#!/bin/bash
# test_recipes.sh - what doc/recipes says is typed as it stands there, on hosts in namespaces, and must come true.
#
# Of each fenced block in a recipe the first line says what it is:
#   # PATH, on HOSTS      a file of that name, there
#   # as root, on HOSTS   commands, there
#   HOST# COMMAND         a command there, and below it what it prints; times, and who is master, may differ
# A host has namespaces of its own for network, mounts and name, its own files in /etc, and a virtual clock; in the
# place of systemctl stands a script that starts and ends berkd.
set -u
build=$PWD src=$(cd "${srcdir:-.}" && pwd)
[ "$(id -u)" = 0 ] || { echo "SKIP: namespaces need root"; exit 77; }
if [ -z "${RECIPES_INSIDE:-}" ]; then
	unshare -nmpf true 2>/dev/null || { echo "SKIP: namespaces cannot be made here"; exit 77; }
	RECIPES_INSIDE=1 exec timeout -s KILL 300 unshare -nmpf --kill-child --mount-proc bash "$0" "$@"
fi
# Each recipe has a network of its own, so all run side by side.
if [ $# != 1 ]; then
	top=$(mktemp -d) && trap 'rm -rf "$top"' EXIT || exit 99
	export top
	for file in "$src"/doc/recipes/*.md; do
		name=$(basename "$file" .md)
		[ "$name" = README ] || { unshare -n bash "$0" "$name" >"$top/$name.log" 2>&1; echo $? >"$top/$name.rc"; } &
	done
	wait
	cat "$top"/*.log
	! grep -vx 0 "$top"/*.rc
	exit
fi
[ -n "${top:-}" ] || { top=$(mktemp -d) && trap 'rm -rf "$top"' EXIT; } || exit 99
chmod 711 "$top"
fail() {
	echo "FAIL: $recipe: $*"
	tail -n 15 "$dir"/*/{said,log} 2>/dev/null
	exit 1
}

# recipe NAME HOST=CLOCK...: a network of these hosts, whose clocks are so far off; machine: it is the machine's own.
recipe() {
	local host n=0
	recipe=$1 played=0 text=$src/doc/recipes/$1.md dir=$top/$1 hosts=''
	shift
	mkdir "$dir" "$dir/work"
	ip link add lan type bridge && ip link set lan up || { echo "SKIP: no bridge"; exit 77; }
	echo "127.0.0.1 localhost" >"$dir/addresses"
	for host; do echo "10.7.0.$((++n)) ${host%%=*}" >>"$dir/addresses"; done
	n=0
	for host; do make_host "${host%%=*}" "${host#*=}" $((++n)); done
}

make_host() { # make_host NAME CLOCK NUMBER
	local h=$dir/$1
	hosts+=" $1"
	mkdir -p "$h"/{bin,etc/berkd/berkd.conf.d,state,work}
	cp "$dir/addresses" "$h/etc/hosts"
	printf '[node]\nuser = root\n[control]\ngroup =\n[log]\ntarget = stderr\n[state]\ndirectory = %s/state\n' "$h" \
		>"$h/etc/berkd/berkd.conf"
	[ "$2" = machine ] || printf '[clock]\ndriver = virtual\n[virtual]\noffset = %s\nfreq = %sppm\ntruth = %s/truth\n' \
		"$2" $((20 * $3 - 40)) "$h" >>"$h/etc/berkd/berkd.conf"
	cat >"$h/bin/systemctl" <<-END
		#!/bin/bash
		stop() { [ ! -e $h/pid ] || { kill \$(cat $h/pid); while kill -0 \$(cat $h/pid); do sleep 0.05; done; rm $h/pid; } 2>/dev/null; }
		case \$* in
		*restart\ berkd*) stop; mkdir -p /run/berkd; setsid berkd >>$h/log 2>&1 </dev/null & echo \$! >$h/pid
			until [ -S /run/berkd/status ]; do sleep 0.05; done ;;
		*stop\ berkd* | *disable*berkd*) stop ;;
		*disable*chrony*) touch $h/no-chrony ;;
		list-unit-files*) echo chrony.service enabled enabled ;;
		*is-enabled*) exit 1 ;;
		esac
	END
	# Whatever a recipe says, nobody here may set the clock of the machine.
	printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_time %s/berkd --config /etc/berkd/berkd.conf "$@"\n' "$build" >"$h/bin/berkd"
	# Nobody sits there who could say yes, or carry the token to the next host.
	cat >"$h/bin/berkctl" <<-END
		#!/bin/bash
		case \$1 in
		setup) $build/berkctl setup --yes --config /etc/berkd/berkd.conf | tee $h/said; grep -o 'BERK1[A-Z2-7]*' $h/said >$dir/token ;;
		join) $build/berkctl join --yes --config /etc/berkd/berkd.conf - <$dir/token ;;
		*) exec $build/berkctl "\$@" ;;
		esac
	END
	chmod +x "$h"/bin/*
	unshare -nmu bash -c "hostname $1 && mount -t tmpfs run /run && mkdir -p /run/systemd/system &&
		mount -t overlay -o lowerdir=/etc,upperdir=$h/etc,workdir=$h/work etc /etc && touch $h/ready; exec sleep infinity" &
	echo $! >"$h/ns"
	until [ -e "$h/ready" ]; do sleep 0.02; done
	ip link add "port$3" type veth peer name eth0 netns "$(cat "$h/ns")"
	ip link set "port$3" master lan up
	on "$1" "ip link set lo up; ip addr add 10.7.0.$3/24 dev eth0; ip link set eth0 up" >/dev/null
}

on() { # on HOST COMMANDS: as they stand; what they print is in $dir/HOST/said too
	nsenter -n -m -u -t "$(cat "$dir/$1/ns")" env PATH="$dir/$1/bin:$PATH" LC_ALL=C.UTF-8 TERM=dumb bash -ec "$2" \
		</dev/null 2>&1 | tee "$dir/$1/said"
	return "${PIPESTATUS[0]}"
}

# Whom "alpha, beta and gamma" means.
whom() {
	local word found=''
	for word in ${1//,/ }; do
		[[ " $hosts " != *" $word "* ]] || found+=" $word"
	done
	echo "$found"
}

# Figures differ from run to run, and so does who is master.
masked() {
	sed -E 's/[-+]?[0-9]+(\.[0-9]+)? (ns|us|ms|s|min|ppm)\b/T/g; s/^[0-9:]{8}/T/; s/master \w+/master M/
		s/\b(master|deputy|member)\b/ROLE/g; s/ +/ /g; s/ $//'
}

# ask HOST COMMAND BLOCK: does it print what stands below it, within some seconds?  With BERK_RECIPES_WRITE=1, what it
# prints by then is written there.
ask() {
	local until=$((SECONDS + 25))
	[ -z "${BERK_RECIPES_WRITE:-}" ] || sleep 12
	while on "$1" "$2" >/dev/null; ! diff <(tail -n +2 "$3" | masked) <(masked <"$dir/$1/said") >"$dir/differs"; do
		if [ -n "${BERK_RECIPES_WRITE:-}" ]; then
			said=$(cat "$dir/$1/said") first="$1# $2" heading=$heading perl -0777 -pi -e '
				s/(^\Q$ENV{heading}\E.*?```\n\Q$ENV{first}\E\n).*?\n```/$1$ENV{said}\n```/ms' "$text"
			return
		fi
		[[ $2 != *settime* && $SECONDS -lt $until ]] || { cat "$dir/differs"; fail "$1# $2: > is what it prints"; }
		sleep 0.5
	done
}

# play HEADING: the blocks below it, in their order; "": those before the first one.
play() {
	local block='' first place host hosts_of heading=${1:+## $1}
	rm -rf "$dir/blocks" && mkdir "$dir/blocks"
	awk -v dir="$dir/blocks" -v want="$1" '/^## / { heading = substr($0, 4) } heading != want { next }
		/^```/ { inside = !inside; n += inside; next } inside { print >sprintf("%s/%02d", dir, n) }' "$text"
	for block in "$dir"/blocks/*; do
		played=$((played + 1))
		read -r first <"$block" || fail "no block below \"$1\""
		hosts_of=$(whom "${first#* on }")
		case $first in
		'# as root, on '*)
			for host in $hosts_of; do
				on "$host" "$(tail -n +2 "$block")" >/dev/null || fail "$host: exit status $? of: $(tail -n +2 "$block")"
			done ;;
		'# /etc/'*', on '*)
			place=${first#\# /} place=${place%%, on *}
			for host in $hosts_of; do
				mkdir -p "$dir/$host/$(dirname "$place")" && cp "$block" "$dir/$host/$place"
			done ;;
		*'# '*)
			hosts_of=${first%%#*}
			[ -d "$dir/$hosts_of" ] || fail "no such host: $first"
			ask "$hosts_of" "${first#*# }" "$block" ;;
		*) hosts_of='' ;;
		esac
		[ -n "$hosts_of" ] || fail "whom does it mean? $first"
	done
}

power_cut() { # power_cut HOST: it says no goodbye
	on "$1" "kill -KILL $(cat "$dir/$1/pid")"
}

# off HOST...: how far each virtual clock is ahead of the machine's, in us, and how often it was stepped.
off() {
	local h
	for h; do echo "$dir/$h/truth"; done | xargs perl -MTime::HiRes=clock_gettime -e '
		for (@ARGV) {
			open my $f, "<:raw", $_ or die "$_: $!\n";
			read $f, my $truth, 72;
			my (undef, undef, $raw, $wall, $rate, undef, undef, $steps) = unpack "QQqqdqdQ", $truth;
			my $since = clock_gettime(4) * 1e9 - $raw;
			printf "%.0f %d\n", ($wall + $since * $rate - clock_gettime(0) * 1e9) / 1e3, $steps;
		}'
}
apart() { # apart HOST...: how far they are apart at most, in us
	off "$@" | awk 'NR == 1 || $1 < a { a = $1 } NR == 1 || $1 > b { b = $1 } END { printf "%d\n", b - a }'
}

# together US HOST...: their clocks are less than that apart, and none was stepped more than once.
together() {
	local limit=$1
	shift
	[ "$(apart "$@")" -lt "$limit" ] || fail "the clocks are $(apart "$@") us apart"
	off "$@" | awk '$2 > 1 { exit 1 }' || fail "a clock was stepped twice"
	echo "$recipe: $* are $(apart "$@") us apart"
}

etcd() {
	recipe etcd alpha=3s beta=-2s gamma=100ms
	play ''
	play 'See that it works'
	together 50000 alpha beta gamma
	power_cut alpha
	play 'One node is down'
	together 50000 beta gamma
	power_cut beta
	play 'Two nodes are down'
}

ceph() {
	recipe ceph mon1=400ms mon2=-700ms mon3=0s
	play ''
	play 'See that it works'
	together 50000 mon1 mon2 mon3
	play 'Any monitor may be rebooted'
	together 50000 mon1 mon2 mon3
}

# A fifth is lost in each direction at one robot; the other shares its air with more than fits.
ros2() {
	recipe ros2 robot1=5s robot2=-200ms laptop=0s
	on robot1 "$build/tests/netns/lose eth0 0.2 & tc qdisc add dev eth0 root tbf rate 400kbit burst 3k latency 40ms" >/dev/null &
	"$build/tests/netns/lose" port1 0.2 &
	on robot1 "exec perl -MSocket -MTime::HiRes=sleep -e 'socket(S, PF_INET, SOCK_DGRAM, 0);
		while (1) { send(S, \"x\" x 1400, 0, sockaddr_in(9, inet_aton(\"laptop\"))); sleep(-log(rand) * 0.06) }'" >/dev/null &
	play ''
	play 'See that it works'
	together 10000 robot1 robot2 laptop
}

# The Pis show 1970, and what systemd begins with; neither may take the hub back.
raspberry-pi() {
	local now systemd up
	now=$(date +%s) systemd=$(stat -c %Y /usr/lib/systemd/systemd) up=$(cut -d. -f1 /proc/uptime)
	recipe raspberry-pi "pi1=-$((now - 300))s" "pi2=$((systemd + up - now))s" hub=0s
	play ''
	play 'Only Pis are there'
	together 10000 pi1 pi2
	play 'Somebody comes who knows the date'
	off hub | awk '$2 > 0 || $1 ^ 2 > 1e5 ^ 2 { exit 1 }' || fail "the clock of the hub was moved: $(off hub)"
	[ "$(apart pi1 pi2 hub)" -lt 10000 ] || fail "the clocks are $(apart pi1 pi2 hub) us apart"
}

vehicle() {
	recipe vehicle gps=machine bow=400ms stern=-300ms
	mkdir -p "$dir"/gps/{unit,unitwork,etc/systemd/system} && cp "$build/systemd/berkd.service" "$dir/gps/unit"
	local units=/usr/lib/systemd/system
	on gps "mount -t overlay -o lowerdir=$units,upperdir=$dir/gps/unit,workdir=$dir/gps/unitwork u $units" >/dev/null
	play ''
	grep -q chrony "$dir/gps/etc/systemd/system/berkd.service" && fail "chrony would be ended"
	[ -e "$dir/bow/no-chrony" ] && [ ! -e "$dir/gps/no-chrony" ] || fail "chrony is off where GPS is, or on elsewhere"
	play 'See that it works'
	play 'The reference goes, and comes back'
	off bow stern | awk '$1 ^ 2 > 1e4 ^ 2 || $2 > 1 { exit 1 }' || fail "bow and stern do not follow: $(off bow stern)"
}

container() {
	recipe container box=machine alpha=40ms beta=20ms
	play ''
	on box "mkdir -p /run/berkd; chown 65534 /run/berkd; install -m 600 -o 65534 $dir/alpha/etc/berkd/group.key /etc/berkd
		setsid setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all berkd >>$dir/box/log 2>&1 & echo \$! >$dir/box/pid" >/dev/null
	play 'See that it works'
	grep -q '^CapEff:.0*$' "/proc/$(cat "$dir/box/pid")/status" || fail "the container has rights"
	on box 'berkctl --json status' | jq -e '.offset_ns < -15e6 and .offset_ns > -45e6 and .bound_ns > -.offset_ns' >/dev/null ||
		fail "the clock of the container is not behind by what alpha and beta are ahead"
	# Where berkd runs on the machine, its socket is enough.
	on alpha 'setpriv --reuid=65534 --clear-groups --bounding-set=-all berkctl check' >/dev/null || fail "nobody may ask"
}

laptop() {
	recipe laptop cell1=50h cell2=180001s cell3=50h laptop=machine
	printf '#!/bin/bash\nshift\nexec nsenter -n -m -u -t %s env PATH="%s:$PATH" "$@"\n' "$(cat "$dir/cell1/ns")" "$dir/cell1/bin" >"$dir/laptop/bin/ssh"
	chmod +x "$dir/laptop/bin/ssh"
	play ''
	play 'See how far it is'
	play 'Set it'
	off cell1 cell2 cell3 | awk '$1 ^ 2 > 2e6 ^ 2 { exit 1 }' || fail "not the date of the laptop: $(off cell1 cell2 cell3)"
	[ "$(apart cell1 cell2 cell3)" -lt 10000 ] || fail "the clocks are $(apart cell1 cell2 cell3) us apart"
}

"$1"
[ $((2 * played)) = "$(grep -c '^```' "$text")" ] || fail "it has blocks that were not played"
echo "$recipe: all is as it says, after $SECONDS s"
