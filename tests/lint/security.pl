#!/usr/bin/perl
# SECURITY.md: each row of what an adversary cannot do names a test, and each test that it names exists.
use strict;
use warnings;

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
open my $in, '<', 'SECURITY.md' or die "SECURITY.md: $!\n";
my ($bad, $rows, $named) = (0, 0, 0);

sub fail { print "FAIL: SECURITY.md:$.: @_\n"; $bad = 1 }

# `FILE: NAME`, a test of a program of tests/unit or of a file that is named in full; or a program of its own.
sub exists_test {
	my ($name) = @_;
	my ($file, $function) = split /: /, $name, 2;
	$file = "tests/unit/$file.c" if $file =~ /^test_\w+$/;
	$file = "tests/fuzz/$file.c" if $file =~ /^fuzz_\w+$/;
	return 0 if !-f $file;
	return 1 if !defined $function;
	open my $test, '<', $file or return 0;
	local $/;
	my $text = <$test>;
	# It is there, and it is run.
	return $text =~ /^static void \Q$function\E\(/m && (() = $text =~ /\b\Q$function\E\b/g) > 1;
}

while (<$in>) {
	for my $name (/`((?:fuzz_|test_|tests\/)[^`]+)`/g) {
		next if $name =~ /^tests\/fuzz(\/parsers.txt)?$/ && -e $name;
		$named++;
		fail("there is no test $name") if !exists_test($name);
	}
	next unless /^\| (.+) \| (.*) \|$/ && $1 ne 'cannot';
	$rows++;
	fail('a row without a test') if $2 !~ /`(fuzz_|test_|tests\/)/;
}
fail('no table of what nobody can do') if $rows < 20;
print "$rows rows, $named tests\n" if !$bad;
exit $bad;
