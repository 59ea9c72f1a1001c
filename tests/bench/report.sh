#!/bin/bash
# report.sh - write doc/benchmarks.md, and the table in README.md that is a part of it.
#
# `make benchmarks` runs this in the build folder.  The simulations are run now (about five minutes of one core); what
# takes an hour, root or kernel guests stands in tests/bench/slow.md, each figure with its date and commit.
# Variables:
#	SECONDS_RUN=20000  simulated seconds of a run; the model that chrony was measured in has 20000
#	RUNS=5             runs (seeds) of each row
#	JOBS=2             processes
set -euo pipefail

src=$(readlink -f "${srcdir:-.}")
sim=$PWD/tests/sim/berksim
seconds=${SECONDS_RUN:-20000} seeds=${RUNS:-5} jobs=${JOBS:-2}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

rows() { grep '^|' "$1"; }

# The estimator's table, as the range over five runs: its figures are CPU times, which depend on the machine.
estimator_ranges()
{
	local i

	for ((i = 0; i < 5; i++)); do "$sim" estimator; done >"$tmp/estimator"
	echo '| exchanges | CPU time of each, us |'
	echo '|---|---|'
	awk -F'|' '/ \.\. .*\|/ {
			if (!($2 in least)) { order[++n] = $2; least[$2] = most[$2] = $3 + 0 }
			if ($3 + 0 < least[$2]) least[$2] = $3 + 0
			if ($3 + 0 > most[$2]) most[$2] = $3 + 0
		}
		END { for (i = 1; i <= n; i++) printf "|%s| %.1f to %.1f |\n", order[i], least[order[i]], most[order[i]] }
	' "$tmp/estimator"
}

report()
{
	cat <<-EOF
	# Benchmarks of berkd

	\`make benchmarks\` wrote this file on $(date -u +%F), at commit $commit, on a machine with $(nproc) cores
	($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)) that other work shared. Change
	tests/bench/report.sh or tests/bench/slow.md, not this file.

	Seeds differ by about 20 %. Therefore each simulated figure is the median of $seeds seeds and stands beside the
	smallest and the largest of them. A change that is smaller than this range proves nothing.

	## Precision, simulated

	The figure is the *pair error*: the largest difference between any two clocks of the group, taken once a second.
	The table shows its 99th percentile over the last half of $seconds simulated seconds, in microseconds. There are
	five hosts, and the master exchanges packets with each of them once a second, unless the row says otherwise. berkd
	has its default configuration in all rows.

	* **net**: the one-way delay is a constant plus an exponentially distributed jitter, drawn anew for each packet and
	  direction. lan is 100 us + 10 us, noisy is 100 us + 100 us, wan is 10 ms + 1 ms.
	* **W**: the frequency of every oscillator, the master's too, walks at random. Its step in one second is W times a
	  normal variate. Fixed frequency errors of up to 48 ppm and offsets of up to 0.49 s are added.
	* **chrony**: chrony 4.8 in the same model, once with \`minpoll 0 maxpoll 0 iburst\` and once with the best of nine
	  sets of options, chosen for each row after all nine were seen. These figures and those of the ideal were measured
	  once, outside this repository; they are constants in tests/sim/table.c.
	* **ideal**: a particle filter that knows the distributions of the delays and of the wander, and that steers nothing.
	* **below 1 ms, 100 us**: the second from which the pair error stays below that level for a minute (median).

	$(rows "$tmp/table")

	\`berksim table --all --seconds $seconds --seeds $seeds\` prints this table.

	## Steadiness of group time, simulated

	Group time is an average of the members' oscillators, so it grows steadier with the group. The table shows the Allan
	deviation of group time and of one oscillator, both against true time, on the lan with W = 1e-8. **used** is how many
	hosts are in the average after trimming; 1 / sqrt(n) is what a plain average of all n would reach.

	$(rows "$tmp/frequency")

	\`berksim frequency --seeds $seeds\` prints this table. A ratio above 1 says that the noise of the measurement is larger
	there than the wander of one oscillator.

	## Cost of the estimator

	The master has one estimator for each member. It needs $(sed -n 's/^memory //p;T;q' "$tmp/estimator") of memory and the
	following CPU time (\`berksim estimator\`; each range is that of five runs).

	$(cat "$tmp/costs")

	$(cat "$src/tests/bench/slow.md")
	EOF
}

# The first three rows of the table, between two marks in README.md.
update_readme()
{
	{
		echo '| network: delay + jitter | chrony, defaults | chrony, best of 9 settings | **berkd** |'
		echo '|---|---|---|---|'
		rows "$tmp/table" | awk -F' *[|] *' 'BEGIN {
				delay["lan"] = "LAN: 100 us + 10 us"; delay["noisy"] = "noisy: 100 us + 100 us"
				delay["wan"] = "WAN: 10 ms + 1 ms"
			}
			$3 == "1e-09" && $4 == "" && ($2 in delay) {
				gsub(/\*/, "", $7)
				printf "| %s | %s | %s | **%s** (%s) |\n", delay[$2], $5, $6, $7, $8
			}'
		printf '\nMeasured at commit %s on %s.\n' "$commit" "$(date -u +%F)"
	} >"$tmp/readme"
	sed -i -e "/<!-- table: make benchmarks -->/,/<!-- end of table -->/{/<!-- end/!{/<!-- table/!d}}" \
		-e "/<!-- table: make benchmarks -->/r $tmp/readme" "$src/README.md"
}

commit=$(git -C "$src" describe --always --abbrev=7 --dirty)
"$sim" table --all --seconds "$seconds" --seeds "$seeds" --jobs "$jobs" >"$tmp/table"
"$sim" frequency --seeds "$seeds" --jobs "$jobs" >"$tmp/frequency"
estimator_ranges >"$tmp/costs"
report | sed 's/^\t//' >"$tmp/report"
cp "$tmp/report" "$src/doc/benchmarks.md"
update_readme
echo "wrote doc/benchmarks.md and the table of README.md"
