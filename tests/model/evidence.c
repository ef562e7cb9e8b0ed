/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/evidence.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/tcg/tcg.h"
#include "tests/unit/fixture/sample.h"

static void append_u64be(struct buf *to, uint64_t value)
{
	buf_append_u32be(to, (uint32_t)(value >> 32));
	buf_append_u32be(to, (uint32_t)value);
}

static void set_bit(struct evidence *evidence, uint32_t property, uint32_t bit, bool value)
{
	uint32_t *bits = sample_property(evidence, property);

	*bits = value ? *bits | bit : *bits & ~bit;
}

/* Who says it: the EK and the attestation key of one seed. */
static void write_keys(struct evidence *e, const struct view *view)
{
	const struct model_image *tpm = &view->tpm;
	const struct reading *read = &view->read;

	for (size_t i = 0; i < e->eks.keys.count; i++) {
		e->eks.keys.items[i].name.data[2] = (uint8_t)tpm->ek;
		e->certificates.certificates.items[i].der.data[0] = (uint8_t)tpm->ek;
	}
	e->ak.key.name.data[2] = (uint8_t)tpm->ek;
	snprintf(e->certificates.certificates.items[0].subject,
		sizeof(e->certificates.certificates.items[0].subject), "CN=guest-1:%s",
		tpm->of_vm == view->guest.vm ? SAMPLE_UUID
					     : "00112233-4455-6677-8899-aabbccddeeff");
	e->srk.part.state = read->tpm.has_owner_auth ? PART_FAILED : PART_READ;
	e->srk.name.data[2] = (uint8_t)read->tpm.owner;
	set_bit(e, TCG_PT_PERMANENT, TCG_PERMANENT_OWNER_AUTH_SET, read->tpm.has_owner_auth);
	set_bit(e, TCG_PT_STARTUP_CLEAR, TCG_STARTUP_CLEAR_ORDERLY, read->is_orderly);
}

/* TPM2_Clear evicts all of the EKs; no SRK is persistent. */
static void write_objects(struct evidence *e, const struct view *view)
{
	struct evidence_object *objects = e->persistent.objects.items;

	objects[0] = (struct evidence_object){.handle = TCG_HANDLE_EK_FIRST, .type = TCG_ALG_RSA};
	objects[1] = (struct evidence_object){.handle = 0x81010016, .type = TCG_ALG_ECC};
	e->persistent.objects.count = view->read.tpm.has_ek_handle ? 2 : 0;
}

/* PCR 0 is the firmware's own, the others are the same with all of them. */
static void write_bank(struct tcg_pcr_bank *bank, uint8_t firmware)
{
	for (unsigned pcr = 0; pcr < 8; pcr++) {
		memset(bank->values[pcr], firmware ? 0x10 + (int)pcr : 0,
			tcg_digest_size(bank->alg));
		if (firmware && !pcr)
			bank->values[pcr][0] = firmware;
	}
}

static void write_pcrs(struct evidence *e, const struct view *view)
{
	e->pcrs.update_counter = view->tpm.updates;
	for (size_t i = 0; i < e->pcrs.bank_count; i++) {
		write_bank(&e->pcrs.banks[i], view->tpm.pcr);
		write_bank(&e->event_log.banks[i], view->guest.log);
	}
	e->event_log.part.state = view->has_log ? PART_READ : PART_FAILED;
	e->event_log.part.error.code = ERROR_NOT_FOUND;
}

static void write_clock(struct evidence *e, const struct view *view)
{
	const struct reading *read = &view->read;

	e->clock.time_ms = read->time;
	e->clock.clock_ms = read->tpm.clock;
	e->clock.reset_count = read->tpm.resets;
	e->clock.restart_count = read->tpm.restarts;
	e->clock.is_safe = read->tpm.is_safe;
	e->clock.uptime_ms = e->guest.uptime_ms = read->uptime;
	snprintf(e->guest.boot_id, sizeof(e->guest.boot_id), "7f3c2a10-5b1e-4c0e-9d7a-%012x",
		view->guest.boot);
}

/* TPMS_ATTEST of a quote, as Part 2 section 10.12 lays it out. */
static void write_quote(struct evidence *e, const struct view *view)
{
	static const uint8_t zeros[32];
	BUF_SCOPED attest = {0};

	buf_append_u32be(&attest, 0xff544347);
	buf_append_u16be(&attest, 0x8018);
	buf_append_u16be(&attest, sizeof(zeros) + 2);
	buf_append_u16be(&attest, TCG_ALG_SHA256);
	buf_append(&attest, zeros, sizeof(zeros));
	buf_append_u16be(&attest, 4);
	buf_append_u32be(
		&attest, view->read.random); /* the nonce: no two quotes are the same bytes */
	append_u64be(&attest, view->tpm.clock);
	buf_append_u32be(&attest, view->tpm.resets);
	buf_append_u32be(&attest, view->tpm.restarts);
	buf_append_u8(&attest, view->tpm.is_safe);
	append_u64be(&attest, 0x2019102300163636);
	buf_append_u32be(&attest, 1);
	buf_append_u16be(&attest, TCG_ALG_SHA256);
	buf_append_u8(&attest, 3);
	buf_append(&attest, (const uint8_t[]){0xff, 0xff, 0xff}, 3);
	buf_append_u16be(&attest, sizeof(zeros));
	buf_append(&attest, zeros, sizeof(zeros));
	memcpy(e->quote.attest.data, attest.data, attest.len);
	e->quote.attest.len = attest.len;
	e->quote.part.state = PART_READ;
}

void evidence_from_view(struct evidence *evidence, const struct view *view)
{
	write_keys(evidence, view);
	write_objects(evidence, view);
	write_pcrs(evidence, view);
	write_clock(evidence, view);
	write_quote(evidence, view);
	memcpy(evidence->random.sha256.data, &view->read.random, sizeof(view->read.random));
	evidence->beacon.part.state = view->tpm.beacon ? PART_READ : PART_ABSENT;
	evidence->beacon.value = view->tpm.beacon;
	evidence->beacon.is_advanced = true;
}
