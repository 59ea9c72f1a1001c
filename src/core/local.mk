# libberkcore.a: the pure core.  No system calls, no allocation, no globals (tests/lint/purity).
noinst_LIBRARIES += libberkcore.a
libberkcore_a_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/src
libberkcore_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
libberkcore_a_SOURCES = \
	include/berk/addr.h \
	include/berk/id.h \
	include/berk/limits.h \
	include/berk/line.h \
	include/berk/node.h \
	include/berk/notice.h \
	include/berk/reason.h \
	include/berk/rng.h \
	include/berk/status.h \
	include/berk/term.h \
	include/berk/time.h \
	include/berk/utf8.h \
	include/berk/wire.h \
	src/core/rules/bound.c \
	src/core/rules/bound.h \
	src/core/rules/chat.c \
	src/core/rules/chat.h \
	src/core/rules/election.c \
	src/core/rules/election.h \
	src/core/rules/ensemble.c \
	src/core/rules/ensemble.h \
	src/core/rules/line.c \
	src/core/rules/rng.c \
	src/core/rules/servo.c \
	src/core/rules/servo.h \
	src/core/rules/term.c \
	src/core/wire/session.c \
	src/core/wire/session.h \
	src/core/wire/wire.c \
	src/core/estimate/cloud.c \
	src/core/estimate/cloud.h \
	src/core/estimate/delay.c \
	src/core/estimate/delay.h \
	src/core/estimate/envelope.c \
	src/core/estimate/envelope.h \
	src/core/estimate/estimator.c \
	src/core/estimate/estimator.h \
	src/core/estimate/estimator_private.h \
	src/core/estimate/joint.c \
	src/core/estimate/joint.h \
	src/core/estimate/pace.c \
	src/core/estimate/pace.h \
	src/core/node/bound.c \
	src/core/node/chat.c \
	src/core/node/deputy.c \
	src/core/node/exchange.c \
	src/core/node/follow.c \
	src/core/node/group.c \
	src/core/node/join.c \
	src/core/node/joint.c \
	src/core/node/lead.c \
	src/core/node/node.c \
	src/core/node/node_private.h \
	src/core/node/paper.c \
	src/core/node/poll.c \
	src/core/node/table.c \
	src/core/node/view.c \
	src/core/node/vote.c
