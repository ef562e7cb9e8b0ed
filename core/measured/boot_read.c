/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/boot_read.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/measured/boot_items.h"
#include "core/measured/event.h"
#include "core/measured/event_describe.h"
#include "core/measured/signature_list.h"
#include "core/measured/uefi.h"

#define EV_NO_ACTION     0x00000003U
#define EV_CRTM_VERSION  0x00000008U
#define EV_DRIVER_CONFIG 0x80000001U
#define EV_AUTHORITY     0x800000e0U
#define EV_EFI_FIRST     0x80000000U
#define PCR_SECURE_BOOT  7

struct boot_reading {
	struct boot_facts facts;
	bool has_events, has_uefi;
	bool has_switch, is_on, is_audit; /* the variables SecureBoot and AuditMode */
	bool has_pk, is_pk_empty;
	const char *variable; /* whose signatures are being read */
	struct boot_variable *counting;
	struct error *err;
	int rc;
};

static struct boot_digest digest_of(uint16_t alg, const uint8_t *bytes)
{
	struct boot_digest digest = {.len = bytes ? tcg_digest_size(alg) : 0};

	if (bytes)
		memcpy(digest.data, bytes, digest.len);
	return digest;
}

/* SHA-256 where the log has it: every bank tells the same, and that one is everywhere. */
static uint16_t choose_alg(const struct eventlog_event *event)
{
	uint16_t alg = event->digest_count ? event->digests[event->digest_count - 1].alg : 0;

	for (size_t i = 0; i < event->digest_count; i++) {
		if (event->digests[i].alg == TCG_ALG_SHA256)
			alg = TCG_ALG_SHA256;
	}
	return alg;
}

static const uint8_t *find_digest(const struct eventlog_event *event, uint16_t alg)
{
	for (size_t i = 0; i < event->digest_count; i++) {
		if (event->digests[i].alg == alg)
			return event->digests[i].bytes;
	}
	return NULL;
}

/* A certificate that cannot be read is counted and not listed, but for want of memory. */
static int read_certificate(struct boot_reading *reading, const uint8_t *der, size_t len,
	struct crypto_certificate *ret_certificate, bool *ret_is_read)
{
	int rc = crypto_certificate_read(der, len, ret_certificate, reading->err);

	*ret_is_read = !rc;
	return rc == -ERROR_MALFORMED ? 0 : rc;
}

static void add_signature(bool is_x509, const uint8_t *bytes, size_t len, void *context)
{
	struct boot_reading *reading = context;
	struct boot_facts *facts = &reading->facts;
	struct crypto_certificate read;
	struct boot_certificate *to;
	bool is_read = false;

	reading->counting->hashes += !is_x509;
	reading->counting->certificates += is_x509;
	if (!is_x509 || reading->rc)
		return;
	if (facts->certificates.count == BOOT_CERTIFICATES_MAX) {
		facts->left_out++;
		return;
	}
	reading->rc = read_certificate(reading, bytes, len, &read, &is_read);
	if (!is_read)
		return;
	to = &facts->certificates.items[facts->certificates.count++];
	snprintf(to->variable, sizeof(to->variable), "%s", reading->variable);
	snprintf(to->subject, sizeof(to->subject), "%.127s", read.subject);
	snprintf(to->not_after, sizeof(to->not_after), "%s", read.not_after);
	to->sha256 = digest_of(TCG_ALG_SHA256, read.sha256);
}

static void read_list(struct boot_reading *reading, const struct uefi_variable *variable)
{
	struct boot_facts *facts = &reading->facts;

	if (facts->variables.count == BOOT_VARIABLES_MAX) {
		facts->left_out++;
		return;
	}
	reading->counting = &facts->variables.items[facts->variables.count++];
	*reading->counting = (struct boot_variable){0};
	snprintf(reading->counting->name, sizeof(reading->counting->name), "%.7s", variable->name);
	reading->variable = reading->counting->name;
	signature_lists_visit(variable->data, variable->len, add_signature, reading);
}

static bool is_list(const struct uefi_variable *variable, enum uefi_owner owner)
{
	if (owner == UEFI_OWNER_SECURITY) /* db, dbx, dbt, dbr */
		return strlen(variable->name) < sizeof(((struct boot_variable *)0)->name);
	return owner == UEFI_OWNER_GLOBAL &&
	       (strcmp(variable->name, "PK") == 0 || strcmp(variable->name, "KEK") == 0);
}

/* Names that other owners use as well are not theirs: UEFI 2.10 sections 3.3 and 32.6.1. */
static void read_config(struct boot_reading *reading, const struct eventlog_event *event)
{
	struct uefi_variable variable;
	enum uefi_owner owner;
	bool is_on;

	if (!uefi_variable_read(event->data, event->len, &variable))
		return;
	owner = uefi_variable_owner(&variable);
	is_on = variable.len == 1 && variable.data[0];
	if (owner == UEFI_OWNER_GLOBAL && strcmp(variable.name, "SecureBoot") == 0) {
		reading->has_switch = true;
		reading->is_on = is_on;
	} else if (owner == UEFI_OWNER_GLOBAL && strcmp(variable.name, "AuditMode") == 0) {
		reading->is_audit = is_on;
	} else if (is_list(&variable, owner)) {
		read_list(reading, &variable);
	}
	if (owner == UEFI_OWNER_GLOBAL && strcmp(variable.name, "PK") == 0) {
		reading->has_pk = true;
		reading->is_pk_empty = !variable.len;
	}
}

static void read_authority(struct boot_reading *reading, const struct eventlog_event *event)
{
	struct boot_facts *facts = &reading->facts;
	struct crypto_certificate read;
	struct uefi_variable variable;
	struct boot_authority *to;
	const uint8_t *der;
	bool is_read = false;
	size_t len;

	if (!uefi_variable_read(event->data, event->len, &variable))
		return;
	if (facts->authorities.count == BOOT_AUTHORITIES_MAX) {
		facts->left_out++;
		return;
	}
	to = &facts->authorities.items[facts->authorities.count++];
	*to = (struct boot_authority){0};
	snprintf(to->variable, sizeof(to->variable), "%.23s", variable.name);
	der = event_authority_der(&variable, &len);
	if (der)
		reading->rc = read_certificate(reading, der, len, &read, &is_read);
	if (is_read) {
		snprintf(to->subject, sizeof(to->subject), "%.127s", read.subject);
		to->sha256 = digest_of(TCG_ALG_SHA256, read.sha256);
	}
}

/* What the data says is a fact only where it is what was measured. */
static void read_data(
	struct boot_reading *reading, const struct eventlog_event *raw, const struct event *event)
{
	if (event->check == EVENT_DIFFERS)
		reading->facts.unproven++;
	if (event->check != EVENT_MATCHES)
		return;
	if (raw->type == EV_DRIVER_CONFIG && raw->pcr == PCR_SECURE_BOOT)
		read_config(reading, raw);
	else if (raw->type == EV_AUTHORITY && raw->pcr == PCR_SECURE_BOOT)
		read_authority(reading, raw);
	else if (raw->type == EV_CRTM_VERSION)
		snprintf(reading->facts.firmware, sizeof(reading->facts.firmware), "%s",
			event->name);
}

static int add_event(const struct eventlog_event *raw, void *context, struct error *err)
{
	struct boot_reading *reading = context;
	struct event event;
	int rc;

	if (raw->type == EV_NO_ACTION)
		return 0;
	if (!reading->facts.alg)
		reading->facts.alg = choose_alg(raw);
	reading->has_events = true;
	reading->has_uefi = reading->has_uefi || raw->type > EV_EFI_FIRST;
	reading->err = err;
	rc = event_read(raw, false, &event, err);
	if (rc)
		return rc;
	read_data(reading, raw, &event);
	if (reading->rc)
		return reading->rc;
	if (event.what == BOOT_WHAT_SEPARATOR && !*event.name)
		return 0; /* every PCR has one, and it is the same in every boot */
	return boot_items_add(
		&reading->facts, raw->pcr, &event, find_digest(raw, reading->facts.alg), err);
}

/* UEFI 2.10 section 32.3: without a PK there is setup mode, or audit mode. */
static enum boot_secure judge_secure_boot(const struct boot_reading *reading)
{
	if (reading->has_events && !reading->has_uefi)
		return BOOT_SECURE_NONE;
	if (!reading->has_switch)
		return BOOT_SECURE_UNKNOWN;
	if (reading->is_audit)
		return BOOT_SECURE_AUDIT;
	if (reading->is_on)
		return BOOT_SECURE_ON;
	return reading->has_pk && reading->is_pk_empty ? BOOT_SECURE_SETUP : BOOT_SECURE_OFF;
}

int boot_read(const void *bytes, size_t len, struct eventlog *ret_log, struct boot_facts *ret_facts,
	struct error *err)
{
	struct boot_reading reading = {0};
	int rc = eventlog_replay(bytes, len, add_event, &reading, ret_log, err);

	if (rc)
		return rc;
	reading.facts.secure_boot = judge_secure_boot(&reading);
	*ret_facts = reading.facts;
	return 0;
}

void boot_read_system(const struct system_log_record *record, void *context)
{
	struct boot_facts *facts = context;

	if (record->pcr >= 0 && strcmp(record->text, "os-separator") == 0)
		facts->os_separators |= 1U << record->pcr;
}
