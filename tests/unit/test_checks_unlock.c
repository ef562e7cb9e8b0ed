/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the disks open? */
#include "tests/unit/fixture/checks_rows.h"

#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

/* A disk with this slot alone, and as the second one the sample's with two, of which one opens. */
static void add(struct evidence *e, enum unlock_result result, uint32_t differ)
{
	struct unlock_volume *volume =
		&e->unlock.facts.volumes.items[e->unlock.facts.volumes.count++];

	volume->slots.count = 1;
	volume->slots.items[0].result = result;
	volume->slots.items[0].differ = differ;
}

static void pin(struct evidence *e)
{
	add(e, UNLOCK_NEEDS_PIN, 0);
}
static void pin_alone(struct evidence *e)
{
	e->unlock.facts.volumes.count = 0;
	add(e, UNLOCK_NEEDS_PIN, 0);
}
static void other_vtpm(struct evidence *e)
{
	add(e, UNLOCK_OTHER_VTPM, 0);
	add(e, UNLOCK_PCR_DIFFERS, 0x80);
}
static void pcr(struct evidence *e)
{
	add(e, UNLOCK_PCR_DIFFERS, 0x890);
}
static void pcr_and_unreadable(struct evidence *e)
{
	add(e, UNLOCK_PCR_DIFFERS, 0x80);
	add(e, UNLOCK_UNREADABLE, 0);
}
static void some_pcr(struct evidence *e)
{
	add(e, UNLOCK_PCR_DIFFERS, 0);
}
static void unreadable(struct evidence *e)
{
	add(e, UNLOCK_UNREADABLE, 0);
}
static void policy_fails(struct evidence *e)
{
	add(e, UNLOCK_POLICY_FAILS, 0);
}
static void late(struct evidence *e)
{
	add(e, UNLOCK_OPENS_LATE, 0);
}
static void delegated(struct evidence *e)
{
	add(e, UNLOCK_SIGNED_POLICY, 0);
}
static void locked_out(struct evidence *e)
{
	add(e, UNLOCK_LOCKOUT, 0);
}
static void recovery_alone(struct evidence *e)
{
	e->unlock.facts.volumes.count = 0;
	add(e, UNLOCK_NOT_TPM, 0);
}
static void no_disks(struct evidence *e)
{
	e->unlock.facts.volumes.count = 0;
}
static void never_looked_at(struct evidence *e)
{
	e->unlock.part.state = PART_ABSENT;
}
static void refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->unlock, ERROR_PERMISSION, "open /dev/vda: denied");
}

static void left_out(struct evidence *e)
{
	e->unlock.facts.left_out = 1;
}

static const struct checks_row rows[] = {
	{fault_none, NULL, "disk-unlock", PASS, "1 of 1 disks open at the next boot", NULL},
	{pin, NULL, "disk-unlock", PASS, "2 of 2 disks open at the next boot, some with a PIN",
		NULL},
	{pin_alone, NULL, "disk-unlock", PASS, "1 of 1 disks open at the next boot, with its PIN",
		NULL},
	{other_vtpm, NULL, "disk-unlock", WARN("disk-unlock"),
		"1 of 3 disks will not open at the next boot: another vTPM sealed them",
		"recovery"},
	{pcr, NULL, "disk-unlock", WARN("disk-unlock"),
		"1 of 2 disks will not open at the next boot: PCR 4, 7, 11 holds another",
		"recovery"},
	{pcr_and_unreadable, NULL, "disk-unlock", WARN("disk-unlock"),
		"1 of 3 disks will not open at the next boot: PCR 7 holds another", "recovery"},
	{some_pcr, NULL, "disk-unlock", WARN("disk-unlock"),
		"1 of 2 disks will not open at the next boot: a PCR holds another", "recovery"},
	{unreadable, NULL, "disk-unlock", WARN("disk-unlock"), "1 of 2 disks have a header",
		"luksDump"},
	{policy_fails, NULL, "disk-unlock", WARN("disk-unlock"),
		"1 of 2 disks will not open at the next boot: the TPM does not have", "recovery"},
	{left_out, NULL, "disk-unlock", UNKNOWN, "1 disks or slots could not be read", NULL},
	{late, NULL, "disk-unlock", UNKNOWN, "of 2 disks 1 open", NULL},
	{delegated, NULL, "disk-unlock", UNKNOWN, "of 2 disks 1 open", NULL},
	{locked_out, NULL, "disk-unlock", UNKNOWN, "of 2 disks 1 open", NULL},
	{recovery_alone, NULL, "disk-unlock", NOT_THERE, NULL, NULL},
	{no_disks, NULL, "disk-unlock", NOT_THERE, NULL, NULL},
	{never_looked_at, NULL, "disk-unlock", NOT_THERE, NULL, NULL},
	{refused, NULL, "disk-unlock", UNKNOWN, "encrypted disks: open /dev/vda: denied", NULL},
};

int main(void)
{
	return checks_rows_test(rows, COUNT(rows));
}
