# bench_chrony.gp - the picture of bench_chrony.sh. Called with: dir (of pairs.csv; the picture goes
# there too), cases, seeds (words), from (second from which the figures count).

set terminal svg size 1100,480 font "DejaVu Sans,13" background "#ffffff" dynamic
set output dir."/bench-chrony.svg"
data = dir."/pairs.csv"
daemons = "chrony berkd"
array colour[2] = ["#d55e00", "#0072b2"]
n = words(cases)

# The largest error in each half second: as high as the lines ever are, at a tenth of the points.
half_seconds(c, d, s) = sprintf("< awk -F, '$1 == \"%s\" && $2 == \"%s\" && $3 == %s ".\
	"{ i = int($4 * 2); if (i != last) { if (n++) { print last / 2, max }; last = i; max = 0 } ".\
	"if ($5 / 1e3 > max) { max = $5 / 1e3 } }' '%s'", c, d, s, data)

set multiplot layout 1,n title "True difference between the first and the last of the clocks, ".\
	"at 1 s polls" font "DejaVu Sans,16" offset 0,-0.3
set datafile missing "NaN"
set logscale y
set yrange [0.1:1e6]
set ytics ("100 ns" 0.1, "1 µs" 1, "10 µs" 10, "100 µs" 100, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5, "1 s" 1e6) nomirror out textcolor "#333333"
set xrange [0:2 * from]
set xtics nomirror out textcolor "#333333"
set grid xtics ytics linecolor "#dddddd" linewidth 1
set border 3 linecolor "#666666"
set xlabel "seconds since the start" textcolor "#333333"
set key top right samplen 1.5 textcolor "#333333"
set tmargin 4
set arrow from from, graph 0 to from, graph 1 nohead linecolor "#bbbbbb" dashtype 2 back
set label "figures from here" at from, graph 0.03 offset 0.5,0 textcolor "#777777" font "DejaVu Sans,10"
do for [i = 1:n] {
	set title word(cases, i) textcolor "#111111"
	plot for [s = 1:words(seeds)] for [d = 1:2] \
		half_seconds(word(cases, i), word(daemons, d), word(seeds, s)) \
		using 1:2 with lines linewidth 1.3 linecolor rgb colour[d] \
		title s == 1 ? word(daemons, d) : ""
}
unset multiplot
