/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/data.h"
#include "tests/unit/unit.h"

/* What libtpms 0.9 shows of itself. */
static const struct record_entry properties[] = {
	{TCG_PT_FAMILY_INDICATOR, 0x322e3000},
	{TCG_PT_LEVEL, 0},
	{TCG_PT_REVISION, 164},
	{TCG_PT_DAY_OF_YEAR, 75},
	{TCG_PT_YEAR, 2021},
	{TCG_PT_MANUFACTURER, 0x49424d00},
	{TCG_PT_VENDOR_STRING_1, 0x53572020},
	{TCG_PT_VENDOR_STRING_1 + 1, 0x2054504d},
	{TCG_PT_VENDOR_STRING_1 + 2, 0},
	{TCG_PT_VENDOR_STRING_1 + 3, 0},
	{TCG_PT_FIRMWARE_VERSION_1, 0x20191023},
	{TCG_PT_FIRMWARE_VERSION_2, 0x00163636},
	{TCG_PT_TOTAL_COMMANDS, 117},
	{TCG_PT_PERMANENT, TCG_PERMANENT_TPM_GENERATED_EPS},
	{TCG_PT_STARTUP_CLEAR, TCG_STARTUP_CLEAR_PH_ENABLE | TCG_STARTUP_CLEAR_SH_ENABLE |
				       TCG_STARTUP_CLEAR_EH_ENABLE | TCG_STARTUP_CLEAR_ORDERLY},
	{TCG_PT_HR_LOADED_AVAIL, 3},
	{TCG_PT_HR_TRANSIENT_AVAIL, 1},
	{TCG_PT_LOCKOUT_COUNTER, 0},
	{TCG_PT_MAX_AUTH_FAIL, 3},
	{TCG_PT_LOCKOUT_INTERVAL, 1000},
	{TCG_PT_LOCKOUT_RECOVERY, 1001},
	{0x7777, 0xffffffff},
};

#define SET_TEXT(to, text) snprintf(to, sizeof(to), "%s", text)

/* Bytes that tell one field from another. */
static void fill(uint8_t *to, size_t *ret_len, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(first + i);
	*ret_len = len;
}

#define FILL(member, count, first) fill((member).data, &(member).len, count, first)

static void fill_guest(struct evidence *e)
{
	SET_TEXT(e->guest.hostname, "guest-1");
	SET_TEXT(e->guest.os, "Debian GNU/Linux 12 (bookworm)");
	SET_TEXT(e->guest.kernel, "Linux 6.1.0-50-cloud-amd64 x86_64");
	SET_TEXT(e->guest.boot_id, "7f3c2a10-5b1e-4c0e-9d7a-2f4b6c8d0e13");
	e->guest.uptime_ms = 90061000;
	SET_TEXT(e->smbios.uuid, SAMPLE_UUID);
	SET_TEXT(e->smbios.manufacturer, "QEMU");
	SET_TEXT(e->smbios.product, "Standard PC (Q35 + ICH9, 2009)");
	SET_TEXT(e->device.transport, "device");
	SET_TEXT(e->device.path, "/dev/tpmrm0");
	SET_TEXT(e->device.resource_manager.path, "/dev/tpmrm0");
	SET_TEXT(e->device.resource_manager.access, "usable");
	SET_TEXT(e->device.raw.path, "/dev/tpm0");
	SET_TEXT(e->device.raw.access, "denied");
	SET_TEXT(e->device.model, "tpm-crb");
	SET_TEXT(e->device.driver, "tpm_crb");
	e->device.version_major = 2;
	e->session.commands = 38;
	e->session.tpm_time_us = 4463;
	e->session.slowest_us = 520;
	SET_TEXT(e->session.slowest, "TPM2_CreatePrimary");
}

/* PCR 0 to 7 as measured, 8 to 16 and 23 zeros, 17 to 22 ones; the log leads to the same. */
static void fill_pcrs(struct evidence *e)
{
	static const uint16_t algs[] = {TCG_ALG_SHA1, TCG_ALG_SHA256};

	e->pcrs.update_counter = 36;
	e->pcrs.rereads = 1;
	e->pcrs.is_consistent = true;
	e->pcrs.bank_count = e->event_log.bank_count = COUNT(algs);
	for (size_t i = 0; i < COUNT(algs); i++) {
		struct tcg_pcr_bank *bank = &e->pcrs.banks[i], *log = &e->event_log.banks[i];
		size_t len;

		bank->alg = log->alg = algs[i];
		bank->pcrs = 0xffffff;
		log->pcrs = 0xff;
		for (unsigned pcr = 0; pcr < 8; pcr++) {
			fill(bank->values[pcr], &len, tcg_digest_size(algs[i]),
				(uint8_t)(16 * (size_t)pcr + i));
			memcpy(log->values[pcr], bank->values[pcr], len);
		}
		for (unsigned pcr = 17; pcr < 23; pcr++)
			memset(bank->values[pcr], 0xff, tcg_digest_size(algs[i]));
	}
	e->event_log.bytes = 21435;
	FILL(e->event_log.sha256, 32, 0xa0);
	SET_TEXT(e->event_log.format, "crypto-agile");
	e->event_log.events = 42;
	e->event_log.startup_locality = 3;
}

static void fill_tpm(struct evidence *e)
{
	e->properties.values.count = COUNT(properties);
	memcpy(e->properties.values.items, properties, sizeof(properties));
	e->algorithms.algorithms.count = 2;
	e->algorithms.algorithms.items[0] = (struct record_entry){TCG_ALG_RSA, 9};
	e->algorithms.algorithms.items[1] = (struct record_entry){0x7777, 1};
	e->algorithms.curves.count = 2;
	e->algorithms.curves.items[0] = TCG_CURVE_P256;
	e->algorithms.curves.items[1] = 0x99;
	e->clock.time_ms = 90062500;
	e->clock.clock_ms = 700000000;
	e->clock.reset_count = 12;
	e->clock.restart_count = 2;
	e->clock.is_safe = true;
	e->clock.uptime_ms = 90061500;
	e->self_test.result = 0;
	FILL(e->self_test.data, 4, 0x10);
	e->random.bytes = 512;
	FILL(e->random.sha256, 32, 0x20);
	e->random.longest_run = 2;
	e->random.run_cutoff = 6;
	e->random.most_frequent = 5;
	e->random.proportion_cutoff = 19;
	e->random.is_healthy = true;
}

static void fill_object(struct evidence_object *object, uint32_t handle, uint16_t type)
{
	object->handle = handle;
	object->type = type;
	FILL(object->name, 34, (uint8_t)handle);
}

static void fill_certificate(
	struct evidence_certificate *certificate, uint32_t index, const struct evidence_key *ek)
{
	certificate->index = index;
	FILL(certificate->der, 40, (uint8_t)index);
	SET_TEXT(certificate->subject, "CN=guest-1:" SAMPLE_UUID);
	SET_TEXT(certificate->issuer, "CN=swtpm-localca");
	SET_TEXT(certificate->serial, "1f");
	SET_TEXT(certificate->not_after, "9999-12-31T23:59:59Z");
	FILL(certificate->sha256, 32, 0x33);
	certificate->type = ek->type;
	certificate->bits = ek->bits;
	certificate->curve = ek->curve;
	certificate->ek_handle = ek->handle;
	certificate->is_ek = true;
}

static void fill_keys(struct evidence *e)
{
	struct evidence_key *eks = e->eks.keys.items;

	e->persistent.objects.count = 3;
	fill_object(&e->persistent.objects.items[0], TCG_HANDLE_SRK, TCG_ALG_ECC);
	fill_object(&e->persistent.objects.items[1], TCG_HANDLE_EK_FIRST, TCG_ALG_RSA);
	fill_object(&e->persistent.objects.items[2], 0x81010016, TCG_ALG_ECC);
	e->eks.keys.count = 2;
	eks[0] = (struct evidence_key){
		.handle = TCG_HANDLE_EK_FIRST, .type = TCG_ALG_RSA, .bits = 2048};
	FILL(eks[0].name, 34, 0x40);
	FILL(eks[0].public_area, 60, 0x41);
	eks[1] = (struct evidence_key){
		.handle = 0x81010016, .type = TCG_ALG_ECC, .curve = TCG_CURVE_P384};
	FILL(eks[1].name, 50, 0x42);
	FILL(eks[1].public_area, 61, 0x43);
	e->nv.indices.count = 2;
	e->nv.indices.items[0] = (struct evidence_nv_index){.index = TCG_NV_EK_CERT_RSA2048,
		.attributes = 0x62072801,
		.size = 1053,
		.name_alg = TCG_ALG_SHA256,
		.is_written = true};
	FILL(e->nv.indices.items[0].name, 34, 0x50);
	e->nv.indices.items[1] = (struct evidence_nv_index){.index = 0x01c00016, .size = 879};
	e->certificates.certificates.count = 2;
	fill_certificate(&e->certificates.certificates.items[0], TCG_NV_EK_CERT_RSA2048, &eks[0]);
	fill_certificate(&e->certificates.certificates.items[1], 0x01c00016, &eks[1]);
	e->srk.handle = TCG_HANDLE_SRK;
	e->srk.type = TCG_ALG_ECC;
	FILL(e->srk.name, 34, 0x60);
	SET_TEXT(e->ak.hierarchy, "endorsement");
	e->ak.key.handle = 0x81010020;
	e->ak.key.type = TCG_ALG_ECC;
	e->ak.key.curve = TCG_CURVE_P256;
	FILL(e->ak.key.name, 34, 0x70);
	FILL(e->ak.key.public_area, 62, 0x71);
	FILL(e->quote.nonce, 32, 0x80);
	FILL(e->quote.attest, 163, 0x81);
	FILL(e->quote.signature, 72, 0x82);
	e->beacon.value = 77;
	e->beacon.is_advanced = true;
	FILL(e->beacon.attest, 150, 0x83);
	FILL(e->beacon.signature, 72, 0x84);
	e->signs.announces = 3;
	e->signs.drift_ms = -61;
}

static bool mark_read(const char *name, const struct record_part *part, void *context)
{
	(void)name;
	((struct record_part *)((uint8_t *)context +
				((const uint8_t *)part - (const uint8_t *)context)))
		->state = PART_READ;
	return true;
}

struct evidence *sample_evidence(void)
{
	struct evidence *e = evidence_new();

	assert_non_null(e);
	e->minor = EVIDENCE_MINOR;
	SET_TEXT(e->agent, "0.1.0");
	e->iat = 1795421131;
	fill_guest(e);
	fill_tpm(e);
	fill_pcrs(e);
	fill_keys(e);
	evidence_visit_parts(e, mark_read, e);
	return e;
}

static void longest(char *text, size_t size)
{
	memset(text, 'm', size - 1);
}

#define LONGEST(text) longest(text, sizeof(text))

struct evidence *sample_largest(void)
{
	static const uint16_t algs[EVIDENCE_BANKS_MAX] = {
		TCG_ALG_SHA1, TCG_ALG_SHA256, TCG_ALG_SHA384, TCG_ALG_SHA512, TCG_ALG_SM3_256};
	struct evidence *e = sample_evidence();
	size_t len;

	LONGEST(e->guest.hostname);
	LONGEST(e->guest.os);
	LONGEST(e->guest.kernel);
	LONGEST(e->device.path);
	LONGEST(e->device.model);
	LONGEST(e->session.slowest);
	for (uint32_t i = 0; i < EVIDENCE_NV_MAX; i++) {
		e->nv.indices.items[i] = e->nv.indices.items[0];
		e->nv.indices.items[i].index = 0x01500000 + i;
	}
	e->nv.indices.count = EVIDENCE_NV_MAX;
	for (uint32_t i = 0; i < EVIDENCE_OBJECTS_MAX; i++)
		fill_object(&e->persistent.objects.items[i], 0x81000002 + i, TCG_ALG_ECC);
	e->persistent.objects.count = EVIDENCE_OBJECTS_MAX;
	for (uint32_t i = 0; i < EVIDENCE_EKS_MAX; i++)
		e->eks.keys.items[i] = e->eks.keys.items[0];
	e->eks.keys.count = EVIDENCE_EKS_MAX;
	for (uint32_t i = 0; i < EVIDENCE_CERTIFICATES_MAX; i++) {
		struct evidence_certificate *certificate = &e->certificates.certificates.items[i];

		*certificate = e->certificates.certificates.items[0];
		FILL(certificate->der, EVIDENCE_DER_MAX, (uint8_t)i);
		LONGEST(certificate->subject);
		LONGEST(certificate->issuer);
		LONGEST(certificate->serial);
		certificate->index = TCG_NV_EK_CERT_FIRST + i;
	}
	e->certificates.certificates.count = EVIDENCE_CERTIFICATES_MAX;
	for (uint32_t i = 0; i < EVIDENCE_PROPERTIES_MAX; i++) {
		if (i >= e->properties.values.count)
			e->properties.values.items[i] = (struct record_entry){0x8000 + i, i};
	}
	e->properties.values.count = EVIDENCE_PROPERTIES_MAX;
	for (size_t i = 0; i < EVIDENCE_BANKS_MAX; i++) {
		e->pcrs.banks[i].alg = algs[i];
		e->pcrs.banks[i].pcrs = 0xffffff;
		for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++)
			fill(e->pcrs.banks[i].values[pcr], &len, tcg_digest_size(algs[i]),
				(uint8_t)(pcr + 1));
	}
	e->pcrs.bank_count = EVIDENCE_BANKS_MAX;
	return e;
}

uint32_t *sample_property(struct evidence *evidence, uint32_t property)
{
	for (size_t i = 0; i < evidence->properties.values.count; i++) {
		if (evidence->properties.values.items[i].id == property)
			return &evidence->properties.values.items[i].value;
	}
	fail_msg("no property 0x%x", property);
	return NULL;
}

void sample_fail(
	struct record_part *part, size_t part_size, enum error_code code, const char *message)
{
	memset(part, 0, part_size);
	part->state = PART_FAILED;
	error_set(&part->error, code, "%s", message);
}

struct evidence *sample_real(void)
{
	struct evidence *evidence = NULL;
	struct error err;
	size_t len;
	uint8_t *text = data_read("evidence/swtpm.json", &len);

	if (evidence_parse(text, len, &evidence, &err))
		fail_msg("evidence/swtpm.json: %s", err.message);
	free(text);
	return evidence;
}
