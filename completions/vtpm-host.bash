# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-host for bash.

_vtpm_host() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $before in
	--event)
		mapfile -t COMPREPLY < <(compgen -W 'none live-migration soft-reboot hard-reboot cold-migration
			resume clear' -- "$word")
		return
		;;
	--secret-security)
		mapfile -t COMPREPLY < <(compgen -W 'deployment host' -- "$word")
		return
		;;
	--peer | --baseline | --qemu-conf | --mountinfo | --token-file | --ca | --cert | --key)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--save | --state-directory | --localca | --vm-directory)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--ha-user)
		mapfile -t COMPREPLY < <(compgen -u -- "$word")
		return
		;;
	--ha-group)
		mapfile -t COMPREPLY < <(compgen -g -- "$word")
		return
		;;
	--expect-uid | --timeout | --parallel | --connect | --collector | --guest-program) return ;;
	esac

	if [[ $word == -* ]]; then
		local places='--ha-user --ha-group --vm-directory --state-directory --localca --qemu-conf --mountinfo'
		local check="--peer --expect-uid --shared --secret-security $places" options=''
		case ${COMP_WORDS[1]} in
		preflight) options="--all $check" ;;
		diagnose) options=$check ;;
		facts) options=$places ;;
		confirm) options='--all --event --baseline --save --collector --token-file --ca --cert --key
			--guest-program --parallel --timeout' ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options --json --connect --verbose --version --help" -- "$word")
	elif ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'preflight diagnose facts confirm' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -W "$(virsh -q list --all --name 2>/dev/null)" -- "$word")
	fi
}

complete -F _vtpm_host vtpm-host
