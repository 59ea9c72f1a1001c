# Bent lines of the sources that a test must notice; ./check runs a sample of them.
EXTRA_DIST += tests/mutants/run.sh tests/mutants/list.txt
mutants:
	$(srcdir)/tests/mutants/run.sh
