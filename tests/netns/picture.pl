#!/usr/bin/perl
# picture.pl - what a terminal showed, with its escape sequences, as a picture:
#   BERK_PICTURE=top.txt tests/netns/test_top && perl tests/netns/picture.pl top.txt doc/top.png
use strict;
use warnings FATAL => 'all';
use File::Temp 'tempdir';

my ($from, $to) = @ARGV;
die "usage: picture.pl TEXT PNG\n" if @ARGV != 2;
open my $in, '<:utf8', $from or die "$from: $!\n";
my @lines = <$in>;
pop @lines while @lines && $lines[-1] !~ /\S/;

my @colours = map { "#$_" } qw(555555 e06c75 98c379 e5c07b 61afef c678dd 56b6c2 dcdfe4);
my (%is, $html, $columns);
$html = '';

# One sequence of SGR codes changes what follows.
sub style {
	for my $code (split /;/, $_[0] eq '' ? '0' : $_[0]) {
		%is = () if $code == 0;
		$is{bold} = 1 if $code == 1;
		$is{dim} = 1 if $code == 2;
		delete @is{qw(bold dim)} if $code == 22;
		$is{reverse} = $code == 7 if $code == 7 || $code == 27;
		$is{colour} = $colours[$code - 30] if $code >= 30 && $code <= 37;
		$is{colour} = $colours[$code - 90] if $code >= 90 && $code <= 97;
		delete $is{colour} if $code == 39;
	}
}

sub span {
	my ($text) = @_;
	my ($fore, $back) = ($is{colour} || '#dcdfe4', '#1e2127');
	($fore, $back) = ($back, $fore) if $is{reverse};
	my $css = "color:$fore;background:$back" . ($is{bold} ? ';font-weight:bold' : '') . ($is{dim} ? ';opacity:.65' : '');
	$text =~ s/&/&amp;/g;
	$text =~ s/</&lt;/g;
	$html .= "<span style=\"$css\">$text</span>" if $text ne '';
}

for my $line (@lines) {
	chomp $line;
	for my $part (split /(\e\[[0-9;]*m)/, $line) {
		if ($part =~ /^\e\[([0-9;]*)m$/) {
			style($1);
		} else {
			span($part);
		}
	}
	(my $bare = $line) =~ s/\e\[[0-9;]*m//g;
	$columns = length $bare if !defined $columns || length $bare > $columns;
	$html .= "\n";
}
my $dir = tempdir(CLEANUP => 1);
open my $out, '>:utf8', "$dir/page.html" or die "page.html: $!\n";
print $out '<meta charset="utf-8"><body style="margin:0;background:#1e2127"><pre style="margin:12px;',
	"font:14px/18px 'DejaVu Sans Mono',monospace;color:#dcdfe4\">$html</pre>";
close $out or die "page.html: $!\n";
my ($width, $height) = (int(8.43 * $columns) + 28, 18 * @lines + 28);
system('chromium', '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', "--window-size=$width,$height",
	"--screenshot=$dir/out.png", "file://$dir/page.html") == 0 or die "chromium failed\n";
system('cp', "$dir/out.png", $to) == 0 or die "$to cannot be written\n";
