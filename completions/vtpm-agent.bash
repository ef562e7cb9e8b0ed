# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-agent for bash, with or without the bash-completion package.

_vtpm_agent() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i words=0
	local value_options='--format --output --expect-model --nonce --event --evidence --state --interval
		--timeout --tcti --config --url --ca --token-file --cert --key --proxy --uuid --wait'
	value_options=${value_options//[$'\n\t']/ }

	# readline splits --option=value into three words.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]] && ((COMP_CWORD >= 2)); then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $before in
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'page json nagios prometheus' -- "$word")
		return
		;;
	--expect-model)
		mapfile -t COMPREPLY < <(compgen -W 'tpm-crb tpm-tis' -- "$word")
		return
		;;
	--tcti)
		mapfile -t COMPREPLY < <(compgen -W 'device: swtpm:' -- "$word")
		compopt -o nospace 2>/dev/null
		return
		;;
	--event)
		mapfile -t COMPREPLY < <(compgen -W 'none live-migration soft-reboot hard-reboot cold-migration
			resume clear' -- "$word")
		return
		;;
	--config | --output | --evidence | --ca | --token-file | --cert | --key)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--state)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--nonce | --timeout | --interval | --url | --proxy | --uuid | --wait)
		return
		;;
	esac

	# The command, and how many words of its own stand behind it already.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-* | =) continue ;;
		esac
		[[ " $value_options " != *" ${COMP_WORDS[i - 1]} "* && ${COMP_WORDS[i - 1]} != = ]] || continue
		if [[ -z $command ]]; then
			command=${COMP_WORDS[i]}
		else
			words=$((words + 1))
		fi
	done
	if [[ $word == -* ]]; then
		local options='' collector='--url --ca --token-file --cert --key --proxy --uuid'
		case ${command:-none} in
		none) options='--json --format --output --expect-model --state --reset-state' ;;
		status) options='--json --format --output --expect-model --state' ;;
		evidence) options='--json --output --expect-model --nonce' ;;
		baseline) options='--expect-model' ;;
		compare) options='--json --output --nonce --event --evidence' ;;
		relay) options='--output --event --uuid' ;;
		report) options="--json --output --event --wait $collector" ;;
		run) options="--state --interval --once $collector" ;;
		reset-state) options='--state --reset-state' ;;
		beacon) options='--output' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options --timeout --tcti --config --verbose --version --help" \
			-- "$word")
		return
	fi
	case $command$words in
	0)
		mapfile -t COMPREPLY < <(compgen -W 'status evidence baseline compare report relay run beacon service reset-state' -- "$word")
		;;
	baseline0)
		mapfile -t COMPREPLY < <(compgen -W 'save' -- "$word")
		;;
	beacon0)
		mapfile -t COMPREPLY < <(compgen -W 'enable disable status' -- "$word")
		;;
	relay0)
		mapfile -t COMPREPLY < <(compgen -W 'ask answer' -- "$word")
		;;
	service0)
		mapfile -t COMPREPLY < <(compgen -W 'install remove start stop' -- "$word")
		;;
	baseline1 | compare0)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}

complete -F _vtpm_agent vtpm-agent
