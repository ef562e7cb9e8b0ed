# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-collector for bash, with or without the bash-completion package.

_vtpm_collector() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i words=0
	local value_options=' --listen --state --config --url --token-file --ca --cert --key --event --timeout
		--status --search --report --comment --after '
	value_options=${value_options//[$'\n\t']/ }

	# readline splits --option=value into three words.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]] && ((COMP_CWORD >= 2)); then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $before in
	--event)
		mapfile -t COMPREPLY < <(compgen -W 'none live-migration soft-reboot hard-reboot cold-migration
			resume clear' -- "$word")
		return
		;;
	--status)
		mapfile -t COMPREPLY < <(compgen -W 'affirming warning contraindicated none' -- "$word")
		return
		;;
	--config | --token-file | --ca | --cert | --key)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--state)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--listen | --url | --timeout | --search | --report | --comment | --after)
		return
		;;
	esac

	# The command, and how many words of its own stand behind it already.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-* | =) continue ;;
		esac
		[[ $value_options != *" ${COMP_WORDS[i - 1]} "* && ${COMP_WORDS[i - 1]} != = ]] || continue
		if [[ -z $command ]]; then
			command=${COMP_WORDS[i]}
		else
			words=$((words + 1))
		fi
	done
	if [[ $word == -* ]]; then
		local options='--url --token-file --ca --cert --key --json'
		case $command in
		serve) options='--listen --routes' ;;
		confirm) options="$options --event --timeout" ;;
		list) options="$options --status --search" ;;
		accept) options="$options --report --comment" ;;
		export) options="$options --audit --after" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options --state --config --verbose --version --help" -- "$word")
		return
	fi
	case $command$words in
	0)
		mapfile -t COMPREPLY < <(compgen -W 'serve confirm list show accept trust-ca export verify' -- "$word")
		;;
	trust-ca0)
		mapfile -t COMPREPLY < <(compgen -W 'add list' -- "$word")
		;;
	trust-ca1)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}

complete -F _vtpm_collector vtpm-collector
