#!/usr/bin/perl
# berkd-exporter serves what berkctl prints, refuses what it should, holds its limits, and outlives the daemon.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use lab;

BEGIN {
	*check = \&lab::check;
	*http = \&lab::http;
}
lab::enter();
my $berkctl = "$lab::built/berkctl";

# --- Options ---
sub refuses {
	my ($status, $words, @arguments) = @_;
	my $said = `$lab::built/berkd-exporter @arguments 2>&1`;
	check($? >> 8 == $status && index($said, $words) >= 0,
		"berkd-exporter @arguments: status " . ($? >> 8) . ": $said");
	return;
}
refuses(64, "--listen: read \"$_\": allowed is ADDRESS:PORT with a port of 1 to 65535", '--listen', "'$_'")
	for '', 'localhost:1', '::1', '[::1', '[127.0.0.1]:1', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:+1',
		'127.0.0.1:', '1.2.3';
refuses(64, 'allowed are 8 addresses; leave out 127.0.0.9', map { "--listen 127.0.0.$_" } 1 .. 9);
refuses(64, 'Usage:', 'extra');
refuses(64, 'Usage:', '--no-such');
refuses(0, 'Usage: berkd-exporter', '--help');
refuses(69, '--listen 192.0.2.1: Cannot assign requested address', '--listen', '192.0.2.1');

# --- The manual page is equal to --help, and well formed ---
my $page = "$lab::top/src/exporter/berkd-exporter.8";
my $text = lab::slurp($page);
my @options = `$lab::built/berkd-exporter --help` =~ /--([a-z]+)/g;
check(@options == 4, "--help names @options");
check($text =~ /^\.It Fl (?:h , Fl )?-$_\b/m, "berkd-exporter(8) lacks --$_") for @options;
check($text =~ /\Q$_\E/, "berkd-exporter(8) does not name the limit $_")
	for '32 connections', '16 kB', '64 hosts and 600 intervals of 6 s', '200 events', '127.0.0.1:9625', 'up to 8 times';
my $lint = `mandoc -T lint $page 2>&1`;
check($? == -1 || $? >> 8 == 127 || $lint !~ /(?:WARNING|ERROR|UNSUPP|longer than 80)/, "mandoc: $lint");

# --- Without a daemon, then with one ---
lab::exporter();
my $why = qr/^berkd does not run \(.*status: No such file or directory\); look at: systemctl status berkd$/;
lab::wait_for('it says why berkd is not reachable', sub { lab::state_of()->{why} =~ $why });
check(http('/metrics')->{body} =~ /^berkd_up 0$/m && http('/metrics')->{body} !~ /berkd_synced/,
	'berkd_up 0 and no old figure');
refuses(69, 'Address already in use; who has it tells: ss -ltnp', '--listen', '127.0.0.1');
check(!defined lab::state_of()->{events_ms}, 'nor is it known what happens');
lab::fake('still');
lab::wait_for('berkd is found', sub { lab::state_of()->{reachable} });
my $metrics = `$berkctl --socket $lab::dir/status metrics`;
check(length $metrics > 1000 && http('/metrics')->{body} eq $metrics, '/metrics is what berkctl metrics prints');
check(http('/metrics', address => '::1', host => '[::1]:9625')->{body} eq $metrics, '/metrics on ::1');
check(http('/metrics')->{header}{'content-type'} =~ m{^text/plain; version=0\.0\.4}, 'the type of /metrics');
check($metrics =~ /^berkd_member_offset_seconds\{host="delta"/m && $metrics !~ /epsilon/,
	'a host that is silent has no figures of now');
lab::wait_for('notices are events', sub { grep { $_->{text} =~ /^Following master/ } @{lab::state_of()->{events}} });

# --- OpenMetrics for who asks for it ---
my $prometheus = 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,'
	. 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
my $open = http('/metrics', more => "Accept: $prometheus\r\n");
check($open->{header}{'content-type'} eq 'application/openmetrics-text; version=1.0.0; charset=utf-8',
	'the type of OpenMetrics');
check($open->{body} =~ /\n# EOF\n\z/, 'it has an end');
(my $samples = $open->{body}) =~ s/^#.*\n//mg;
(my $samples_of_text = $metrics) =~ s/^#.*\n//mg;
check($samples eq $samples_of_text, 'the lines are the same in both formats');
check($open->{body} =~ /^# \Q$_\E$/m, "OpenMetrics has: $_")
	for 'TYPE berkd_packets_received counter', 'TYPE berkd_build info', 'UNIT berkd_bound_seconds seconds',
		'UNIT berkd_member_weight_ratio ratio', 'TYPE berkd_up gauge';
check($metrics =~ /^# TYPE \Q$_\E$/m, "the text format has: $_") for 'berkd_packets_received_total counter',
	'berkd_build_info gauge';
for my $accept ('application/openmetrics-text', 'text/plain, Application/OpenMetrics-Text ; q=0.1 ; version=1.0.0') {
	check(http('/metrics', more => "Accept: $accept\r\n")->{body} =~ /# EOF/, "Accept: $accept");
}
for my $accept ('*/*', 'text/plain', 'application/openmetrics-text;q=0', 'application/openmetrics-text;q=0.0,*/*', ',;,=',
	'application/openmetrics-text;version=0.0.1', 'x' x 2000 . ',application/openmetrics-text') {
	check(http('/metrics', more => "Accept: $accept\r\n")->{body} eq $metrics, "Accept: $accept");
}

# --- What berkd has kept of the hour before: its first answer was not whole ---
check((grep { $_->{text} eq 'berkd answers' } @{lab::state_of()->{events}}), 'it is found, and nothing was missed');
lab::wait_for('the past is read', sub { lab::state_of()->{loads} == 1 });
my $past = $lab::json->decode(http('/api/history')->{body});
my ($alpha) = grep { $_->{name} eq 'alpha' } @{$past->{hosts}};
my @known = grep { defined } @{$alpha->{offset_ns}};
my $up = (split / /, lab::slurp('/proc/uptime'))[0];
check(@known >= ($up > 1800 ? 285 : 1) && $known[0] == -5, 'the page begins with the past: ' . @known . ' points');
check((grep { $_->{text} eq 'Told fifteen minutes ago' } @{lab::state_of()->{events}}) == ($up > 900), 'and its events');
check(!(grep { $_->{text} eq 'Told before the boot' } @{lab::state_of()->{events}}), 'but for those before the boot');
my $hears = lab::state_of()->{events_ms};
check($hears > 1_000 * ($up > 1800 ? 1795 : $up - 15) && $hears < 1_000_000 + 1_000 * 1800,
	"what it kept is known, and not the hour: $hears");

# --- Headers, methods, names, sizes ---
for my $path (qw(/ /page.js /page.css /icon.svg /metrics /api/state /api/history /none)) {
	my $a = http($path);
	check($a->{status} == ($path eq '/none' ? 404 : 200), "GET $path: $a->{status}");
	check(($a->{header}{'content-security-policy'} // '') =~ /^default-src 'none'; script-src 'self';(?!.*unsafe)/,
		"CSP of $path");
	check(($a->{header}{'x-content-type-options'} // '') eq 'nosniff', "nosniff of $path");
	check(($a->{header}{'x-frame-options'} // '') eq 'DENY', "frames of $path");
	my $head = http($path, method => 'HEAD');
	check($head->{status} == $a->{status} && $head->{body} eq '', "HEAD $path");
}
check(http('/')->{body} !~ /\s(?:on\w+|style)=|<script>|<style|https?:/,
	'the page has no inline code and nothing from elsewhere');
for my $method (qw(POST PUT DELETE OPTIONS TRACE PATCH)) {
	my $a = http('/', method => $method, more => "Content-Length: 3\r\n");
	check($a->{status} == 405 && $a->{header}{allow} eq 'GET, HEAD', "$method: $a->{status}");
}
check(http('/metrics', host => $_)->{status} == 403, "Host $_ is refused")
	for 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.0.2.1', '[::2]', 'localhost:x',
		'[::1', '128.0.0.1';
check(http('/metrics', host => $_)->{status} == 200, "Host $_ is taken") for 'LOCALHOST', 'localhost:8080',
	'127.0.0.1:9625', '127.1.2.3', '[::1]';
check(lab::raw("GET / HTTP/1.0\r\n\r\n")->{status} == 403, 'no Host at all is refused');
check(http('/' . 'x' x 20000)->{status} == 414, 'a long address is refused');
check(http('/', more => 'X: ' . 'x' x 20000 . "\r\n")->{status} =~ /^4(13|31)$/, 'long headers are refused');
check(http("/api/history?since=$_")->{status} == 400, "since=$_ is refused") for '', 'x', '-1', '99999999999999999999';
check(http('/api/history?since=1')->{status} == 200, 'since=1 is taken');

# --- Too many connections, and silent ones ---
my $began = time;
my @silent = map { IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => 9625, Timeout => 5) } 1 .. 20;
syswrite $silent[0], "GET / HTTP/1.1\r\n";
check(http('/metrics', address => '::1')->{status} == 200, 'the other address is served');
my $closed = lab::wait_for('silent connections are closed', sub { http('/metrics')->{status} == 200 });
my $took = time - $began;
check($took >= 8 && $took < 50, "all places were taken, and given back after 10 s of silence: $took s") if $closed;
check(lab::said('exporter') =~ /Limit: on 127\.0\.0\.1:9625 there are 16 connections/, 'this limit is told');
@silent = ();

check(lab::state_of()->{loads} == 1, 'the past is read once');

# --- The daemon goes, and comes back with names that are bad ---
lab::stop('fake');
lab::wait_for('it is noticed', sub { !lab::state_of()->{reachable} });
check(http('/metrics')->{body} =~ /^berkd_up 0$/m, 'berkd_up is 0');
my $down = `$berkctl --socket $lab::dir/status metrics 2>/dev/null`;
check($? >> 8 == 3 && $down eq http('/metrics')->{body}, "so it is of berkctl metrics, whose status is 3: $down");
check(http('/metrics', more => "Accept: $prometheus\r\n")->{body} eq "$down# EOF\n", 'and in OpenMetrics');
lab::fake('hostile');
lab::wait_for('it is back', sub { lab::state_of()->{reachable} });
check(lab::state_of()->{members}[0]{name} eq "<img src=x onerror=\"document.title='owned'\">",
	'the name is as it was in JSON');
$metrics = http('/metrics')->{body};
my $label = qr/\w+="(?:[^"\\\n]|\\[\\"n])*"/;
my @strange = grep { !/^(?:# (?:HELP|TYPE) berkd_\w+ .+|berkd_\w+(?:\{$label(?:,$label)*\})? [-+.\de]+)$/ }
	split /\n/, $metrics;
check(!@strange, "no name breaks a line of /metrics: @strange");
check($metrics =~ /host="a\\\\b\\"c\\nd'e"/, 'backslash, quote and line end are escaped');

# --- What is wrong ---
lab::fake('held');
my $three = sub { @{lab::state_of()->{findings} // []} == 3 };
lab::wait_for('problems are told as berkctl check tells them', $three);
my $check = `$berkctl --json --socket $lab::dir/status check`;
check($? >> 8 == 1 && @{$lab::json->decode($check)->{findings}} == 3, "berkctl check: $check");
check(http('/metrics')->{body} =~ /^berkd_problems 3$/m && http('/metrics')->{body} =~ /^berkd_held 1$/m,
	'and counted');

# --- More hosts than the history has room for ---
lab::fake('many');
lab::wait_for('the limit trips', sub { ($lab::json->decode(http('/api/history')->{body})->{left_out}) > 0 });
my $history = $lab::json->decode(http('/api/history')->{body});
check($history->{hosts_max} == 64 && @{$history->{hosts}} == 64, 'the history has 64 hosts');
lab::wait_for('the limit is told',
	sub { lab::said('exporter') =~ /Limit: the history has room for 64 hosts, 6 more are not plotted/ });
my @told = lab::said('exporter') =~ /Limit: the/g;
check(@told == 1, 'and once');

# --- A daemon that runs, and has no room for one more ---
lab::fake('busy');
lab::wait_for('a daemon that is busy is not gone',
	sub { (lab::state_of()->{why} // '') =~ /^berkd is busy: it has too many connections / });
my $busy = `$berkctl --socket $lab::dir/status status 2>&1`;
check($busy =~ /the daemon is busy/, "berkctl says so, too: $busy");
lab::fake('many');
lab::wait_for('there is room again', sub { lab::state_of()->{reachable} });

# --- A daemon that ends the stream of notices ---
lab::fake('deaf');
my $deaf = sub { grep { $_->{text} =~ /$_[0]/ } @{lab::state_of()->{events}} };
lab::wait_for('lost events are told', sub { $deaf->('^Events may be missing: .* \(net\.berkd\.TooSlow\)') });
lab::wait_for('it answers', sub { lab::state_of()->{reachable} });
check(!defined lab::state_of()->{events_ms}, 'meanwhile nobody knows what happens');
lab::fake('many');
lab::wait_for('so is that events are back', sub { $deaf->('^Events are told again$') });
lab::wait_for('the journal has it', sub { lab::said('exporter') =~ /Events may be missing: / });
lab::wait_for('and then what happened since', sub { (lab::state_of()->{events_ms} // 60_000) < 60_000 });
lab::fake('garbled');
lab::wait_for('notices that are none are told', sub { $deaf->('^Events may be missing: .* \(Protocol error\)') });
lab::fake('many');
lab::wait_for('it is back again', sub { defined lab::state_of()->{events_ms} });
check($deaf->('^berkd answers again; what it told meanwhile is in its journal alone$'), 'of a daemon that was away, too');

# --- More events than there is room for ---
check(!lab::state_of()->{events_cut}, 'all events are there');
lab::fake('chatty');
lab::wait_for('that some are not is said', sub { lab::state_of()->{events_cut} });
lab::wait_for('in the journal, too',
	sub { lab::said('exporter') =~ /Limit: 200 events of the last hour are kept, older ones are left out/ });
lab::fake('many');
lab::wait_for('the rest goes on', sub { lab::state_of()->{reachable} });

# --- A daemon that is stopped ---
kill STOP => $lab::child{fake};
lab::wait_for('a daemon that is stopped is noticed', sub { (lab::state_of()->{why} // '') =~ /does not answer/ });
kill CONT => $lab::child{fake};
lab::wait_for('it goes on', sub { lab::state_of()->{reachable} });

# --- Ends ---
my $log = lab::said('exporter');
check($log =~ tr/\n// <= 36, "the journal is quiet: $log");
check(lab::stop('exporter') == 15, 'SIGTERM ends it');

# --- A daemon that cannot tell its history, or has none, is asked for it some times, or once ---
for my $t (['stuck', 'Failed', 5], ['bare', 'NoHistory', 1]) {
	my ($group, $error, $times) = @$t;
	lab::fake($group);
	my $asked = () = lab::said('fake') =~ /History/g;
	lab::exporter();
	lab::wait_for("no history: $error", sub {
		lab::said('exporter') =~ /has not told its history \(net\.berkd\.$error\): the page begins empty/ });
	$asked = (() = lab::said('fake') =~ /History/g) - $asked;
	check($asked == $times && lab::state_of()->{loads} == 0, "$error: asked $asked times");
	lab::stop('exporter');
}
lab::verdict('what berkd-exporter serves, and what it refuses');
