# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-collector for fish, written by completions/make: do not edit.

# The words that stand before, without options and their values.
function __vtpm_collector_words
    set -l takers --after --against --ca --cert --claim --comment --config --event --export --for --from --key --listen --report --search --sign-key --signed-by --state --status --store --timeout --timestamp --to --token-file --tsa-ca --url
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
function __vtpm_collector_is
    set -l words (__vtpm_collector_words)
    contains -- "$words[1]" $argv
end

# Whether this command and this number of words of its own were given.
function __vtpm_collector_at
    set -l words (__vtpm_collector_words)
    test "$words[1]" = "$argv[1]" -a (count $words) -eq (math $argv[2] + 1)
end

complete -c vtpm-collector -f

complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a serve -d 'take reports, judge them, answer operators'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a init -d 'make the store\'s schema, and let a role of PostgreSQL use it'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a backup -d 'copy the SQLite store, also while it is in use'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a copy -d 'move a whole history to another store, SQLite or PostgreSQL'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a confirm -d 'after an event: wait for the verdict on a new report'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a announce -d 'before an event: say what will happen, and wait for nothing'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a page -d 'print the web page\'s address, with a code that signs in once'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a list -d 'list the VMs, and whose vTPM did not survive'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a show -d 'show a VM, its verdict\'s reasons and its timeline'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a diff -d 'tell what was booted otherwise than before, or from one report to another'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a event-log -d 'print the event log that the guest sent with a report'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a accept -d 'make a report the baseline: the VM\'s newest, or one that is named'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a forget -d 'delete a VM and all that is kept of it, but for the audit log'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a trust-ca -d 'list or import the CAs of EK certificates'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a token -d '[UUID]|revoke UUID|ID VMs\' own tokens: made for many at once, listed, revoked'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a result-key -d 'keys of attestation results: listed, made anew, revoked'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a export -d 'print all reports, the audit log or claims, as NDJSON'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a checkpoint -d 'print where all histories end, in a line to be kept elsewhere'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a verify -d 'check that what is stored is as it was written'
complete -c vtpm-collector -n 'test (count (__vtpm_collector_words)) -eq 0' -a explain -d 'say what a verdict, reason or check means'
complete -c vtpm-collector -n '__vtpm_collector_at backup 0' -a '(__fish_complete_directories (commandline -ct))'
complete -c vtpm-collector -n '__vtpm_collector_at trust-ca 0' -a 'add list'
complete -c vtpm-collector -n '__vtpm_collector_at trust-ca 1' -F
complete -c vtpm-collector -n '__vtpm_collector_at token 0' -a 'make list revoke'
complete -c vtpm-collector -n '__vtpm_collector_at token 1' -F
complete -c vtpm-collector -n '__vtpm_collector_at result-key 0' -a 'list rotate revoke'
complete -c vtpm-collector -l state -x -a '(__fish_complete_directories (commandline -ct))' -d 'where the store and the administrator\'s token are kept'
complete -c vtpm-collector -l config -r -F -d 'read FILE instead of the usual configuration'
complete -c vtpm-collector -s v -l verbose -d 'tell on standard error what is done'
complete -c vtpm-collector -l version -d 'print the version'
complete -c vtpm-collector -s h -l help -d 'print this; after a command, what that one takes'
complete -c vtpm-collector -n '__vtpm_collector_is serve' -l listen -x -d '127.0.0.1:8742 (default), [::1]:0, unix:PATH; may be given several times'
complete -c vtpm-collector -n '__vtpm_collector_is serve init backup' -l store -x -d 'sqlite:/PATH or postgresql://USER@HOST/DATABASE'
complete -c vtpm-collector -n '__vtpm_collector_is serve' -l routes -d 'print the table of routes, and end'
complete -c vtpm-collector -n '__vtpm_collector_is copy' -l from -x -d 'the store that is copied, from which nobody serves'
complete -c vtpm-collector -n '__vtpm_collector_is copy' -l to -x -d 'an empty store, or what an earlier copy of the same was cut off in'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify' -l url -x -d 'the collector: https://HOST:PORT, unix:PATH, http:// on this machine (default http://127.0.0.1:8742)'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify' -l token-file -r -F -d 'the credential (default: the local administrator\'s)'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify' -l ca -r -F -d 'the CA of the collector\'s certificate, PEM'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify' -l cert -r -F -d 'the client certificate that is the credential, PEM'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff event-log accept forget trust-ca token result-key export checkpoint verify' -l key -r -F -d 'the client certificate\'s key, PEM'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce page list show diff accept forget trust-ca token result-key verify' -l json -d 'JSON instead of the page'
complete -c vtpm-collector -n '__vtpm_collector_is confirm announce' -l event -x -a 'none live-migration soft-reboot hard-reboot cold-migration resume clear' -d 'what happened or will, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear'
complete -c vtpm-collector -n '__vtpm_collector_is confirm' -l timeout -x -d 'how long to wait for a report (1 to 86400, default 600)'
complete -c vtpm-collector -n '__vtpm_collector_is announce' -l for -x -d 'how long that holds (1 to 86400, default 900)'
complete -c vtpm-collector -n '__vtpm_collector_is list' -l status -x -a 'affirming warning contraindicated none' -d 'only affirming, warning, contraindicated or none; --silent has the silent ones'
complete -c vtpm-collector -n '__vtpm_collector_is list' -l search -x -d 'beginning of a UUID or part of a hostname'
complete -c vtpm-collector -n '__vtpm_collector_is list' -l disks -d 'only VMs with disks that will not open at the next boot'
complete -c vtpm-collector -n '__vtpm_collector_is list' -l silent -d 'only VMs of which nothing is heard for too long'
complete -c vtpm-collector -n '__vtpm_collector_is accept' -l report -x -d 'this report instead of the newest one of the VM\'s keys'
complete -c vtpm-collector -n '__vtpm_collector_is accept' -l claim -x -d 'the keys of this claim, of which the next report becomes the baseline'
complete -c vtpm-collector -n '__vtpm_collector_is accept forget' -l comment -x -d 'why, for the audit log'
complete -c vtpm-collector -n '__vtpm_collector_is forget' -l export -r -F -d 'write its reports to this new file before, the newest first'
complete -c vtpm-collector -n '__vtpm_collector_is export' -l audit -d 'the audit log instead of the reports'
complete -c vtpm-collector -n '__vtpm_collector_is export' -l claims -d 'the claims instead of the reports: who reports as a VM with other keys'
complete -c vtpm-collector -n '__vtpm_collector_is export' -l after -x -d 'only what comes after this one'
complete -c vtpm-collector -n '__vtpm_collector_is checkpoint' -l full -d 'with each VM\'s end, a line each'
complete -c vtpm-collector -n '__vtpm_collector_is checkpoint' -l sign-key -r -F -d 'sign with this private key, Ed25519 or P-256, PEM'
complete -c vtpm-collector -n '__vtpm_collector_is checkpoint' -l timestamp -x -d 'have it stamped by this time-stamping authority (RFC 3161)'
complete -c vtpm-collector -n '__vtpm_collector_is verify' -l against -r -F -d 'also whether all is there that these checkpoints saw'
complete -c vtpm-collector -n '__vtpm_collector_is verify' -l signed-by -r -F -d 'whether this public key signed each checkpoint, PEM'
complete -c vtpm-collector -n '__vtpm_collector_is verify' -l tsa-ca -r -F -d 'whether an authority of these CAs stamped each checkpoint, PEM'
