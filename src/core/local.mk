# libberkcore.a: the pure core.  No system calls, no allocation, no globals (tests/lint/purity).
noinst_LIBRARIES += libberkcore.a
libberkcore_a_CPPFLAGS = -I$(top_srcdir)/include
libberkcore_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
libberkcore_a_SOURCES = \
	src/core/rng.c src/core/wire.c src/core/session.c src/core/chat.c \
	src/core/line.c src/core/estimator.c src/core/cloud.c src/core/cloud.h src/core/delay.c src/core/delay.h \
	src/core/ensemble.c src/core/envelope.c src/core/envelope.h src/core/pace.c src/core/servo.c src/core/bound.c \
	src/core/election.c src/core/node.c src/core/node_private.h src/core/node_join.c src/core/node_peer.c \
	src/core/node_poll.c src/core/node_exchange.c src/core/node_deputy.c src/core/joint.c src/core/joint.h src/core/node_joint.c src/core/node_bound.c \
	src/core/node_vote.c src/core/node_master.c src/core/node_group.c src/core/node_ensemble.c src/core/node_member.c \
	src/core/node_chat.c src/core/node_view.c src/core/names.c \
	include/berk/addr.h include/berk/bound.h include/berk/chat.h include/berk/election.h \
	include/berk/ensemble.h include/berk/estimator.h include/berk/estimator_private.h include/berk/id.h \
	include/berk/line.h include/berk/node.h include/berk/notice.h include/berk/pace.h include/berk/rng.h include/berk/servo.h \
	include/berk/session.h include/berk/time.h include/berk/wire.h
