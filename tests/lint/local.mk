# What no compiler checks: purity of the core, direction of includes, agreement of code and pages.
lint_tests = tests/lint/hardening.sh tests/lint/includes.sh tests/lint/purity.sh tests/lint/words.sh
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) tests/lint/purity.allow
tests/lint/purity.log: libberkcore.a
tests/lint/hardening.log: berkd$(EXEEXT) berkctl$(EXEEXT)
