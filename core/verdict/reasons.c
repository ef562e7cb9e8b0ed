/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/reasons.h"

#include <string.h>

/* Remedies of several reasons. clang-format would break the sentences. */
/* clang-format off */
static const char lost_state[] =
	"Do not restart the VM yet. "
	"On the host, look for the VM's own state: is /var/lib/libvirt/swtpm/<uuid>/tpm2 on the mounted shared storage, owned by the swtpm user, and is tpm2-00.permall there? "
	"Was the domain undefined without KEEP_TPM? "
	"Stop the VM, put the state back, start it.";
#define OLDER_STATE \
	"On the host, find out which copy of /var/lib/libvirt/swtpm/<uuid>/tpm2 the VM runs on: a snapshot, a backup, or a second host's. " \
	"Stop the VM and give it the newest; two swtpms must never share one directory."
static const char older_state[] = OLDER_STATE;
static const char older_clock[] = OLDER_STATE
	" A clock that its owner set ahead (TPM2_ClockSet) and that a crash took back looks the same.";
static const char reset_state[] =
	"The vTPM lost this boot's state while the guest ran: keys sealed to PCRs will not open. "
	"On the host, see whether swtpm was restarted (its log, QEMU's log). "
	"Restart the guest.";
static const char see_process[] =
	"On the host, see whether this domain's swtpm runs and what its log says (/var/log/swtpm/libvirt/qemu/<domain>-swtpm.log).";
/* clang-format on */

_Static_assert(REASON_NONE == 0, "a zeroed reason is none");

#define REASON(id, name, remedy) {name, remedy},
static const struct {
	const char *name, *remedy;
} reasons[] = {
#include "core/verdict/reasons.inc"
};

const char *reason_name(enum reason_code code)
{
	return (unsigned)code < REASON_COUNT ? reasons[code].name : "unknown";
}

enum reason_code reason_parse(const char *name)
{
	unsigned code = 0;

	while (code < REASON_COUNT && strcmp(reasons[code].name, name) != 0)
		code++;
	return (enum reason_code)code;
}

const char *reason_remedy(enum reason_code code)
{
	return (unsigned)code < REASON_COUNT ? reasons[code].remedy : "";
}
