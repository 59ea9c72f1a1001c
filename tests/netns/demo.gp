# demo.gp - the picture of ./demo. Called with: data (columns: s, pair error in us, one offset in us
# per host), events (s, label), picture (name without ending), hosts (names, space-separated).

n = words(hosts)
stats data using 1 nooutput
t_end = STATS_max
stats events using 1 nooutput
n_events = STATS_records
array event_at[n_events]
array event_label[n_events]
do for [i = 1:n_events] {
	stats events using (event_at[i] = $1, event_label[i] = strcol(2), $1) every ::(i - 1)::(i - 1) nooutput
}

array colour[8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999933", "#555555"]
font = "DejaVu Sans"

do for [kind in "svg png"] {
	if (kind eq "svg") {
		set terminal svg size 1100,800 font font.",13" background "#ffffff" dynamic
	} else {
		set terminal pngcairo size 1100,800 font font.",11" background "#ffffff"
	}
	set output picture.".".kind
	set multiplot
	set lmargin at screen 0.095
	set rmargin at screen 0.955
	set xrange [0:t_end]
	set grid xtics ytics linecolor "#dddddd" linewidth 1
	set border 3 linecolor "#666666"
	set xtics nomirror out 10 textcolor "#333333"
	set ytics nomirror out textcolor "#333333"
	set key off

	# The marks at the events run through both panels.
	do for [i = 1:n_events] {
		set arrow i from event_at[i], graph 0 to event_at[i], graph 1 nohead linecolor "#bbbbbb" linewidth 1.2 dashtype 2 back
	}

	set tmargin at screen 0.86
	set bmargin at screen 0.53
	set label 100 "Five clocks become one" at screen 0.095,0.965 font font.",17" textcolor "#111111"
	set label 101 "berkd on five hosts in network namespaces: the largest difference between any two clocks" at screen 0.095,0.93 textcolor "#555555"
	do for [i = 1:n_events] {
		set label i event_label[i] at event_at[i], graph 1.05 + 0.07 * (i % 2) offset 0.3,0 textcolor "#555555" font font.",10"
	}
	set logscale y
	set yrange [0.1:2e6]
	set ylabel "apart" offset 1,0 textcolor "#333333"
	set ytics ("100 ns" 0.1, "1 µs" 1, "10 µs" 10, "100 µs" 100, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5, "1 s" 1e6)
	set format x ""
	plot data using 1:($2 < 0.1 ? 0.1 : $2) with lines linewidth 2.2 linecolor "#222222"

	unset logscale y
	do for [i = 1:n_events] { unset label i }
	unset label 100
	unset label 101
	set tmargin at screen 0.47
	set bmargin at screen 0.09
	set format x "%g"
	set xlabel "seconds since the start" offset 0,0.3 textcolor "#333333"
	# Linear within a microsecond, logarithmic beyond.
	set nonlinear y via asinh(y) inverse sinh(y)
	set yrange [-2e6:2e6]
	set ylabel "each clock against their mean" offset 1,0 textcolor "#333333"
	set ytics ("−1 s" -1e6, "−10 ms" -1e4, "−1 ms" -1e3, "−100 µs" -100, "−10 µs" -10, "−1 µs" -1, "1 µs" 1, "10 µs" 10, "100 µs" 100, "1 ms" 1e3, "10 ms" 1e4, "1 s" 1e6)
	set key at screen 0.955,0.485 right bottom horizontal samplen 1.5 textcolor "#333333"
	plot for [i = 1:n] data using 1:(column(i + 2)) with lines linewidth 1.8 linecolor rgb colour[i] title word(hosts, i)
	unset nonlinear y
	unset xlabel
	unset multiplot
	set output
	reset
}
