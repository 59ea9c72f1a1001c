# Fuzz targets.  make check replays the corpus; with --enable-fuzzers (clang) `make fuzz FUZZ_SECONDS=60` looks
# for more.
fuzz_targets = tests/fuzz/fuzz_config tests/fuzz/fuzz_node tests/fuzz/fuzz_peer tests/fuzz/fuzz_varlink \
	tests/fuzz/fuzz_wire
check_PROGRAMS += $(fuzz_targets)
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/corpus
FUZZ_SECONDS = 60

if ENABLE_FUZZERS
fuzz_main =
fuzz_flags = -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_flags =
endif

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_config_LDADD = $(berkshell_libs)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_node_SOURCES = tests/fuzz/fuzz_node.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_node_LDADD = $(world_libs)
tests_fuzz_fuzz_node_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_peer_SOURCES = tests/fuzz/fuzz_peer.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_peer_LDADD = $(world_libs)
tests_fuzz_fuzz_peer_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_varlink_SOURCES = tests/fuzz/fuzz_varlink.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_varlink_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
tests_fuzz_fuzz_varlink_LDADD = $(berkshell_libs)
tests_fuzz_fuzz_varlink_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_wire_LDADD = libberkcore.a $(SODIUM_LIBS) -lm
tests_fuzz_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)

fuzz: $(fuzz_targets)
	for t in $(fuzz_targets); do \
		mkdir -p found/$$(basename $$t) && \
		./$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 found/$$(basename $$t) \
			$(srcdir)/tests/fuzz/corpus/$$(basename $$t) || exit 1; \
	done
