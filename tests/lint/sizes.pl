#!/usr/bin/perl
# In src no file is over 500 lines, and no function over 60, from brace to brace.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

my ($file_lines_max, $function_lines_max) = (500, 60);

my (@wrong, $n_functions);
my @files = source::files('src');
for my $file (@files) {
	my $text = source::text($file);
	my $lines = $text =~ tr/\n//;
	push @wrong, "$file has $lines lines" if $lines > $file_lines_max;
	for my $f (source::functions($text)) {
		my $long = $f->{last} - $f->{first} + 1;
		$n_functions++;
		push @wrong, "$file:$f->{first}: $f->{name}() has $long lines"
			if $long > $function_lines_max;
	}
}
source::verdict(scalar(@files) . " files, $n_functions functions, none too long", @wrong);
