# tests/varlink: the daemon's varlink server and its interface before the tools of other people.  Without these, a test says
# so and is skipped (77).
varlink_tests = tests/varlink/test_described.pl tests/varlink/test_foreign.sh
TESTS += $(varlink_tests)
EXTRA_DIST += $(varlink_tests)
check_PROGRAMS += tests/varlink/certified
tests_varlink_certified_SOURCES = tests/varlink/certified.c
tests_varlink_certified_CFLAGS = $(berkd_cflags)
tests_varlink_certified_LDADD = $(berkshell_libs)
