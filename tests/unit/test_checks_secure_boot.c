/* SPDX-License-Identifier: BSD-2-Clause */
/* What the checks make of Secure Boot: nothing of it is a fault of the vTPM. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/fixture/checks_rows.h"
#include "tests/unit/unit.h"

static void secure_boot_off(struct evidence *e)
{
	e->boot.facts.secure_boot = BOOT_SECURE_OFF;
}

static void setup_mode(struct evidence *e)
{
	e->boot.facts.secure_boot = BOOT_SECURE_SETUP;
}

static void audit_mode(struct evidence *e)
{
	e->boot.facts.secure_boot = BOOT_SECURE_AUDIT;
}

static void secure_boot_unknown(struct evidence *e)
{
	e->boot.facts.secure_boot = BOOT_SECURE_UNKNOWN;
}

static void bios(struct evidence *e)
{
	e->boot.facts.secure_boot = BOOT_SECURE_NONE;
}

static void no_log(struct evidence *e)
{
	e->boot.part.state = PART_ABSENT;
}

static void add_certificate(struct evidence *e, const char *variable, const char *name)
{
	struct boot_facts *facts = &e->boot.facts;
	struct boot_certificate *to = &facts->certificates.items[facts->certificates.count++];

	snprintf(to->variable, sizeof(to->variable), "%s", variable);
	snprintf(to->subject, sizeof(to->subject), "CN=%s,O=Microsoft Corporation,C=US", name);
	facts->left_out = 0;
}

static void old_certificates(struct evidence *e)
{
	add_certificate(e, "db", "Microsoft Windows Production PCA 2011");
	add_certificate(e, "KEK", "Windows UEFI CA 2023"); /* not where it is needed */
	add_certificate(e, "db", "Windows UEFI CA 20233"); /* not that one */
}

static void old_certificates_cut(struct evidence *e)
{
	old_certificates(e);
	e->boot.facts.left_out = 1;
}

static void both_certificates(struct evidence *e)
{
	old_certificates(e);
	add_certificate(e, "db", "Windows UEFI CA 2023");
}

static const struct checks_row rows[] = {
	{fault_none, NULL, "secure-boot", PASS, "is on", NULL},
	{secure_boot_off, NULL, "secure-boot", PASS,
		"is off: the firmware starts whatever it finds", NULL},
	{setup_mode, NULL, "secure-boot", PASS, "is off, and no keys are enrolled (setup mode)",
		NULL},
	{audit_mode, NULL, "secure-boot", PASS, "only watches (audit mode): nothing is refused",
		NULL},
	{secure_boot_unknown, NULL, "secure-boot", UNKNOWN,
		"the event log does not tell whether it is on", NULL},
	{fault_none, NULL, "secure-boot-certificates", PASS,
		"none of Microsoft's of 2011, which have expired", NULL},
	{old_certificates, NULL, "secure-boot-certificates", PASS,
		"what boots now goes on to, but those of 2011 expired: missing Windows UEFI CA "
		"2023 "
		"in db",
		"On the host, a variable store of a newer OVMF"},
	{old_certificates_cut, NULL, "secure-boot-certificates", UNKNOWN,
		"more of them than are listed; not seen: Windows UEFI CA 2023 in db", NULL},
	{both_certificates, NULL, "secure-boot-certificates", PASS,
		"Microsoft's of 2023 stand beside those of 2011", NULL},
	{bios, NULL, "secure-boot", NOT_THERE, NULL, NULL},
	{no_log, NULL, "secure-boot", NOT_THERE, NULL, NULL},
	{no_log, NULL, "secure-boot-certificates", NOT_THERE, NULL, NULL},
	{secure_boot_off, NULL, "secure-boot-certificates", NOT_THERE, NULL, NULL},
	{fault_through_tcti, NULL, "secure-boot", NOT_THERE, NULL, NULL},
	{fault_through_tcti, NULL, "secure-boot-certificates", NOT_THERE, NULL, NULL},
};

int main(void)
{
	return checks_rows_test(rows, COUNT(rows));
}
