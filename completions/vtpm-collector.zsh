#compdef vtpm-collector
# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-collector for zsh, written by completions/make: do not edit.

_vtpm_collector_commands() {
	local -a commands=(
		'serve:take reports, judge them, answer operators'
		'init:make the store'\''s schema, and let a role of PostgreSQL use it'
		'backup:copy the SQLite store, also while it is in use'
		'copy:move a whole history to another store, SQLite or PostgreSQL'
		'confirm:after an event: wait for the verdict on a new report'
		'announce:before an event: say what will happen, and wait for nothing'
		'page:print the web page'\''s address, with a code that signs in once'
		'list:list the VMs, and whose vTPM did not survive'
		'show:show a VM, its verdict'\''s reasons and its timeline'
		'diff:tell what was booted otherwise than before, or from one report to another'
		'event-log:print the event log that the guest sent with a report'
		'accept:make a report the baseline: the VM'\''s newest, or one that is named'
		'forget:delete a VM and all that is kept of it, but for the audit log'
		'trust-ca:list or import the CAs of EK certificates'
		'token:[UUID]|revoke UUID|ID VMs'\'' own tokens: made for many at once, listed, revoked'
		'result-key:keys of attestation results: listed, made anew, revoked'
		'export:print all reports, the audit log or claims, as NDJSON'
		'checkpoint:print where all histories end, in a line to be kept elsewhere'
		'verify:check that what is stored is as it was written'
		'explain:say what a verdict, reason or check means'
	)
	_describe -t commands command commands
}

_vtpm_collector() {
	local command='' i
	local -a takers=(--after --against --ca --cert --claim --comment --config --event --export --for --from --key --listen --report --search --sign-key --signed-by --state --status --store --timeout --timestamp --to --token-file --tsa-ca --url)
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
		_vtpm_collector_commands
		return
	fi
	case $command in
	'')
		options+=(
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	serve)
		options+=(
			'*--listen=[127.0.0.1:8742 (default), \[::1\]:0, unix:PATH; may be given several times]:ADDRESS: '
			'--store=[sqlite:/PATH or postgresql://USER@HOST/DATABASE]:URL: '
			'--routes[print the table of routes, and end]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	init)
		options+=(
			'--store=[sqlite:/PATH or postgresql://USER@HOST/DATABASE]:URL: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	backup)
		options+=(
			'--store=[sqlite:/PATH or postgresql://USER@HOST/DATABASE]:URL: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_files -/'
		)
		;;
	copy)
		options+=(
			'--from=[the store that is copied, from which nobody serves]:URL: '
			'--to=[an empty store, or what an earlier copy of the same was cut off in]:URL: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	confirm)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--event=[what happened or will, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--timeout=[how long to wait for a report (1 to 86400, default 600)]:SECONDS: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	announce)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--event=[what happened or will, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--for=[how long that holds (1 to 86400, default 900)]:SECONDS: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	page)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	list)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--status=[only affirming, warning, contraindicated or none; --silent has the silent ones]:STATUS:(affirming warning contraindicated none)'
			'--search=[beginning of a UUID or part of a hostname]:TEXT: '
			'--disks[only VMs with disks that will not open at the next boot]'
			'--silent[only VMs of which nothing is heard for too long]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	show)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	diff)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	event-log)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	accept)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--report=[this report instead of the newest one of the VM'\''s keys]:ID: '
			'--claim=[the keys of this claim, of which the next report becomes the baseline]:ID: '
			'--comment=[why, for the audit log]:TEXT: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	forget)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--comment=[why, for the audit log]:TEXT: '
			'--export=[write its reports to this new file before, the newest first]:FILE:_files'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	trust-ca)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(add list)'
			'3: :_files'
		)
		;;
	token)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(make list revoke)'
			'3: :_files'
		)
		;;
	result-key)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(list rotate revoke)'
		)
		;;
	export)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--audit[the audit log instead of the reports]'
			'--claims[the claims instead of the reports: who reports as a VM with other keys]'
			'--after=[only what comes after this one]:ID: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	checkpoint)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--full[with each VM'\''s end, a line each]'
			'--sign-key=[sign with this private key, Ed25519 or P-256, PEM]:FILE:_files'
			'--timestamp=[have it stamped by this time-stamping authority (RFC 3161)]:URL: '
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	verify)
		options+=(
			'--url=[the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)]:URL: '
			'--token-file=[the credential (default: the local administrator'\''s)]:FILE:_files'
			'--ca=[the CA of the collector'\''s certificate, PEM]:FILE:_files'
			'--cert=[the client certificate that is the credential, PEM]:FILE:_files'
			'--key=[the client certificate'\''s key, PEM]:FILE:_files'
			'--json[JSON instead of the page]'
			'--against=[also whether all is there that these checkpoints saw]:FILE:_files'
			'--signed-by=[whether this public key signed each checkpoint, PEM]:FILE:_files'
			'--tsa-ca=[whether an authority of these CAs stamped each checkpoint, PEM]:FILE:_files'
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
			'--config=[read FILE instead of the usual configuration]:FILE:_files'
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	explain)
		options+=(
			'--state=[where the store and the administrator'\''s token are kept]:DIR:_files -/'
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

_vtpm_collector "$@"
