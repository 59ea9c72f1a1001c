#!/bin/bash
# completion.sh - what berkctl --help names, bash, zsh and fish offer and berkctl(1) describes: each command, and
# each long option of it.
# zsh and fish are asked where they are installed; their files are read in any case.
berkctl=$PWD/berkctl
cd "${srcdir:-.}/src/berkctl" || exit 1
bad=0
asked=bash
type zsh >/dev/null 2>&1 && asked+=" zsh"
type fish >/dev/null 2>&1 && asked+=" fish"

. ./berkctl.bash
offers_bash() # WORD... (the last one is completed)
{
	COMP_WORDS=(berkctl "$@") COMP_CWORD=$#
	_berkctl
	printf '%s\n' "${COMPREPLY[@]}"
}

# The functions of zsh's completion system say what they are given.
offers_zsh()
{
	zsh -fc '_describe() { print -rl -- ${${(P)2}%%:*} }
		_arguments() { [[ -z $words[CURRENT] ]] && _berkctl_commands; print -rl -- ${${@#\(*\)}%%\[*} }
		words=(berkctl "$@") CURRENT=$#words; . ./_berkctl' zsh "$@"
}

# It makes folders in its home.
home=$(mktemp -d) || exit 1
trap 'rm -r "$home"' EXIT
offers_fish()
{
	HOME=$home XDG_CONFIG_HOME='' XDG_DATA_HOME='' fish -Nc '. ./berkctl.fish; complete -C "berkctl $argv"' -- "$*" 2>/dev/null | cut -f 1
}

want() # COMMAND WORD: WORD is offered behind COMMAND, or COMMAND itself
{
	local shell

	for shell in $asked; do
		"offers_$shell" ${2:+"$1"} "${2:+--}" | grep -qxe "${2:-$1}" ||
			{ echo "FAIL: $shell does not offer $1 $2"; bad=1; }
	done
	sed -n "/^\.It Ic $1\( \|\$\)/,/^\.It Ic/p" berkctl.1 | grep -qe "${2:+Fl -${2#--}}" ||
		{ echo "FAIL: berkctl(1) lacks $1 $2"; bad=1; }
	if [ -z "$2" ]; then
		grep -qE "^		['\"]$1:" _berkctl && grep -q "__berkctl_in -a $1 -d" berkctl.fish
	else
		sed -n "/^	$1)/,/;;/p" _berkctl | grep -qe "$2\|{.*,$2}" &&
			grep -q "'__berkctl_in \(.* \)*$1\( .*\)*'.* -l ${2#--} " berkctl.fish
	fi || { echo "FAIL: _berkctl or berkctl.fish lacks $1 $2"; bad=1; }
}

commands=$("$berkctl" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 15 ] || { echo "FAIL: berkctl --help cannot be read"; bad=1; }
for command in $commands; do
	want "$command" ""
	for option in $("$berkctl" "$command" --help | grep -oE '^ .{5}--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		case $option in
		--json | --socket) ;; # of each command
		*) want "$command" "$option" ;;
		esac
	done
done
[ $bad = 0 ] && echo "commands and options are offered; asked: $asked"
exit $bad
