# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-host for fish, written by completions/make: do not edit.

# The words that stand before, without options and their values.
function __vtpm_host_words
    set -l takers --baseline --ca --cert --collector --command --config --connect --deadline --event --expect-uid --guest-program --ha-group --ha-user --key --localca --metrics --metrics-listen --mountinfo --parallel --peer --profile --qemu-conf --qga-socket --save --secret-security --state --state-directory --timeout --token-file --vm-directory
    set -l is_value 0
    for word in (commandline -opc)[2..]
        if test $is_value -eq 1
            set is_value 0
        else if contains -- $word $takers
            set is_value 1
        else if not string match -q -- '-*' $word
            printf '%s\n' $word
        end
    end
end

# Whether the command is one of these; '': none was given.
function __vtpm_host_is
    set -l words (__vtpm_host_words)
    contains -- "$words[1]" $argv
end

# Whether this command and this number of words of its own were given.
function __vtpm_host_at
    set -l words (__vtpm_host_words)
    test "$words[1]" = "$argv[1]" -a (count $words) -eq (math $argv[2] + 1)
end

complete -c vtpm-host -f

complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a preflight -d 'check what a migration needs, here and on peers'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a diagnose -d 'find why a vTPM is missing, or a migration failed'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a facts -d 'print this host\'s facts as JSON, for --peer'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a confirm -d 'ask a guest, or --all, whether its vTPM is the same'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a watch -d 'confirm each guest\'s vTPM after whatever happens to it'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a status -d 'show what watch knows: guests, what is owed, last verdicts'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a baselines -d 'take what watch compares with to another host'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a eks -d 'print the guests\' EKs, as a collector\'s allowlist has them'
complete -c vtpm-host -n 'test (count (__vtpm_host_words)) -eq 0' -a explain -d 'say what a verdict, reason or check means'
complete -c vtpm-host -n '__vtpm_host_at preflight 0' -a '(virsh -q list --all --name 2>/dev/null)'
complete -c vtpm-host -n '__vtpm_host_at diagnose 0' -a '(virsh -q list --all --name 2>/dev/null)'
complete -c vtpm-host -n '__vtpm_host_at confirm 0' -a '(virsh -q list --all --name 2>/dev/null)'
complete -c vtpm-host -n '__vtpm_host_at baselines 0' -a 'export import'
complete -c vtpm-host -n '__vtpm_host_at baselines 1' -F
complete -c vtpm-host -n '__vtpm_host_at eks 0' -a '(__fish_complete_directories (commandline -ct))'
complete -c vtpm-host -l json -d 'JSON instead of the page; facts are JSON anyway'
complete -c vtpm-host -l connect -x -d 'libvirt\'s (default qemu:///system)'
complete -c vtpm-host -s v -l verbose -d 'tell on standard error what is done'
complete -c vtpm-host -l version -d 'print the version'
complete -c vtpm-host -s h -l help -d 'print this; after a command, what that one takes'
complete -c vtpm-host -n '__vtpm_host_is preflight confirm' -l all -d 'each domain with a vTPM, instead of one'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose' -l peer -r -F -d 'facts of another host, "-" reads them from standard input; may be given again'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose' -l expect-uid -x -d 'what the swtpm account must have'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose' -l profile -x -a 'platform9 libvirt nova ovirt proxmox kubevirt incus' -d 'whose requirements hold, one of platform9, libvirt, nova, ovirt, proxmox, kubevirt or incus; without it, the one that this host looks like'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose' -l shared -d 'the state directory must be on shared storage'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose' -l secret-security -x -a 'deployment host user' -d 'what hw:tpm_secret_security must be in the VM\'s flavor; without it, what the platform takes'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l ha-user -x -a '(__fish_complete_users)' -d 'who must own state and disks for high availability'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l ha-group -x -a '(__fish_complete_groups)' -d 'and their group'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l vm-directory -x -a '(__fish_complete_directories (commandline -ct))' -d 'the VMs\' disks, which must then be shared, too'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l state-directory -x -a '(__fish_complete_directories (commandline -ct))' -d 'where vTPMs\' state is (default /var/lib/libvirt/swtpm)'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l localca -x -a '(__fish_complete_directories (commandline -ct))' -d 'where swtpm-localca\'s files are (default /var/lib/swtpm-localca)'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l qemu-conf -r -F -d 'libvirt\'s QEMU configuration (default /etc/libvirt/qemu.conf)'
complete -c vtpm-host -n '__vtpm_host_is preflight diagnose facts' -l mountinfo -r -F -d 'the table of mounts (default /proc/self/mountinfo)'
complete -c vtpm-host -n '__vtpm_host_is confirm baselines' -l event -x -a 'none live-migration soft-reboot hard-reboot cold-migration resume clear' -d 'what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear'
complete -c vtpm-host -n '__vtpm_host_is confirm' -l baseline -r -F -d 'evidence from before: a file, or a directory that --save filled'
complete -c vtpm-host -n '__vtpm_host_is confirm' -l save -x -a '(__fish_complete_directories (commandline -ct))' -d 'keep the evidence as DIR/UUID.json'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l collector -x -d 'report to this collector, which judges; given again, the next to ask where it does not answer'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l token-file -r -F -d 'the host\'s credential for it (role host), one line'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l ca -r -F -d 'trust these CAs alone'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l cert -r -F -d 'a client certificate as the credential'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l key -r -F -d 'the client certificate\'s key'
complete -c vtpm-host -n '__vtpm_host_is confirm' -l qga-socket -r -F -d 'ask the guest agent on this socket, without libvirt; DOMAIN is the VM\'s UUID'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l guest-program -x -d 'vtpm-agent, as the guest calls it (default vtpm-agent)'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l parallel -x -d 'guests asked at once (1 to 64, default 4)'
complete -c vtpm-host -n '__vtpm_host_is confirm watch' -l timeout -x -d 'how long a guest may take (1 to 3600, default 30)'
complete -c vtpm-host -n '__vtpm_host_is watch' -l once -d 'confirm what is owed now, and end'
complete -c vtpm-host -n '__vtpm_host_is watch' -l deadline -x -d 'how long to try to ask (10 to 86400, default 900)'
complete -c vtpm-host -n '__vtpm_host_is watch status baselines eks' -l state -x -a '(__fish_complete_directories (commandline -ct))' -d 'where baselines and what is owed are kept (default /var/lib/vtpm-host)'
complete -c vtpm-host -n '__vtpm_host_is watch' -l metrics -r -F -d 'write metrics there, for Prometheus\' node exporter'
complete -c vtpm-host -n '__vtpm_host_is watch' -l metrics-listen -x -d 'serve metrics there, on loopback alone'
complete -c vtpm-host -n '__vtpm_host_is watch' -l command -r -F -d 'run this program for each verdict; given again, a word for it'
complete -c vtpm-host -n '__vtpm_host_is watch status baselines eks' -l config -r -F -d 'configuration file, instead of /etc/vtpm-host/vtpm-host.conf'
