# source.pm - C sources as the lint scripts read them; needs no more than Debian's perl-base.
#
# The house's format is taken for granted (clang-format sees to it): a function's braces stand alone in column 0.
package source;
use strict;
use warnings FATAL => 'all';

# All .c and .h files in the folders @_ and below, sorted; none is an error.
sub files {
	my @files;
	for my $folder (@_) {
		my $glob = $folder;
		for (1 .. 4) {
			push @files, glob("$glob/*.c $glob/*.h");
			$glob .= '/*';
		}
	}
	@files = sort grep { -f } @files;
	@files or fail("no sources in @_");
	return @files;
}

# The text of a file without comments; strings and characters are emptied.  Lines keep their numbers.
sub text {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	my $text = join '', <$in>;
	close $in;
	$text =~ s{
		(/\*.*?\*/ | //[^\n]*) |                  # a comment
		^(\#\s*include[^\n]*) |                   # keeps its name
		"((?:[^"\\\n]|\\.)*)" | '((?:[^'\\\n]|\\.)*)'
	}{
		defined $1 ? $1 =~ tr/\n//cdr : defined $2 ? $2 : defined $3 ? '""' : "''"
	}gmsex;
	return $text;
}

# The functions that a text defines: name, head (type, name, parameters), body, first and last line, static.
sub functions {
	my ($text) = @_;
	my @functions;
	while ($text =~ /^([a-z_][^;{}#]*?\b(\w+)\s*\((?:[^;{}]*)\)[^;{}()]*)\n\{(.*?)\n\}/gms) {
		my ($head, $body, $at) = ($1, $3, $-[3]);
		my ($name) = $head =~ /(\w+)\s*\(/;
		my $first = 1 + (substr($text, 0, $at) =~ tr/\n//);
		push @functions, {
			name => $name, head => $head, body => $body, static => scalar($head =~ /\bstatic\b/),
			first => $first, last => $first + ($body =~ tr/\n//) + 1,
		};
	}
	return @functions;
}

# Exceptions to a rule: names that may break it for now.  One that is no longer needed is a failure, so that
# the list only shrinks.
sub exceptions {
	my %state = map { $_ => 0 } @_;
	return {
		takes => sub { exists $state{$_[0]} ? ++$state{$_[0]} : 0 },
		stale => sub { map { "$_: an exception that nothing needs" } grep { !$state{$_} } sort keys %state },
	};
}

sub fail {
	print map { "FAIL: $_\n" } @_;
	exit 1;
}

# The end of a script: what is wrong, or what holds.
sub verdict {
	my ($holds, @wrong) = @_;
	fail(@wrong) if @wrong;
	print "$holds\n";
	exit 0;
}

# A .c with the header of its name beside it is one file, called by its path without the ending.
sub units {
	my %units = map { s/\.[ch]$//r => 1 } @_;
	return sort keys %units;
}

# What a text that defines functions and tables gives to other files.
sub globals {
	my ($text) = @_;
	return ((map { $_->{name} } grep { !$_->{static} } functions($text)),
		$text =~ /^(?:const )?struct \w+ (\w+)(?:\[\w*\])* = \{/gm);
}

# Which unit uses which, and why: {from}{to} = reason.  A file uses what it includes, and the files that define
# the functions and tables that it names.
sub arrows {
	my @files = @_;
	my %text = map { $_ => text($_) } @files;
	my (%definers, %arrow);

	for my $file (grep { /\.c$/ } @files) {
		$definers{$_}{(units($file))[0]} = 1 for globals($text{$file});
	}
	for my $file (@files) {
		my ($from) = units($file);
		while ($text{$file} =~ /^#\s*include\s+"([^"]+)"/gm) {
			my ($to) = grep { exists $text{$_} } "src/$1", "include/$1";
			$arrow{$from}{(units($to))[0]} ||= "includes $1" if $to;
		}
		next if $file =~ /\.h$/;
		my %own = map { $_->{name} => 1 } functions($text{$file});
		while ($text{$file} =~ /(?<![.>\w])([a-z]\w+)\b(\s*\()?/g) {
			my ($name, $called) = ($1, defined $2);
			next if $own{$name} || !$definers{$name};
			next if !$called && $name !~ /_/; # of one word: it may be a variable
			$arrow{$from}{$_} ||= "uses $name" for keys %{$definers{$name}};
		}
	}
	delete $arrow{$_}{$_} for keys %arrow;
	return \%arrow;
}

1;
