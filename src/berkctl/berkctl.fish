# fish completion for berkctl(1): berkctl completion fish

# Names come from peers: only what is plainly a name is offered.
function __berkctl_hosts
	berkctl members --json 2>/dev/null | sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)",*$/\1/p'
end

# The command on the line is one of these, or there is none.
function __berkctl_in
	set -l words (commandline -opc)[2..-1]
	set -l command
	while set -q words[1]
		switch $words[1]
			case --socket --config
				set -e words[1]
			case '-*'
			case '*'
				set command $words[1]
				break
		end
		set -e words[1]
	end
	if test -z "$argv"
		test -z "$command"
	else
		contains -- "$command" $argv
	end
end

complete -c berkctl -f
complete -c berkctl -l json -d 'print JSON, for programs'
complete -c berkctl -l socket -rF -d 'use this socket of the daemon'
complete -c berkctl -s h -l help -d usage

complete -c berkctl -n __berkctl_in -l version -d 'print the version of berkctl'
complete -c berkctl -n __berkctl_in -a setup -d 'make this host the first of a group'
complete -c berkctl -n __berkctl_in -a invite -d 'print a token for the next hosts'
complete -c berkctl -n __berkctl_in -a join -d 'bring this host into a group'
complete -c berkctl -n __berkctl_in -a leave -d 'take this host out of its group'
complete -c berkctl -n __berkctl_in -a status -d 'is this clock right, with whom, and what to do'
complete -c berkctl -n __berkctl_in -a members -d 'all hosts: offset, bound, weight, state'
complete -c berkctl -n __berkctl_in -a why -d 'does HOST count in the average, and why not'
complete -c berkctl -n __berkctl_in -a diff -d 'show how far clocks are apart, and at most can be'
complete -c berkctl -n __berkctl_in -a rounds -d 'show the last rounds that this host led as master'
complete -c berkctl -n __berkctl_in -a history -d 'show past figures, roles and events'
complete -c berkctl -n __berkctl_in -a plot -d 'draw the history'
complete -c berkctl -n __berkctl_in -a monitor -d 'print events as they happen'
complete -c berkctl -n __berkctl_in -a top -d 'show a live table of all hosts, with plots'
complete -c berkctl -n __berkctl_in -a check -d 'is all well? for monitoring: exit status 0 or 1'
complete -c berkctl -n __berkctl_in -a doctor -d 'find what is wrong with this host and its group'
complete -c berkctl -n __berkctl_in -a metrics -d 'print figures for Prometheus'
complete -c berkctl -n __berkctl_in -a waitsync -d 'wait until this clock follows the group'
complete -c berkctl -n __berkctl_in -a chat -d 'talk with the other hosts'
complete -c berkctl -n __berkctl_in -a say -d 'say one line in the chat'
complete -c berkctl -n __berkctl_in -a transfer -d 'hand over from the master to HOST, or to the deputy'
complete -c berkctl -n __berkctl_in -a stepdown -d 'hand over from the master to the deputy'
complete -c berkctl -n __berkctl_in -a step -d 'step this clock to group time'
complete -c berkctl -n __berkctl_in -a settime -d 'set the time of the group, on all hosts'
complete -c berkctl -n __berkctl_in -a forget -d 'stop counting a silent host'
complete -c berkctl -n __berkctl_in -a exclude -d 'leave HOST out of the average'
complete -c berkctl -n __berkctl_in -a include -d 'take HOST into the average again'
complete -c berkctl -n __berkctl_in -a hold -d 'correct no clock of the group for a while'
complete -c berkctl -n __berkctl_in -a resume -d 'end a hold'
complete -c berkctl -n __berkctl_in -a reload -d 'read the configuration again'
complete -c berkctl -n __berkctl_in -a trace -d 'set the log LEVEL: error, warning, notice, info, debug'
complete -c berkctl -n __berkctl_in -a keygen -d 'print a new group key, or write it to FILE'
complete -c berkctl -n __berkctl_in -a trust -d 'show who is trusted and why; pin hosts'
complete -c berkctl -n __berkctl_in -a revoke -d 'refuse HOST from now on, on all hosts'
complete -c berkctl -n __berkctl_in -a completion -d 'print completion for SHELL: bash, zsh, fish'
complete -c berkctl -n __berkctl_in -a version -d 'print the versions of berkctl and the daemon'

complete -c berkctl -n '__berkctl_in setup' -l timeout -x -d 'for at most T (10s, 2min)'
complete -c berkctl -n '__berkctl_in setup' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in setup' -s y -l yes -d 'do not ask'
complete -c berkctl -n '__berkctl_in setup' -l qr -d 'print the token as a QR code, too'
complete -c berkctl -n '__berkctl_in setup' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in invite' -l timeout -x -d 'for at most T (10s, 2min)'
complete -c berkctl -n '__berkctl_in invite' -l undo -d 'undo it'
complete -c berkctl -n '__berkctl_in invite' -l qr -d 'print the token as a QR code, too'
complete -c berkctl -n '__berkctl_in invite' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in join' -l timeout -x -d 'for at most T (10s, 2min)'
complete -c berkctl -n '__berkctl_in join' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in join' -s y -l yes -d 'do not ask'
complete -c berkctl -n '__berkctl_in join' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in leave' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in leave' -s y -l yes -d 'do not ask'
complete -c berkctl -n '__berkctl_in leave' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in members' -s a -l all -d 'also who is missing or refused; of trust: all members'
complete -c berkctl -n '__berkctl_in members' -s v -l verbose -d 'show all that is known'
complete -c berkctl -n '__berkctl_in rounds' -s n -l limit -x -d 'only the last N'
complete -c berkctl -n '__berkctl_in history' -l since -x -d 'how far back to go, such as 30min or 12h (1h)'
complete -c berkctl -n '__berkctl_in history' -l host -x -a '(__berkctl_hosts)' -d 'only of HOST: a name, or the first digits of an id'
complete -c berkctl -n '__berkctl_in history' -s n -l limit -x -d 'only the last N'
complete -c berkctl -n '__berkctl_in plot' -l since -x -d 'how far back to go, such as 30min or 12h (1h)'
complete -c berkctl -n '__berkctl_in plot' -l host -x -a '(__berkctl_hosts)' -d 'only of HOST: a name, or the first digits of an id'
complete -c berkctl -n '__berkctl_in plot' -l svg -rF -d 'write a picture to FILE; - is standard output'
complete -c berkctl -n '__berkctl_in monitor' -s v -l verbose -d 'show all that is known'
complete -c berkctl -n '__berkctl_in monitor' -s i -l interval -x -d 'figures each T (1s)'
complete -c berkctl -n '__berkctl_in top' -s i -l interval -x -d 'figures each T (1s)'
complete -c berkctl -n '__berkctl_in doctor' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in waitsync' -l max-bound -x -d 'and until its bound is at most T (1ms)'
complete -c berkctl -n '__berkctl_in waitsync' -l hosts -x -d 'and until N hosts are here, this one among them'
complete -c berkctl -n '__berkctl_in waitsync' -l timeout -x -d 'for at most T (10s, 2min)'
complete -c berkctl -n '__berkctl_in waitsync' -l configured -d 'what is not given is as [wait] of berkd.conf says'
complete -c berkctl -n '__berkctl_in chat' -s f -l follow -d 'print what is said, until interrupted'
complete -c berkctl -n '__berkctl_in chat' -s n -l history -x -d 'print the last N lines first, or only these without -f'
complete -c berkctl -n '__berkctl_in say' -l to -x -a '(__berkctl_hosts)' -d 'to HOST alone: a name, or the first digits of an id'
complete -c berkctl -n '__berkctl_in transfer' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in stepdown' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in step' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in settime' -l step -d 'all hosts step their clocks, instead of slewing them'
complete -c berkctl -n '__berkctl_in settime' -l from-rtc -d 'take the time of this host'\''s hardware clock'
complete -c berkctl -n '__berkctl_in settime' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in forget' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in exclude' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in include' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in hold' -l timeout -x -d 'for at most T (10s, 2min)'
complete -c berkctl -n '__berkctl_in hold' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in resume' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in trace' -a 'error warning notice info debug'
complete -c berkctl -n '__berkctl_in keygen' -F
complete -c berkctl -n '__berkctl_in trust' -s a -l all -d 'also who is missing or refused; of trust: all members'
complete -c berkctl -n '__berkctl_in trust' -l dry-run -d 'say what would be done, and change nothing'
complete -c berkctl -n '__berkctl_in trust' -l config -rF -d 'the configuration of the daemon, if not the system'\''s'
complete -c berkctl -n '__berkctl_in trust' -a 'list pin unpin'
complete -c berkctl -n '__berkctl_in revoke' -l undo -d 'undo it'
complete -c berkctl -n '__berkctl_in completion' -a 'bash zsh fish'
complete -c berkctl -n '__berkctl_in why diff transfer forget exclude include trust revoke' -a '(__berkctl_hosts)'
