# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the completions share. bash-completion loads one file for each command, and no two packages can
# own a file: so each completion is installed with this one in it (docs/CMakeLists.txt).

# shellcheck disable=SC2034 # the completions'
_vtpm_events='none live-migration soft-reboot hard-reboot cold-migration resume clear'

# _vtpm_read OPTION...: reads the line, of which these options take a value, into variables of the
# caller: `word` is to be completed, `before` is what its value may be of, `command` has been given, and
# `words` is how many words of the command's own stand before.
_vtpm_read() {
	local i takers=" $* "

	word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' words=0
	COMPREPLY=()
	# readline splits --option=value into three words.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]] && ((COMP_CWORD >= 2)); then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-* | =) continue ;;
		esac
		[[ $takers != *" ${COMP_WORDS[i - 1]} "* && ${COMP_WORDS[i - 1]} != = ]] || continue
		if [[ -z $command ]]; then
			command=${COMP_WORDS[i]}
		else
			words=$((words + 1))
		fi
	done
}

# _vtpm_offer COMPGEN-OPTION...: what compgen finds for `word`.
_vtpm_offer() {
	mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
}

_vtpm_offer_files() {
	compopt -o filenames 2>/dev/null
	_vtpm_offer -f
}

_vtpm_offer_directories() {
	compopt -o filenames 2>/dev/null
	_vtpm_offer -d
}
