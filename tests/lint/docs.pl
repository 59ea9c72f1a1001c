#!/usr/bin/perl
# What documents state is so: defaults, ranges, "live" and order of berkd.conf(5), the packages that README and the
# Debian package want for a build, links between documents.  That the comments in berkd.conf show the defaults of the
# code is for tests/unit/test_config_keys.
use strict;
use warnings FATAL => 'all';

chdir($ENV{srcdir} || '.') or die "srcdir: $!\n";
require './tests/lint/source.pm';

sub slurp {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

my @wrong;

# --- berkd.conf(5) beside the table of keys and berkd.conf ---

my %key; # {"section key"} = {live, allowed}
my @order;
my $table = slurp('src/berkd/config/keys.c');
while ($table =~ /^\t\{"(\w+)", "(\w+)",(.*?)\},\n/gms) {
	my ($section, $name, $rest) = ($1, $2, $3);
	my ($allowed) = $rest =~ /"([^"]*)"\s*$/;
	push @order, "$section $name";
	$key{"$section $name"} = {live => $rest =~ /\bLIVE\b|\btrue\b/ ? 'live' : 'restart', allowed => $allowed // ''};
}
keys %key > 30 or source::fail('keys.c: its table cannot be read');

my (%shipped, @shipped, @described, $section);
for (split /\n/, slurp('conf/berkd.conf')) {
	$section = $1 if /^\[(\w+)\]/;
	/^#?(\w+) =\s*(.*)/ or next;
	$shipped{"$section $1"} = $2;
	push @shipped, "$section $1";
}
my %no_value = map { $_ => 1 } '', qw(none all empty); # an empty value, in words

my $page = slurp('conf/berkd.conf.5');
for my $part (split /^(?=\.Ss \[)/m, $page) {
	my ($section) = $part =~ /^\.Ss \[(\w+)\]/ or next;
	for my $entry (split /^(?=\.It Cm \w+ No =)/m, $part) {
		my ($name) = $entry =~ /^\.It Cm (\w+) No =/ or next;
		push @described, "$section $name";
		my $key = $key{"$section $name"} or push(@wrong, "berkd.conf(5): [$section] $name is no key"), next;
		my ($default, $when) = $entry =~ /^Default: (.*?); (live|restart)\.$/ms
			or push(@wrong, "berkd.conf(5): $name has no line \"Default: VALUE; live.\""), next;
		push @wrong, "berkd.conf(5): $name is said to be $when" if $when ne $key->{live};
		my $shown = $shipped{"$section $name"};
		if (defined $shown && $default !~ / /) {
			my $same = $no_value{$default} ? $shown eq '' || $name eq 'key_file' : $shown eq $default;
			push @wrong, "$name: default $default in berkd.conf(5), $shown in berkd.conf" if !$same;
		}
		my @limits = $key->{allowed} =~ /^(-?\d\S*)(?: \(.*?\))? to (\S+?)(?:,|$)/;
		@limits = $key->{allowed} =~ /^(\d\S*) or more/ if !@limits;
		$entry =~ /(?<![\w.])\Q$_\E(?!\w)/ or push @wrong, "berkd.conf(5): $name does not name its limit $_"
			for @limits;
		delete $key{"$section $name"};
	}
}
push @wrong, "berkd.conf(5) lacks [$_]" for sort keys %key;
my $order = 'a key stands twice, or their order is not that of keys.c';
"@described" eq "@order" or push @wrong, "berkd.conf(5): $order";
"@shipped" eq "@{[grep { !/^virtual / } @order]}" or push @wrong, "berkd.conf: $order";

# --- README's packages are those of the build ---

my ($build) = slurp('tests/lib/packages.sh') =~ /PACKAGES_BUILD="(.*?)"/s;
my $readme = slurp('README.md');
my ($listed) = $readme =~ /apt-get install --no-install-recommends (.*?)\n(?! )/s;
my %listed = map { $_ => 1 } grep { $_ ne '\\' } split ' ', $listed // '';
my %build = map { $_ => 1 } split ' ', $build;
delete $build{'libcmocka-dev'};    # for tests alone
delete $build{'libnl-3-dev'};      # comes with libnl-route-3-dev
$listed{$_} or push @wrong, "README.md lacks the package $_" for sort keys %build;
$build{$_} or push @wrong, "README.md names $_, packages.sh does not" for sort keys %listed;

# --- and so are those of the Debian package, but for what Debian has for every build, and debhelper's own ---

my ($depends) = slurp('conf/debian/control') =~ /^Build-Depends: (.*?)\n(?! )/ms;
my %depends = map { $_ => 1 } grep { !/^(?:debhelper-compat|dh-sequence-.*)$/ } map { /^\s*([\w.+-]+)/ } split /,/, $depends // '';
my %wanted = map { $_ => 1 } grep { !/^(?:gcc|libc6-dev|make|autoconf|automake)$/ } split ' ', $build;
$depends{$_} or push @wrong, "conf/debian/control lacks the package $_" for sort keys %wanted;
$wanted{$_} or push @wrong, "conf/debian/control names $_, packages.sh does not" for sort keys %depends;

# --- Links lead to something ---

my $n_links = 0;
for my $file (glob('*.md doc/*.md doc/*/*.md')) {
	my ($folder) = $file =~ m{^(.*/)?};
	my $text = slurp($file);
	while ($text =~ /\]\((?!https?:)([^)#]+)/g) {
		$n_links++;
		push @wrong, "$file: $1 is not there" if !-e ($folder // '') . $1;
	}
}
source::verdict("defaults, ranges and packages agree, $n_links links lead somewhere", @wrong);
