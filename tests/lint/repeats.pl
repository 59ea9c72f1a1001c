#!/usr/bin/perl
# No run of 12 lines stands twice in src, and fewer than 10 pairs of such runs stand in tests.  Names, strings and
# numbers do not matter; blank lines, comments, lone punctuation and includes do not count.  A run of lines that
# are nearly all of one shape (a table, the members of a struct, the cases of a switch) is a list and no repetition.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

my ($run_lines, $shapes_min) = (12, 5);
my $keyword = join '|', qw(auto bool break case char const continue default do double else enum extern float for goto
	if inline int long return short signed sizeof static struct switch typedef union unsigned void volatile while);

# The lines of a file that count: [shape, number of the line].
sub shapes {
	my ($file) = @_;
	my ($number, @shapes) = (0);
	for my $line (split /\n/, source::text($file)) {
		$number++;
		next if $line =~ /^\s*#\s*include/ || $line !~ /\w/;
		$line =~ s/\b\d[\w.]*/0/g;
		$line =~ s/\b(?!(?:$keyword)\b)[A-Za-z_]\w*/x/g;
		$line =~ s/\s+//g;
		push @shapes, [$line, $number];
	}
	return \@shapes;
}

# The pairs of places in the folders that share a run: text for each.
sub pairs {
	my %of = map { $_ => shapes($_) } source::files(@_);
	my (%places, @pairs);

	my $run_at = sub { # the run that begins here, or ''
		my ($file, $k) = @_;
		my @lines = map { $_->[0] } @{$of{$file}}[$k .. $k + $run_lines - 1];
		my %distinct = map { $_ => 1 } @lines;
		return keys %distinct < $shapes_min ? '' : join "\n", @lines;
	};
	for my $file (sort keys %of) {
		for my $k (0 .. @{$of{$file}} - $run_lines) {
			my $run = $run_at->($file, $k) or next;
			push @{$places{$run}}, [$file, $k];
		}
	}
	for my $run (keys %places) {
		my @at = @{$places{$run}};
		while (my $one = shift @at) {
			for my $two (@at) {
				my ($f1, $k1, $f2, $k2) = (@$one, @$two);
				next if $f1 eq $f2 && abs($k1 - $k2) < $run_lines;
				# Told where the longest common run begins.
				next if $k1 && $k2 && $run_at->($f1, $k1 - 1) && $run_at->($f1, $k1 - 1) eq $run_at->($f2, $k2 - 1);
				push @pairs, "$f1:$of{$f1}[$k1][1] and $f2:$of{$f2}[$k2][1] share a run of $run_lines lines or more";
			}
		}
	}
	return sort @pairs;
}

my @src = pairs('src', 'include');
my @tests = pairs('tests');
source::verdict('no run stands twice in src, ' . @tests . ' in tests', @src,
	@tests < 10 ? () : @tests);
