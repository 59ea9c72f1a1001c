# bash completion for berkctl(1): berkctl completion bash
_berkctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= word i
	local commands="setup invite join leave status members why diff rounds history plot monitor top check doctor metrics waitsync chat say transfer stepdown step settime forget exclude include hold resume reload trace keygen trust revoke completion version"

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* && ${COMP_WORDS[i - 1]} != --socket && ${COMP_WORDS[i - 1]} != --config && " $commands " == *" $word "* ]]; then
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
		setup) options+=" --timeout --dry-run --yes --qr --config" ;;
		invite) options+=" --timeout --undo --qr --config" ;;
		join) options+=" --timeout --dry-run --yes --config" ;;
		leave) options+=" --dry-run --yes --config" ;;
		members) options+=" --all --verbose" ;;
		rounds) options+=" --limit" ;;
		history) options+=" --since --host --limit" ;;
		plot) options+=" --since --host --svg" ;;
		monitor) options+=" --verbose --interval" ;;
		top) options+=" --interval" ;;
		doctor) options+=" --config" ;;
		waitsync) options+=" --max-bound --hosts --timeout --configured" ;;
		chat) options+=" --follow --history" ;;
		say) options+=" --to" ;;
		transfer) options+=" --dry-run" ;;
		stepdown) options+=" --dry-run" ;;
		step) options+=" --dry-run" ;;
		settime) options+=" --step --from-rtc --dry-run" ;;
		forget) options+=" --dry-run" ;;
		exclude) options+=" --dry-run" ;;
		include) options+=" --dry-run" ;;
		hold) options+=" --timeout --dry-run" ;;
		resume) options+=" --dry-run" ;;
		trust) options+=" --all --dry-run --config" ;;
		revoke) options+=" --undo" ;;
		esac
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
		return
	fi
	[[ $prev == --host || $prev == --to ]] && command=why
	case $command in
	"") COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
	trace)
		if [[ $prev == trace ]]; then
			COMPREPLY=($(compgen -W "error warning notice info debug" -- "$cur"))
			return
		fi
		;;&
	keygen) COMPREPLY=($(compgen -f -- "$cur")) ;;
	trust)
		if [[ $prev == trust ]]; then
			COMPREPLY=($(compgen -W "list pin unpin" -- "$cur"))
			return
		fi
		;;&
	completion)
		if [[ $prev == completion ]]; then
			COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur"))
			return
		fi
		;;&
	why | diff | transfer | forget | exclude | include | trust | revoke)
		# Names come from peers: only what is plainly a name is offered.
		COMPREPLY=($(compgen -W "$(berkctl members --json 2>/dev/null |
			sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)",*$/\1/p')" -- "$cur"))
		;;
	esac
}
complete -F _berkctl berkctl
