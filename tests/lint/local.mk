# What no compiler checks: purity of the core, direction of includes, agreement of code and pages, sizes.
lint_tests = tests/lint/arguments.sh tests/lint/cases.sh tests/lint/circles.pl tests/lint/completion.sh tests/lint/docs.pl \
	tests/lint/examples.sh tests/lint/hardening.sh \
	tests/lint/heads.sh tests/lint/includes.sh tests/lint/mutants.sh \
	tests/lint/man.sh tests/lint/owners.pl tests/lint/pages.pl tests/lint/purity.sh tests/lint/repeats.pl tests/lint/sbom.sh tests/lint/security.pl tests/lint/shell.sh tests/lint/sizes.pl tests/lint/subjects.sh \
	tests/lint/wings.pl tests/lint/words.sh
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) tests/cases.txt tests/lint/purity.allow tests/lint/source.pm
