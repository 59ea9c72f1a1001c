#!/usr/bin/perl
# What berkd-exporter says of a real berkd is what Prometheus takes, and the alert rules and the dashboard ask for no
# metric that is not there.  promtool is asked where it is: installed, or unpacked by fetch_promtool of
# tests/lib/packages.sh.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use lab;

lab::enter();
my $dir = $lab::dir;
mkdir "$dir/state" or die;
open my $out, '>', "$dir/berkd.conf" or die;
print $out <<"end";
[group]
min_hosts = 1
insecure = yes
[network]
discovery = no
netlink = no
[clock]
driver = virtual
[control]
socket = $dir/control
status_socket = $dir/status
[state]
directory = $dir/state
end
close $out;
lab::start('berkd', "$lab::built/berkd", '-c', "$dir/berkd.conf");
lab::wait_for('the socket of berkd', sub { -S "$dir/status" });
lab::exporter();
lab::wait_for('berkd is synced', sub { my $s = lab::state_of()->{status}; $s && $s->{synced} });

lab::wait_for('the history of a real berkd is read', sub { lab::state_of()->{loads} == 1 })
	or lab::check(0, lab::said('exporter'));
my $known = lab::state_of()->{events_ms};
lab::check(defined $known && $known < 300_000, 'nobody knows what was before it began: ' . ($known // 'null'));

# --- The same as berkctl, but for figures that go on ---
my $served = lab::http('/metrics')->{body};
my $printed = `$lab::built/berkctl --socket $dir/status metrics`;
(my $served_names = $served) =~ s/ [-+.\de]+$//mg;
(my $printed_names = $printed) =~ s/ [-+.\de]+$//mg;
lab::check($served_names eq $printed_names && $served_names =~ /^berkd_member_bound_seconds\{/m,
	"not the same:\n$served\n$printed");

# --- The file for a node exporter, as the service writes it that is an example ---
my $unit = lab::slurp("$lab::top/conf/examples/berkd-textfile.service");
my ($script) = $unit =~ m{^ExecStart=/bin/sh -c '(.*)'$}m;
$script =~ s/\$\$/\$/g; # as systemd does
mkdir "$dir/bin" or die;
sub write_file { # what a berkctl writes that runs this
	my ($command) = @_;
	open my $bin, '>', "$dir/bin/berkctl" or die;
	print $bin "#!/bin/sh\n$command\n";
	close $bin;
	chmod 0755, "$dir/bin/berkctl";
	local $ENV{PATH} = "$dir/bin:$ENV{PATH}";
	return system("cd $dir && exec sh -c '$script' 2>/dev/null") >> 8;
}
lab::check(write_file("exec $lab::built/berkctl --socket $dir/status \"\$@\"") == 0, 'the file is written');
(my $written_names = lab::slurp("$dir/berkd.prom")) =~ s/ [-+.\de]+$//mg;
lab::check($written_names eq $printed_names, 'the file has all figures');
lab::check(write_file('echo half; exit 1') == 1 && lab::slurp("$dir/berkd.prom") !~ /half/,
	'the file stays as it is where there is an error');
lab::check(write_file("exec $lab::built/berkctl --socket $dir/none \"\$@\"") == 0
	&& lab::slurp("$dir/berkd.prom") =~ /^berkd_up 0$/m, 'the file says that berkd does not answer');
my ($folder) = $unit =~ /^WorkingDirectory=(.+)$/m;
lab::check($unit =~ /^ReadWritePaths=\Q$folder\E$/m, 'it may write where it stands');

# --- Alert rules and dashboard name metrics that are there: of a real berkd, or of one in a group ---
lab::start('fake', $^X, "$lab::here/fake.pl", "$dir/fake", 'still');
lab::wait_for('fake.pl', sub { -S "$dir/fake" });
my $of_group = `$lab::built/berkctl --socket $dir/fake metrics`;
my %is_there = map { $_ => 1 } 'node_textfile_mtime_seconds', "$served\n$of_group" =~ /^(\w+)/mg;
sub names_are_there {
	my ($where, $expr) = @_;
	my @names = $expr =~ /\b((?:berkd|node)_\w+)/g;
	lab::check(scalar @names, "$where asks for no metric: $expr");
	lab::check($is_there{$_}, "$where asks for $_, which is not there") for @names;
	return scalar @names;
}
my @rules = lab::slurp("$lab::top/conf/alerts.yml") =~ /^\s+expr: (.+)$/mg;
lab::check(@rules >= 6, 'alert rules');
names_are_there('alerts.yml', $_) for @rules;
my $fires = lab::slurp("$lab::here/alerts_test.yml");
for my $alert (lab::slurp("$lab::top/conf/alerts.yml") =~ /^\s+- alert: (\w+)$/mg) {
	lab::check($fires =~ /alertname="$alert"/, "alerts_test.yml does not say when $alert fires");
}

my $board = $lab::json->decode(lab::slurp("$lab::top/conf/grafana.json"));
lab::check($board->{title} && $board->{schemaVersion} >= 36 && $board->{uid} && !defined $board->{id},
	'the head of grafana.json');
my (%id, %at, $n_exprs);
for my $panel (@{$board->{panels}}) {
	lab::check(!$id{$panel->{id}}++, "panel $panel->{id} stands twice");
	my $p = $panel->{gridPos};
	for my $x ($p->{x} .. $p->{x} + $p->{w} - 1) {
		for my $y ($p->{y} .. $p->{y} + $p->{h} - 1) {
			lab::check($x < 24 && !$at{"$x $y"}++,
				"panel $panel->{title} lies over another, or beside the board");
		}
	}
	lab::check($panel->{title} && $panel->{type} && $panel->{datasource}{uid} eq '${datasource}',
		"panel $panel->{id} lacks something");
	for my $target (@{$panel->{targets}}) {
		$n_exprs += names_are_there("grafana.json, $panel->{title}", $target->{expr});
		# One that all hosts have is told apart by whom Prometheus asked.
		my ($name) = $target->{expr} =~ /(berkd_\w+)/;
		my ($labels) = "$served\n$of_group" =~ /^\Q$name\E\{(.*)\}/m;
		my @used = $target->{legendFormat} =~ /\{\{(\w+)\}\}/g;
		lab::check((grep { $_ eq 'instance' } @used)
			&& !(grep { my $l = $_; $l ne 'instance' && ($labels // '') !~ /\b$l="/ } @used),
			"the legend of $panel->{title}: $target->{legendFormat}");
	}
}
lab::check($n_exprs >= 8, 'the dashboard has panels');

# --- Prometheus' own word ---
my ($promtool) = grep { -x } map { "$_/promtool" } split(/:/, $ENV{PATH}), '/var/cache/berkd-tests';
lab::verdict('metrics, rules and dashboard agree') if $lab::bad;
lab::skip('no promtool: . tests/lib/packages.sh && fetch_promtool; all else is good') if !$promtool;
for my $metrics ($served, $of_group, "# HELP berkd_up 1\n# TYPE berkd_up gauge\nberkd_up 0\n") {
	open my $tool, '|-', "$promtool check metrics >>$dir/promtool 2>&1" or die;
	print $tool $metrics;
	lab::check(close $tool, 'promtool check metrics: ' . lab::slurp("$dir/promtool"));
}
lab::check(-z "$dir/promtool", 'promtool advises: ' . lab::slurp("$dir/promtool"));
my $told = `$promtool check rules $lab::top/conf/alerts.yml 2>&1`;
lab::check($? == 0, "promtool check rules: $told");
symlink "$lab::top/conf/alerts.yml", "$dir/alerts.yml" or die;
symlink "$lab::here/alerts_test.yml", "$dir/alerts_test.yml" or die;
$told = `$promtool test rules $dir/alerts_test.yml 2>&1`;
lab::check($? == 0, "promtool test rules: $told");

# Prometheus reads OpenMetrics for good only with an instant behind each figure.
my $open = lab::http('/metrics', more => "Accept: application/openmetrics-text\r\n")->{body};
$open =~ s/^([^#].*)$/$1 1700000000/mg;
open my $file, '>', "$dir/open" or die;
print $file $open;
close $file;
$told = `$promtool tsdb create-blocks-from openmetrics $dir/open $dir/blocks 2>&1`;
lab::check($? == 0 && $told !~ /error/i, "promtool tsdb create-blocks-from openmetrics: $told");
lab::verdict('metrics, rules and dashboard agree; promtool takes them');
