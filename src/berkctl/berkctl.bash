# bash completion for berkctl(1)
_berkctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= word i
	local commands="setup invite join leave status members why diff rounds history plot monitor top check doctor metrics waitsync chat say transfer
		stepdown step settime forget exclude include hold resume reload trace keygen trust revoke version"

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* && ${COMP_WORDS[i - 1]} != --socket && ${COMP_WORDS[i - 1]} != --config && " ${commands//[[:space:]]/ } " == *" $word "* ]]; then
			command=$word
			break
		fi
	done
	if [[ $prev == --socket || $prev == --config || $prev == --svg ]]; then
		COMPREPLY=($(compgen -f -- "$cur"))
		return
	fi
	if [[ $cur == -* ]]; then
		local options="--json --socket --help"
		case $command in
		"") options+=" --version" ;;
		members) options+=" --all --verbose" ;;
		rounds) options+=" --limit" ;;
		history) options+=" --since --host --limit" ;;
		plot) options+=" --since --host --svg" ;;
		monitor) options+=" --verbose --interval" ;;
		top) options+=" --interval" ;;
		waitsync) options+=" --max-bound --hosts --timeout --configured" ;;
		transfer | stepdown | step | forget | exclude | include | resume) options+=" --dry-run" ;;
		hold) options+=" --dry-run --timeout" ;;
		settime) options+=" --step --from-rtc --dry-run" ;;
		chat) options+=" --follow --history" ;;
		say) options+=" --to" ;;
		setup) options+=" --yes --dry-run --timeout --qr --config" ;;
		invite) options+=" --timeout --qr --undo --config" ;;
		join) options+=" --yes --dry-run --timeout --config" ;;
		leave) options+=" --yes --dry-run --config" ;;
		trust) options+=" --all --config --dry-run" ;;
		doctor) options+=" --config" ;;
		revoke) options+=" --undo" ;;
		esac
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
		return
	fi
	[[ $prev == --host || $prev == --to ]] && command=why
	case $command in
	"") COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
	trace) COMPREPLY=($(compgen -W "error warning notice info debug" -- "$cur")) ;;
	trust)
		if [[ $prev == trust ]]; then
			COMPREPLY=($(compgen -W "list pin unpin" -- "$cur"))
			return
		fi
		;;&
	why | diff | transfer | forget | exclude | include | revoke | trust)
		# Names come from peers: only what is plainly a name is offered.
		COMPREPLY=($(compgen -W "$(berkctl members --json 2>/dev/null |
			sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)",*$/\1/p')" -- "$cur"))
		;;
	esac
}
complete -F _berkctl berkctl
