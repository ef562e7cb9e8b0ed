# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of vtpm-host for bash, with or without the bash-completion package.
# shellcheck source=completions/words.bash
source "${BASH_SOURCE[0]%/*}/words.bash"

_vtpm_host() {
	local word before command words options=''
	local places='--ha-user --ha-group --vm-directory --state-directory --localca --qemu-conf --mountinfo'
	local collector='--collector --token-file --ca --cert --key'
	local ask="$collector --guest-program --parallel --timeout"
	local check="--peer --profile --expect-uid --shared --secret-security $places"

	_vtpm_read --peer --profile --expect-uid --secret-security --ha-user --ha-group --vm-directory --state-directory \
		--localca --qemu-conf --mountinfo --event --baseline --save --collector --token-file --ca --cert \
		--key --qga-socket --guest-program --parallel --timeout --connect --deadline --state --metrics \
		--metrics-listen --command --config
	case $before in
	--event) _vtpm_offer -W "$_vtpm_events" ;;
	--secret-security) _vtpm_offer -W 'deployment host user' ;;
	--profile) _vtpm_offer -W 'platform9 libvirt nova ovirt proxmox kubevirt incus' ;;
	--peer | --baseline | --qemu-conf | --mountinfo | --token-file | --ca | --cert | --key | --qga-socket | \
		--metrics | --command | --config) _vtpm_offer_files ;;
	--save | --state | --state-directory | --localca | --vm-directory) _vtpm_offer_directories ;;
	--ha-user) _vtpm_offer -u ;;
	--ha-group) _vtpm_offer -g ;;
	--expect-uid | --timeout | --deadline | --parallel | --connect | --collector | --guest-program | --metrics-listen) ;;
	*)
		if [[ $word == -* ]]; then
			case $command in
			preflight) options="--all $check" ;;
			diagnose) options=$check ;;
			facts) options=$places ;;
			confirm) options="--all --event --baseline --save --qga-socket $ask" ;;
			watch) options="--once --deadline --state --metrics --metrics-listen --command --config $ask" ;;
			status) options='--state --config' ;;
			baselines) options='--event --state --config' ;;
			eks) options='--state --config' ;;
			esac
			_vtpm_offer -W "$options --json --connect --verbose --version --help"
			return
		fi
		case $command$words in
		0) _vtpm_offer -W 'preflight diagnose facts confirm watch status baselines eks explain' ;;
		baselines0) _vtpm_offer -W 'export import' ;;
		baselines1) _vtpm_offer_files ;;
		eks0) _vtpm_offer_directories ;;
		preflight0 | diagnose0 | confirm0) _vtpm_offer -W "$(virsh -q list --all --name 2>/dev/null)" ;;
		esac
		;;
	esac
}

complete -F _vtpm_host vtpm-host
