/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/unlock.h"

#include "core/disk/outlook.h"

/* How many volumes come to this. */
static size_t count(const struct unlock_facts *facts, enum unlock_result result)
{
	size_t found = 0;

	for (size_t i = 0; i < facts->volumes.count; i++)
		found += unlock_volume_result(&facts->volumes.items[i]) == result;
	return found;
}

/* Warnings all: it is the disks that are lost, and the TPM may be in order. */
static void judge_failing(
	const struct unlock_facts *facts, const struct disk_outlook *outlook, struct check *check)
{
	size_t lost = count(facts, UNLOCK_OTHER_VTPM);
	size_t changed = count(facts, UNLOCK_PCR_DIFFERS);
	size_t failing = count(facts, UNLOCK_POLICY_FAILS);
	uint32_t differ = disk_differing_pcrs(facts);
	char pcrs[64];

	if (lost) {
		check_set(check, CHECK_WARN,
			"%zu of %zu disks will not open at the next boot: another vTPM sealed "
			"them, or this one before it was cleared",
			lost, outlook->sealed);
		check_remedy(check,
			"Have recovery keys ready before the guest restarts, or bring back the "
			"vTPM. vtpm-agent unlock shows which disks, and how to enrol them again.");
	} else if (changed) {
		tcg_pcrs_print(differ, pcrs, sizeof(pcrs));
		check_set(check, CHECK_WARN,
			"%zu of %zu disks will not open at the next boot: %s%s holds another "
			"value than they were sealed to",
			changed, outlook->sealed, differ ? "PCR " : "a PCR", pcrs);
		check_remedy(check, "Have recovery keys ready before the guest restarts. "
				    "vtpm-agent unlock shows which disks, and how to enrol them "
				    "again; vtpm-agent boot what was booted.");
	} else if (failing) {
		check_set(check, CHECK_WARN,
			"%zu of %zu disks will not open at the next boot: the TPM does not have "
			"what their policy asks for",
			failing, outlook->sealed);
		check_remedy(check, "Have recovery keys ready before the guest restarts. "
				    "vtpm-agent unlock shows which disks, what is missing, and how "
				    "to enrol them again.");
	} else {
		check_set(check, CHECK_WARN, "%zu of %zu disks have a header that cannot be read",
			count(facts, UNLOCK_UNREADABLE), outlook->sealed);
		check_remedy(check, "vtpm-agent unlock shows which, cryptsetup luksDump why.");
	}
}

bool check_disk_unlock(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct unlock_facts *facts = &evidence->unlock.facts;
	struct disk_outlook outlook;

	(void)options;
	if (evidence->unlock.part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &evidence->unlock.part, "encrypted disks"))
		return true;
	disk_outlook(facts, &outlook);
	if (!outlook.sealed && !outlook.left_out)
		return false;
	if (outlook.failing)
		judge_failing(facts, &outlook, check);
	else if (outlook.doubtful || outlook.undecided)
		check_set(check, CHECK_UNKNOWN,
			"of %zu disks %zu open at the next boot; vtpm-agent unlock says what the "
			"others depend on",
			outlook.sealed, outlook.opening + outlook.asking);
	else if (outlook.left_out)
		check_set(check, CHECK_UNKNOWN,
			"%zu disks or slots could not be read, or had no room; vtpm-agent unlock "
			"shows the others",
			outlook.left_out);
	else
		check_set(check, CHECK_PASS, "%zu of %zu disks open at the next boot%s",
			outlook.sealed, outlook.sealed,
			!outlook.asking       ? ""
			: outlook.sealed != 1 ? ", some with a PIN"
			: outlook.asking_key  ? ", with its startup key"
					      : ", with its PIN");
	return true;
}
