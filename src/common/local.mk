# libberkcommon.a: what the daemon, the command and the tests share: words, figures and text for people.
noinst_LIBRARIES += libberkcommon.a
libberkcommon_a_SOURCES = \
	src/common/text.c src/common/text.h \
	src/common/words.c src/common/words.h
