#!/usr/bin/perl
# In src no file is over 500 lines, and no function over 60, from brace to brace.  There and in include no
# comment is over 100 columns: clang-format leaves those as they are.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

my ($file_lines_max, $function_lines_max, $columns_max) = (500, 60, 100);

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
for my $file (@files, source::files('include')) {
	open my $in, '<', $file or die "$file: $!\n";
	while (my $line = <$in>) {
		chomp $line;
		next if $line !~ m{/\*|\*/|^\s*\*};
		1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
		push @wrong, "$file:$. is a comment of " . length($line) . " columns"
			if length($line) > $columns_max;
	}
	close $in;
}
source::verdict(scalar(@files) . " files, $n_functions functions, none too long", @wrong);
