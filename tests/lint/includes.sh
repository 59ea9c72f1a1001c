#!/bin/sh
# Includes point downwards only (ARCHITECTURE.md, "The core").
cd "${srcdir:-.}" || exit 1
bad=0

# allow FOLDER REGEX [BUT]: every #include in FOLDER's sources, those of its folders BUT (a glob) aside, is one of REGEX.
allow() {
	found=$(grep -rnoE '^#include +[<"][^>"]+[>"]' --include='*.[ch]' --exclude-dir="${3:-none}" "$1" |
		sed -E 's/#include +//' | grep -vE "^[^:]+:[0-9]+:($2)$")
	[ -z "$found" ] || { echo "FAIL: in $1:"; echo "$found"; bad=1; }
}

c='<(assert|errno|limits|math|stdarg|stdbool|stddef|stdint|string)\.h>'
allow include "$c|\"berk/[a-z0-9_]+\.h\""
allow src/core "$c|<sodium\.h>|\"berk/[a-z0-9_]+\.h\"|\"core/(rules|wire|estimate|node)/[a-z_]+\.h\""
allow src/common "$c|<(arpa/inet|ctype|fcntl|inttypes|stdio|stdlib|sys/stat|sys/xattr|time|unistd)\.h>|\"common/[a-z_]+\.h\"|\"berk/[a-z0-9_]+\.h\""
allow src/berkd '<[a-z0-9_/-]+\.h>|"(berk|berkd|common)/[a-zA-Z0-9_./]+\.h"|"config\.h"'
berkctl='<[a-z0-9_/-]+\.h>|"(berkctl|common)/[a-z_]+\.h"|"berk/(addr|id|limits|notice|reason|status|time)\.h"|"config\.h"|"berkctl/(doctor|join)/[a-z_]+\.h"'
allow src/berkctl "$berkctl" "[dj]o*"
allow src/berkctl/join "$berkctl|\"berkd/config/[a-z_]+\.h\"|\"berkd/host/rival\.h\"|\"core/wire/noise\.h\""
# It reads the configuration as the daemon does, and has of the host what needs no library.
allow src/berkctl/doctor "$berkctl|\"berkd/config/[a-z_]+\.h\"|\"berkd/host/(as_user|rival)\.h\""

allow src/exporter '<[a-z0-9_/-]+\.h>|"(exporter|common)/[a-z_]+\.h"|"berkctl/(check|client|metrics|view)\.h"|"berk/(notice|status|time)\.h"'

# The shell's parts are not known to the simulator, nor to the command; one file of it asks what `berkctl check` says.
up=$(grep -rnE '#include +"(berkd|berkctl)/' --include='*.[ch]' src/core include tests/sim tests/lib tests/world 2>/dev/null |
	grep -v '^tests/sim/says.c:')
[ -z "$up" ] || { echo "FAIL: upwards:"; echo "$up"; bad=1; }
# Only one file may set the real clock, and only one has it set.
set=$(grep -rlE '\b(clock_adjtime|adjtimex|clock_settime|settimeofday|adjtime) *\(' --include='*.c' src | grep -vx 'src/berkd/clock/setter.c'
	grep -rlE '\bsetter_adjtime *\(' --include='*.c' src | grep -vxE 'src/berkd/clock/(kernel|setter)\.c')
[ -z "$set" ] || { echo "FAIL: sets a clock: $set"; bad=1; }
# Timers do not run on the clock that berkd steers; one only waits for it to be set.
timers=$(grep -rnE '(sd_event_add_time(_relative)?|timerfd_create) *\([^;]*CLOCK_REALTIME' --include='*.c' src |
	grep -v '^src/berkd/clock/watch.c:')
[ -z "$timers" ] || { echo "FAIL: a timer on the wall clock:"; echo "$timers"; bad=1; }
[ $bad = 0 ] && echo "includes point downwards"
exit $bad
