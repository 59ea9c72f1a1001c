# Unit tests, one program per module.  To add one: its name to unit_core (core only), unit_node or unit_shell (links the
# daemon's library too), and nothing else if its only source is tests/unit/NAME.c.
unit_core = \
	tests/unit/test_bound tests/unit/test_quota tests/unit/test_chat tests/unit/test_chat_log tests/unit/test_chat_own tests/unit/test_date_rule tests/unit/test_delay tests/unit/test_election tests/unit/test_ensemble \
	tests/unit/test_envelope tests/unit/test_estimator tests/unit/test_estimator_change tests/unit/test_estimator_hard \
	tests/unit/test_estimator_pairs tests/unit/test_estimator_phase tests/unit/test_estimator_route \
	tests/unit/test_estimator_start tests/unit/test_estimator_trip tests/unit/test_exchange tests/unit/test_follow tests/unit/test_handover tests/unit/test_joint tests/unit/test_line tests/unit/test_lying_master \
	tests/unit/test_members tests/unit/test_reference tests/unit/test_runaway tests/unit/test_rows tests/unit/test_told tests/unit/test_trust_node tests/unit/test_table tests/unit/test_tag tests/unit/test_node tests/unit/test_node_chat tests/unit/test_node_private tests/unit/test_node_election tests/unit/test_noise tests/unit/test_pace tests/unit/test_rng tests/unit/test_servo tests/unit/test_session tests/unit/test_handshake tests/unit/test_transcripts tests/unit/test_wire

# Of whole nodes.
unit_node = \
	tests/unit/test_expel tests/unit/test_keyring tests/unit/test_revoke \
	tests/unit/test_bound_node tests/unit/test_keep tests/unit/test_date tests/unit/test_evidence tests/unit/test_era tests/unit/test_founding tests/unit/test_recall tests/unit/test_struck tests/unit/test_knock tests/unit/test_settime tests/unit/test_slew tests/unit/test_forward tests/unit/test_group_orders tests/unit/test_hold tests/unit/test_paper tests/unit/test_succession tests/unit/test_poll tests/unit/test_failover tests/unit/test_clone tests/unit/test_disk tests/unit/test_meet tests/unit/test_doubt tests/unit/test_hearsay tests/unit/test_hostile tests/unit/test_terms tests/unit/test_veto tests/unit/test_large_group tests/unit/test_orders tests/unit/test_open \
	tests/unit/test_interruption tests/unit/test_presence

unit_shell = \
	tests/unit/test_absent tests/unit/test_asymmetry tests/unit/test_doctor tests/unit/test_doctor_firewall tests/unit/test_chat_file tests/unit/test_chat_saver tests/unit/test_history_block tests/unit/test_history_crash tests/unit/test_history_entry tests/unit/test_history_file tests/unit/test_history_daemon tests/unit/test_history_saver tests/unit/test_history_view tests/unit/test_plot tests/unit/test_berkctl_format tests/unit/test_talk tests/unit/test_when tests/unit/test_control tests/unit/test_varlink \
	tests/unit/test_clock_kernel tests/unit/test_clock_virtual tests/unit/test_clock_watch \
	tests/unit/test_config tests/unit/test_config_keys tests/unit/test_contacts tests/unit/test_log tests/unit/test_names tests/unit/test_notice tests/unit/test_phc tests/unit/test_rival tests/unit/test_rtc tests/unit/test_saved_budget tests/unit/test_saved_line tests/unit/test_saved_table tests/unit/test_screens tests/unit/test_setter tests/unit/test_gate tests/unit/test_owed tests/unit/test_permit tests/unit/test_state tests/unit/test_unread tests/unit/test_privilege tests/unit/test_slow_disk \
	tests/unit/test_saved_revoked \
	tests/unit/test_file tests/unit/test_guests tests/unit/test_history tests/unit/test_invite tests/unit/test_metrics tests/unit/test_reload tests/unit/test_store tests/unit/test_status tests/unit/test_trust tests/unit/test_whom \
	tests/unit/test_steer tests/unit/test_top \
	tests/unit/test_udp tests/unit/test_vmclock tests/unit/test_words

tests_unit_test_session_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=crypto_aead_chacha20poly1305_ietf_decrypt
tests_unit_test_session_SOURCES = tests/unit/test_session.c tests/unit/session_pair.c tests/unit/session_pair.h
tests_unit_test_handshake_SOURCES = tests/unit/test_handshake.c tests/unit/session_pair.c tests/unit/session_pair.h
tests_unit_test_estimator_SOURCES = tests/unit/test_estimator.c tests/lib/path.c tests/lib/path.h
tests_unit_test_estimator_change_SOURCES = tests/unit/test_estimator_change.c tests/lib/path.c tests/lib/path.h
tests_unit_test_chat_log_SOURCES = tests/unit/test_chat_log.c tests/unit/chat_alone.c tests/unit/chat_alone.h
tests_unit_test_chat_own_SOURCES = tests/unit/test_chat_own.c tests/unit/chat_alone.c tests/unit/chat_alone.h
tests_unit_test_hearsay_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_exchange_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_expel_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_revoke_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_members_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_settime_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_slew_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_forward_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_group_orders_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_hold_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_orders_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_keep_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_date_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_evidence_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_era_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_founding_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_recall_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_struck_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_reference_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_runaway_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_told_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_rows_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_trust_node_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=crypto_scalarmult
tests_unit_test_trust_node_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_table_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_tag_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_follow_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_lying_master_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_lying_master_SOURCES = tests/unit/test_lying_master.c tests/unit/lie.c tests/unit/lie.h
tests_unit_test_open_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_open_SOURCES = tests/unit/test_open.c tests/unit/lie.c tests/unit/lie.h
tests_unit_test_estimator_pairs_SOURCES = tests/unit/test_estimator_pairs.c tests/lib/path.c tests/lib/path.h
tests_unit_test_estimator_start_SOURCES = tests/unit/test_estimator_start.c tests/lib/path.c tests/lib/path.h
tests_unit_test_node_chat_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_node_private_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_node_election_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_transcripts_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_handover_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_node_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_bound_node_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_knock_SOURCES = tests/unit/test_knock.c tests/unit/knock_stage.c tests/unit/knock_stage.h
tests_unit_test_presence_SOURCES = tests/unit/test_presence.c tests/unit/knock_stage.c tests/unit/knock_stage.h
tests_unit_test_presence_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_keyring_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_knock_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_failover_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_poll_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_succession_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_paper_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_meet_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_doubt_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_disk_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_interruption_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_clone_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_terms_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_veto_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_hostile_LDADD = $(world_libs) $(CMOCKA_LIBS)
tests_unit_test_large_group_LDADD = $(world_libs) $(CMOCKA_LIBS)

tests_unit_test_absent_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_asymmetry_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_history_block_SOURCES = tests/unit/test_history_block.c tests/unit/history_same.h
tests_unit_test_history_entry_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
unit_history_ring = tests/unit/history_ring.c tests/unit/history_ring.h
tests_unit_test_history_file_SOURCES = tests/unit/test_history_file.c $(unit_history_ring)
tests_unit_test_history_crash_SOURCES = tests/unit/test_history_crash.c tests/unit/history_same.h $(unit_history_ring)
tests_unit_test_history_crash_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_history_block_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_plot_LDADD = $(berkctl_libs) $(CMOCKA_LIBS)
tests_unit_test_history_daemon_SOURCES = tests/unit/test_history_daemon.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_history_daemon_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_unit_test_history_daemon_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_history_saver_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_unit_test_history_saver_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_history_saver_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread
tests_unit_test_history_file_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_history_file_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread
tests_unit_test_chat_file_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_chat_saver_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_unit_test_chat_saver_LDADD = libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_talk_SOURCES = tests/unit/test_talk.c src/berkctl/chat_command.c src/berkctl/cmd_chat.c
tests_unit_test_talk_LDADD = $(berkctl_libs) $(SODIUM_LIBS) $(CMOCKA_LIBS)
tests_unit_test_talk_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=client_now_ms,--wrap=poll
tests_unit_test_top_LDADD = $(berkctl_libs) $(SODIUM_LIBS) $(CMOCKA_LIBS)
tests_unit_test_when_LDADD = $(berkctl_libs) $(CMOCKA_LIBS)
tests_unit_test_berkctl_format_LDADD = $(berkctl_libs) $(CMOCKA_LIBS)
tests_unit_test_control_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_varlink_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_clock_kernel_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)

tests_unit_test_setter_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_gate_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_owed_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_permit_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_reload_SOURCES = tests/unit/test_reload.c $(unit_command)
tests_unit_test_reload_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_rtc_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_clock_virtual_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_vmclock_SOURCES = tests/unit/test_vmclock.c tests/lib/hypervisor.c tests/lib/hypervisor.h
tests_unit_test_vmclock_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_unit_test_vmclock_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_clock_watch_SOURCES = tests/unit/test_clock_watch.c tests/lib/hypervisor.c tests/lib/hypervisor.h
tests_unit_test_clock_watch_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_config_SOURCES = tests/unit/test_config.c tests/unit/conf.c tests/unit/conf.h
tests_unit_test_config_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_config_keys_SOURCES = tests/unit/test_config_keys.c tests/unit/conf.c tests/unit/conf.h
tests_unit_test_config_keys_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_contacts_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_unit_test_contacts_LDADD = libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_names_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_notice_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_log_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_phc_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_privilege_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_rival_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_saved_budget_SOURCES = tests/unit/test_saved_budget.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_saved_budget_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_saved_line_SOURCES = tests/unit/test_saved_line.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_saved_line_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_saved_revoked_SOURCES = tests/unit/test_saved_revoked.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_saved_revoked_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_saved_table_SOURCES = tests/unit/test_saved_table.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_saved_table_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_state_SOURCES = tests/unit/test_state.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_state_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_unread_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_slow_disk_SOURCES = tests/unit/test_slow_disk.c tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_slow_disk_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)
unit_command = tests/unit/command.c tests/unit/command.h
unit_screens = $(unit_command) tests/unit/screens.c tests/unit/screens.h
tests_unit_test_history_view_SOURCES = tests/unit/test_history_view.c $(unit_screens)
tests_unit_test_history_view_LDADD = $(berkctl_libs) libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_screens_SOURCES = tests/unit/test_screens.c src/berkctl/cmd_settime.c $(unit_screens)
tests_unit_test_status_SOURCES = tests/unit/test_status.c $(unit_screens)
tests_unit_test_invite_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_trust_SOURCES = tests/unit/test_trust.c $(unit_screens) tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_trust_LDADD = $(berkctl_libs) libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_file_LDADD = libberkcommon.a $(CMOCKA_LIBS)
tests_unit_test_history_SOURCES = tests/unit/test_history.c src/exporter/history.c src/exporter/history.h
tests_unit_test_history_LDADD = $(berkctl_libs) $(CMOCKA_LIBS)
tests_unit_test_metrics_LDADD = $(berkctl_libs) $(CMOCKA_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test_store.c src/exporter/store.c src/exporter/store.h \
	src/exporter/history.c src/exporter/history.h
tests_unit_test_store_CFLAGS = $(AM_CFLAGS) -pthread $(CMOCKA_CFLAGS)
tests_unit_test_store_LDADD = $(berkctl_libs) $(CMOCKA_LIBS) -lpthread
tests_unit_test_guests_SOURCES = tests/unit/test_guests.c src/exporter/guests.c src/exporter/guests.h
tests_unit_test_guests_CFLAGS = $(AM_CFLAGS) -pthread $(CMOCKA_CFLAGS)
tests_unit_test_guests_LDADD = $(berkctl_libs) $(CMOCKA_LIBS) -lpthread
tests_unit_test_whom_LDADD = libberkcommon.a $(CMOCKA_LIBS)
tests_unit_test_screens_LDADD = $(berkctl_libs) libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_status_LDADD = $(berkctl_libs) libberkworld.a $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_doctor_SOURCES = tests/unit/test_doctor.c tests/unit/doctor_host.c tests/unit/doctor_host.h
tests_unit_test_doctor_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_doctor_firewall_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_steer_SOURCES = tests/unit/test_steer.c $(unit_command) tests/unit/state_dir.c tests/unit/state_dir.h
tests_unit_test_steer_LDADD = $(berkctl_libs) $(berkshell_libs) $(CMOCKA_LIBS)
tests_unit_test_words_LDADD = libberkcommon.a $(CMOCKA_LIBS)
tests_unit_test_udp_LDADD = $(berkshell_libs) $(CMOCKA_LIBS)

check_PROGRAMS += $(unit_core) $(unit_node) $(unit_shell)
TESTS += $(unit_core) $(unit_node) $(unit_shell)

# Whole nodes with other draws: two of them among the tests, DRAWS of them, FROM the first, by hand.
TESTS += tests/unit/draws.sh
EXTRA_DIST += tests/unit/draws.sh
DRAWS = 20
FROM = 1
draws: $(unit_core) $(unit_node) $(unit_shell)
	srcdir=$(srcdir) $(srcdir)/tests/unit/draws.sh $(DRAWS) $(FROM)
AM_CPPFLAGS += -I$(top_srcdir)
LDADD = libberkcommon.a libberkcore.a $(CMOCKA_LIBS) $(SODIUM_LIBS) -lm
EXTRA_DIST += tests/vectors/wire.txt
