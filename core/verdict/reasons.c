/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/reasons.h"

#include <stddef.h>

#define STATE_DIRECTORY "/var/lib/libvirt/swtpm/<uuid>/tpm2"

static const char lost_state[] =
	"Do not restart the VM yet. On the host, look for the VM's own state: is " STATE_DIRECTORY
	" on the mounted shared storage, owned by the swtpm user, and is tpm2-00.permall there? "
	"Was the "
	"domain undefined without KEEP_TPM? Stop the VM, put the state back, start it.";
static const char older_state[] = "On the host, find out which copy of " STATE_DIRECTORY
				  " the VM runs on: a snapshot, a backup, or a second host's. Stop "
				  "the VM and give it the newest; "
				  "two swtpms must never share one directory.";
static const char reset_state[] =
	"The vTPM lost this boot's state while the guest ran: keys sealed to PCRs will not open. "
	"On the "
	"host, see whether swtpm was restarted (its log, QEMU's log). Restart the guest.";
static const char see_process[] =
	"On the host, see whether this domain's swtpm runs and what its log says "
	"(/var/log/swtpm/libvirt/qemu/<domain>-swtpm.log).";

static const struct {
	const char *name, *remedy;
} reasons[REASON_COUNT] = {
	[REASON_NONE] = {"none", ""},
	[REASON_SAME_TPM] = {"same-tpm", ""},
	[REASON_FIRST_SEEN] = {"first-seen", "Keep this evidence as the baseline."},
	[REASON_RESTARTED_ORDERLY] = {"restarted-orderly", ""},
	[REASON_RESTARTED_SAVED] = {"restarted-saved", ""},
	[REASON_SUSPENDED] = {"suspended", ""},

	[REASON_NO_DEVICE] = {"no-device", "On the host, see that the domain has a <tpm> element "
					   "and that its swtpm started; in the "
					   "guest, that the kernel has the driver."},
	[REASON_NO_DRIVER] = {"no-driver", "In the guest, load or bind the TPM driver."},
	[REASON_NO_ANSWER] = {"no-answer", "On the host, see what swtpm waits for: its log, and "
					   "the storage of the state directory (a "
					   "hung NFS mount, a stopped process)."},
	[REASON_IO_ERROR] = {"io-error", see_process},
	[REASON_TPM_12] = {"tpm-1.2", see_process},
	[REASON_NOT_STARTED] = {"not-started", "swtpm was started anew under the running guest, or "
					       "the firmware does not start the TPM. "
					       "Restart the guest; on the host, see swtpm's log."},
	[REASON_FAILURE_MODE] = {"failure-mode",
		"On the host, see that the swtpm user can write " STATE_DIRECTORY
		" (owner, squashed root, read-only or full file system, AppArmor), then restart "
		"the VM."},

	[REASON_NO_ACCESS] = {"no-access", "Run the agent with the permission to use the TPM."},
	[REASON_NO_QUOTE] = {"no-quote", "Without a quote nothing is proven: it needs the "
					 "endorsement or the owner hierarchy enabled and "
					 "without an authorization."},
	[REASON_BAD_QUOTE] = {"bad-quote", "The evidence was altered, or is not of this TPM: take "
					   "it again, and find out who handled "
					   "it."},
	[REASON_BAD_BASELINE] = {"bad-baseline",
		"Do not use this baseline: restore it from a copy, or accept a newer report."},
	[REASON_NOT_FRESH] = {"not-fresh",
		"Take the evidence anew; a nonce of your own proves that it is."},
	[REASON_AK_CHANGED] = {"ak-changed", "The EK is the known one, but the attestation key is "
					     "not the one it leads to: take the "
					     "evidence again with the agent's own key."},
	[REASON_AK_HIERARCHY] = {"ak-hierarchy",
		"Somebody set or removed the endorsement hierarchy's authorization, or this "
		"agent's permissions changed. See by other means that the vTPM is right, then save "
		"a new baseline."},

	[REASON_EK_CHANGED] = {"ek-changed", lost_state},
	[REASON_OTHER_VM] = {"other-vm", "The vTPM was made for another VM. On the host, give each "
					 "VM its own state directory, and "
					 "find out how this one got another's."},
	[REASON_UUID_CHANGED] = {"uuid-changed",
		"The VM was copied together with its vTPM. Give the copy a vTPM of its own."},
	[REASON_OWNER_SEED_CHANGED] = {"owner-seed-changed",
		"Somebody cleared the TPM (TPM2_Clear, tpm.msc, the firmware's setup). Keys and "
		"sealed "
		"data of before are lost: recover the disks, then enroll them anew."},

	[REASON_COUNTERS_MOVED] = {"counters-moved", reset_state},
	[REASON_BOOT_PCRS_CHANGED] = {"boot-pcrs-changed", reset_state},
	[REASON_BOOT_PCRS_WRONG] = {"boot-pcrs-wrong", reset_state},
	[REASON_TIME_RESTARTED] = {"time-restarted", reset_state},
	[REASON_COUNTERS_BEHIND] = {"counters-behind", older_state},
	[REASON_COUNTERS_REPEATED] = {"counters-repeated", older_state},
	[REASON_CLOCK_BEHIND] = {"clock-behind", older_state},
	[REASON_UPTIME_BEHIND] = {"uptime-behind",
		"Somebody restored the VM from a snapshot with its memory. What the vTPM was told "
		"since (keys, counters, a clear) is undone: see that nothing depended on it."},
	[REASON_RANDOM_REPEATED] = {"random-repeated", older_state},
	[REASON_BEACON_BEHIND] = {"beacon-behind", older_state},
	[REASON_CRASHED] = {"crashed",
		"The TPM was switched off without a shutdown. After a crash or a hard stop that is "
		"expected; else see swtpm's and QEMU's logs on the host."},

	[REASON_ROLLBACK_NOT_EXCLUDED] = {"rollback-not-excluded",
		"An older state of the same boot would look the same. vtpm-agent beacon enable "
		"closes this "
		"gap."},
	[REASON_BEACON_MISSING] = {"beacon-missing",
		"The beacon's NV index is gone. If nobody disabled it, the vTPM's state is an "
		"older one."},
	[REASON_EVENT_NOT_SEEN] = {"event-not-seen",
		"See whether the announced event has taken place."},
	[REASON_NOT_ANNOUNCED] = {"not-announced",
		"See who did it: a host that saves and restores the VM does the same."},
	[REASON_SEVERAL_RESETS] = {"several-resets", ""},
	[REASON_BOOT_WITHOUT_RESET] = {"boot-without-reset",
		"A kexec does this. If there was none, see what reset the guest but not its TPM."},
	[REASON_BOOT_UNKNOWN] = {"boot-unknown",
		"Take baseline and evidence where the system tells its boot (boot_id)."},
	[REASON_CLOCK_LAGS] = {"clock-lags", "On the hosts, compare the clocks: a destination that "
					     "is behind slows the TPM's clock."},
	[REASON_PART_MISSING] = {"part-missing",
		"The evidence says why each could not be read. Run the agent with the permissions "
		"that it had for the baseline."},
	[REASON_OWNER_SEED_UNKNOWN] = {"owner-seed-unknown",
		"With an owner authorization set, a cleared TPM cannot be told."},
	[REASON_EK_DIFFERS] = {"ek-differs",
		"Somebody made another key persistent where EKs are kept. If that is right, save "
		"a new baseline."},
	[REASON_EK_ONLY] = {"ek-only", "Anybody can show a public key: this proves nothing."},
	[REASON_COUNTERS_OBFUSCATED] = {"counters-obfuscated",
		"The endorsement hierarchy has an authorization or is disabled; without it the "
		"quote would prove the counters themselves, and the endorsement key."},
	[REASON_MODEL_CHANGED] = {"model-changed",
		"On the host, compare <tpm model=...> with the image's hw_tpm_model."},
	[REASON_BANKS_CHANGED] = {"banks-changed",
		"On the host, compare <active_pcr_banks> in the domain XML."},
	[REASON_FIRMWARE_CHANGED] = {"firmware-changed", ""},
	[REASON_MEASUREMENTS_CHANGED] = {"measurements-changed",
		"If a disk asks for its recovery key, it is for this: firmware, boot loader or "
		"UEFI "
		"variables changed. Seal its key anew."},
	[REASON_OBJECTS_CHANGED] = {"objects-changed",
		"Keys or NV indices are gone or replaced. If the guest did not remove them, the "
		"vTPM's state "
		"is an "
		"older one."},
	[REASON_CHECK_FAILED] = {"check-failed", "See vtpm-agent status in the guest."},

	[REASON_ENROLMENT_PENDING] = {"enrolment-pending",
		"Compare the EK's fingerprint with the host's, then accept the VM on the "
		"collector."},
	[REASON_NOT_ON_ALLOWLIST] = {"not-on-allowlist",
		"If this VM and this EK are right, add UUID and fingerprint to the collector's "
		"allowlist."},
	[REASON_EK_NOT_TRUSTED] = {"ek-not-trusted",
		"If the VM was made on a host of yours, import that host's CA on the collector."},
	[REASON_EK_OF_OTHER_VM] = {"ek-of-other-vm",
		"Two VMs have one vTPM: one is a copy. Give the copy a vTPM of its own."},
};

const char *reason_name(enum reason_code code)
{
	return (unsigned)code < REASON_COUNT ? reasons[code].name : "unknown";
}

const char *reason_remedy(enum reason_code code)
{
	return (unsigned)code < REASON_COUNT ? reasons[code].remedy : "";
}
