/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware measures: PFP 1.05, sections 10.2 and 10.4. */
#include "core/measured/event_describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/measured/signature_list.h"
#include "core/measured/uefi.h"
#include "core/reader.h"
#include "core/text.h"

#define SAY(to, ...) snprintf((to)->meaning, sizeof((to)->meaning), __VA_ARGS__)

/* One or more printable characters, then nothing but NULs. */
static bool is_ascii(const uint8_t *bytes, size_t len)
{
	size_t i = 0;

	while (i < len && bytes[i] >= ' ' && bytes[i] <= '~')
		i++;
	if (!i)
		return false;
	while (i < len && !bytes[i])
		i++;
	return i == len;
}

static bool is_utf16(const uint8_t *bytes, size_t len)
{
	return len >= 4 && len % 2 == 0 && bytes[0] >= ' ' && bytes[0] <= '~' && !bytes[1];
}

void event_describe_text(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	char text[128];

	(void)is_verbose;
	text_copy_ascii(text, sizeof(text), event->data, event->len);
	SAY(to, "%s", text);
	if (is_ascii(event->data, event->len))
		snprintf(to->name, sizeof(to->name), "%.63s", text);
}

void event_describe_version(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	(void)is_verbose;
	if (is_utf16(event->data, event->len))
		uefi_copy_utf16(to->name, sizeof(to->name), event->data, event->len);
	else if (is_ascii(event->data, event->len))
		text_copy_ascii(to->name, sizeof(to->name), event->data, event->len);
	else if (event->len == UEFI_GUID_SIZE)
		uefi_guid_print(event->data, to->name);
	SAY(to, *to->name ? "firmware version %s" : "firmware version: the firmware states none%s",
		to->name);
}

void event_describe_code(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct reader reader = reader_of(event->data, event->len);
	uint64_t base, len;

	if (is_ascii(event->data, event->len)) {
		event_describe_text(event, is_verbose, to);
		return;
	}
	if (event->len != 16) { /* EV_EFI_PLATFORM_FIRMWARE_BLOB2 begins with a description */
		struct reader text = reader_part(&reader, reader_u8(&reader));

		if (!text.failed && is_ascii(text.at, text.left)) {
			text_copy_ascii(to->name, sizeof(to->name), text.at, text.left);
			SAY(to, "firmware code: %s", to->name);
		}
		return;
	}
	base = reader_u64le(&reader);
	len = reader_u64le(&reader);
	SAY(to, "firmware code at 0x%" PRIx64 ", %" PRIu64 " KiB", base, len / 1024);
}

void event_describe_separator(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct reader reader = reader_of(event->data, event->len);
	uint32_t value = reader_u32le(&reader);

	(void)is_verbose;
	if (reader_is_done(&reader) && (!value || value == UINT32_MAX)) {
		SAY(to, "the firmware is done with this PCR");
	} else {
		snprintf(to->name, sizeof(to->name), "error");
		SAY(to, "error: the firmware could not measure, and says so");
	}
}

struct counts {
	uint32_t certificates, hashes;
};

static void count_signature(bool is_x509, const uint8_t *bytes, size_t len, void *context)
{
	struct counts *counts = context;

	(void)bytes;
	(void)len;
	counts->certificates += is_x509;
	counts->hashes += !is_x509;
}

/* SecureBoot, AuditMode and the like: a byte, or on some firmware nothing for "off". */
static bool is_switch(const struct uefi_variable *variable)
{
	bool is_list = strcmp(variable->name, "PK") == 0 || strcmp(variable->name, "KEK") == 0;

	return uefi_variable_owner(variable) == UEFI_OWNER_GLOBAL && variable->len <= 1 && !is_list;
}

static void describe_switch(const struct uefi_variable *variable, struct event *to)
{
	bool is_on = variable->len && variable->data[0];

	if (strcmp(variable->name, "SecureBoot") == 0)
		SAY(to, "Secure Boot is %s", is_on ? "on" : "off");
	else
		SAY(to, "%s = %s", variable->name, is_on ? "on" : "off");
}

void event_describe_config(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct uefi_variable variable;
	struct counts counts = {0};

	(void)is_verbose;
	if (!uefi_variable_read(event->data, event->len, &variable))
		return;
	snprintf(to->name, sizeof(to->name), "%s", variable.name);
	if (is_switch(&variable))
		describe_switch(&variable, to);
	else if (!variable.len)
		SAY(to, "%s is empty", variable.name);
	else if (signature_lists_visit(variable.data, variable.len, count_signature, &counts))
		SAY(to, "%s: %" PRIu32 " certificate%s, %" PRIu32 " hash%s", variable.name,
			counts.certificates, counts.certificates == 1 ? "" : "s", counts.hashes,
			counts.hashes == 1 ? "" : "es");
	else
		SAY(to, "variable %s, %zu bytes", variable.name, variable.len);
}

/* BootOrder: "0001, 0000" */
static void describe_order(const struct uefi_variable *variable, struct event *to)
{
	struct reader reader = reader_of(variable->data, variable->len);
	size_t used = (size_t)SAY(to, "boot order:");

	while (reader.left >= 2 && used < sizeof(to->meaning) - 8)
		used += (size_t)snprintf(to->meaning + used, sizeof(to->meaning) - used, " %04X",
			reader_u16le(&reader));
}

void event_describe_boot(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct uefi_variable variable;
	char title[96] = "";

	(void)is_verbose;
	if (!uefi_variable_read(event->data, event->len, &variable))
		return;
	snprintf(to->name, sizeof(to->name), "%s", variable.name);
	if (strcmp(variable.name, "BootOrder") == 0) {
		describe_order(&variable, to);
		return;
	}
	uefi_load_option_name(title, sizeof(title), variable.data, variable.len);
	SAY(to, "boot entry %s: %s", variable.name, title);
}

#define DER_SEQUENCE 0x30 /* with a length of two bytes: every certificate of a real key */
#define DER_LENGTH_2 0x82

static bool is_der(const uint8_t *bytes, size_t len)
{
	return len > 4 && bytes[0] == DER_SEQUENCE && bytes[1] == DER_LENGTH_2;
}

const uint8_t *event_authority_der(const struct uefi_variable *variable, size_t *ret_len)
{
	static const size_t offsets[] = {0, UEFI_GUID_SIZE};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct reader reader = reader_of(variable->data, variable->len);

		reader_bytes(&reader, offsets[i]);
		if (!reader.failed && is_der(reader.at, reader.left)) {
			*ret_len = reader.left;
			return reader.at;
		}
	}
	return NULL;
}

void event_describe_authority(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct crypto_certificate certificate;
	struct uefi_variable variable;
	struct error ignored;
	const uint8_t *der;
	size_t len;

	(void)is_verbose;
	if (!uefi_variable_read(event->data, event->len, &variable))
		return;
	snprintf(to->name, sizeof(to->name), "%s", variable.name);
	der = event_authority_der(&variable, &len);
	if (der && !crypto_certificate_read(der, len, &certificate, &ignored))
		SAY(to, "an image was let pass by %s: %.100s", variable.name, certificate.subject);
	else
		SAY(to, "what images are judged by: %s", variable.name);
}

void event_describe_image(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	(void)is_verbose;
	uefi_image_name(to->name, sizeof(to->name), event->data, event->len);
	SAY(to, "%s: %s", to->what == BOOT_WHAT_DRIVER ? "driver" : "program",
		*to->name ? to->name : "without a name");
}

void event_describe_gpt(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	uint64_t partitions;
	char guid[37];

	(void)is_verbose;
	if (!uefi_gpt_read(event->data, event->len, guid, &partitions))
		return;
	snprintf(to->name, sizeof(to->name), "%s", guid);
	SAY(to, "partition table of disk %s, %" PRIu64 " partition%s", guid, partitions,
		partitions == 1 ? "" : "s");
}

void event_describe_no_action(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	char signature[17];

	(void)is_verbose;
	text_copy_ascii(signature, sizeof(signature), event->data,
		event->len < sizeof(signature) - 1 ? event->len : sizeof(signature) - 1);
	SAY(to, "note, nothing is measured: %s", signature);
}
