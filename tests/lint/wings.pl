#!/usr/bin/perl
# Files use only what stands below them: over includes, and over who uses what another file defines.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

# The wings, from the bottom up: which of them each may use besides itself, and its files.  The first row that
# a file fits is its wing.  A name with a + stands for that wing and all that it may use.
my @wings = (
	# wing       may use                   files
	['contract', '',                       'include/berk/.*'],
	['wire',     'contract',               'src/core/wire/.*'],
	['rules',    'wire+',                  'src/core/rules/.*'], # a chat line is text as the wire has it
	['estimate', 'rules+',                 'src/core/estimate/.*'],
	['base',     'estimate+',              'src/core/node/(budget|budget_state|census_state|revoke_state|carried|state|state_chat|testimony|effects|timeline|table|peer|estimators|contacts?|lease|outbox|sweep|drift|bound|date|leap|evidence|obey|hold|hold_state|settime)'],
	['power',    'duty+',                  'src/core/node/(role|expel|grant|vote|lead|handover|interruption|meet|order|presence|view|invariants)'],
	['roof',     'power+',                 'src/core/node/node'],
	['duty',     'base+',                  'src/core/node/.*'],

	['common',   'contract',               'src/common/.*'],
	['config',   'common+',                'src/berkd/config/.*'],
	['host',     'config+',                'src/berkd/host/.*'],
	['clock',    'host+',                  'src/berkd/clock/.*'],
	['net',      'clock+',                 'src/berkd/net/.*'],
	['control',  'host+',                  'src/berkd/control/.*'],
	['daemon',   'net+ control+',          'src/berkd/\w+'],

	['client',   'common+',                'src/berkctl/(berkctl|check|client|metrics|pins|table|view|ask)'],
	['doctor',   'client+ host+',          'src/berkctl/doctor/.*'], # of host/ only what needs no library
	['command',  'client+ doctor',                'src/berkctl/.*'],
	['exporter', 'client+',                'src/exporter/.*'],
);

my %uses = map { $_->[0] => $_->[1] } @wings;

sub wing_of {
	my ($file) = @_;
	for my $row (@wings) {
		return $row->[0] if $file =~ m{^(?:$row->[2])$};
	}
	return;
}

# All wings that a wing may use, itself included.
sub below {
	my ($wing) = @_;
	return ($wing, map { /^(\w+)\+$/ ? below($1) : $_ } split ' ', $uses{$wing});
}

my (@wrong, %n_of);
for my $part ([qw(include src/core)], [qw(src/berkd src/common)], [qw(src/berkctl src/common)],
	[qw(src/exporter src/berkctl src/common)],
	[qw(src/berkctl/doctor src/berkd/config src/berkd/host src/common)]) {
	my @files = source::files(@$part);
	my $arrow = source::arrows(@files);
	for my $file (source::units(@files)) {
		my $wing = wing_of($file) or push(@wrong, "$file stands in no wing: add it to the table"), next;
		my %may = map { $_ => 1 } below($wing);
		$n_of{$wing}++;
		for my $to (sort keys %{$arrow->{$file} || {}}) {
			my $other = wing_of($to) or next;
			push @wrong, "$file ($wing) $arrow->{$file}{$to}: $to is of $other" if !$may{$other};
		}
	}
}
push @wrong, map { "wing $_ has no file: strike it from the table" } grep { !$n_of{$_} } map { $_->[0] } @wings;
source::verdict(scalar(@wings) . " wings, each uses only what is below it", @wrong);
