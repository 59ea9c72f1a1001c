# tests/netns: real daemons in network namespaces.  The tests need root and are skipped (77) without.
NETNS_TESTS = tests/netns/test_attack tests/netns/test_config tests/netns/test_doctor tests/netns/test_converge tests/netns/test_failover tests/netns/test_history \
	tests/netns/test_partition tests/netns/test_liar tests/netns/test_chat tests/netns/test_flood \
	tests/netns/test_links tests/netns/test_names tests/netns/test_prompt tests/netns/test_knock tests/netns/test_stamps tests/netns/test_static tests/netns/test_rotate tests/netns/test_revoke tests/netns/test_identity tests/netns/test_recall tests/netns/test_settime tests/netns/test_stopped tests/netns/test_top tests/netns/test_vmclock tests/netns/test_open tests/netns/test_slow tests/netns/test_inject
NETNS_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests \
	-DBERKD_PATH='"$(abs_top_builddir)/berkd"' -DBERKCTL_PATH='"$(abs_top_builddir)/berkctl"' \
	-DBERKD_TRAITOR_PATH='"$(abs_top_builddir)/tests/netns/berkd-traitor"' \
	-DBERKD_SLOW_PATH='"$(abs_top_builddir)/tests/netns/berkd-slow"' \
	-DBERKD_LIAR_PATH='"$(abs_top_builddir)/tests/netns/berkd-liar"'
NETNS_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
NETNS_LDADD = libberknetns.a $(NL_LIBS) $(JANSSON_LIBS) -lm

check_LIBRARIES += libberknetns.a
libberknetns_a_CPPFLAGS = $(NETNS_CPPFLAGS)
libberknetns_a_CFLAGS = $(NETNS_CFLAGS)
libberknetns_a_SOURCES = \
	tests/netns/lib/sandbox.c tests/netns/lib/net.c tests/netns/lib/host.c tests/netns/lib/group.c \
	tests/netns/lib/ask.c tests/netns/lib/fixture.c tests/netns/lib/screen.c \
	tests/netns/lib/lanes.c tests/netns/lib/flood.c tests/netns/lib/lanes.h tests/netns/lib/flood.h \
	tests/netns/lib/sandbox.h tests/netns/lib/net.h tests/netns/lib/host.h tests/netns/lib/group.h \
	tests/netns/lib/ask.h tests/netns/lib/fixture.h tests/netns/lib/screen.h

check_PROGRAMS += $(NETNS_TESTS) tests/netns/bench tests/netns/cost tests/netns/demo tests/netns/lose tests/netns/berkd-liar tests/netns/berkd-slow tests/netns/berkd-traitor
TESTS += $(NETNS_TESTS) tests/netns/test_recipes.sh tests/netns/test_setup.sh tests/netns/test_setup_window.sh tests/netns/test_quiet.sh
EXTRA_DIST += tests/netns/test_recipes.sh tests/netns/test_setup.sh tests/netns/test_setup_window.sh tests/netns/test_quiet.sh tests/netns/lib/newcomers.sh tests/netns/picture.pl
tests_netns_test_attack_SOURCES = tests/netns/test_attack.c tests/netns/attack_outside.c tests/netns/attack_rights.c tests/netns/attack.h tests/netns/treason.h
tests_netns_test_attack_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_attack_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_attack_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_config_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_config_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_config_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_doctor_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_doctor_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_doctor_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_converge_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_converge_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_converge_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_failover_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_failover_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_failover_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_history_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_history_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_history_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_open_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_open_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_open_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_settime_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_settime_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_settime_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_identity_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_identity_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_identity_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_recall_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_recall_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_recall_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_stopped_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_stopped_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_stopped_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_top_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_top_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_top_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_vmclock_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_vmclock_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_vmclock_SOURCES = tests/netns/test_vmclock.c tests/lib/hypervisor.c tests/lib/hypervisor.h
tests_netns_test_vmclock_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_partition_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_partition_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_partition_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_flood_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_flood_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_flood_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_liar_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_liar_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_liar_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_chat_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_chat_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_chat_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_links_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_links_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_links_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_names_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_names_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_names_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_prompt_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_prompt_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_prompt_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_knock_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_knock_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_knock_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
# This test has no daemon: it runs the parts of one that stamp packets.
tests_netns_test_stamps_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_stamps_CFLAGS = $(NETNS_CFLAGS) $(berkd_cflags)
tests_netns_test_stamps_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=recvmsg
tests_netns_test_stamps_LDADD = $(NETNS_LDADD) $(berkshell_libs) $(CMOCKA_LIBS)
tests_netns_test_revoke_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_revoke_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_revoke_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_rotate_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_rotate_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_rotate_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_slow_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_slow_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_slow_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_test_static_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_test_static_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_static_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
tests_netns_bench_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_bench_CFLAGS = $(NETNS_CFLAGS)
tests_netns_bench_LDADD = $(NETNS_LDADD)
tests_netns_cost_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_cost_CFLAGS = $(NETNS_CFLAGS)
tests_netns_cost_LDADD = $(NETNS_LDADD)
tests_netns_lose_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_lose_CFLAGS = $(NETNS_CFLAGS)
tests_netns_lose_LDADD = $(NETNS_LDADD)
tests_netns_demo_CPPFLAGS = $(NETNS_CPPFLAGS)
tests_netns_demo_CFLAGS = $(NETNS_CFLAGS)
tests_netns_demo_LDADD = $(NETNS_LDADD) libberkcommon.a

# A library that refuses what the daemon asks for, for test_inject alone.
tests_netns_test_inject_CPPFLAGS = $(NETNS_CPPFLAGS) -DINJECT_PATH='"$(abs_top_builddir)/tests/netns/inject.so"'
tests_netns_test_inject_CFLAGS = $(NETNS_CFLAGS)
tests_netns_test_inject_LDADD = $(NETNS_LDADD) $(CMOCKA_LIBS)
check_DATA = tests/netns/inject.so
tests/netns/inject.so: tests/netns/inject.c
	$(AM_V_CC)$(CC) $(AM_CFLAGS) -O2 -g -D_GNU_SOURCE -shared -fPIC -o $@ $(srcdir)/tests/netns/inject.c
EXTRA_DIST += tests/netns/inject.c
CLEANFILES += tests/netns/inject.so

# The daemon with a disk that is slow, for test_slow alone.
tests_netns_berkd_slow_SOURCES = src/berkd/main.c tests/netns/slow.c
tests_netns_berkd_slow_CPPFLAGS = $(berkd_cppflags)
tests_netns_berkd_slow_CFLAGS = $(berkd_cflags)
tests_netns_berkd_slow_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fsync
tests_netns_berkd_slow_LDADD = $(berkshell_libs)
# The daemon with a clock that lies, for test_liar alone.
tests_netns_berkd_liar_SOURCES = src/berkd/main.c tests/netns/liar.c tests/netns/liar.h
tests_netns_berkd_liar_CPPFLAGS = $(berkd_cppflags) -I$(top_srcdir)/tests
tests_netns_berkd_liar_CFLAGS = $(berkd_cflags)
tests_netns_berkd_liar_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_virtual_new
tests_netns_berkd_liar_LDADD = $(berkshell_libs)

# The daemon of a traitor, for test_attack alone: see tests/traitor/traitor.h.
tests_netns_berkd_traitor_SOURCES = src/berkd/main.c tests/netns/treason.c tests/netns/treason.h $(traitor_sources)
tests_netns_berkd_traitor_CPPFLAGS = $(berkd_cppflags) -I$(top_srcdir)/tests
tests_netns_berkd_traitor_CFLAGS = $(berkd_cflags)
tests_netns_berkd_traitor_LDFLAGS = $(AM_LDFLAGS) $(traitor_ldflags)
tests_netns_berkd_traitor_LDADD = $(berkshell_libs)

inject: tests/netns/test_inject$(EXEEXT) tests/netns/inject.so berkd$(EXEEXT) berkctl$(EXEEXT)
	INJECT_EVERY=1 tests/netns/test_inject$(EXEEXT)

bench-netns: tests/netns/bench$(EXEEXT) berkd$(EXEEXT) berkctl$(EXEEXT)
	tests/netns/bench$(EXEEXT)

bench-cost: tests/netns/cost$(EXEEXT) berkd$(EXEEXT) berkctl$(EXEEXT)
	$(srcdir)/tests/netns/bench_cost.sh

EXTRA_DIST += tests/netns/bench_cost.sh tests/netns/demo.gp tests/lib/packages.sh
