/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/guest.h"

#include <stdio.h>
#include <string.h>

#include "core/measured/eventlog.h"
#include "win32/tbs.h"

/* TPM_IFTYPE_*: all that Windows tells of what libvirt calls the model. */
static const char *interface_name(uint32_t type)
{
	static const char *const names[] = {
		"", "tpm-1.2", "trustzone", "hardware", "emulator", "spb"};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "";
}

/* TBS stands where Linux has the kernel's resource manager; the raw TPM is nobody's to open. */
static void describe_node(struct evidence_node *node, const char *path, tbs_rc rc)
{
	const char *access_name = rc == TBS_RESULT_ACCESS_DENIED ? "denied" : "missing";

	snprintf(node->path, sizeof(node->path), "%s", path);
	snprintf(node->access, sizeof(node->access), "%s", rc ? access_name : "usable");
}

int platform_device_read(struct evidence_device *ret_device, struct error *err)
{
	struct tbs_device_info info = {.version = 1};
	const struct tbs *tbs = NULL;
	struct error ignored;
	tbs_rc rc = (tbs_rc)-1;

	(void)err;
	if (!tbs_load(&tbs, &ignored) && tbs->device_info)
		rc = tbs->device_info(sizeof(info), &info);
	describe_node(&ret_device->resource_manager, "TBS", rc);
	describe_node(&ret_device->raw, "TPM", (tbs_rc)-1);
	snprintf(ret_device->transport, sizeof(ret_device->transport), "tbs");
	snprintf(ret_device->path, sizeof(ret_device->path), "TBS");
	if (rc)
		return 0;
	snprintf(ret_device->driver, sizeof(ret_device->driver), "%s",
		interface_name(info.interface_type));
	ret_device->version_major = (uint16_t)(info.tpm_version <= 2 ? info.tpm_version : 0);
	return 0;
}

/* The log of this boot: of the static root of trust. Before Windows 10 1803 there is but one. */
static tbs_rc get_log(const struct tbs *tbs, void *context, uint8_t *ret_log, uint32_t *len)
{
	return tbs->log_of_type ? tbs->log_of_type(0, ret_log, len)
				: tbs->log(context, ret_log, len);
}

static int append_log(const struct tbs *tbs, void *context, struct buf *to, struct error *err)
{
	uint32_t len = 0;
	uint8_t *at;
	tbs_rc rc = get_log(tbs, context, NULL, &len);

	if (rc && rc != TBS_RESULT_INSUFFICIENT_BUFFER)
		return tbs_error(err, rc, "TPM Base Services");
	if (len > EVENTLOG_MAX_BYTES)
		return error_set(err, ERROR_TOO_LARGE, "more than %d bytes", EVENTLOG_MAX_BYTES);
	if (!len)
		return tbs_error(err, TBS_RESULT_NO_EVENT_LOG, "TPM Base Services");
	at = buf_reserve(to, len);
	if (!at)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the event log");
	rc = get_log(tbs, context, at, &len);
	if (rc)
		return tbs_error(err, rc, "TPM Base Services");
	to->len += len;
	return 0;
}

int platform_event_log_read(const struct evidence_device *device, struct buf *to, struct error *err)
{
	const struct tbs_context_params params = {.version = 2, .flags = TBS_FLAG_INCLUDE_TPM20};
	const struct tbs *tbs;
	void *context = NULL;
	tbs_rc rc;
	int result;

	if (strcmp(device->resource_manager.access, "usable") != 0 || tbs_load(&tbs, err))
		return error_set(err, ERROR_NOT_FOUND, "Windows knows no TPM");
	if (tbs->log_of_type)
		return append_log(tbs, NULL, to, err);
	if (!tbs->log)
		return tbs_error(err, TBS_RESULT_NO_EVENT_LOG, "TPM Base Services");
	rc = tbs->context_create(&params, &context);
	if (rc)
		return tbs_error(err, rc, "TPM Base Services");
	result = append_log(tbs, context, to, err);
	tbs->context_close(context);
	return result;
}
