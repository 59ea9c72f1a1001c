#!/usr/bin/perl
# No circle among the files of the core, of the shell or of the command: over includes, and over who uses what another file defines.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

# The shortest way from a file along the arrows back to it, or nothing.
sub circle_through {
	my ($start, $arrow) = @_;
	my (%from, @next);
	@next = ($start);
	while (@next) {
		my $file = shift @next;
		for my $to (sort keys %{$arrow->{$file} || {}}) {
			next if exists $from{$to};
			$from{$to} = $file;
			push @next, $to;
			next if $to ne $start;
			my @circle = ($start);
			do { unshift @circle, $from{$circle[0]} } until $circle[0] eq $start;
			return @circle;
		}
	}
	return;
}

my (@wrong, $n_files);
for my $part ([qw(core include src/core)], [qw(shell src/berkd src/common)], [qw(command src/berkctl src/common)]) {
	my ($name, @folders) = @$part;
	my @files = source::files(@folders);
	my $arrow = source::arrows(@files);
	my %told;
	$n_files += @files;
	for my $file (sort keys %$arrow) {
		next if $told{$file};
		my @circle = circle_through($file, $arrow) or next;
		$told{$_} = 1 for @circle;
		push @wrong, join "\n      ", "a circle in the $name:",
			map { "$circle[$_] $arrow->{$circle[$_]}{$circle[$_ + 1]}" } 0 .. $#circle - 1;
	}
}
source::verdict("no circle among $n_files files", @wrong);
