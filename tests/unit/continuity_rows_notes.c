/* SPDX-License-Identifier: BSD-2-Clause */
/* What is worth knowing beside the decisive reason? */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

static void other_model(struct evidence *e)
{
	strcpy(e->device.model, "tpm-tis");
}

static void no_model(struct evidence *e)
{
	e->device.model[0] = 0;
}

static void one_bank_less(struct evidence *e)
{
	e->pcrs.bank_count = 1;
}

static void fewer_pcrs(struct evidence *e)
{
	e->pcrs.banks[1].pcrs &= 0xffff;
}

static void lose_key(struct evidence *e)
{
	e->persistent.objects.count--;
}

static void replace_key(struct evidence *e)
{
	e->persistent.objects.items[1].name.data[7] ^= 1;
}

static void unreadable_key(struct evidence *e)
{
	e->persistent.objects.items[1].name.len = 0;
}

static void lose_index(struct evidence *e)
{
	e->nv.indices.count--;
}

static void unwritten_index(struct evidence *e)
{
	e->nv.indices.items[0].is_written = false;
}

static void volatile_index(struct evidence *e)
{
	e->nv.indices.items[0].attributes |= TCG_NV_CLEAR_STCLEAR;
}

static void seen_by_service(struct evidence *e)
{
	e->signs.part.state = PART_READ;
}

static void seen_by_command(struct evidence *e)
{
	e->signs.part.state = PART_ABSENT;
}

static void no_nv(struct evidence *e)
{
	SAMPLE_FAIL(&e->nv, ERROR_TPM_RC, "no NV");
}

static const struct continuity_row rows[] = {
	{"other model", .now = other_model, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_MODEL_CHANGED}},
	{"model unknown", .now = no_model, CONTINUOUS{REASON_SAME_TPM}},
	{"other firmware", .alter_now = row_other_firmware,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_FIRMWARE_CHANGED}},
	{"a bank less", .now = one_bank_less,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"a bank more", .then = one_bank_less,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"fewer PCRs in a bank", .now = fewer_pcrs,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"a key gone", .now = lose_key, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a key replaced", .now = replace_key,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a key more", .then = lose_key, CONTINUOUS{REASON_SAME_TPM}},
	{"a key's name unreadable", .now = unreadable_key, CONTINUOUS{REASON_SAME_TPM}},
	{"an index gone", .now = lose_index,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"an index unwritten", .now = unwritten_index,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a volatile index unwritten", .then = volatile_index, .now = unwritten_index,
		CONTINUOUS{REASON_SAME_TPM}},
	{"no NV list", .now = no_nv, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	{"no NV list, as before", .then = no_nv, .now = no_nv, CONTINUOUS{REASON_SAME_TPM}},
	{"reported on demand, after the service", .then = seen_by_service, .now = seen_by_command,
		CONTINUOUS{REASON_SAME_TPM}},
	{"no clock", .alter_now = row_no_clock,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	{"locked out", .now = row_lockout, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_CHECK_FAILED}},
};

const struct continuity_table continuity_rows_notes = {rows, COUNT(rows)};
