# What a build leaves behind: the same files, wherever and whenever it runs.
TESTS += tests/build/reproducible.sh
EXTRA_DIST += tests/build/reproducible.sh

reproducible:
	srcdir=$(srcdir) $(srcdir)/tests/build/reproducible.sh --full
