# libberkworld.a: the one world of the unit tests, the simulator and the fuzzers: clocks, network, hosts, the
# defaults of a node, and the invariants.
check_LIBRARIES += libberkworld.a
libberkworld_a_SOURCES = \
	tests/world/check.c tests/world/check.h \
	tests/world/clock.c tests/world/clock.h \
	tests/world/dates.c tests/world/dates.h \
	tests/world/host.c \
	tests/world/master.c tests/world/master.h \
	tests/world/net.c tests/world/net.h \
	tests/world/node.c tests/world/node.h \
	tests/world/queue.c tests/world/queue.h \
	tests/world/quiet.c tests/world/quiet.h \
	tests/world/reign.c tests/world/reign.h \
	tests/world/said.c tests/world/said.h \
	tests/world/stage.c tests/world/stage.h \
	tests/world/world.c tests/world/world.h
world_libs = libberkworld.a libberkcommon.a libberkcore.a $(SODIUM_LIBS) -lm
