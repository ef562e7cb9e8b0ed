/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/forge.h"
#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

static const struct continuity_table *const tables[] = {
	&continuity_rows_access,
	&continuity_rows_proof,
	&continuity_rows_identity,
	&continuity_rows_counters,
	&continuity_rows_history,
	&continuity_rows_same_boot,
	&continuity_rows_other_boot,
	&continuity_rows_notes,
};

const struct continuity_row *continuity_row_at(size_t i)
{
	for (size_t table = 0; table < COUNT(tables); table++) {
		if (i < tables[table]->count)
			return &tables[table]->rows[i];
		i -= tables[table]->count;
	}
	return NULL;
}

void row_other_eks(struct evidence *e)
{
	for (size_t i = 0; i < e->eks.keys.count; i++)
		e->eks.keys.items[i].name.data[5] ^= 1;
}

void row_ek_of_another_kind(struct evidence *e)
{
	e->eks.keys.count = 1;
	e->eks.keys.items[0].curve = TCG_CURVE_P256;
	e->eks.keys.items[0].type = TCG_ALG_ECC;
	e->eks.keys.items[0].bits = 0;
}

void row_no_certificates(struct evidence *e)
{
	e->certificates.certificates.count = 0;
}

void row_other_vm(struct evidence *e)
{
	strcpy(e->smbios.uuid, "99999999-1111-2222-3333-444455556666");
}

void row_no_srk(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_AUTH, "an owner authorization is set");
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_OWNER_AUTH_SET;
}

void row_no_srk_at_all(struct evidence *e)
{
	row_no_srk(e);
	e->persistent.objects.items[0].handle = 0x81000002;
}

void row_clear_counters(struct evidence *e)
{
	e->clock.reset_count = 0;
	e->clock.restart_count = 0;
	e->clock.clock_ms = 60000;
}

void row_cleared(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
	row_clear_counters(e);
}

void row_cleared_unseen(struct evidence *e)
{
	e->persistent.objects.items[0].handle = 0x81000002;
	row_clear_counters(e);
}

void row_counters_behind(struct evidence *e)
{
	e->clock.reset_count--;
	e->clock.restart_count = 9;
}

void row_boot_pcrs_unmeasured(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
	SAMPLE_FAIL(&e->event_log, ERROR_NOT_FOUND, "no event log");
}

void row_reset_long_ago_unmeasured(struct evidence *e)
{
	row_boot_pcrs_unmeasured(e);
	e->clock.time_ms = 20000;
}

void row_change_boot_pcr(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++) {
		e->pcrs.banks[i].values[4][0] ^= 1;
		e->event_log.banks[i].values[4][0] ^= 1;
	}
}

void row_pcr_against_log(struct evidence *e)
{
	e->pcrs.banks[1].values[4][0] ^= 1;
}

void row_suspend(struct evidence *e)
{
	e->clock.restart_count++;
	e->clock.time_ms = 20000;
}

void row_no_clock(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_RC, "no clock");
}

void row_lockout(struct evidence *e)
{
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
}

void row_beacon_7(struct evidence *e)
{
	forge_beacon(e, 7, true);
}

void row_beacon_8(struct evidence *e)
{
	forge_beacon(e, 8, true);
}

void row_beacon_6(struct evidence *e)
{
	forge_beacon(e, 6, false);
}

/* Signed anew: the version stands in the attest only. */
void row_other_firmware(struct evidence *e)
{
	struct forge forge = forge_for(e, 1);

	forge.firmware_version++;
	forge_quote(e, &forge);
}
