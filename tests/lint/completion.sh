#!/bin/bash
# completion.sh - the completions that are kept are what `berkctl completion` makes of the table of commands, and bash, zsh
# and fish offer each command and each of its long options, and what its arguments are.
# zsh and fish are asked where they are installed.
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
}

for kept in bash:berkctl.bash zsh:_berkctl fish:berkctl.fish; do
	"$berkctl" completion ${kept%%:*} | cmp - ${kept#*:} || { echo "FAIL: ${kept#*:} is old: make completions"; bad=1; }
done
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
# The arguments: words that stand for themselves, and hosts, of which a berkctl in the PATH tells.
printf '#!/bin/sh\necho "  \\"name\\": \\"alpha\\","\n' >"$home/berkctl"
chmod +x "$home/berkctl"
arguments() # WORD... WANTED: that is offered behind WORD...
{
	local wanted=${*: -1}
	set -- "${@:1:$#-1}"

	(PATH=$home:$PATH; offers_bash "$@" '') | grep -qx "$wanted" || { echo "FAIL: bash does not offer $wanted behind $*"; bad=1; }
	case $asked in *fish*)
		(PATH=$home:$PATH; offers_fish "$@" '') | grep -qx "$wanted" || { echo "FAIL: fish does not offer $wanted behind $*"; bad=1; } ;;
	esac
}
arguments why alpha
arguments forget alpha
arguments history --host alpha
arguments trust pin
arguments trust pin alpha
arguments trace notice
arguments completion zsh
[ $bad = 0 ] && echo "commands and options are offered; asked: $asked"
exit $bad
