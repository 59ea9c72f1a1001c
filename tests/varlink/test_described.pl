#!/usr/bin/perl
# test_described.pl - two real daemons answer as net.berkd.varlink says: each member of an answer stands there, with its
# type, and each one that is not "?" is in the answer; so are errors.  The description that a client asks for is that file.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../exporter";
use lab;
use IO::Socket::UNIX;

BEGIN { *check = \&lab::check }
lab::enter();

# --- The interface ---
my $text = lab::slurp("$lab::top/src/berkd/control/net.berkd.varlink");
my (%type, %method, %error, %named);
(my $plain = $text) =~ s/#.*//g;

# One type from $_, or a list of members in brackets.
sub read_type {
	return {maybe => read_type()} if s/^\s*\?//;
	return {array => read_type()} if s/^\s*\[\]//;
	return {object => read_members()} if /^\s*\(/;
	s/^\s*(\w+)// or die "no type: $_\n";
	return {word => $1};
}

sub read_members {
	my %members;
	s/^\s*\(\s*// or die "no bracket: $_\n";
	while (s/^(\w+)\s*:\s*//) {
		my $name = $1;
		$members{$name} = read_type();
		s/^\s*,?\s*//;
	}
	s/^\s*\)// or die "not closed: $_\n";
	return \%members;
}

$plain =~ s/^\s*interface\s+net\.berkd\s// or die "no interface\n";
for ($plain) {
	while (s/^\s*(type|method|error)\s+(\w+)\s*(?=\()//) {
		my ($kind, $name) = ($1, $2);
		check(!$named{$name}++, "$name is defined twice");
		my $members = read_members();
		if ($kind eq 'method') {
			s/^\s*->\s*// or die "$name has no answer\n";
			$method{$name} = {in => $members, out => read_members()};
		} else {
			($kind eq 'type' ? \%type : \%error)->{$name} = $members;
		}
	}
	/^\s*$/ or die "not read: " . substr($_, 0, 80) . "\n";
}

# --- Answers ---
my %is_word = (
	int => sub { $_[0] =~ /^-?\d+$/ && $lab::json->encode([$_[0]]) !~ /"/ },
	bool => sub { JSON::PP::is_bool($_[0]) },
	string => sub { !ref $_[0] && $lab::json->encode([$_[0]]) =~ /"/ },
	float => sub { !ref $_[0] && $lab::json->encode([$_[0]]) !~ /"/ },
	object => sub { ref $_[0] eq 'HASH' },
);

sub fits {
	my ($where, $value, $type) = @_;
	if (my $t = $type->{maybe}) {
		fits($where, $value, $t) if defined $value;
	} elsif ($t = $type->{array}) {
		check(ref $value eq 'ARRAY', "$where is no array") or return;
		fits("$where\[\]", $_, $t) for @$value;
	} elsif ($t = $type->{object} // $type{$type->{word}}) {
		check(ref $value eq 'HASH', "$where is no object") or return;
		check($t->{$_}, "$where.$_ is not in net.berkd.varlink") for sort keys %$value;
		for (sort keys %$t) {
			check($t->{$_}{maybe} || defined $value->{$_}, "$where.$_ is absent, and not ?");
			fits("$where.$_", $value->{$_}, $t->{$_}) if defined $value->{$_};
		}
	} else {
		my $is = $is_word{$type->{word}} or die "$where: no type $type->{word}\n";
		check(defined $value && $is->($value), "$where is no $type->{word}: " . ($value // 'null'));
	}
	return;
}

# The first answer; it fits.
my %asked;
sub ask {
	my ($socket, $name, $parameters, $more) = @_;
	my $s = IO::Socket::UNIX->new(Peer => "$lab::dir/$socket") or die "$socket: $!\n";
	my %call = (method => "net.berkd.$name", parameters => $parameters // {}, $more ? (more => JSON::PP::true) : ());
	print $s $lab::json->encode(\%call), "\0";
	$s->flush;
	local $/ = "\0";
	chomp(my $line = <$s> // '');
	my $answer = $lab::json->decode($line || '{}');
	my $has = $answer->{parameters} // {};
	if (my ($error) = ($answer->{error} // '') =~ /^net\.berkd\.(\w+)$/) {
		check($error{$error}, "$name: the error $error is not in net.berkd.varlink");
		fits("error $error", $has, {object => $error{$error} // {}});
		$asked{$error}++;
	} else {
		check(!$answer->{error}, "$name: $line");
		fits($name, $has, {object => $method{$name}{out}});
		$asked{$name}++;
	}
	return $has;
}

# --- Two daemons ---
sub berkd {
	my ($i, $other) = @_;
	mkdir "$lab::dir/state$i";
	open my $out, '>', "$lab::dir/$i.conf" or die;
	print $out <<"END";
[node]
name = h$i
[group]
insecure = yes
[network]
port = 530$i
peers = 127.0.0.1:530$other
discovery = no
netlink = no
[clock]
driver = virtual
allow_rivals = yes
[virtual]
offset = ${i}ms
[control]
socket = $lab::dir/control$i
status_socket = $lab::dir/status$i
[state]
directory = $lab::dir/state$i
[log]
target = stderr
END
	close $out;
	lab::start("berkd$i", "$lab::built/berkd", '-c', "$lab::dir/$i.conf");
	lab::wait_for("the socket of berkd$i", sub { -S "$lab::dir/control$i" });
	return;
}
chmod 0755, $lab::dir;
berkd(1, 2);
berkd(2, 1);
lab::wait_for('both are in step', sub {
	my @s = map { ask("control$_", 'Status')->{status} } 1, 2;
	return $s[0]{synced} && $s[1]{synced} && $s[0]{settled} && $s[1]{settled};
}) or print lab::said('berkd1'), lab::said('berkd2');
my $s = IO::Socket::UNIX->new(Peer => "$lab::dir/status1") or die;
print $s '{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"net.berkd"}}', "\0";
$s->flush;
{
	local $/ = "\0";
	chomp(my $line = <$s>);
	check($lab::json->decode($line)->{parameters}{description} eq $text, 'the description is another one');
}
for my $i (1, 2) {
	ask("control$i", $_) for qw(Members Knocks Trust Rounds);
	ask("control$i", 'Why', {host => 'h2'});
	ask("control$i", 'WaitSync', {timeout_ns => 0, hosts => 2});
	ask("control$i", 'WaitSync', {timeout_ns => 0, hosts => 9});
	ask("control$i", $_, {}, 1) for qw(Monitor History);
	ask("control$i", 'ChatSend', {text => 'hello'});
	ask("control$i", 'ChatFollow', {history => 10}, 1);
	for my $order (qw(Transfer StepDown Forget Exclude Include Hold Resume Step)) {
		my %more = $order =~ /clude/ ? (host => 'h1') : ();
		ask("control$i", $order, {dry_run => JSON::PP::true, %more});
		sleep 1 if $i == 2; # OrderWaits is an answer, too, but the other one is wanted
	}
	ask("control$i", 'SetTime', {shift_ns => 1000000000, dry_run => JSON::PP::true});
	ask("control$i", 'SetTrace', {level => 'info'});
	ask("control$i", 'Reload');
	ask("control$i", 'Why', {host => 'nobody'});
	ask("status$i", 'Reload');
}
my @silent = grep { !$asked{$_} } qw(Status Members Knocks Trust Why Rounds History Monitor WaitSync ChatSend ChatFollow
	Hold SetTime Step SetTrace Reload NoSuchHost NotPermitted TimedOut);
check(!@silent, "never had: @silent");
lab::verdict(scalar(keys %asked), 'kinds of answers are as they are described:', join ' ', sort keys %asked);
