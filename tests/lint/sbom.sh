#!/bin/sh
# make sbom writes SPDX 2.3 with the fields that it demands, of berkd and of all that its programs link.
set -eu
make -s sbom
# shellcheck disable=SC2046
exec perl -x "$0" berkd.spdx.json berkd berkctl $([ ! -x berkd-exporter ] || echo berkd-exporter)
#!perl
use strict;
use warnings;
use JSON::PP;

my ($file, @programs) = @ARGV;
my $bad = 0;
sub demand {
	my ($holds, $what) = @_;
	return if $holds;
	print "FAIL: $file: $what\n";
	$bad = 1;
}

open my $in, '<', $file or die "$file: $!\n";
my $document = JSON::PP->new->decode(do { local $/; <$in> });
sub text_of { # text_of OBJECT NAME: a field that is text, and not empty
	my ($object, $name) = @_;
	demand(defined $object->{$name} && !ref $object->{$name} && length $object->{$name}, "no $name");
	return $object->{$name} // '';
}

demand(text_of($document, 'spdxVersion') eq 'SPDX-2.3', 'not of SPDX 2.3');
demand(text_of($document, 'dataLicense') eq 'CC0-1.0', 'the licence of the data is CC0-1.0');
demand(text_of($document, 'SPDXID') eq 'SPDXRef-DOCUMENT', 'the document has another id');
demand(text_of($document, 'documentNamespace') =~ m{^https://[^#]+$}, 'the namespace is a URI without #');
text_of($document, 'name');
demand(text_of($document->{creationInfo}, 'created') =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'the date of creation');
demand(@{$document->{creationInfo}{creators} // []} > 0, 'nobody created it');
demand($_ =~ /^(Tool|Person|Organization): \S/, "creator $_") for @{$document->{creationInfo}{creators}};

my (%package, %linked, $described);
for my $p (@{$document->{packages}}) {
	my $id = text_of($p, 'SPDXID');
	demand($id =~ /^SPDXRef-[A-Za-z0-9.-]+$/, "id $id");
	demand(!$package{$id}++, "$id twice");
	demand(text_of($p, 'versionInfo') =~ /^\d/, "$id: its version");
	demand(text_of($p, 'supplier') =~ /^(Person|Organization): \S/, "$id: its supplier");
	demand(text_of($p, $_) =~ /^[A-Za-z0-9.+-]+$/, "$id: $_") for 'licenseConcluded', 'licenseDeclared';
	text_of($p, $_) for 'name', 'downloadLocation', 'copyrightText';
	demand(JSON::PP::is_bool($p->{filesAnalyzed}) && !$p->{filesAnalyzed}, "$id: its files are not listed");
}
for my $r (@{$document->{relationships}}) {
	my ($of, $how, $to) = map { text_of($r, $_) } 'spdxElementId', 'relationshipType', 'relatedSpdxElement';
	demand($package{$to} && ($of eq 'SPDXRef-DOCUMENT' || $package{$of}), "$of $how $to: of what is not there");
	$linked{$to} = 1 if $of eq 'SPDXRef-Package-berkd' && $how eq 'DYNAMIC_LINK';
	$described = 1 if $of eq 'SPDXRef-DOCUMENT' && $how eq 'DESCRIBES' && $to eq 'SPDXRef-Package-berkd';
}
demand($described, 'it does not describe berkd');

# What the loader would load, and nothing else.
my %needed = map { $_ => 1 } map { /\(NEEDED\).*\[(.+)\.so/ ? "SPDXRef-Package-$1" : () } map { `readelf -dW $_` } @programs;
delete $needed{$_} for grep { /ld-linux/ } keys %needed;
demand($linked{$_}, "$_ is linked, and not there") for sort keys %needed;
demand($needed{$_}, "$_ is there, and not linked") for sort keys %linked;
print "$file: berkd and ", scalar keys %linked, " libraries\n" unless $bad;
exit $bad;
