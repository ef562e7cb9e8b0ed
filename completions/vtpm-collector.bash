# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-collector for bash, with or without the bash-completion package.
# shellcheck source=completions/words.bash
source "${BASH_SOURCE[0]%/*}/words.bash"

_vtpm_collector() {
	local word before command words options='--url --token-file --ca --cert --key --json'

	_vtpm_read --listen --store --from --to --state --config --url --token-file --ca --cert --key --event --timeout --status \
		--search --report --claim --comment --export --after --for --sign-key --timestamp --against --signed-by --tsa-ca
	case $before in
	--event) _vtpm_offer -W "$_vtpm_events" ;;
	--status) _vtpm_offer -W 'affirming warning contraindicated none' ;;
	--config | --token-file | --ca | --cert | --key | --export | --sign-key | --against | --signed-by | --tsa-ca) _vtpm_offer_files ;;
	--state) _vtpm_offer_directories ;;
	--listen | --store | --from | --to | --url | --timeout | --for | --search | --report | --claim | --comment | --after | --timestamp) ;;
	*)
		if [[ $word == -* ]]; then
			case $command in
			serve) options='--listen --routes --store' ;;
			explain) options='' ;;
			init | backup) options='--store' ;;
			copy) options='--from --to' ;;
			confirm) options="$options --event --timeout" ;;
			announce) options="$options --event --for" ;;
			list) options="$options --status --search --disks --silent" ;;
			accept) options="$options --report --claim --comment" ;;
			forget) options="$options --export --comment" ;;
			export) options="${options% --json} --audit --claims --after" ;;
			event-log) options="${options% --json}" ;;
			checkpoint) options="${options% --json} --full --sign-key --timestamp" ;;
			verify) options="$options --against --signed-by --tsa-ca" ;;
			esac
			_vtpm_offer -W "$options --state --config --verbose --version --help"
			return
		fi
		case $command$words in
		0) _vtpm_offer -W 'serve init backup copy confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify explain' ;;
		trust-ca0) _vtpm_offer -W 'add list' ;;
		token0) _vtpm_offer -W 'make list revoke' ;;
		result-key0) _vtpm_offer -W 'list rotate revoke' ;;
		backup0) _vtpm_offer_directories ;;
		trust-ca1 | token1) _vtpm_offer_files ;;
		esac
		;;
	esac
}

complete -F _vtpm_collector vtpm-collector
