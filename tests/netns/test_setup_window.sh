#!/bin/bash
# test_setup_window.sh - berkctl setup and join in a window of tmux: they ask and take the answer, Ctrl-C at a question
# changes nothing, and a narrow window breaks neither the token nor the QR code.
type tmux >/dev/null 2>&1 || { echo "SKIP: no tmux here: apt-get install tmux"; exit 77; }
. "$(dirname "$0")/lib/newcomers.sh"

window() { # window I COLUMNS ROWS: a shell on host I; all that it ever showed is what shown() says
	tmux -u -S "$top/$1/tmux" -f /dev/null new-session -d -x "$2" -y "$3" \
		"nsenter -n -m -t ${pid[$1]} env -u ENV PATH=$top/$1/bin:$PATH LC_ALL=C.UTF-8 PS1=ready: sh -i"
	awaits "$1" ready:
}
press() { tmux -u -S "$top/$1/tmux" send-keys -t 0 "${@:2}"; }
line() { # line I TEXT: as it is, and Enter
	tmux -u -S "$top/$1/tmux" send-keys -t 0 -l -- "$2"
	press "$1" Enter
}
shown() { tmux -u -S "$top/$1/tmux" capture-pane -t 0 -p -J -S - "${@:2}"; } # lines that did not fit are whole
awaits() { # awaits I TEXT
	for _ in $(seq 600); do
		! shown "$1" | grep -qF -- "$2" || return 0
		sleep 0.1
	done
	shown "$1"
	fail "no \"$2\" in the window of host $1"
}
anew() { # anew I: what was shown is forgotten
	line "$1" 'clear; echo cleared $((1 + 1))'
	awaits "$1" 'cleared 2'
	tmux -u -S "$top/$1/tmux" clear-history -t 0
}
untouched() { # untouched I WHEN
	[ -z "$(ls "$top/$1/conf/berkd.conf.d")" ] && [ ! -e "$top/$1/conf/group.key" ] && [ ! -e "$top/$1/on" ] &&
		[ ! -e "$top/$1/no-chrony" ] || fail "$2 something was done"
}

for i in 1 2; do host $i; done
window 1 80 24
line 1 "$berkctl setup --config $top/1/conf/berkd.conf"
awaits 1 'Go on? [Y/n]'
press 1 C-c
line 1 'echo status $?'
awaits 1 'status 130'
untouched 1 "after Ctrl-C"
anew 1
line 1 "$berkctl setup --config $top/1/conf/berkd.conf"
awaits 1 'Go on? [Y/n]'
line 1 n
awaits 1 'nothing was changed'
untouched 1 "after a no"

# Where the window is too narrow for a QR code, none is drawn; the token is whole for who copies it.
anew 1
tmux -u -S "$top/1/tmux" resize-window -t 0 -x 20 -y 10
line 1 "NO_COLOR=1 $berkctl setup --qr --config $top/1/conf/berkd.conf"
awaits 1 'Go on? [Y/n]'
press 1 Enter
awaits 1 'A QR code needs a window'
! shown 1 | grep -q '█' || fail "a QR code that the window cuts"
! shown 1 -e | grep -q $'\033\\[[0-9;]*[34][0-7]' || fail "colours, though NO_COLOR is set"
token=$(shown 1 | sed -n 's/^    berkctl join \(BERK1[A-Z2-7]*\) *$/\1/p')
[ -n "$token" ] || fail "no token that is whole"
anew 1
tmux -u -S "$top/1/tmux" resize-window -t 0 -x 80 -y 40
line 1 "$berkctl invite --qr --config $top/1/conf/berkd.conf"
awaits 1 '█'
token=$(shown 1 | sed -n 's/^    berkctl join \(BERK1[A-Z2-7]*\) *$/\1/p')

window 2 20 5
line 2 "$berkctl join --config $top/2/conf/berkd.conf"
awaits 2 'Token:'
press 2 C-c
line 2 'echo status $?'
awaits 2 'status 130'
untouched 2 "after Ctrl-C at the token"
anew 2
line 2 "$berkctl join --config $top/2/conf/berkd.conf"
awaits 2 'Token:'
line 2 "$token"
awaits 2 'Go on? [Y/n]'
line 2 y
awaits 2 'This host has the key of the group'
at 2 "timeout 30 sh -c 'until $berkctl check; do sleep 0.5; done'" >/dev/null || fail "the second host is not in the group"
cmp "$top"/{1,2}/conf/group.key || fail "not the same key"
for i in 1 2; do tmux -S "$top/$i/tmux" kill-server; done
echo "setup and join ask, and take the answers"
