# tests/exporter: berkd-exporter before a daemon that is none (fake.pl) and a real one.  Without network namespaces,
# promtool, or chromium and playwright-core, a test says so and is skipped (77).
exporter_tests = tests/exporter/test_exporter.pl tests/exporter/test_page.pl tests/exporter/test_prometheus.pl
TESTS += $(exporter_tests)
EXTRA_DIST += $(exporter_tests) tests/exporter/alerts_test.yml tests/exporter/fake.pl tests/exporter/lab.pm tests/exporter/page.mjs \
	tests/exporter/picture.pl
