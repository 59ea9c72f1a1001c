# `make benchmarks` writes doc/benchmarks.md; `make bench-seal` says what sealing costs (seconds).
EXTRA_DIST += tests/bench/report.sh tests/bench/slow.md doc/benchmarks.md
benchmarks: tests/sim/berksim$(EXEEXT)
	srcdir=$(srcdir) $(srcdir)/tests/bench/report.sh
check_PROGRAMS += tests/bench/seal
tests_bench_seal_CFLAGS = $(berkd_cflags)
tests_bench_seal_LDADD = libberkcore.a $(SODIUM_LIBS) -lm
bench-seal: tests/bench/seal$(EXEEXT)
	tests/bench/seal
