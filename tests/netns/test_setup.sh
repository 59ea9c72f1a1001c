#!/bin/bash
# test_setup.sh - the first host of a group, the next ones, and one that leaves, by the commands that a newcomer types.
. "$(dirname "$0")/lib/newcomers.sh"

for i in 1 2 3; do host $i; done

# Nothing is changed by looking, nor without anybody to ask.
ctl 1 setup --dry-run >/dev/null || fail "setup --dry-run"
grep -q 'chrony.service now' "$top/1/said" || fail "what keeps the clock is not said"
printf '[clock]\nallow_rivals = yes\n' >"$top/1/conf/berkd.conf.d/rivals.conf"
ctl 1 setup --dry-run | grep -q 'Other time daemons stay on (allow_rivals' && ! grep -q chrony "$top/1/said" || fail "allow_rivals does not keep chrony"
rm "$top/1/conf/berkd.conf.d/rivals.conf"
ctl 1 setup >/dev/null && fail "setup did not ask"
grep -q -- '--yes' "$top/1/said" || fail "who cannot be asked is not told of --yes"
[ -z "$(ls "$top/1/conf/berkd.conf.d")" ] && ! grep -q disable "$top/1/calls" || fail "something was done without a yes"

ctl 1 setup --yes --timeout 5min --qr >/dev/null || fail "setup"
token=$(grep -o 'BERK1[A-Z2-7]*' "$top/1/said") || fail "no token"
grep -q '█' "$top/1/said" || fail "no QR code"
[ "$(stat -c %a "$top/1/conf/group.key")" = 600 ] || [ "$(stat -c %a "$top/1/conf/group.key")" = 640 ] || fail "the key's mode"
ctl 1 status | grep -q 'h1' || fail "no daemon after setup"

# What berkctl does not know it leaves alone, and says so.
chmod 660 "$top/1/conf/group.key"
ctl 1 setup --yes >/dev/null && fail "a key that cannot be taken was passed over"
grep -q 'its group can write it' "$top/1/said" || fail "why the key is not taken is not said"
chmod 640 "$top/1/conf/group.key"
printf '[group]\nmembers =\n' >"$top/2/conf/berkd.conf.d/group.conf"
ctl 2 join --yes "$token" >/dev/null && fail "the file of somebody else was replaced"
grep -q 'was not written by berkctl' "$top/2/said" || fail "whose file it is is not said"
rm "$top/2/conf/berkd.conf.d/group.conf"

# A slip of the hand, and a token whose secret is another one.
ctl 2 join --yes "${token%?}" >/dev/null && fail "a short token was taken"
grep -q 'copy it as a whole' "$top/2/said" || fail "a short token is not told"
ctl 2 join >/dev/null && fail "no token was taken"
[ ! -e "$top/2/conf/group.key" ] || fail "a key without a token"
# Whoever connects and says nothing, or too much, holds nobody up.
at 3 'for k in $(seq 40); do (exec 3<>/dev/tcp/10.7.0.1/5252; sleep 5) & done; sleep 0.5' >/dev/null &
at 3 'head -c 100000 /dev/zero >/dev/tcp/10.7.0.1/5252' >/dev/null

# Where berkd does not start, all is as it was.
touch "$top/2/fails"
ctl 2 join --yes "$token" >/dev/null && fail "joined without berkd"
rm "$top/2/fails"
! compgen -G "$top/2/conf/berkd.conf.d/*conf*" >/dev/null && [ ! -e "$top/2/conf/group.key" ] || fail "a failed join leaves files"
[ ! -e "$top/2/no-chrony" ] && [ ! -e "$top/2/stopped" ] && [ ! -e "$top/2/on" ] || fail "a failed join leaves no chrony"
# So it is where a later file says otherwise.
printf '[group]\nmin_hosts = 3\n' >"$top/2/conf/berkd.conf.d/zz.conf"
ctl 2 join --yes "$token" >/dev/null && fail "joined with other settings"
grep -q 'min_hosts does not have the value of the group: another file' "$top/2/said" && [ ! -e "$top/2/conf/group.key" ] || fail "what differs is not said"
rm "$top/2/conf/berkd.conf.d/zz.conf"

# What the host itself had otherwise is as the group has it; and Ctrl-C comes too late in the middle.
printf '[group]\nname = other\nmin_hosts = 1\n' >>"$top/2/conf/berkd.conf"
touch "$top/2/interrupt"
echo "${token,,}" >"$top/2/token"
ctl 2 "join" "--yes - <$top/2/token" >/dev/null && fail "Ctrl-C was lost"
rm "$top/2/interrupt"
[ -e "$top/2/no-chrony" ] && [ -e "$top/2/on" ] && [ -e "$top/2/pid" ] || fail "the clock was not taken over"
at 2 "timeout 20 sh -c 'until $berkctl check; do sleep 0.5; done'" >/dev/null || fail "the second host is not in the group"
cmp "$top"/{1,2}/conf/group.key || fail "not the same key"
ctl 2 join --yes "$token" >/dev/null && fail "joined twice"
grep -q 'berkctl leave' "$top/2/said" || fail "who has a group is not told to leave it"

# A withdrawn invitation, and a new one, whose token the old one is not.
ctl 1 invite --undo | grep -q withdrawn || fail "invite --undo"
ctl 3 join --yes "$token" >/dev/null && fail "a token that was withdrawn was taken"
grep -q 'no host hands out a key at 10.7.0.1:5252' "$top/3/said" || fail "who answers not is not named"
second=$(ctl 1 invite | grep -o 'BERK1[A-Z2-7]*') || fail "invite"
[ "$second" != "$token" ] || fail "a token was used twice"
ctl 3 join --yes "$token" >/dev/null && fail "an old token was taken"
grep -q 'earlier invitation' "$top/3/said" || fail "an old token is not told"
ctl 3 join --yes "$second" >/dev/null || fail "the third host"
grep -q 'key of the group berkd' "$top/3/said" || fail "join says nothing"
at 3 "$berkctl waitsync --hosts 3 --timeout 60s" >/dev/null || fail "three hosts do not meet"

# The token is void when its time is over.
short=$(ctl 1 invite --timeout 1s | grep -o 'BERK1[A-Z2-7]*')
sleep 1.5
at 1 'exec 3<>/dev/tcp/127.0.0.1/5252' >/dev/null 2>&1 && fail "somebody listens after the time"
[ -n "$short" ] || fail "no short token"

# Who listens to strangers has the rights of the user that berkd has.
sed 's/user = root/user = nobody/' "$top/1/conf/berkd.conf" >"$top/1/conf/nobody.conf"
cp -r "$top/1/conf/berkd.conf.d" "$top/1/conf/nobody.conf.d"
chmod 711 "$top" "$top/1" "$top/1/conf"
at 1 "$berkctl invite --config $top/1/conf/nobody.conf 7<$top/1/conf/group.key" >/dev/null || fail "invite as nobody"
listener=$(pgrep -f 'invite --config .*nobody.conf') || fail "nobody listens"
! readlink /proc/"$listener"/fd/* | grep -q group.key || fail "the listener has what stood open where it was started"
grep -q "^Uid:.$(id -u nobody).$(id -u nobody)" "/proc/$listener/status" || fail "the listener is $(grep Uid "/proc/$listener/status")"
grep -q '^NoNewPrivs:.1' "/proc/$listener/status" && grep -q '^CapEff:.0000000000000000' "/proc/$listener/status" || fail "it has rights"
sed -i 's/user = nobody/user = no-such-user/' "$top/1/conf/nobody.conf"
at 1 "$berkctl invite --config $top/1/conf/nobody.conf" >/dev/null && fail "it listens as root"
grep -q 'no user no-such-user' "$top/1/said" || fail "a user that is not there is not told"

# Who leaves is as before, and can come again.
leaving=$(ctl 3 invite | grep -o 'BERK1[A-Z2-7]*')
ctl 3 leave --dry-run >/dev/null && [ -e "$top/3/conf/group.key" ] || fail "leave --dry-run"
ctl 3 leave --yes >/dev/null || fail "leave"
! compgen -G "$top/3/conf/berkd.conf.d/*conf*" >/dev/null && [ ! -e "$top/3/conf/group.key" ] || fail "leave leaves files"
[ ! -e "$top/3/no-chrony" ] || fail "chrony is not back"
[ ! -e "$top/3/pid" ] || fail "berkd runs on"
ctl 3 leave --yes >/dev/null && fail "left twice"
at 3 'exec 3<>/dev/tcp/127.0.0.1/5252' >/dev/null 2>&1 && fail "who has left hands out the key: $leaving"
third=$(ctl 2 invite | grep -o 'BERK1[A-Z2-7]*') || fail "a member invites"
ctl 3 join --yes "$third" >/dev/null || fail "joined again"
ctl 2 invite --undo >/dev/null

# Where multicast does not reach, the host that answered is a peer.
at 3 "ip addr flush dev eth0; ip addr add 10.8.0.3/32 dev eth0; ip route add 10.7.0.0/24 dev eth0" >/dev/null
for i in 1 2; do at $i "ip route add 10.8.0.3/32 dev eth0" >/dev/null; done
ctl 3 leave --yes >/dev/null || fail "left again"
fourth=$(ctl 1 invite | grep -o 'BERK1[A-Z2-7]*')
ctl 3 join --yes "$fourth" >/dev/null || fail "joined from afar"
grep -q 'peers = 10.7.0.1:5252' "$top/3/conf/berkd.conf.d/group.conf" || fail "no peer is named"
grep -q '^# Before berkd, the clock was kept by: chrony.service' "$top/3/conf/berkd.conf.d/group.conf" || fail "no note of chrony"
# Without systemd, a berkd that runs takes the key over, and who leaves is told that it must be ended.
ctl 3 leave --yes >/dev/null || fail "left a third time"
at 3 "rmdir /run/systemd/system; ip addr add 10.7.0.3/24 dev eth0; $top/3/bin/systemctl restart berkd.service; sleep 1" >/dev/null
fifth=$(ctl 1 invite | grep -o 'BERK1[A-Z2-7]*')
ctl 3 join --yes "$fifth" >/dev/null || fail "joined without systemd"
ctl 3 leave --yes >/dev/null && fail "left a group while berkd runs"
grep -q 'still runs' "$top/3/said" || fail "who leaves is not told that berkd runs"
at 3 "$top/3/bin/systemctl disable berkd.service" >/dev/null
ctl 1 invite --undo >/dev/null
ctl 3 join --yes "$fifth" >/dev/null && fail "a token of before was taken"
sixth=$(ctl 1 invite | grep -o 'BERK1[A-Z2-7]*')
ctl 3 join --yes "$sixth" | grep -q 'To start berkd: berkd --config' || fail "how berkd is started is not said"
# A master that leaves hands over first.
role_is() { at "$1" "$berkctl status --json" | grep -q "\"role\": \"$2\""; }
m=1 other=2
! role_is 2 master || m=2 other=1
at $m "timeout 60 sh -c 'until $berkctl status --json | grep -q deputy_name; do sleep 0.5; done'" >/dev/null || fail "no deputy"
ctl $m leave --yes | grep -q "hands over to h$other" || fail "the master leaves without a word to h$other"
at $other "timeout 60 sh -c 'until $berkctl status --json | grep -q \"\\\"role\\\": \\\"master\\\"\"; do sleep 0.2; done'" >/dev/null ||
	fail "nobody leads after the master has left"
echo "setup, join and leave did what they say"
