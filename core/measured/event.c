/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/event.h"

#include <stdio.h>

#include "core/measured/event_check.h"
#include "core/measured/event_describe.h"
#include "core/measured/event_loader.h"

/* PFP 10.4.1, table of event types. */
static const struct event_type {
	uint32_t type;
	const char *name;
	enum event_rule rule;
	enum boot_what what;
	event_describe *describe; /* NULL: nothing is known of the data */
} types[] = {
	{0x00000000, "EV_PREBOOT_CERT", EVENT_RULE_NONE, BOOT_WHAT_OTHER, NULL},
	{0x00000001, "EV_POST_CODE", EVENT_RULE_MAYBE, BOOT_WHAT_TABLES, event_describe_code},
	{0x00000003, "EV_NO_ACTION", EVENT_RULE_NONE, BOOT_WHAT_OTHER, event_describe_no_action},
	{0x00000004, "EV_SEPARATOR", EVENT_RULE_SEPARATOR, BOOT_WHAT_SEPARATOR,
		event_describe_separator},
	{0x00000005, "EV_ACTION", EVENT_RULE_MAYBE, BOOT_WHAT_ACTION, event_describe_text},
	{0x00000006, "EV_EVENT_TAG", EVENT_RULE_MAYBE, BOOT_WHAT_OTHER, event_describe_tag},
	{0x00000007, "EV_S_CRTM_CONTENTS", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE,
		event_describe_code},
	{0x00000008, "EV_S_CRTM_VERSION", EVENT_RULE_DATA, BOOT_WHAT_FIRMWARE,
		event_describe_version},
	{0x00000009, "EV_CPU_MICROCODE", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE, NULL},
	{0x0000000a, "EV_PLATFORM_CONFIG_FLAGS", EVENT_RULE_NONE, BOOT_WHAT_TABLES, NULL},
	{0x0000000b, "EV_TABLE_OF_DEVICES", EVENT_RULE_NONE, BOOT_WHAT_TABLES, NULL},
	{0x0000000c, "EV_COMPACT_HASH", EVENT_RULE_NONE, BOOT_WHAT_OTHER, NULL},
	{0x0000000d, "EV_IPL", EVENT_RULE_MAYBE, BOOT_WHAT_OTHER, event_describe_loader},
	{0x0000000e, "EV_IPL_PARTITION_DATA", EVENT_RULE_NONE, BOOT_WHAT_PARTITIONS, NULL},
	{0x0000000f, "EV_NONHOST_CODE", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE, NULL},
	{0x00000010, "EV_NONHOST_CONFIG", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE, NULL},
	{0x00000011, "EV_NONHOST_INFO", EVENT_RULE_MAYBE, BOOT_WHAT_FIRMWARE, event_describe_text},
	{0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS", EVENT_RULE_TEXT, BOOT_WHAT_ACTION,
		event_describe_text},
	{0x00000013, "EV_POST_CODE2", EVENT_RULE_NONE, BOOT_WHAT_TABLES, event_describe_code},
	{0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG", EVENT_RULE_DATA, BOOT_WHAT_VARIABLE,
		event_describe_config},
	{0x80000002, "EV_EFI_VARIABLE_BOOT", EVENT_RULE_VARIABLE, BOOT_WHAT_BOOT_ENTRY,
		event_describe_boot},
	{0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION", EVENT_RULE_NONE, BOOT_WHAT_APPLICATION,
		event_describe_image},
	{0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER", EVENT_RULE_NONE, BOOT_WHAT_DRIVER,
		event_describe_image},
	{0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER", EVENT_RULE_NONE, BOOT_WHAT_DRIVER,
		event_describe_image},
	{0x80000006, "EV_EFI_GPT_EVENT", EVENT_RULE_DATA, BOOT_WHAT_PARTITIONS, event_describe_gpt},
	{0x80000007, "EV_EFI_ACTION", EVENT_RULE_TEXT, BOOT_WHAT_ACTION, event_describe_text},
	{0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE,
		event_describe_code},
	{0x80000009, "EV_EFI_HANDOFF_TABLES", EVENT_RULE_NONE, BOOT_WHAT_TABLES, NULL},
	{0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE,
		event_describe_code},
	{0x8000000b, "EV_EFI_HANDOFF_TABLES2", EVENT_RULE_NONE, BOOT_WHAT_TABLES, NULL},
	{0x8000000c, "EV_EFI_VARIABLE_BOOT2", EVENT_RULE_VARIABLE, BOOT_WHAT_BOOT_ENTRY,
		event_describe_boot},
	{0x8000000d, "EV_EFI_GPT_EVENT2", EVENT_RULE_DATA, BOOT_WHAT_PARTITIONS,
		event_describe_gpt},
	{0x80000010, "EV_EFI_HCRTM_EVENT", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE,
		event_describe_text},
	{0x800000e0, "EV_EFI_VARIABLE_AUTHORITY", EVENT_RULE_VARIABLE, BOOT_WHAT_AUTHORITY,
		event_describe_authority},
	{0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE, NULL},
	{0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG", EVENT_RULE_NONE, BOOT_WHAT_FIRMWARE, NULL},
	{0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY", EVENT_RULE_DATA, BOOT_WHAT_VARIABLE, NULL},
	{0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY", EVENT_RULE_DATA, BOOT_WHAT_AUTHORITY, NULL},
};

static const struct event_type *find_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type)
			return &types[i];
	}
	return NULL;
}

int event_read(const struct eventlog_event *event, bool is_verbose, struct event *ret_event,
	struct error *err)
{
	const struct event_type *type = find_type(event->type);
	struct event read = {.what = type ? type->what : BOOT_WHAT_OTHER};
	int rc = type ? event_check(event, type->rule, &read.check, err) : 0;

	if (rc)
		return rc;
	if (type && type->describe)
		type->describe(event, is_verbose, &read);
	if (!*read.meaning)
		snprintf(read.meaning, sizeof(read.meaning), "%zu bytes of data", event->len);
	*ret_event = read;
	return 0;
}

const char *event_type_name(uint32_t type)
{
	const struct event_type *found = find_type(type);

	return found ? found->name : NULL;
}

const char *event_check_name(enum event_check check)
{
	switch (check) {
	case EVENT_MATCHES:
		return "matches";
	case EVENT_DIFFERS:
		return "differs";
	case EVENT_OTHER_DATA:
		break;
	}
	return "other";
}
