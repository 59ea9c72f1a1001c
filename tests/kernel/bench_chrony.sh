#!/bin/bash
# bench_chrony.sh - berkd beside Debian's chrony in the same kernel guests (`make bench-chrony`): both have
# the same oscillators, the same netem and 1 s polls, and the true pair error of both is measured.
#
# Prints one table and leaves table, pairs.csv and plot (SVG) in tests/kernel/out/bench-chrony of
# the build folder; both are made anew after each seed.  Variables:
#	SEEDS="1 2 3"    of the oscillators' wander; the path asymmetry is another at each boot
#	SECONDS_RUN=200  guest seconds of a run; figures are over its last half
#	SLOW=6           guest seconds last so many seconds: this machine disturbs them less
#	JOBS=4           groups of guests at once, each in its own namespaces.  A guest that slow needs
#	                 1 % of a CPU; that another is in its way counts a sixth in its time.
#	CASES="quiet jittered"     see netem_of
#	HOSTS=5          guests
#	DAEMONS="chrony berkd"
#	RESUME=yes       keep the runs that are in the folder, and do those that are not
# A run whose guests did not boot is done again, and said so.
# 12 runs of 200 s take 65 minutes.
. "$(dirname "$0")/lib.sh"
. "$kernel_src/../lib/packages.sh"

seeds=${SEEDS:-1 2 3} seconds=${SECONDS_RUN:-200} hosts=${HOSTS:-5}
cases=${CASES:-quiet jittered} daemons=${DAEMONS:-chrony berkd}
jobs=${JOBS:-4}
export SLOW=${SLOW:-6}
out=$kernel_build/tests/kernel/out/bench-chrony
chrony=$kernel_build/tests/chrony

netem_of()
{
	case $1 in
	quiet) ;;
	jittered) echo "delay 500us 200us" ;; # uniform, each way
	lossy) echo "delay 500us 200us loss 10%" ;;
	*) fail "no case $1: quiet, jittered, lossy" ;;
	esac
}

# What Debian's chrony.conf says beyond daemons/chrony.sh.  berkd has its defaults.  Both poll faster
# at first, chrony by iburst, berkd four times and then twice a second until second 96; then once.
write_config()
{
	printf 'maxupdateskew 100.0\nrtcsync\n' >"$out/chrony.conf"
}

one_run() # CASE DAEMON SEED
{
	local files f args=() dir=$out/run-$1-$2-$3 kept=$out/$1-$2-$3 netem load tries

	netem=$(netem_of "$1")
	case $2 in
	chrony) files=("$chrony"/usr/{sbin/chronyd,bin/chronyc} "$out/chrony.conf") ;;
	berkd) files=() ;;
	*) fail "no daemon $2: chrony, berkd" ;;
	esac
	for f in "${files[@]}"; do
		args+=(--file "$f")
	done
	for ((tries = 1; ; tries++)); do
		SEED=$3 NETEM=$netem bash "$kernel_src/run.sh" "$hosts" "$seconds" "$dir" \
			--daemon "$2" "${args[@]}" >"$kept.log" 2>&1 && break
		tail -n 20 "$kept.log" >&2
		((tries < 3)) || fail "$1, $2, seed $3: the run failed; see $dir"
		echo "$1, $2, seed $3: once more, the run failed" >&2
	done
	cp "$dir/pairs.csv" "$kept.csv"
	read -r load _ </proc/loadavg
	{ cat "$dir/figures" && echo "load $load"; } >"$kept.figures"
}

# Lines "case daemon seed p50 p99 max load" of all runs so far.
results()
{
	local c d s f

	for c in $cases; do
		for d in $daemons; do
			for s in $seeds; do
				f=$out/$c-$d-$s.figures
				[ ! -s "$f" ] || echo "$c $d $s $(value p50_us "$f")" \
					"$(value p99_us "$f") $(value max_us "$f") $(value load "$f")"
			done
		done
	done
}

print_table()
{
	results | awk -v hosts="$hosts" -v seconds="$seconds" -v slow="$SLOW" \
		-v chrony="$chrony_version" -v berkd="$("${berkd_files[0]}" --version | head -n 1)" \
		-v cpus="$(nproc)" -v netem="$(netem_of jittered)" '
	function median(list,    n, i, j, t, v) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++) {
			for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
				t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
			}
		}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	function row(name, seed, p50, p99, max) {
		return sprintf("%-9s %-7s %6s %9.2f %9.2f %9.2f\n", name, d, seed, p50, p99, max)
	}
	{
		c = $1; d = $2
		if (!(c in seen)) { seen[c] = 1; order[++n_cases] = c }
		n[c, d]++
		if (n[c, d] > n_seeds) { n_seeds = n[c, d] }
		rows[c, d] = rows[c, d] row(c, $3, $4, $5, $6)
		p50[c, d] = p50[c, d] " " $4; p99[c, d] = p99[c, d] " " $5; max[c, d] = max[c, d] " " $6
		load_min = load_min == "" || $7 < load_min ? $7 : load_min
		load_max = $7 > load_max ? $7 : load_max
	}
	END {
		printf "True pair error (us) of %d clocks in kernel guests, 1 s polls: the last %g of ", \
			hosts, seconds / 2
		printf "%d s, at most %d seeds,\nSLOW=%d; chrony %s, %s; ", seconds, n_seeds, slow, \
			chrony, berkd
		printf "jittered: netem %s each way;\n%d cpus, load of the machine %.2f to %.2f\n\n", \
			netem, cpus, load_min, load_max
		printf "%-9s %-7s %6s %9s %9s %9s\n", "case", "daemon", "seed", "p50", "p99", "max"
		for (i = 1; i <= n_cases; i++) {
			c = order[i]
			for (j = 1; j <= 2; j++) {
				d = j == 1 ? "chrony" : "berkd"
				if (n[c, d]) {
					printf "%s%s", rows[c, d], row(c, "median", \
						median(p50[c, d]), median(p99[c, d]), median(max[c, d]))
				}
			}
			if (n[c, "chrony"] && n[c, "berkd"]) {
				d = "ratio"
				printf "%s\n", row(c, "", \
					median(p50[c, "berkd"]) / median(p50[c, "chrony"]), \
					median(p99[c, "berkd"]) / median(p99[c, "chrony"]), \
					median(max[c, "berkd"]) / median(max[c, "chrony"]))
			}
		}
	}'
}

# All runs in one file, and the picture of it.
plot()
{
	results | while read -r c d s _; do
		awk -F, -v run="$c,$d,$s" 'NR > 1 { print run "," $1 "," $2 }' "$out/$c-$d-$s.csv"
	done | sed '1i case,daemon,seed,t_s,pair_error_ns' >"$out/pairs.csv"
	gnuplot -e "dir='$out'; cases='$cases'; seeds='$done_seeds'; from=$((seconds / 2))" \
		"$kernel_src/bench_chrony.gp" || fail "no plot"
}

berkd_needs
need_packages bench || skip "packages are missing"
kernel_needs
chrony_version=$(fetch_chrony "$chrony") || skip "chrony cannot be had"
mkdir -p "$out"
[ -n "${RESUME:-}" ] || rm -f "$out"/*.{figures,csv,log,svg}
write_config
trap 'for run in $(jobs -pr); do pkill -P "$run"; kill "$run"; done' EXIT
trap 'exit 1' INT TERM
done_seeds=
for seed in $seeds; do
	for case in $cases; do
		for daemon in $daemons; do
			[ -s "$out/$case-$daemon-$seed.figures" ] && continue
			while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
				wait -n
			done
			one_run "$case" "$daemon" "$seed" &
		done
	done
	wait
	for case in $cases; do
		for daemon in $daemons; do
			figures=$out/$case-$daemon-$seed.figures
			[ -s "$figures" ] || fail "$case, $daemon, seed $seed: no figures"
			echo "$case, $daemon, seed $seed: p99 $(value p99_us "$figures") us" >&2
		done
	done
	done_seeds="$done_seeds $seed"
	print_table >"$out/table"
	plot
done
cat "$out/table"
echo "In $out: table, pairs.csv, bench-chrony.svg"
