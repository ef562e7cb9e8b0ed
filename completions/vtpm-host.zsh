#compdef vtpm-host
# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-host for zsh, written by completions/make: do not edit.

_vtpm_host_domains() {
	local -a domains=(${(f)"$(virsh -q list --all --name 2>/dev/null)"})
	compadd -a domains
}

_vtpm_host_commands() {
	local -a commands=(
		'preflight:check what a migration needs, here and on peers'
		'diagnose:find why a vTPM is missing, or a migration failed'
		'facts:print this host'\''s facts as JSON, for --peer'
		'confirm:ask a guest, or --all, whether its vTPM is the same'
		'watch:confirm each guest'\''s vTPM after whatever happens to it'
		'status:show what watch knows: guests, what is owed, last verdicts'
		'baselines:take what watch compares with to another host'
		'eks:print the guests'\'' EKs, as a collector'\''s allowlist has them'
		'explain:say what a verdict, reason or check means'
	)
	_describe -t commands command commands
}

_vtpm_host() {
	local command='' i
	local -a takers=(--baseline --ca --cert --collector --command --config --connect --deadline --event --expect-uid --guest-program --ha-group --ha-user --key --localca --metrics --metrics-listen --mountinfo --parallel --peer --profile --qemu-conf --qga-socket --save --secret-security --state --state-directory --timeout --token-file --vm-directory)
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
		_vtpm_host_commands
		return
	fi
	case $command in
	'')
		options+=(
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	preflight)
		options+=(
			'--all[each domain with a vTPM, instead of one]'
			'*--peer=[facts of another host, "-" reads them from standard input; may be given again]:FILE:_files'
			'--expect-uid=[what the swtpm account must have]:UID: '
			'--profile=[whose requirements hold, one of platform9, libvirt, nova, ovirt, proxmox, kubevirt or incus; without it, the one that this host looks like]:PLATFORM:(platform9 libvirt nova ovirt proxmox kubevirt incus)'
			'--shared[the state directory must be on shared storage]'
			'--secret-security=[what hw:tpm_secret_security must be in the VM'\''s flavor; without it, what the platform takes]:WORD:(deployment host user)'
			'--ha-user=[who must own state and disks for high availability]:USER:_users'
			'--ha-group=[and their group]:GROUP:_groups'
			'--vm-directory=[the VMs'\'' disks, which must then be shared, too]:DIR:_files -/'
			'--state-directory=[where vTPMs'\'' state is (default /var/lib/libvirt/swtpm)]:DIR:_files -/'
			'--localca=[where swtpm-localca'\''s files are (default /var/lib/swtpm-localca)]:DIR:_files -/'
			'--qemu-conf=[libvirt'\''s QEMU configuration (default /etc/libvirt/qemu.conf)]:FILE:_files'
			'--mountinfo=[the table of mounts (default /proc/self/mountinfo)]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_vtpm_host_domains'
		)
		;;
	diagnose)
		options+=(
			'*--peer=[facts of another host, "-" reads them from standard input; may be given again]:FILE:_files'
			'--expect-uid=[what the swtpm account must have]:UID: '
			'--profile=[whose requirements hold, one of platform9, libvirt, nova, ovirt, proxmox, kubevirt or incus; without it, the one that this host looks like]:PLATFORM:(platform9 libvirt nova ovirt proxmox kubevirt incus)'
			'--shared[the state directory must be on shared storage]'
			'--secret-security=[what hw:tpm_secret_security must be in the VM'\''s flavor; without it, what the platform takes]:WORD:(deployment host user)'
			'--ha-user=[who must own state and disks for high availability]:USER:_users'
			'--ha-group=[and their group]:GROUP:_groups'
			'--vm-directory=[the VMs'\'' disks, which must then be shared, too]:DIR:_files -/'
			'--state-directory=[where vTPMs'\'' state is (default /var/lib/libvirt/swtpm)]:DIR:_files -/'
			'--localca=[where swtpm-localca'\''s files are (default /var/lib/swtpm-localca)]:DIR:_files -/'
			'--qemu-conf=[libvirt'\''s QEMU configuration (default /etc/libvirt/qemu.conf)]:FILE:_files'
			'--mountinfo=[the table of mounts (default /proc/self/mountinfo)]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_vtpm_host_domains'
		)
		;;
	facts)
		options+=(
			'--ha-user=[who must own state and disks for high availability]:USER:_users'
			'--ha-group=[and their group]:GROUP:_groups'
			'--vm-directory=[the VMs'\'' disks, which must then be shared, too]:DIR:_files -/'
			'--state-directory=[where vTPMs'\'' state is (default /var/lib/libvirt/swtpm)]:DIR:_files -/'
			'--localca=[where swtpm-localca'\''s files are (default /var/lib/swtpm-localca)]:DIR:_files -/'
			'--qemu-conf=[libvirt'\''s QEMU configuration (default /etc/libvirt/qemu.conf)]:FILE:_files'
			'--mountinfo=[the table of mounts (default /proc/self/mountinfo)]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	confirm)
		options+=(
			'--all[each domain with a vTPM, instead of one]'
			'--event=[what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--baseline=[evidence from before: a file, or a directory that --save filled]:PLACE:_files'
			'--save=[keep the evidence as DIR/UUID.json]:DIR:_files -/'
			'*--collector=[report to this collector, which judges; given again, the next to ask where it does not answer]:URL: '
			'--token-file=[the host'\''s credential for it (role host), one line]:FILE:_files'
			'--ca=[trust these CAs alone]:FILE:_files'
			'--cert=[a client certificate as the credential]:FILE:_files'
			'--key=[the client certificate'\''s key]:FILE:_files'
			'--qga-socket=[ask the guest agent on this socket, without libvirt; DOMAIN is the VM'\''s UUID]:PATH:_files'
			'--guest-program=[vtpm-agent, as the guest calls it (default vtpm-agent)]:PATH: '
			'--parallel=[guests asked at once (1 to 64, default 4)]:N: '
			'--timeout=[how long a guest may take (1 to 3600, default 30)]:SECONDS: '
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_vtpm_host_domains'
		)
		;;
	watch)
		options+=(
			'*--collector=[report to this collector, which judges; given again, the next to ask where it does not answer]:URL: '
			'--token-file=[the host'\''s credential for it (role host), one line]:FILE:_files'
			'--ca=[trust these CAs alone]:FILE:_files'
			'--cert=[a client certificate as the credential]:FILE:_files'
			'--key=[the client certificate'\''s key]:FILE:_files'
			'--guest-program=[vtpm-agent, as the guest calls it (default vtpm-agent)]:PATH: '
			'--parallel=[guests asked at once (1 to 64, default 4)]:N: '
			'--timeout=[how long a guest may take (1 to 3600, default 30)]:SECONDS: '
			'--once[confirm what is owed now, and end]'
			'--deadline=[how long to try to ask (10 to 86400, default 900)]:SECONDS: '
			'--state=[where baselines and what is owed are kept (default /var/lib/vtpm-host)]:DIR:_files -/'
			'--metrics=[write metrics there, for Prometheus'\'' node exporter]:FILE:_files'
			'--metrics-listen=[serve metrics there, on loopback alone]:ADDRESS: '
			'*--command=[run this program for each verdict; given again, a word for it]:WORD:_files'
			'--config=[configuration file, instead of /etc/vtpm-host/vtpm-host.conf]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	status)
		options+=(
			'--state=[where baselines and what is owed are kept (default /var/lib/vtpm-host)]:DIR:_files -/'
			'--config=[configuration file, instead of /etc/vtpm-host/vtpm-host.conf]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
		)
		;;
	baselines)
		options+=(
			'--event=[what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear]:EVENT:(none live-migration soft-reboot hard-reboot cold-migration resume clear)'
			'--state=[where baselines and what is owed are kept (default /var/lib/vtpm-host)]:DIR:_files -/'
			'--config=[configuration file, instead of /etc/vtpm-host/vtpm-host.conf]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :(export import)'
			'3: :_files'
		)
		;;
	eks)
		options+=(
			'--state=[where baselines and what is owed are kept (default /var/lib/vtpm-host)]:DIR:_files -/'
			'--config=[configuration file, instead of /etc/vtpm-host/vtpm-host.conf]:FILE:_files'
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
			'-v[tell on standard error what is done]'
			'--verbose[tell on standard error what is done]'
			'--version[print the version]'
			'-h[print this; after a command, what that one takes]'
			'--help[print this; after a command, what that one takes]'
			'2: :_files -/'
		)
		;;
	explain)
		options+=(
			'--json[JSON instead of the page; facts are JSON anyway]'
			'--connect=[libvirt'\''s (default qemu:///system)]:URI: '
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

_vtpm_host "$@"
