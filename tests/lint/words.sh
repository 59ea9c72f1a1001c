#!/bin/sh
# Code, configuration, man pages and commands say the same.
cd "${srcdir:-.}" || exit 1
bad=0
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
say() { echo "FAIL: $*"; bad=1; }

# Each key of the table stands in berkd.conf and berkd.conf(5), and the other way round.
keys=$(sed -nE 's/^\t\{"([a-z]+)", "([a-z_0-9]+)".*/\1 \2/p' src/berkd/config/keys.c)
[ "$(echo "$keys" | wc -l)" -gt 30 ] || say "keys.c: its table cannot be read"
echo "$keys" | while read -r section key; do
	grep -q "^\.It Cm $key " conf/berkd.conf.5 || echo "$key is not in berkd.conf(5)"
	[ "$section" = virtual ] || grep -qE "^#?$key =" conf/berkd.conf || echo "$key is not in berkd.conf"
done >"$tmp" 2>&1
sed -nE 's/^\.It Cm ([a-z_0-9]+) No =.*/\1/p' conf/berkd.conf.5 | while read -r key; do
	echo "$keys" | grep -q " $key\$" || echo "berkd.conf(5): $key is no key"
done >>"$tmp"
[ ! -s "$tmp" ] || { cat "$tmp"; bad=1; }

# The words of an enum (src/common/words.c) stand in the pages and files that offer them.
column() { # macro
	sed -n "/^#define $1(X)/,/^\$/p" src/common/words.c | sed -nE 's/^\tX\([A-Z_]+, "([a-z-]+)",.*/\1/p'
}
offered() { # table file...
	words=$(sed -n "/^const char \*const words_$1\[\] = {\$/,/^};/p" src/common/words.c |
		grep -oE '= "[a-z-]+"' | tr -d '=" ')
	# The states of a member, and the reasons, have tables with more columns.
	[ "$1" != member_state ] || words=$(column MEMBER_STATES)
	[ "$1" != reason ] || words=$(column REASONS)
	[ -n "$words" ] || say "words.c: words_$1 cannot be read"
	enum=$1
	shift
	for file; do
		for word in $words; do
			grep -qw -- "$word" "$file" || say "$file lacks the word $word (words_$enum in words.c)"
		done
	done
}
offered level conf/berkd.conf.5 src/berkctl/berkctl.1 src/berkctl/berkctl.bash src/berkctl/_berkctl \
	src/berkctl/berkctl.fish src/berkctl/main.c \
	src/berkd/config/keys.c src/berkd/control/net.berkd.varlink
offered clock_mode conf/berkd.conf.5 src/berkd/config/keys.c src/berkd/control/net.berkd.varlink
offered quorum conf/berkd.conf.5 src/berkd/config/keys.c
offered stamp conf/berkd.conf.5 src/berkd/config/keys.c src/berkd/control/net.berkd.varlink
offered member_state src/berkd/control/net.berkd.varlink
offered reason src/berkd/control/net.berkd.varlink
offered role src/berkd/control/net.berkd.varlink

# Each MESSAGE_ID, of a notice and of the cause of another line, is in the catalogue, and no other is.
ids=$(cat include/berk/notice_table.h src/berkd/host/log.h | tr -d '\\\n\t' | grep -oE '"[a-z-]+", *"[0-9a-f]{32}"')
with_id=$(echo "$ids" | cut -d'"' -f2 | sort)
explained=$(sed -n 's/^-- @\(.*\)@$/\1/p' systemd/berkd.catalog.in | sort)
[ "$(echo "$with_id" | wc -l)" -gt 50 ] || say "notice_table.h or log.h cannot be read"
for word in $with_id; do
	echo "$explained" | grep -qx -- "$word" || say "$word has a MESSAGE_ID, but no entry in systemd/berkd.catalog.in"
done
for word in $explained; do
	echo "$with_id" | grep -qx -- "$word" || say "berkd.catalog.in: $word has no MESSAGE_ID"
done
twice=$(echo "$ids" | sed 's/" *, */"\n/' | sort | uniq -d)
[ -z "$twice" ] || say "a word or a MESSAGE_ID stands twice: $twice"
# Each line of the daemon at notice or above has a cause, and with it an id: it is written by log_err() or
# log_warning(), or is a notice.  Exceptions: log.c itself, and what --check-config says to who runs it.
for file in src/berkd/*.c src/berkd/*/*.c; do
	[ "$file" != src/berkd/host/log.c ] || continue
	tr -d '\n\t' <"$file" | grep -oE '\blog_(err|warning)\([^,]*' | grep -v '(CAUSE_[A-Z]*$' >"$tmp" &&
		say "$file: no cause: $(head -n 1 "$tmp")"
	grep -nE '\blog_line\(|\bCAUSE_NONE\b|\bsd_journal_|syslog\(' "$file" && say "$file: it logs without log_err() or log_warning()"
	[ "$file" = src/berkd/main.c ] || ! grep -n '(stderr' "$file" || say "$file: it logs to stderr alone"
done
sed -nE 's/^\tX\(([A-Z]+), "([a-z-]+)", "[0-9a-f]{32}"\).*/\1 \2/p' src/berkd/host/log.h | while read -r cause word; do
	grep -rqE "\bCAUSE_$cause\b" --include='*.c' src/berkd || echo "log.h: no line has the cause $cause"
	grep -qw -- "$word" src/berkd/berkd.8 || echo "berkd(8): no messages of the kind $word"
done >"$tmp"
[ ! -s "$tmp" ] || { cat "$tmp"; bad=1; }
# Whatever the core tells at notice or above has one.
for kind in $(grep -rhoE 'notice\(n, NOTICE_[A-Z_]+, [^;]*LEVEL_(ERR|WARNING|NOTICE)' src/core | sed -E 's/.*NOTICE_([A-Z_]+), .*/\1/' | sort -u); do
	word=$(tr -d '\\\n\t' <include/berk/notice_table.h | grep -oE "X\($kind, [a-z_]+, *\"[a-z-]+\"" | cut -d'"' -f2)
	echo "$with_id" | grep -qx -- "$word" || say "$word is told at notice or above, and has no MESSAGE_ID"
done
[ -z "$(echo "$explained" | uniq -d)" ] || say "an entry of the catalogue stands twice"

# Roles are master, deputy, member.
grep -rniE '\bslaves?\b' --include='*.[ch]' --include='*.md' --include='*.[158]' --include='*.conf' \
	src include conf systemd README.md ARCHITECTURE.md HACKING.md && say "a word we do not use"
[ $bad = 0 ] && echo "words agree"
exit $bad
