# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-agent for bash, with or without the bash-completion package.
# shellcheck source=completions/words.bash
source "${BASH_SOURCE[0]%/*}/words.bash"

_vtpm_agent() {
	local word before command words options=''
	local collector='--url --ca --token-file --cert --key --proxy --uuid'

	_vtpm_read --format --output --expect-model --nonce --event --evidence --log --baseline --volume --sealed --state --interval --timeout \
		--tcti --config --url --ca --token-file --cert --key --proxy --uuid --wait
	case $before in
	--format) _vtpm_offer -W 'page json nagios prometheus' ;;
	--expect-model) _vtpm_offer -W 'tpm-crb tpm-tis' ;;
	--tcti)
		_vtpm_offer -W 'device: swtpm:'
		compopt -o nospace 2>/dev/null
		;;
	--event) _vtpm_offer -W "$_vtpm_events" ;;
	--config | --output | --evidence | --log | --baseline | --volume | --sealed | --ca | --token-file | --cert | --key) _vtpm_offer_files ;;
	--state) _vtpm_offer_directories ;;
	--nonce | --timeout | --interval | --url | --proxy | --uuid | --wait) ;;
	*)
		if [[ $word == -* ]]; then
			case ${command:-none} in
			none) options='--json --format --output --expect-model --state --reset-state' ;;
			status) options='--json --format --output --expect-model --state' ;;
			evidence) options='--output --expect-model --nonce' ;;
			boot) options='--json --output --events --log' ;;
			unlock) options='--json --output --baseline --state --volume --before-reboot --sealed --spare-lockout' ;;
			baseline) options='--expect-model --force --state' ;;
			accept) options='--state --yes' ;;
			compare) options='--json --output --nonce --event --evidence --state' ;;
			relay) options='--output --event --uuid' ;;
			report) options="--json --output --event --wait $collector" ;;
			run) options="--state --interval --once $collector" ;;
			reset-state) options='--state --reset-state' ;;
			beacon) options='--output' ;;
			esac
			[[ $command == explain || $command == service || $command == reset-state ]] || options="$options --timeout --tcti"
			_vtpm_offer -W "$options --config --verbose --version --help"
			return
		fi
		case $command$words in
		0) _vtpm_offer -W 'status evidence boot unlock baseline compare accept report relay run beacon explain service reset-state' ;;
		baseline0) _vtpm_offer -W 'save show' ;;
		beacon0) _vtpm_offer -W 'enable disable status' ;;
		relay0) _vtpm_offer -W 'ask answer' ;;
		service0) _vtpm_offer -W 'install remove start stop' ;;
		baseline1 | compare0) _vtpm_offer_files ;;
		esac
		;;
	esac
}

complete -F _vtpm_agent vtpm-agent
