#!/usr/bin/perl
# picture.pl - makes doc/page.png: five real daemons with virtual clocks come together on a loopback of their own, the
# master is killed, and Chromium shows what berkd-exporter serves (5 minutes):
#   cd BUILD && perl ../tests/exporter/picture.pl ../doc/page.png
use strict;
use warnings;
use Cwd qw(abs_path);
use FindBin;
use lib $FindBin::Bin;
use lab;

my $png = $ENV{PAGE_PNG} //= abs_path($ARGV[0] // die "usage: picture.pl PNG\n");
lab::enter();
alarm 600;
my $dir = $lab::dir;
my @names = qw(alpha beta gamma delta epsilon);
my %offset = (alpha => '-2ms', beta => '9ms', gamma => '-30ms', delta => '20ms', epsilon => '4ms');
for my $i (0 .. $#names) {
	my $at = "$dir/$names[$i]";
	mkdir $_ or die "$_: $!\n" for $at, "$at/state";
	open my $out, '>', "$at/berkd.conf" or die;
	my @peers = map { '127.0.0.' . ($_ + 1) } grep { $_ != $i } 0 .. $#names;
	print $out <<"end";
[group]
insecure = yes
[node]
name = $names[$i]
priority = @{[$i == 0 ? 1 : 100]}
[network]
discovery = no
netlink = no
listen = 127.0.0.@{[$i + 1]}
peers = @peers
[clock]
driver = virtual
[virtual]
offset = $offset{$names[$i]}
freq = @{[17 * $i - 30]}ppm
[control]
socket = $at/control
status_socket = $at/status
[state]
directory = $at/state
end
	close $out;
	lab::start($names[$i], "$lab::built/berkd", '-c', "$at/berkd.conf");
}
symlink "$dir/alpha/status", "$dir/status" or die;
lab::exporter();
my $synced = sub { my $s = lab::state_of()->{status}; $s && $s->{synced} && $s->{deputy} };
lab::wait_for('a group', $synced) or die map { lab::said($_) } @names;
sleep 130;
my $status = lab::state_of()->{status};
my $master = $status->{master_name}; # alpha it is not: its priority is low
kill KILL => $lab::child{$master};
lab::stop($master);
sleep 20;
lab::start($master, "$lab::built/berkd", '-c', "$dir/$master/berkd.conf");
sleep 130;
local $ENV{HOME} = $dir;
my $chromium = 'chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,1220';
system("$chromium --virtual-time-budget=5000 --screenshot='$png' http://localhost:9625/ 2>'$dir/chromium.log'") == 0
	or die lab::said('chromium');
