#compdef vtpm-agent
# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-agent for zsh, written by completions/make: do not edit.

_vtpm_agent_commands() {
	local -a commands=(
		'status:show the vTPM and its health (the default)'
		'evidence:print the evidence with a fresh quote, as JSON'
		'boot:tell what was booted, from the event log'
		'unlock:tell whether the disks sealed to this TPM will open'
		'baseline:keep evidence as the reference, or show it'
		'compare:tell whether this is still the baseline'\''s vTPM'
		'accept:take this vTPM as the service'\''s baseline'
		'report:report to a collector, and show its verdict'
		'relay:report in two steps, for others to carry'
		'run:compare for ever: at start, at intervals, after a move'
		'beacon:manage a counter that shows rollbacks'
		'explain:say what a verdict, reason or check means'
		'service:manage the service on Windows'
		'reset-state:forget what run keeps, to clone an image'
	)
	_describe -t commands command commands
}

_vtpm_agent() {
	local command='' i
	local -a takers=(--baseline --ca --cert --config --event --evidence --expect-model --format --interval --key --log --nonce --output --proxy --sealed --state --tcti --timeout --token-file --url --uuid --volume --wait)
	local -a options=('1:command: ')

	for ((i = 2; i < CURRENT; i++)); do
		if ((${takers[(Ie)$words[i]]})); then
			((i++))
		elif [[ $words[i] != -* ]]; then
			command=$words[i]
			break
		fi
	done
	# An option of any command may stand before it.
	if [[ -z $command && $words[CURRENT] != -* ]] && ((!${takers[(Ie)$words[CURRENT - 1]]})); then
		_vtpm_agent_commands
		return
	fi
	case $command in
	'')
		options+=(
			'--json[JSON instead of the page]'
			'--format=[page, json, nagios or prometheus]:FORMAT:(page json nagios prometheus)'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--expect-model=[fail unless the model is this one: tpm-crb or tpm-tis]:MODEL:(tpm-crb tpm-tis)'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'--reset-state[this command, as an option]'
		)
		;;
	status)
		options+=(
			'--json[JSON instead of the page]'
			'--format=[page, json, nagios or prometheus]:FORMAT:(page json nagios prometheus)'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--expect-model=[fail unless the model is this one: tpm-crb or tpm-tis]:MODEL:(tpm-crb tpm-tis)'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	evidence)
		options+=(
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--expect-model=[fail unless the model is this one: tpm-crb or tpm-tis]:MODEL:(tpm-crb tpm-tis)'
			'--nonce=[the bytes that the quote must carry, 16 to 128 digits]:HEX: '
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	boot)
		options+=(
			'--json[JSON instead of the page]'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--events[list every event instead of the page]'
			'--log=[this event log, instead of this machine'\''s]:FILE:_files'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	unlock)
		options+=(
			'--json[JSON instead of the page]'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--baseline=[say what changed in the boot since this one, instead of the service'\''s]:FILE:_files'
			'--volume=[this device, image or header, instead of this machine'\''s disks]:FILE:_files'
			'--sealed=[ask for what is sealed in this file, too]:FILE:_files'
			'--before-reboot[a disk that asks for a PIN is a warning, too]'
			'--spare-lockout[ask for nothing under a key that the lockout protects]'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	baseline)
		options+=(
			'--expect-model=[fail unless the model is this one: tpm-crb or tpm-tis]:MODEL:(tpm-crb tpm-tis)'
			'--force[replace the FILE that is there]'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(save show)'
			'3: :_files'
		)
		;;
	compare)
		options+=(
			'--json[JSON instead of the page]'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--nonce=[the bytes that the quote must carry, 16 to 128 digits]:HEX: '
			'--event=[what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--evidence=[this evidence, instead of reading the TPM]:FILE:_files'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_files'
		)
		;;
	accept)
		options+=(
			'--yes[accept without asking]'
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	report)
		options+=(
			'--json[JSON instead of the page]'
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--event=[what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'*--url=[the collector, https://HOST\[:PORT\]; given again, the next to ask where it does not answer]:URL: '
			'--ca=[trust these CAs alone, instead of the system'\''s]:FILE:_files'
			'--token-file=[the credential, one line]:FILE:_files'
			'--cert=[a client certificate as the credential]:FILE:_files'
			'--key=[the client certificate'\''s key]:FILE:_files'
			'--proxy=[reach the collector through this proxy]:URL: '
			'--uuid=[this VM'\''s, where SMBIOS does not tell]:UUID: '
			'*--wait=[try again for so long (1 to 86400)]:SECONDS: '
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	relay)
		options+=(
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--event=[what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--uuid=[this VM'\''s, where SMBIOS does not tell]:UUID: '
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(ask answer)'
		)
		;;
	run)
		options+=(
			'--once[one comparison, and end by its verdict]'
			'--interval=[between comparisons (10 to 86400, default 300)]:SECONDS: '
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'*--url=[the collector, https://HOST\[:PORT\]; given again, the next to ask where it does not answer]:URL: '
			'--ca=[trust these CAs alone, instead of the system'\''s]:FILE:_files'
			'--token-file=[the credential, one line]:FILE:_files'
			'--cert=[a client certificate as the credential]:FILE:_files'
			'--key=[the client certificate'\''s key]:FILE:_files'
			'--proxy=[reach the collector through this proxy]:URL: '
			'--uuid=[this VM'\''s, where SMBIOS does not tell]:UUID: '
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	beacon)
		options+=(
			'--output=[write FILE, in one step, instead of standard output]:FILE:_files'
			'--timeout=[end after so long, whatever the TPM does (1 to 3600, default 30)]:SECONDS: '
			'--tcti=[another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321]:CONF:(device\: swtpm\:)'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(enable disable status)'
		)
		;;
	explain)
		options+=(
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	service)
		options+=(
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(install remove start stop)'
		)
		;;
	reset-state)
		options+=(
			'--state=[where baseline and last verdict are kept]:DIR:_files -/'
			'--reset-state[this command, as an option]'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	esac
	_arguments -S : $options
}

_vtpm_agent "$@"
