# tests/kernel: guests with real kernels (package user-mode-linux).  Without root, tun or namespaces a
# test says so and is skipped (77).  The benchmark boots its guests with run.sh.
kernel_programs = tests/kernel/oscillator.so tests/kernel/sampler tests/kernel/reader \
	tests/kernel/timex tests/kernel/pairs tests/kernel/witness tests/kernel/claims
kernel_tests = tests/kernel/test_free_clocks.sh tests/kernel/test_group.sh \
	tests/kernel/test_faults.sh tests/kernel/test_claims.sh tests/kernel/test_leap.sh \
	tests/kernel/test_blank.sh tests/kernel/test_systemd.sh tests/kernel/test_openrc.sh

check_PROGRAMS += $(kernel_programs)
TESTS += $(kernel_tests)
EXTRA_DIST += $(kernel_tests) tests/kernel/lib.sh tests/kernel/run.sh tests/kernel/guest.sh \
	tests/kernel/guest_openrc.sh tests/kernel/guest_root.sh tests/kernel/guest_systemd.sh \
	tests/kernel/oscillators tests/kernel/daemons/none.sh tests/kernel/daemons/chrony.sh \
	tests/kernel/daemons/berkd.sh tests/kernel/bench_chrony.sh tests/kernel/bench_chrony.gp

# Loaded into the UML kernel or run in its small memory: never with a sanitizer's run time.
kernel_cflags = $(filter-out -fsanitize% -fno-sanitize%,$(AM_CFLAGS))
tests_kernel_oscillator_so_SOURCES = tests/kernel/oscillator.c tests/kernel/oscillator.h
tests_kernel_oscillator_so_CFLAGS = $(kernel_cflags) -fPIC
tests_kernel_oscillator_so_LDFLAGS = -shared
tests_kernel_sampler_SOURCES = tests/kernel/sampler.c tests/kernel/oscillator.h
tests_kernel_sampler_CFLAGS = $(kernel_cflags)
tests_kernel_sampler_LDFLAGS =
tests_kernel_reader_SOURCES = tests/kernel/reader.c
tests_kernel_reader_CFLAGS = $(kernel_cflags)
tests_kernel_reader_LDFLAGS =
tests_kernel_timex_SOURCES = tests/kernel/timex.c
tests_kernel_timex_CFLAGS = $(kernel_cflags)
tests_kernel_timex_LDFLAGS =
tests_kernel_witness_SOURCES = tests/kernel/witness.c tests/kernel/oscillator.h
tests_kernel_witness_CFLAGS = $(kernel_cflags)
tests_kernel_witness_LDFLAGS =
tests_kernel_claims_SOURCES = tests/kernel/claims.c
tests_kernel_claims_LDADD = -lm
tests_kernel_pairs_SOURCES = tests/kernel/pairs.c tests/kernel/oscillator.h
tests_kernel_pairs_LDADD = -lm

# SEEDS, SECONDS_RUN, SLOW, CASES: see the script.  COPY=yes also keeps the picture in doc/.
bench-chrony: $(kernel_programs) berkd$(EXEEXT) berkctl$(EXEEXT)
	$(srcdir)/tests/kernel/bench_chrony.sh
	test -z "$(COPY)" || cp tests/kernel/out/bench-chrony/bench-chrony.svg $(srcdir)/doc/

# Leap seconds inserted and left out, slewed and ignored, by a member and by the master (10 minutes).
leaps: $(kernel_programs) berkd$(EXEEXT) berkctl$(EXEEXT)
	$(srcdir)/tests/kernel/test_leap.sh --all

# The right clock and three blank ones in all 24 orders of start, three times each (half an hour).
blank-orders: $(kernel_programs) berkd$(EXEEXT) berkctl$(EXEEXT)
	$(srcdir)/tests/kernel/test_blank.sh --all
