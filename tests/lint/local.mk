# What no compiler checks: purity of the core, direction of includes, agreement of code and pages, sizes.
lint_tests = tests/lint/hardening.sh tests/lint/heads.sh tests/lint/includes.sh tests/lint/purity.sh tests/lint/repeats.pl \
	tests/lint/sizes.pl tests/lint/subjects.sh tests/lint/words.sh
# Not yet true of the tree; run by hand: cd SOURCES && tests/lint/circles.pl
lint_later = tests/lint/circles.pl tests/lint/owners.pl tests/lint/wings.pl
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) $(lint_later) tests/lint/purity.allow tests/lint/source.pm
