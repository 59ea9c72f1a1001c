#!/usr/bin/perl
# A daemon that is none: it answers Status, Members, Knocks and Monitor at a socket, as berkd does, with the group that is asked
# for.
#
#   fake.pl SOCKET GROUP      five: hosts alpha to epsilon, whose clocks come together; hostile: names that would break
#                             a page or a metric; many: 70 hosts; still: figures that do not change, and epsilon is
#                             silent; busy: it has no room for a connection; deaf: nor for a
#                             stream of notices; chatty: 210 notices; stuck: its history ends in
#                             the middle, as that of still does once; bare: it has none; garbled: its notices are no
#                             JSON; held: an operator holds the group, its state cannot be saved, and a peer is away
#
# It prints History for each call of that.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use Time::HiRes qw(time);

my ($path, $group) = @ARGV;
my @names = qw(alpha beta gamma delta epsilon);
@names = ("<img src=x onerror=\"document.title='owned'\">", "a\\b\"c\nd'e", "\x{202e}atled",
	'</script><script>alert(1)</script>', 'e psilon')
	if $group eq 'hostile';
@names = map { "host-$_" } 1 .. 70 if $group eq 'many';
my $began = time;
my $json = JSON::PP->new->utf8->canonical;

# Smooth figures that differ from host to host.
sub wave {
	my ($i, $seconds) = @_;
	return sin($seconds / (7 + 3 * $i) + $i) + 0.4 * sin($seconds / (2.3 + $i) + 2 * $i);
}

sub truth { return $_[0] ? JSON::PP::true : JSON::PP::false }

sub member {
	my ($i) = @_;
	my $t = $group eq 'still' ? 100 : time - $began;
	my $far = exp(-$t / 12) * (($i % 5) - 1.7) * 9e4;
	return {
		name => $names[$i], id => sprintf('%016x', 0x5ca1ab1e + $i),
			state => $group eq 'still' && $i == 4 ? 'silent' : 'settled', reason => 'none',
			mode => 'steer',
		self => truth($i == 0), master => truth($i == 1), deputy => truth($i == 2), priority => 100,
		offset_ns => int($far + 900 * wave($i, $t)), delay_ns => 210_000 + 9000 * $i, closure_ns => 120 * $i,
		bound_ns => int(24_000 + 7000 * ($i % 5) + abs($far) + 2500 * (1 + wave($i + 1, $t / 3))),
			weight_ppm => int(1e6 / @names),
		heard_ago_ns => 400_000_000,
	};
}

sub status {
	my $own = member(0);
	return {
		name => $names[0], id => $own->{id}, version => '0.1.0', role => 'member', master => member(1)->{id},
		master_name => $names[1], deputy_name => $names[2], term => 7, synced => JSON::PP::true,
			settled => JSON::PP::true,
		island => JSON::PP::false, lack => 'nothing', lack_text => '', n_table => scalar @names,
			n_alive => scalar @names,
		n_rx => 4711, n_tx => 4712, n_bad => 0, n_steps => 1, clock_epoch => 1, n_corrections => 99,
			n_refused => 0,
		chat_stable => 0, max_skew_ns => 0, freq_ppb => -1234, tripped => JSON::PP::false,
			date_confirmed => JSON::PP::true,
		$group eq 'held' ? (hold => {left_ns => 90_000_000_000, host => $own->{id}, host_name => $names[0], uid => 0},
			may_vote => JSON::PP::true,
			state_error => 'cannot be written') : (),
		map { $_ => $own->{$_} } qw(offset_ns bound_ns),
	};
}

sub knocks {
	my @peers = {peer => 'zeta', state => 'no-address', text => 'its name does not resolve'};
	return {peers => $group eq 'held' ? \@peers : [], refused => []};
}

# One sample of the host alpha, which is this one, each 10 s of half an hour; an event; one of an earlier boot; in two
# answers.
sub history {
	open my $in, '<', '/proc/uptime' or die;
	my ($up) = <$in> =~ /^(\d+)/;
	my $now = int(time * 1e9);
	my $entry = sub {
		my ($ago, %more) = @_;
		return {wall_ns => $now - int($ago * 1e9), boot_s => $up - $ago, life => 1, id => member(0)->{id},
			name => $names[0], %more};
	};
	my @samples = map { $entry->(1800 - 10 * $_, self => JSON::PP::true, state => 'settled', n_samples => 1,
			offset_ns => 1, offset_ns_min => -5, offset_ns_max => 3, bound_ns => 24_000) } 0 .. 179;
	my @events = ($entry->(900, event => 'master', level => 'notice', text => 'Told fifteen minutes ago'),
		{%{$entry->(800, event => 'master', level => 'notice', text => 'Told before the boot')}, boot_s => $up});
	return map { {continues => truth($_->[0]), parameters => {since_ns => $now - int(3600e9), until_ns => $now,
				cut => JSON::PP::false, entries => $_->[1]}} }
		[1, [@samples[0 .. 99]]], [0, [@samples[100 .. 179], @events]];
}

my @notices = (
	{kind => 'master', level => 'notice', text => "Following master $names[1], term 7"},
	{kind => 'deputy', level => 'info', text => "Deputy is $names[2]"},
	{kind => 'limit', level => 'warning', text => "Limit: text of $names[0]"},
);

@notices = (@notices) x 70 if $group eq 'chatty';
unlink $path;
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 8) or die "$path: $!\n";
my $all = IO::Select->new($listener);
my (%in, $n_histories);
$| = 1;
$SIG{PIPE} = 'IGNORE';
while (1) {
	for my $s ($all->can_read(1)) {
		if ($s == $listener) {
			my $new = $listener->accept;
			if ($group eq 'busy') {
				syswrite $new, $json->encode({error => 'net.berkd.Busy', parameters => {message => 'x'}}) . "\0";
				close $new;
				next;
			}
			$all->add($new);
			$in{$new} = '';
			next;
		}
		if (!sysread $s, $in{$s}, 65536, length $in{$s}) {
			$all->remove($s);
			delete $in{$s};
			close $s;
			next;
		}
		while ($in{$s} =~ s/^([^\0]*)\0//) {
			my $method = $json->decode($1)->{method};
			$n_histories += $method eq 'net.berkd.History';
			print "History\n" if $method eq 'net.berkd.History';
			syswrite $s, "x\0" if $method eq 'net.berkd.Monitor' && $group eq 'garbled';
			my @answers = $method eq 'net.berkd.Status' ? {parameters => {status => status()}}
				: $method eq 'net.berkd.Members'
					? {parameters => {members => [map { member($_) } 0 .. $#names]}}
				: $method eq 'net.berkd.Knocks' ? {parameters => knocks()}
				: $method eq 'net.berkd.History' && $group eq 'bare' ? {error => 'net.berkd.NoHistory', parameters => {}}
				: $method eq 'net.berkd.History' && ($group eq 'stuck' || $group eq 'still' && $n_histories == 1)
					? ((history())[0], {error => 'net.berkd.Failed', parameters => {message => 'x'}})
				: $method eq 'net.berkd.History' ? history()
				: $method eq 'net.berkd.Monitor' && $group eq 'deaf' ? {error => 'net.berkd.TooSlow', parameters => {}}
				: $method eq 'net.berkd.Monitor'
					? map { {continues => JSON::PP::true, parameters => {notice => $_}} } @notices
				: {error => 'org.varlink.service.MethodNotFound', parameters => {method => $method}};
			syswrite $s, join '', map { $json->encode($_) . "\0" } @answers;
		}
	}
}
