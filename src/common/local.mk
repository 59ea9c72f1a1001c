# libberkcommon.a: what the daemon, the command and the tests share: words, figures and text for people.
noinst_LIBRARIES += libberkcommon.a
libberkcommon_a_SOURCES = \
	src/common/file.c src/common/file.h \
	src/common/format.c src/common/format.h \
	src/common/notice.c src/common/notice.h \
	src/common/text.c src/common/text.h \
	src/common/whom.c src/common/whom.h \
	src/common/words.c src/common/words_clock.c src/common/words_knock.c src/common/words_lack.c \
	src/common/words.h src/common/words_order.c
