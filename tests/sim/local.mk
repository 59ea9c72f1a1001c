# The simulator, its own unit tests, and short runs of it.  `make sim SEEDS=1000`,
# `make boots SEEDS=100000` and `make attack SEEDS=10000` are the long ones.
sim_tests = tests/sim/hashes.sh tests/sim/test_attack.sh tests/sim/test_boots.sh tests/sim/test_chat.sh tests/sim/test_crash.sh tests/sim/test_faults.sh tests/sim/test_precision.sh \
	tests/sim/test_replay.sh tests/sim/test_scale.sh

# It asks what berkctl check says, which is of the shell and of berkctl.
sim_libs = libberkctl.a libberkworld.a $(berkshell_libs)

# A member that says what it likes: the linker puts it between its node and the messages.
traitor_sources = tests/traitor/claim.c tests/traitor/forge.c tests/traitor/moves.c tests/traitor/moves.h tests/traitor/traitor.c tests/traitor/traitor.h tests/traitor/words.c
traitor_ldflags = -Wl,--wrap=node_step -Wl,--wrap=outbox_send -Wl,--wrap=wire_encode -Wl,--wrap=wire_decode

check_PROGRAMS += tests/sim/berksim tests/sim/test_first_hour tests/sim/test_sim
tests_sim_berksim_SOURCES = \
	tests/lib/path.c tests/lib/path.h tests/sim/boots.c tests/sim/boots.h tests/sim/boots_end.c \
	tests/sim/boots_rules.c tests/sim/boots_rules.h tests/sim/boots_site.c tests/sim/chat.c tests/sim/command.h tests/sim/dh_cache.c \
	tests/sim/estimator.c tests/sim/faults.c tests/sim/faults.h tests/sim/jobs.c tests/sim/jobs.h \
	tests/sim/liar.c tests/sim/says.c tests/sim/says.h tests/sim/options.c tests/sim/options.h tests/sim/trouble.c tests/sim/weather.c tests/sim/weather.h \
	tests/sim/frequency.c tests/sim/main.c tests/sim/precision.c tests/sim/precision.h tests/sim/scale.c \
	tests/sim/table.c \
	tests/sim/attack.c tests/sim/attack.h tests/sim/attack_moves.c tests/sim/attack_rules.c tests/sim/outsider.c $(traitor_sources)
tests_sim_berksim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=crypto_scalarmult -Wl,--wrap=crypto_scalarmult_base $(traitor_ldflags)
tests_sim_berksim_CFLAGS = $(berkd_cflags)
tests_sim_berksim_LDADD = $(sim_libs)
tests_sim_test_first_hour_SOURCES = tests/sim/test_first_hour.c tests/sim/boots.h tests/sim/boots_end.c \
	tests/sim/boots_rules.c tests/sim/boots_rules.h tests/sim/boots_site.c tests/sim/says.c tests/sim/says.h
tests_sim_test_first_hour_CFLAGS = $(berkd_cflags) $(CMOCKA_CFLAGS)
tests_sim_test_first_hour_LDADD = $(sim_libs) $(CMOCKA_LIBS)
tests_sim_test_sim_LDADD = $(world_libs) $(CMOCKA_LIBS)

TESTS += tests/sim/test_first_hour tests/sim/test_sim $(sim_tests)
EXTRA_DIST += $(sim_tests) tests/sim/hashes.txt tests/sim/seeds.txt

SEEDS = 1000
SIM_SECONDS = 3600
sim: tests/sim/berksim$(EXEEXT)
	tests/sim/berksim$(EXEEXT) faults --nodes 7 --seconds $(SIM_SECONDS) --seeds $(SEEDS) --jobs 2
boots: tests/sim/berksim$(EXEEXT)
	tests/sim/berksim$(EXEEXT) boots --seeds $(SEEDS) --jobs 2
attack: tests/sim/berksim$(EXEEXT)
	tests/sim/berksim$(EXEEXT) attack --nodes 7 --seconds 600 --seeds $(SEEDS) --jobs 2
