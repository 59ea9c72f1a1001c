#!/usr/bin/perl
# The manual pages are equal to --help: berkctl(1) has each command with its options and arguments, and no others;
# berkd(8) and berkd-exporter(8) have each option, and no other.
use strict;
use warnings FATAL => 'all';

my $built = $ENV{PWD};
chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

my (@wrong, $n);

sub page {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	return <$in>;
}

# What differs between two sets of words.
sub compare {
	my ($of, $help, $page) = @_;
	my %help = map { $_ => 1 } @$help;
	my %page = map { $_ => 1 } @$page;
	$n += keys %help;
	push @wrong, map { "$of: the manual page lacks $_" } grep { !$page{$_} } sort keys %help;
	push @wrong, map { "$of: --help lacks $_" } grep { !$help{$_} } sort keys %page;
	return;
}

# --- berkctl(1) ---
my @commands = `$built/berkctl --help` =~ /^  ([a-z]+) /mg;
@commands > 20 or source::fail('berkctl --help cannot be read');
my %items; # the text behind the name, of all its items
for (page('src/berkctl/berkctl.1')) {
	$items{$1} .= " $2" if /^\.It Ic (\S+)(.*)/;
}
compare('berkctl', \@commands, [keys %items]);
for my $command (grep { $items{$_} } @commands) {
	my @help = `$built/berkctl $command --help`;
	my %long = map { /^  -(\w), (--[\w-]+)/ ? ($1 => $2) : () } @help;
	my @options = grep { !/^--(?:json|socket)$/ } map { /^ .{5}(--[\w-]+)/ ? $1 : () } @help;
	my $item = $items{$command};
	my @named = map { length == 1 ? $long{$_} // "-$_" : "-$_" } $item =~ /\bFl (\S+)/g;
	compare("berkctl $command", \@options, \@named);
	# Arguments, without the values of options, and words that stand for themselves.
	my ($usage) = $help[0] =~ /^Usage: berkctl $command ?(.*)/ or source::fail("berkctl $command --help cannot be read");
	$usage =~ s/--\w[\w-]* [A-Z]+//g;
	$item =~ s/\bFl \S+ Ar \S+//g;
	compare("berkctl $command", [map { lc } $usage =~ /\b(?<!-)([A-Z]{2,})\b/g], [$item =~ /\bAr (\w+)/g]);
	compare("berkctl $command", [$usage =~ /(?<![-\w])([a-z]+)\b/g], [$item =~ /(?:\bCm|^|  )\s*([a-z]+)\b/g])
		if $command eq 'trust';
}

# --- berkd(8), berkd-exporter(8) ---
my %page = (berkd => 'src/berkd/berkd.8');
$page{'berkd-exporter'} = 'src/exporter/berkd-exporter.8' if -x "$built/berkd-exporter";
for my $program (sort keys %page) {
	my @help = `$built/$program --help` =~ /^ .{1,5}(--[\w-]+)/mg;
	@help > 3 or source::fail("$program --help cannot be read");
	compare($program, \@help, [map { "-$_" } map { /^\.It (Fl .*)/ ? $1 =~ /\bFl (-[\w-]+)/g : () } page($page{$program})]);
}
source::verdict("$n words of manual pages are those of --help", @wrong);
