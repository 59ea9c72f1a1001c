#!/usr/bin/perl
# The page in a browser: headless Chromium, driven by playwright-core of npm (page.mjs).  Where either is missing, and
# the latter cannot be had from npm's registry, the test is skipped.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use lab;

# npm wants the network that is outside.
my $modules = '/var/cache/berkd-tests/node';
$modules = "$lab::built/tests/exporter/node" if !-w '/var/cache' && !-d $modules;
if (!$ENV{EXPORTER_INSIDE}) {
	my ($chromium) = grep { -x } map { "$_/chromium" } split /:/, $ENV{PATH};
	lab::skip('no chromium (package chromium)') if !$chromium;
	lab::skip('no node (package nodejs)') if system('node --version >/dev/null 2>&1') != 0;
	my $there = sub { -d "$modules/node_modules/playwright-core" };
	my $npm = "npm install --silent --no-audit --no-fund --prefix $modules playwright-core\@1";
	system("mkdir -p $modules && timeout 60 $npm >&2") if !$there->();
	lab::skip('no playwright-core (npm install playwright-core)') if !$there->();
	$ENV{EXPORTER_CHROMIUM} = $chromium;
}
lab::enter();
lab::exporter();
local $ENV{NODE_PATH} = "$modules/node_modules";
# The browser says in files which daemon it wants, one after the other.
lab::start('browser', 'node', "$lab::here/page.mjs", $lab::dir, $modules, $ENV{EXPORTER_CHROMIUM},
	$ENV{EXPORTER_SHOTS} // '');
my $ended = 0;
lab::wait_for('the browser ends', sub {
	if (waitpid($lab::child{browser}, POSIX::WNOHANG()) > 0) {
		$ended = $?;
		delete $lab::child{browser};
		return 1;
	}
	for my $group (qw(five held many hostile none gone)) {
		unlink "$lab::dir/want-$group" or next;
		$group eq 'gone' ? lab::stop('exporter') : $group eq 'none' ? lab::stop('fake') : lab::fake($group);
	}
	return 0;
}, 280);
lab::check($ended == 0 && !$lab::bad, lab::said('browser'));
lab::verdict(lab::said('browser'));
