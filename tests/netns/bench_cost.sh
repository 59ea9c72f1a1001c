#!/bin/bash
# bench_cost.sh - what a master costs, CPU time and memory, beside Debian's chronyd at the same polls in
# the same namespaces: see cost.c.  `make bench-cost`; SECONDS_RUN=60 is one run of six.
# Run in the build folder, as root.
src=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$src/../lib/packages.sh"
seconds=${SECONDS_RUN:-60} few=1 many=7

need_packages bench || exit 1
version=$(fetch_chrony tests/chrony) || { echo "skipped: chrony cannot be had"; exit 77; }

row() # WHAT ROLE [CHRONYD]
{
	local exchanges cpu_s rss few_rss

	read -r _ _ few_rss < <(tests/netns/cost "$2" $few "$seconds" ${3:+"$3"})
	read -r exchanges cpu_s rss < <(tests/netns/cost "$2" $many "$seconds" ${3:+"$3"})
	[ -n "$few_rss" ] && [ -n "$rss" ] || { echo "FAILED: $2" >&2; exit 1; }
	awk -v what="$1" -v n="$exchanges" -v s="$cpu_s" -v rss="$rss" -v more=$((rss - few_rss)) \
		-v peers=$((many - few)) 'BEGIN {
			printf "%-36s %9d %9.1f %9d %9.1f\n", what, n, s * 1e6 / n, rss, more / peers }'
}

printf '%d peers, each polled 16 times a second for %s s; chrony %s, load %s\n\n' $many "$seconds" \
	"$version" "$(cut -d' ' -f1 /proc/loadavg)"
printf '%-36s %9s %9s %9s %9s\n' '' exchanges 'CPU us' 'RSS KiB' 'KiB/peer'
row "berkd, master: measures and steers" berkd
row "chronyd -x, client: measures" client "$PWD/tests/chrony/usr/sbin/chronyd"
row "chronyd -x, server: answers" server "$PWD/tests/chrony/usr/sbin/chronyd"
