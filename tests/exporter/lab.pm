# lab.pm - what the tests of berkd-exporter share: a network of their own, programs that end with the test, and HTTP.
package lab;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::IP;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

our $here = dirname(abs_path(__FILE__));
our $top = "$here/../..";
our $built = $ENV{PWD};
our ($dir, %child, $bad);
our $json = JSON::PP->new->utf8;

sub skip {
	print "skipped: @_\n";
	exit 77;
}

# Loopback of our own: nothing of the machine is reached, and each port is free.  All of a test ends within 300 s, also
# on a machine that is busy.
sub enter {
	-x "$built/berkd-exporter" or skip('configured without berkd-exporter');
	if (!$ENV{EXPORTER_INSIDE}) {
		$ENV{EXPORTER_INSIDE} = 1;
		for my $how (['-n'], ['-rn']) {
			next if system('unshare', @$how, 'true') != 0;
			exec 'unshare', @$how, '--', $^X, $0, @ARGV;
		}
		skip('no network namespaces here');
	}
	socket(my $s, AF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
	my $request = pack 'Z16 s x22', 'lo', 1; # IFF_UP
	ioctl($s, 0x8914, $request) or die "lo: $!\n"; # SIOCSIFFLAGS
	$dir = tempdir('/tmp/berkd-exporter-XXXXXX', CLEANUP => 1);
	$SIG{ALRM} = sub { print "FAIL: the time is up\n"; exit 1 };
	alarm 300;
	return;
}

# Start a program; its output goes to DIR/NAME.log.
sub start {
	my ($name, @command) = @_;
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>>', "$dir/$name.log" or die;
		open STDERR, '>&', \*STDOUT or die;
		exec @command or die "$command[0]: $!\n";
	}
	$child{$name} = $pid;
	return;
}

# End it; its exit status or signal.
sub stop {
	my ($name) = @_;
	my $pid = delete $child{$name} or return;
	kill TERM => $pid;
	kill CONT => $pid; # a test may have ended while it was stopped
	waitpid $pid, 0;
	return $?;
}

sub END {
	my $status = $?;
	stop($_) for keys %child;
	$? = $status;
}

sub said {
	my ($name) = @_;
	open my $in, '<', "$dir/$name.log" or return '';
	local $/;
	return <$in> // '';
}

# A daemon that is none (fake.pl), at the socket DIR/status.
sub fake {
	stop('fake') if $child{fake};
	unlink "$dir/status"; # that of the one before is no sign that this one listens
	start('fake', $^X, "$here/fake.pl", "$dir/status", @_);
	wait_for('the socket of fake.pl', sub { -S "$dir/status" });
	return;
}

sub exporter {
	start('exporter', "$built/berkd-exporter", '--socket', "$dir/status", @_);
	wait_for('an answer of berkd-exporter', sub { http('/api/state')->{status} == 200 });
	return;
}

# Scalars, so that a match that fails is no empty list.
sub check($$) {
	my ($holds, $what) = @_;
	return 1 if $holds;
	print "FAIL: $what (line ", (caller)[2], ")\n";
	$bad = 1;
	return 0;
}

sub wait_for {
	my ($what, $holds, $seconds) = @_;
	my $until = time + ($seconds // 60);
	until ($holds->()) {
		if (time > $until) {
			check(0, "in time: $what");
			return 0;
		}
		sleep 0.1;
	}
	return 1;
}

sub verdict {
	print "@_\n" if !$bad;
	exit($bad ? 1 : 0);
}

# What a raw request gets: status, header (lower case) and body; status 0 without an answer.
sub raw {
	my ($request, $address) = @_;
	my $s = IO::Socket::IP->new(PeerHost => $address // '127.0.0.1', PeerPort => 9625, Timeout => 5)
		or return {status => 0};
	local $SIG{PIPE} = 'IGNORE';
	syswrite $s, $request;
	my $answer = '';
	1 while sysread $s, $answer, 65536, length $answer;
	my ($head, $body) = split /\r\n\r\n/, $answer, 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.[01] (\d+)};
	my %header = map { /^([^:]+): (.*)/ ? (lc $1, $2) : () } split /\r\n/, $head // '';
	return {status => $status // 0, header => \%header, body => $body // ''};
}

sub http {
	my ($path, %with) = @_;
	my $method = $with{method} // 'GET';
	my $host = $with{host} // 'localhost:9625';
	return raw("$method $path HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n" . ($with{more} // '') . "\r\n",
		$with{address});
}

sub state_of {
	return $json->decode(http('/api/state')->{body});
}

sub slurp {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

1;
