#!/usr/bin/perl
# The state of a node has owners: each part of struct node and of struct peer is written by the files named here,
# and by no other; the role by role.c alone.  Written is what is assigned, counted up or down, given to a
# function that may change it, or held by a pointer that is not const.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

my ($folder, $node_members_max) = ('src/core/node', 12);
# As state.h names them.  A path begins with n (the node) or p (a peer), or with what only a peer has.  The most
# exact path counts: n.election.census before n.election.
my %owners = (
	'n.self'                      => 'node',
	'n.step'                      => 'node effects',
	'n.election'                  => 'role', # and with it the role itself
	'n.election.granted_to'       => 'grant',
	'n.election.disk_failed'      => 'grant',
	'n.election.stand_at'         => 'grant',
	'n.election.term'             => 'grant',
	'n.election.terms'            => 'grant',
	'n.election.transfer_to'      => 'grant',
	'n.election.transfer_until'   => 'grant',
	'n.election.announced'        => 'handover',
	'n.election.candidacy'        => 'vote',
	'n.election.ballot_told'      => 'vote',
	'n.election.census'           => 'census',
	'n.election.carried'          => 'carried',
	'n.election.asked'            => 'witness',
	'n.election.kept'             => 'recall',
	'n.steering.has_line'         => 'timeline',
	'n.steering.line'             => 'timeline',
	'n.steering.clock'            => 'clock',
	'n.steering.budget'           => 'budget',
	'n.steering.date'             => 'date',
	'n.steering.date.leap'        => 'leap',
	'n.steering.deaf_told'        => 'obey',
	'n.steering.settime'          => 'settime',
	'n.steering.doubt'            => 'doubt',
	'n.steering.hold'             => 'hold',
	'n.steering.forward'          => 'forward',
	'n.steering.kept'             => 'keep',
	'n.steering.taken'            => 'follow',
	'n.steering.sent'             => 'reply',
	'n.leading'                   => 'lead',
	'n.leading.confirmed'         => 'bound',
	'n.leading.pulled_ppb'        => 'bound',
	'n.leading.own_roster'        => 'roster',
	'n.leading.joint'             => 'joint',
	'n.leading.paper'             => 'paper',
	'n.leading.group'             => 'group',
	'n.leading.reference'         => 'reference',
	'n.leading.roster'            => 'roster',
	'n.leading.unfit'             => 'runaway',
	'n.joining'                   => 'join',
	'n.joining.asks'              => 'contacts',
	'n.joining.hint'              => 'hint',
	'n.joining.n_nameless'        => 'contacts',
	'n.joining.n_slots'           => 'table',
	'n.joining.clone'             => 'clone',
	'n.joining.refused'           => 'knock',
	'n.joining.renewed'           => 'renew',
	'n.joining.revoke'            => 'revoke',
	'n.joining.strangers'         => 'serve glance', # refused aloud
	'n.joining.busy_told'         => 'serve',
	'n.chat'                      => 'chat',
	'n.chat.copies_cut'           => 'copies',
	'n.chat.private'              => 'private',
	'n.outbox'                    => 'outbox',
	'p.used'                      => 'table',
	'p.addr'                      => 'contacts',
	'p.contact'                   => 'contacts',
	'p.local'                     => 'contacts',
	'p.told'                      => 'contacts',
	'p.asked_at'                  => 'path',
	'p.session'                   => 'join node outbox expel rekey renew', # opened, heard, sealed with, erased
	'p.asked'                     => 'peer',
	'p.chat_last'                 => 'peer',
	'p.chat_pace'                 => 'chat',
	'p.private'                   => 'private',
	'p.heard'                     => 'peer',
	'p.expected'                  => 'census',
	'p.guest'                     => 'census',
	'p.in_table'                  => 'peer',
	'p.left'                      => 'peer',
	'p.recalled'                  => 'peer',
	'p.forgotten'                 => 'peer',
	'p.dropped'                   => 'peer',
	'p.struck'                    => 'peer',
	'p.on_disk'                   => 'recall',
	'p.listed'                    => 'peer',
	'p.max_drift_ppb'             => 'drift',
	'p.drift_told'                => 'drift',
	'p.distrusted'                => 'doubt',
	'p.hinted'                    => 'hint',
	'p.testimony'                 => 'witness',
	'p.mode'                      => 'peer',
	'p.name'                      => 'peer',
	'p.priority'                  => 'peer',
	'p.settled'                   => 'peer',
	'p.roster'                    => 'roster',
	'p.measure'                   => 'exchange',
	'p.twin'                      => 'clone',
	'p.revoke'                    => 'revoke',
	'p.measure.estimator'         => 'estimators',
	'p.measure.runaway'           => 'runaway',
	'as_master.polled'            => 'poll',
	'as_master.judged'            => 'standing',
	'as_master.judged.disobeyed'  => 'judge',
	'as_master.judged.off_before' => 'judge',
	'as_master.closure_ns'        => 'deputy',
	'as_master.paper'             => 'paper',
	'as_master.joint'             => 'joint',
	'as_master.chat'              => 'copies',
	'as_master.order_reply'       => 'forward',
	'as_master.order_done'        => 'forward',
	'as_master.slew_after'        => 'settime',
	'as_deputy'                   => 'deputy',
	'as_candidate'                => 'vote',
	'as_member'                   => 'reply',
);
# Who makes a peer gives each part its first value.
my %maker = ('table' => 'peer_add');
# Types that only a part has: a pointer to one that is not const lets its holder write.
my %part_of_type = (
	election => 'n.election', candidacy => 'n.election.candidacy', census => 'n.election.census',
	steering => 'n.steering.taken', leading => 'n.leading', joining => 'n.joining', chatting => 'n.chat',
	outbox => 'n.outbox', polled => 'as_master.polled', judged => 'as_master.judged', held => 'as_member',
	knocker => 'n.joining.refused', revoking => 'n.joining.revoke', revoke_told => 'p.revoke',
	private_talk => 'n.chat.private', private_heard => 'p.private',
	kept => 'n.election.kept', measure => 'p.measure',
);

my (@wrong, %written, %params);
my @files = source::files($folder, 'src/core/estimate', 'src/core/rules', 'src/core/wire', 'include/berk');
my %text = map { $_ => source::text($_) } @files;

# Which parameters of each function are const: {name} = [0 or 1 each].
for my $text (values %text) {
	while ($text =~ /^[a-z][\w\s*]*?\b(\w+)\(([^()]*)\)\s*(?=;|\n\{)/gm) {
		$params{$1} = [map { /\bconst\b.*\*|^[^*\[]*$/s ? 1 : 0 } split /,/, $2];
	}
}

# The function in whose argument list the text ends, and how many arguments stand before.
sub call_before {
	my ($before) = @_;
	my ($depth, $n) = (0, 0);
	for my $k (reverse 0 .. length($before) - 1) {
		my $c = substr $before, $k, 1;
		return if $c =~ /[;{}]/;
		$depth++ if $c eq ')';
		$n++ if $c eq ',' && !$depth;
		next if $c ne '(' || $depth-- > 0;
		return substr($before, 0, $k) =~ /(\w+)$/ ? ($1, $n) : ();
	}
	return;
}

# What the text around a path to a part does to it: a word, or ''.
sub deed {
	my ($before, $after) = @_;
	my $addressed = $before =~ /&$/ ? 1 : 0;

	return 'assigned' if $after =~ /^\s*(?:[-+*\/%&|^]|<<|>>)?=(?!=)/ || $after =~ /^\s*(?:\+\+|--)/;
	return 'assigned' if $before =~ /(?:\+\+|--)$/;
	return '' if $before =~ /\bsizeof\s*\(?$/;
	return '' if $before =~ /\bconst struct \w+ \*\w+ = &$/;
	return $before =~ /.*^(const )?[a-z][^\n]*\(/ms && $1 ? '' : 'lent' if $before =~ /\breturn &$/;
	return 'held' if $addressed && $before =~ /=\s*&$/;
	my ($name, $n) = call_before($addressed ? substr($before, 0, -1) : $before) or return '';
	return "given to $name()" if $name =~ /^(?:mem(?:set|cpy|move)|snprintf|sodium_memzero)$/ && $n == 0;
	return '' if !$addressed;
	return $params{$name} && $params{$name}[$n] ? '' : "given to $name()";
}

for my $file (grep { m{^\Q$folder\E/} } @files) {
	my ($stem) = $file =~ m{([^/]+)\.[ch]$};
	my $text = $text{$file};
	my ($made) = grep { $_->{name} eq ($maker{$stem} // '') } source::functions($text);
	my $owns = sub { scalar grep { $_ eq $stem } split ' ', $owners{$_[0]} };

	while ($text =~ /(?<![\w>.])((?:\w+(?:\[[^\]]*\])?(?:->|\.))+)(\w+(?:\[[^\]]*\]|->\w+|\.\w+)*)/g) {
		my ($start, $end, $path) = ($-[0], $+[0], "$1$2");
		$path =~ s/\[[^\]]*\]//g;
		$path =~ s/->/./g;
		for my $part (sort { length $b <=> length $a } keys %owners) {
			next if $path !~ ($part =~ /^as_/ ? qr/\.\Q$part\E(?:\.|$)/ : qr/^\Q$part\E(?:\.|$)/);
			my $deed = deed(substr($text, 0, $start), substr($text, $end, 8));
			last if !$deed;
			$written{$part} = 1;
			my $line = 1 + (substr($text, 0, $start) =~ tr/\n//);
			last if $made && $line >= $made->{first} && $line <= $made->{last};
			push @wrong, "$file:$line: $path is $deed; $part belongs to $owners{$part}" if !$owns->($part);
			last;
		}
	}
	for my $type (sort keys %part_of_type) {
		my $part = $part_of_type{$type};
		while ($text =~ /(?<!const )\bstruct $type \*/g) {
			my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
			push @wrong, "$file:$line: struct $type * is not const; $part belongs to $owners{$part}"
				if !$owns->($part);
		}
	}
}
push @wrong, map { "nobody writes $_: strike it from the table" } grep { !$written{$_} } sort keys %owners;
my %is_file = map { m{^\Q$folder\E/(.*)\.c$} ? ($1 => 1) : () } @files;
push @wrong, map { "the table names $_.c, which is not in $folder" }
	grep { !$is_file{$_} } sort keys %{{map { $_ => 1 } map { split ' ' } values %owners}};

# struct node in a few words.
my ($node) = map { /^struct node \{\n(.*?)^\};/ms ? $1 : () } @text{grep { m{/state\.h$} } @files};
my @members = map { split /,/ } ($node // '') =~ /^\t(\w[^;]*;)/gm;
push @wrong, 'struct node has ' . @members . " members, $node_members_max are allowed" if @members > $node_members_max;
push @wrong, "$folder/state.h has no struct node" if !@members;
source::verdict(keys(%owners) . ' parts, each written by its owner; struct node has ' . @members . ' members', @wrong);
