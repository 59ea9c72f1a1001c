# `make benchmarks` writes doc/benchmarks.md.
EXTRA_DIST += tests/bench/report.sh tests/bench/slow.md doc/benchmarks.md
benchmarks: tests/sim/berksim$(EXEEXT)
	srcdir=$(srcdir) $(srcdir)/tests/bench/report.sh
