# Fuzz targets.  make check replays the corpus; with --enable-fuzzers (clang) `make fuzz FUZZ_SECONDS=60` looks
# for more, and `make fuzz-report` does both and tells what was reached.  Who reaches what: parsers.txt.
fuzz_targets = tests/fuzz/fuzz_answer tests/fuzz/fuzz_config tests/fuzz/fuzz_control tests/fuzz/fuzz_exporter \
	tests/fuzz/fuzz_files tests/fuzz/fuzz_group tests/fuzz/fuzz_history tests/fuzz/fuzz_invite tests/fuzz/fuzz_link tests/fuzz/fuzz_names tests/fuzz/fuzz_node \
	tests/fuzz/fuzz_peer tests/fuzz/fuzz_state tests/fuzz/fuzz_varlink tests/fuzz/fuzz_wire
check_PROGRAMS += $(fuzz_targets)
TESTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/corpus tests/fuzz/parsers.txt tests/fuzz/report.sh \
	tests/fuzz/control.dict
FUZZ_SECONDS = 60

if ENABLE_FUZZERS
fuzz_main = tests/fuzz/fuzz.h
fuzz_flags = -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c tests/fuzz/fuzz.h
fuzz_flags =
endif
fuzz_scratch = tests/fuzz/scratch.c tests/fuzz/scratch.h
fuzz_ldflags = $(AM_LDFLAGS) $(fuzz_flags)
# Calls that fail when the input says so: see faults.h.
fuzz_faults = tests/fuzz/faults.c tests/fuzz/faults.h
fuzz_fault_ldflags = $(fuzz_ldflags) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=open \
	-Wl,--wrap=openat -Wl,--wrap=fstat -Wl,--wrap=read -Wl,--wrap=write -Wl,--wrap=pread -Wl,--wrap=pwrite \
	-Wl,--wrap=fsync -Wl,--wrap=fdatasync -Wl,--wrap=close -Wl,--wrap=renameat -Wl,--wrap=mkdir \
	-Wl,--wrap=scandir -Wl,--wrap=send -Wl,--wrap=recv -Wl,--wrap=poll -Wl,--wrap=socket \
	-Wl,--wrap=setsockopt -Wl,--wrap=accept4 -Wl,--wrap=nl_socket_alloc -Wl,--wrap=nl_socket_set_nonblocking \
	-Wl,--wrap=sd_event_add_io -Wl,--wrap=sd_event_add_time_relative -Wl,--wrap=sd_event_source_set_io_events \
	-Wl,--wrap=sd_event_source_set_time_relative
fuzz_fault_libs = $(SYSTEMD_LIBS) $(NL_LIBS)

tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c src/berkctl/cmd_settime.c $(fuzz_faults) \
	$(fuzz_main)
tests_fuzz_fuzz_answer_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_answer_LDADD = $(berkctl_libs) $(SODIUM_LIBS) $(fuzz_fault_libs)
tests_fuzz_fuzz_answer_LDFLAGS = $(fuzz_fault_ldflags) -Wl,--wrap=connect -Wl,--wrap=client_now_ms -Wl,--wrap=nanosleep
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(fuzz_main)
tests_fuzz_fuzz_config_LDADD = $(berkshell_libs)
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c $(fuzz_scratch) $(fuzz_faults) $(fuzz_main)
tests_fuzz_fuzz_control_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_control_LDADD = libberkworld.a $(berkshell_libs) $(fuzz_fault_libs)
tests_fuzz_fuzz_control_LDFLAGS = $(fuzz_fault_ldflags) -Wl,--wrap=getsockopt -Wl,--wrap=saver_revoked_is_saved \
	-Wl,--wrap=saver_error -Wl,--wrap=saver_remedy
tests_fuzz_fuzz_invite_SOURCES = tests/fuzz/fuzz_invite.c $(fuzz_main)
tests_fuzz_fuzz_invite_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_invite_LDADD = $(berkctl_libs) $(berkshell_libs)
tests_fuzz_fuzz_invite_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_exporter_SOURCES = tests/fuzz/fuzz_exporter.c src/exporter/history.c src/exporter/history.h \
	src/exporter/accept.c src/exporter/accept.h src/exporter/listen.c src/exporter/listen.h $(fuzz_main)
tests_fuzz_fuzz_exporter_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_exporter_LDADD = $(berkctl_libs)
tests_fuzz_fuzz_exporter_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_files_SOURCES = tests/fuzz/fuzz_files.c $(fuzz_scratch) $(fuzz_faults) $(fuzz_main)
tests_fuzz_fuzz_files_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_files_LDADD = $(berkshell_libs) $(fuzz_fault_libs)
tests_fuzz_fuzz_files_LDFLAGS = $(fuzz_fault_ldflags)
# Keys, MACs and seals that refuse nobody: see open_crypto.c.
tests_fuzz_fuzz_group_SOURCES = tests/fuzz/fuzz_group.c tests/fuzz/open_crypto.c tests/fuzz/open_crypto.h \
	$(fuzz_main)
tests_fuzz_fuzz_group_LDADD = $(world_libs)
tests_fuzz_fuzz_group_LDFLAGS = $(fuzz_ldflags) -Wl,--wrap=crypto_generichash -Wl,--wrap=crypto_scalarmult \
	-Wl,--wrap=crypto_scalarmult_base -Wl,--wrap=crypto_aead_chacha20poly1305_ietf_encrypt \
	-Wl,--wrap=crypto_aead_chacha20poly1305_ietf_decrypt
tests_fuzz_fuzz_history_SOURCES = tests/fuzz/fuzz_history.c $(fuzz_scratch) $(fuzz_faults) $(fuzz_main)
tests_fuzz_fuzz_history_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_history_LDADD = $(berkshell_libs) $(fuzz_fault_libs)
tests_fuzz_fuzz_history_LDFLAGS = $(fuzz_fault_ldflags)
tests_fuzz_fuzz_link_SOURCES = tests/fuzz/fuzz_link.c $(fuzz_scratch) $(fuzz_faults) $(fuzz_main)
tests_fuzz_fuzz_link_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_link_LDADD = $(berkshell_libs) $(fuzz_fault_libs)
tests_fuzz_fuzz_link_LDFLAGS = $(fuzz_fault_ldflags) -Wl,--wrap=nl_connect -Wl,--wrap=nl_socket_get_fd
tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz_names.c $(fuzz_scratch) $(fuzz_main)
tests_fuzz_fuzz_names_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_names_LDADD = $(berkshell_libs)
tests_fuzz_fuzz_names_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_node_SOURCES = tests/fuzz/fuzz_node.c $(fuzz_main)
tests_fuzz_fuzz_node_LDADD = $(world_libs)
tests_fuzz_fuzz_node_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_peer_SOURCES = tests/fuzz/fuzz_peer.c $(fuzz_main)
tests_fuzz_fuzz_peer_LDADD = $(world_libs)
tests_fuzz_fuzz_peer_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c $(fuzz_scratch) $(fuzz_faults) $(fuzz_main)
tests_fuzz_fuzz_state_CFLAGS = $(berkd_cflags)
tests_fuzz_fuzz_state_LDADD = $(berkshell_libs) $(fuzz_fault_libs)
tests_fuzz_fuzz_state_LDFLAGS = $(fuzz_fault_ldflags)
tests_fuzz_fuzz_varlink_SOURCES = tests/fuzz/fuzz_varlink.c $(fuzz_main)
tests_fuzz_fuzz_varlink_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
tests_fuzz_fuzz_varlink_LDADD = $(berkshell_libs)
tests_fuzz_fuzz_varlink_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(fuzz_main)
tests_fuzz_fuzz_wire_LDADD = libberkcore.a $(SODIUM_LIBS) -lm
tests_fuzz_fuzz_wire_LDFLAGS = $(fuzz_ldflags)

fuzz: $(fuzz_targets)
	for t in $(fuzz_targets); do \
		mkdir -p found/$$(basename $$t) && \
		dict=$(srcdir)/tests/fuzz/$${t#tests/fuzz/fuzz_}.dict && \
		./$$t $$([ ! -e $$dict ] || echo -dict=$$dict) -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 found/$$(basename $$t) \
			$(srcdir)/tests/fuzz/corpus/$$(basename $$t) || exit 1; \
	done

# Each target for FUZZ_SECONDS, in builds of its own below fuzz-report/: what it ran, and what of each parser.
fuzz-report:
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(srcdir)/tests/fuzz/report.sh
