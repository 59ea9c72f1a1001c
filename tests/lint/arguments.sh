#!/bin/sh
# arguments.sh - whoever mistypes a command of berkctl reads what was read and what is allowed; a time to move back by
# is no option.
berkctl=$PWD/berkctl
nowhere=/nonexistent/socket
bad=0

try() { # STATUS WORDS ARGUMENT...
	status=$1 words=$2
	shift 2
	said=$("$berkctl" --socket $nowhere "$@" 2>&1)
	got=$?
	[ $got = "$status" ] || { echo "FAIL: berkctl $*: exit status $got, not $status: $said"; bad=1; }
	case $said in
	*"$words"*) ;;
	*) echo "FAIL: berkctl $*: no \"$words\" in: $said"; bad=1 ;;
	esac
}

try 2 'no command "statsu"' statsu
try 2 'an argument is missing' why
try 2 'too many arguments' status extra
try 2 'no such option' status --step
try 2 'no such option' status -1
try 2 '-n: read "x": allowed is a whole number' rounds -n x
try 2 '-n: read "-3": allowed is a whole number' chat --history -3
try 2 '--timeout: read "-1s": allowed is a time' waitsync --timeout -1s
try 2 '--max-bound: read "1parsec": allowed is a time' waitsync --max-bound 1parsec
try 2 '--max-bound: read "0": allowed is a time above 0' waitsync --max-bound 0
try 2 '--interval: read "99ms": allowed is a time of 100ms or more' monitor -i 99ms
try 2 'berkctl members, berkctl monitor' top
try 2 'berkctl members, berkctl monitor' top --json
try 2 '--interval: read "99ms": allowed is a time of 100ms or more' top -i 99ms
try 2 'TIME: read "tomorrow": allowed is' settime tomorrow
try 2 'too many arguments' settime -1s +1s
try 2 'either TIME or --from-rtc' settime --from-rtc -1s

# What is well said needs a daemon.
try 3 $nowhere monitor -i 100ms
try 3 $nowhere waitsync --max-bound 1ns --timeout 0
for back in -1s -2min -0.5s -10ms -1; do
	try 3 $nowhere settime $back
	try 3 $nowhere settime --dry-run $back --step
	try 3 $nowhere settime -- $back
done

try 0 'Usage: berkctl members' members --help
try 0 'Usage: berkctl members' help members
try 0 'Usage: berkctl [OPTION]' help
[ $bad = 0 ] && echo "wrong arguments are named"
exit $bad
