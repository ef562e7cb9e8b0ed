# SPDX-License-Identifier: BSD-2-Clause
# Completion of vtpm-agent for fish, written by completions/make: do not edit.

# The words that stand before, without options and their values.
function __vtpm_agent_words
    set -l takers --baseline --ca --cert --config --event --evidence --expect-model --format --interval --key --log --nonce --output --proxy --sealed --state --tcti --timeout --token-file --url --uuid --volume --wait
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
function __vtpm_agent_is
    set -l words (__vtpm_agent_words)
    contains -- "$words[1]" $argv
end

# Whether this command and this number of words of its own were given.
function __vtpm_agent_at
    set -l words (__vtpm_agent_words)
    test "$words[1]" = "$argv[1]" -a (count $words) -eq (math $argv[2] + 1)
end

complete -c vtpm-agent -f

complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a status -d 'show the vTPM and its health (the default)'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a evidence -d 'print the evidence with a fresh quote, as JSON'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a boot -d 'tell what was booted, from the event log'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a unlock -d 'tell whether the disks sealed to this TPM will open'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a baseline -d 'keep evidence as the reference, or show it'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a compare -d 'tell whether this is still the baseline\'s vTPM'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a accept -d 'take this vTPM as the service\'s baseline'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a report -d 'report to a collector, and show its verdict'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a relay -d 'report in two steps, for others to carry'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a run -d 'compare for ever: at start, at intervals, after a move'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a beacon -d 'manage a counter that shows rollbacks'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a explain -d 'say what a verdict, reason or check means'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a service -d 'manage the service on Windows'
complete -c vtpm-agent -n 'test (count (__vtpm_agent_words)) -eq 0' -a reset-state -d 'forget what run keeps, to clone an image'
complete -c vtpm-agent -n '__vtpm_agent_at baseline 0' -a 'save show'
complete -c vtpm-agent -n '__vtpm_agent_at baseline 1' -F
complete -c vtpm-agent -n '__vtpm_agent_at compare 0' -F
complete -c vtpm-agent -n '__vtpm_agent_at relay 0' -a 'ask answer'
complete -c vtpm-agent -n '__vtpm_agent_at beacon 0' -a 'enable disable status'
complete -c vtpm-agent -n '__vtpm_agent_at service 0' -a 'install remove start stop'
complete -c vtpm-agent -n '__vtpm_agent_is "" status boot unlock compare report' -l json -d 'JSON instead of the page'
complete -c vtpm-agent -n '__vtpm_agent_is "" status' -l format -x -a 'page json nagios prometheus' -d 'page, json, nagios or prometheus'
complete -c vtpm-agent -n '__vtpm_agent_is "" status evidence boot unlock compare report relay beacon' -l output -r -F -d 'write FILE, in one step, instead of standard output'
complete -c vtpm-agent -n '__vtpm_agent_is "" status evidence baseline' -l expect-model -x -a 'tpm-crb tpm-tis' -d 'fail unless the model is this one: tpm-crb or tpm-tis'
complete -c vtpm-agent -n '__vtpm_agent_is "" status unlock baseline compare accept run reset-state' -l state -x -a '(__fish_complete_directories (commandline -ct))' -d 'where baseline and last verdict are kept'
complete -c vtpm-agent -n '__vtpm_agent_is "" status evidence boot unlock baseline compare accept report relay run beacon' -l timeout -x -d 'end after so long, whatever the TPM does (1 to 3600, default 30)'
complete -c vtpm-agent -n '__vtpm_agent_is "" status evidence boot unlock baseline compare accept report relay run beacon' -l tcti -x -a 'device: swtpm:' -d 'another TPM: device:/dev/tpm0, swtpm:host=127.0.0.1,port=2321'
complete -c vtpm-agent -l config -r -F -d 'read FILE instead of the usual configuration'
complete -c vtpm-agent -s v -l verbose -d 'tell on standard error what is done'
complete -c vtpm-agent -l version -d 'print the version'
complete -c vtpm-agent -s h -l help -d 'print this; after a command, what that one takes'
complete -c vtpm-agent -n '__vtpm_agent_is "" reset-state' -l reset-state -d 'this command, as an option'
complete -c vtpm-agent -n '__vtpm_agent_is evidence compare' -l nonce -x -d 'the bytes that the quote must carry, 16 to 128 digits'
complete -c vtpm-agent -n '__vtpm_agent_is boot' -l events -d 'list every event instead of the page'
complete -c vtpm-agent -n '__vtpm_agent_is boot' -l log -r -F -d 'this event log, instead of this machine\'s'
complete -c vtpm-agent -n '__vtpm_agent_is unlock' -l baseline -r -F -d 'say what changed in the boot since this one, instead of the service\'s'
complete -c vtpm-agent -n '__vtpm_agent_is unlock' -l volume -r -F -d 'this device, image or header, instead of this machine\'s disks'
complete -c vtpm-agent -n '__vtpm_agent_is unlock' -l sealed -r -F -d 'ask for what is sealed in this file, too'
complete -c vtpm-agent -n '__vtpm_agent_is unlock' -l before-reboot -d 'a disk that asks for a PIN is a warning, too'
complete -c vtpm-agent -n '__vtpm_agent_is unlock' -l spare-lockout -d 'ask for nothing under a key that the lockout protects'
complete -c vtpm-agent -n '__vtpm_agent_is baseline' -l force -d 'replace the FILE that is there'
complete -c vtpm-agent -n '__vtpm_agent_is compare report relay' -l event -x -a 'none live-migration soft-reboot hard-reboot cold-migration resume clear' -d 'what was announced, one of none, live-migration, soft-reboot, hard-reboot, cold-migration, resume, clear'
complete -c vtpm-agent -n '__vtpm_agent_is compare' -l evidence -r -F -d 'this evidence, instead of reading the TPM'
complete -c vtpm-agent -n '__vtpm_agent_is accept' -l yes -d 'accept without asking'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l url -x -d 'the collector, https://HOST[:PORT]; given again, the next to ask where it does not answer'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l ca -r -F -d 'trust these CAs alone, instead of the system\'s'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l token-file -r -F -d 'the credential, one line'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l cert -r -F -d 'a client certificate as the credential'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l key -r -F -d 'the client certificate\'s key'
complete -c vtpm-agent -n '__vtpm_agent_is report run' -l proxy -x -d 'reach the collector through this proxy'
complete -c vtpm-agent -n '__vtpm_agent_is report relay run' -l uuid -x -d 'this VM\'s, where SMBIOS does not tell'
complete -c vtpm-agent -n '__vtpm_agent_is report' -l wait -x -d 'try again for so long (1 to 86400)'
complete -c vtpm-agent -n '__vtpm_agent_is run' -l once -d 'one comparison, and end by its verdict'
complete -c vtpm-agent -n '__vtpm_agent_is run' -l interval -x -d 'between comparisons (10 to 86400, default 300)'
