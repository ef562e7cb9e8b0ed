/* SPDX-License-Identifier: BSD-2-Clause */
/* What systemd measured: its log is root's, as the firmware's is. */
#include <string.h>

#include "core/measured/system_log.h"
#include "linux/service.h"
#include "platform/guest.h"
#include "platform/system.h"

int platform_system_log_read(
	const struct evidence_device *device, struct buf *to, struct error *err)
{
	struct error ignored;

	/* systemd measures into the first TPM. */
	if (strcmp(device->raw.path, "/dev/tpm0") != 0)
		return error_set(
			err, ERROR_NOT_FOUND, "%s is not the system's TPM", device->raw.path);
	if (!service_credential_read("system-log", SYSTEM_LOG_MAX_BYTES, to, &ignored))
		return 0;
	return platform_file_read(
		"/run/log/systemd/tpm2-measure.log", SYSTEM_LOG_MAX_BYTES, to, err);
}
