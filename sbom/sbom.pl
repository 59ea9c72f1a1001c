#!/usr/bin/perl
# The software bill of materials of berkd, berkctl and berkd-exporter, as SPDX 2.3 in JSON.
#
#   sbom.pl VERSION DATE MODULES PROGRAM...    what make sbom runs
#
# VERSION is that of berkd and DATE that of this build (seconds since 1970).  MODULES are what configure found, as
# NAME=VERSION.  A library is listed if one of the programs names it; one that the table below lacks is an error.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use JSON::PP;
use POSIX qw(strftime);

# Shared object without its number => module of pkg-config, package, licence, supplier, home.
my %known = (
	'libsodium' => ['libsodium', 'libsodium', 'ISC', 'Person: Frank Denis', 'https://libsodium.org/'],
	'libsystemd' => ['libsystemd', 'systemd', 'LGPL-2.1-or-later', 'Organization: systemd', 'https://systemd.io/'],
	'libnl-3' => ['libnl-3.0', 'libnl', 'LGPL-2.1-only', 'Person: Thomas Graf', 'https://github.com/thom311/libnl'],
	'libnl-route-3' => ['libnl-route-3.0', 'libnl', 'LGPL-2.1-only', 'Person: Thomas Graf', 'https://github.com/thom311/libnl'],
	'libnl-genl-3' => ['libnl-genl-3.0', 'libnl', 'LGPL-2.1-only', 'Person: Thomas Graf', 'https://github.com/thom311/libnl'],
	'libjansson' => ['jansson', 'jansson', 'MIT', 'Person: Petri Lehtinen', 'https://github.com/akheron/jansson'],
	'libqrencode' => ['libqrencode', 'qrencode', 'LGPL-2.1-or-later', 'Person: Kentaro Fukuchi', 'https://fukuchi.org/works/qrencode/'],
	'libsmartcols' => ['smartcols', 'util-linux', 'LGPL-2.1-or-later', 'Organization: util-linux', 'https://github.com/util-linux/util-linux'],
	'libncursesw' => ['ncursesw', 'ncurses', 'X11-distribute-modifications-variant', 'Person: Thomas E. Dickey', 'https://invisible-island.net/ncurses/'],
	'libtinfo' => ['ncursesw', 'ncurses', 'X11-distribute-modifications-variant', 'Person: Thomas E. Dickey', 'https://invisible-island.net/ncurses/'],
	'libinih' => ['inih', 'inih', 'BSD-3-Clause', 'Person: Ben Hoyt', 'https://github.com/benhoyt/inih'],
	'libedit' => ['libedit', 'libedit', 'BSD-3-Clause', 'Person: Jess Thrysoee', 'https://thrysoee.dk/editline/'],
	'libcap-ng' => ['libcap-ng', 'libcap-ng', 'LGPL-2.1-or-later', 'Person: Steve Grubb', 'https://github.com/stevegrubb/libcap-ng'],
	'libseccomp' => ['libseccomp', 'libseccomp', 'LGPL-2.1-only', 'Organization: libseccomp', 'https://github.com/seccomp/libseccomp'],
	'libmicrohttpd' => ['libmicrohttpd', 'libmicrohttpd', 'LGPL-2.1-or-later', 'Organization: GNU libmicrohttpd', 'https://www.gnu.org/software/libmicrohttpd/'],
	'libc' => ['', 'glibc', 'LGPL-2.1-or-later', 'Organization: GNU C Library', 'https://sourceware.org/glibc/'],
	'libm' => ['', 'glibc', 'LGPL-2.1-or-later', 'Organization: GNU C Library', 'https://sourceware.org/glibc/'],
);

my ($version, $date, $modules, @programs) = @ARGV;
die "usage: sbom.pl VERSION DATE MODULES PROGRAM...\n" unless @programs;
my %found = map { split /=/, $_, 2 } split ' ', $modules;

my %libraries;
for my $program (@programs) {
	open my $needed, '-|', 'readelf', '-dW', $program or die "readelf: $!\n";
	while (<$needed>) {
		$libraries{$1} = 1 if /\(NEEDED\).*\[([^\]]+)\]/;
	}
	close $needed or die "readelf cannot read $program\n";
}
die "the programs name no library\n" unless %libraries;

# The C library has no module: getconf knows it.
sub version_of {
	my ($soname, $module) = @_;
	return $found{$module} if $module ne '' && defined $found{$module};
	die "$soname: configure asked for no $module (m4/berk_sbom.m4)\n" if $module ne '';
	my ($libc) = (`getconf GNU_LIBC_VERSION` // '') =~ /([0-9.]+)$/;
	return $libc // die "getconf knows no version of the C library\n";
}

sub package_of {
	my ($name, $version, $licence, $supplier, $home) = @_;
	my $package = {
		SPDXID => "SPDXRef-Package-$name", name => $name, versionInfo => $version, supplier => $supplier,
		downloadLocation => 'NOASSERTION', filesAnalyzed => JSON::PP::false, licenseConcluded => $licence,
		licenseDeclared => $licence, copyrightText => 'NOASSERTION',
	};
	$package->{homepage} = $home if $home;
	return $package;
}

my @packages = (package_of('berkd', $version, 'MIT', 'Organization: the berkd authors', ''));
my @relations = (['SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Package-berkd']);
$packages[0]{primaryPackagePurpose} = 'APPLICATION';
$packages[0]{copyrightText} = 'Copyright (c) 2026 the berkd authors';
for my $soname (sort keys %libraries) {
	(my $library = $soname) =~ s/\.so(\.[0-9.]+)?$//;
	next if $library =~ /^ld-linux/; # the loader is of the C library
	my $row = $known{$library} or die "$soname is linked, and its licence and supplier are not in sbom.pl\n";
	my ($module, $project, $licence, $supplier, $home) = @$row;
	my $package = package_of($library, version_of($soname, $module), $licence, $supplier, $home);
	$package->{primaryPackagePurpose} = 'LIBRARY';
	$package->{sourceInfo} = "$soname of $project, as a shared library";
	push @packages, $package;
	push @relations, ['SPDXRef-Package-berkd', 'DYNAMIC_LINK', $package->{SPDXID}];
}

my $json = JSON::PP->new->canonical->pretty;
my $content = $json->encode(\@packages);
print $json->encode({
	spdxVersion => 'SPDX-2.3', dataLicense => 'CC0-1.0', SPDXID => 'SPDXRef-DOCUMENT', name => "berkd-$version",
	documentNamespace => "https://spdx.org/spdxdocs/berkd-$version-" . sha1_hex($content),
	creationInfo => {
		created => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $date),
		creators => ["Tool: berkd-sbom-$version", 'Organization: the berkd authors'],
	},
	packages => \@packages,
	relationships => [map { {
		spdxElementId => $_->[0], relationshipType => $_->[1], relatedSpdxElement => $_->[2] } } @relations],
});
