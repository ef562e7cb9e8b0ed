/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/evidence/properties.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define VENDOR_STRINGS 4 /* TPM2_PT_VENDOR_STRING_1 to _4 */

/* The value of a property, or 0. */
static uint32_t value_of(const struct evidence *evidence, uint32_t property)
{
	uint32_t value = 0;

	evidence_property(evidence, property, &value);
	return value;
}

/* Four characters to a property, the first in its highest byte. */
static void copy_characters(
	const struct evidence *evidence, uint32_t first, unsigned count, char *out, size_t size)
{
	uint8_t text[4 * VENDOR_STRINGS];

	for (unsigned i = 0; i < count; i++) {
		uint32_t value = value_of(evidence, first + i);

		for (unsigned byte = 0; byte < 4; byte++)
			text[4 * i + byte] = (uint8_t)(value >> (24 - 8 * byte));
	}
	text_copy_ascii(out, size, text, 4 * (size_t)count);
}

static void decode_date(const struct evidence *evidence, char *out, size_t size)
{
	uint32_t year = value_of(evidence, TCG_PT_YEAR),
		 day = value_of(evidence, TCG_PT_DAY_OF_YEAR);
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	const uint8_t month_days[] = {
		31, is_leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned month = 0;

	if (year < 2000 || year > 9999 || day < 1 || day > (is_leap ? 366U : 365U))
		return;
	while (month < 11 && day > month_days[month])
		day -= month_days[month++];
	snprintf(out, size, "%04u-%02u-%02u", (uint16_t)year, (uint8_t)(month + 1), (uint8_t)day);
}

static void decode_identity(const struct evidence *evidence, struct properties *properties)
{
	uint32_t revision = value_of(evidence, TCG_PT_REVISION);
	uint32_t high = value_of(evidence, TCG_PT_FIRMWARE_VERSION_1);
	uint32_t low = value_of(evidence, TCG_PT_FIRMWARE_VERSION_2);

	copy_characters(evidence, TCG_PT_FAMILY_INDICATOR, 1, properties->family,
		sizeof(properties->family));
	if (revision)
		snprintf(properties->revision, sizeof(properties->revision),
			"%" PRIu32 ".%02" PRIu32, revision / 100 % 1000, revision % 100);
	decode_date(
		evidence, properties->specification_date, sizeof(properties->specification_date));
	properties->manufacturer_id = value_of(evidence, TCG_PT_MANUFACTURER);
	copy_characters(evidence, TCG_PT_MANUFACTURER, 1, properties->manufacturer,
		sizeof(properties->manufacturer));
	copy_characters(evidence, TCG_PT_VENDOR_STRING_1, VENDOR_STRINGS, properties->vendor,
		sizeof(properties->vendor));
	properties->firmware_version = (uint64_t)high << 32 | low;
	snprintf(properties->firmware, sizeof(properties->firmware),
		"%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32, high >> 16, high & 0xffff,
		low >> 16, low & 0xffff);
	properties->total_commands = value_of(evidence, TCG_PT_TOTAL_COMMANDS);
}

void properties_decode(const struct evidence *evidence, struct properties *ret_properties)
{
	struct properties *to = ret_properties;
	uint32_t bits = 0;

	*to = (struct properties){0};
	decode_identity(evidence, to);
	to->has_permanent = evidence_property(evidence, TCG_PT_PERMANENT, &bits);
	if (to->has_permanent) {
		to->is_owner_auth_set = bits & TCG_PERMANENT_OWNER_AUTH_SET;
		to->is_endorsement_auth_set = bits & TCG_PERMANENT_ENDORSEMENT_AUTH_SET;
		to->is_lockout_auth_set = bits & TCG_PERMANENT_LOCKOUT_AUTH_SET;
		to->is_clear_disabled = bits & TCG_PERMANENT_DISABLE_CLEAR;
		to->is_in_lockout = bits & TCG_PERMANENT_IN_LOCKOUT;
	}
	to->has_startup_clear = evidence_property(evidence, TCG_PT_STARTUP_CLEAR, &bits);
	if (to->has_startup_clear) {
		to->is_platform_enabled = bits & TCG_STARTUP_CLEAR_PH_ENABLE;
		to->is_owner_enabled = bits & TCG_STARTUP_CLEAR_SH_ENABLE;
		to->is_endorsement_enabled = bits & TCG_STARTUP_CLEAR_EH_ENABLE;
		to->is_orderly = bits & TCG_STARTUP_CLEAR_ORDERLY;
	}
	to->has_lockout = evidence_property(evidence, TCG_PT_LOCKOUT_COUNTER, &to->lockout_counter);
	to->lockout_max = value_of(evidence, TCG_PT_MAX_AUTH_FAIL);
	to->lockout_interval_s = value_of(evidence, TCG_PT_LOCKOUT_INTERVAL);
	to->lockout_recovery_s = value_of(evidence, TCG_PT_LOCKOUT_RECOVERY);
}

static json_t *permanent_to_json(const struct properties *p)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:b}", "owner_auth_set", p->is_owner_auth_set,
		"endorsement_auth_set", p->is_endorsement_auth_set, "lockout_auth_set",
		p->is_lockout_auth_set, "clear_disabled", p->is_clear_disabled, "in_lockout",
		p->is_in_lockout);
}

static json_t *startup_clear_to_json(const struct properties *p)
{
	return json_pack("{s:b, s:b, s:b, s:b}", "platform_enabled", p->is_platform_enabled,
		"owner_enabled", p->is_owner_enabled, "endorsement_enabled",
		p->is_endorsement_enabled, "orderly", p->is_orderly);
}

static json_t *lockout_to_json(const struct properties *p)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "counter", (json_int_t)p->lockout_counter, "max",
		(json_int_t)p->lockout_max, "interval_s", (json_int_t)p->lockout_interval_s,
		"recovery_s", (json_int_t)p->lockout_recovery_s);
}

json_t *properties_to_json(const struct properties *p)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "family", p->family,
		"specification_revision", p->revision, "specification_date", p->specification_date,
		"manufacturer", p->manufacturer, "vendor", p->vendor, "firmware", p->firmware,
		"total_commands", (json_int_t)p->total_commands);
	int failed = !json;

	if (!failed && p->has_permanent)
		failed = json_object_set_new(json, "permanent", permanent_to_json(p));
	if (!failed && p->has_startup_clear)
		failed = json_object_set_new(json, "startup_clear", startup_clear_to_json(p));
	if (!failed && p->has_lockout)
		failed = json_object_set_new(json, "lockout", lockout_to_json(p));
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}
