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
		;;
	--peer | --baseline | --qemu-conf | --mountinfo | --state-directory | --localca)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	--expect-uid | --timeout | --connect) ;;
	*)
		if [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W '--all --peer --expect-uid --shared --event --baseline --timeout
				--json --connect --state-directory --localca --qemu-conf --mountinfo --verbose --version --help' \
				-- "$word")
		elif ((COMP_CWORD == 1)); then
			mapfile -t COMPREPLY < <(compgen -W 'preflight diagnose facts confirm' -- "$word")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(virsh -q list --all --name 2>/dev/null)" -- "$word")
		fi
		;;
	esac
}

complete -F _vtpm_host vtpm-host
