/* SPDX-License-Identifier: BSD-2-Clause */
/* Where systemd looks for encrypted credentials: LoadCredentialEncrypted= of systemd.exec(5). */
#include "platform/guest.h"

#include <stdio.h>
#include <string.h>

#include "platform/system.h"

#define DIRECTORY "/etc/credstore.encrypted"

/* A directory, a link to nowhere: nothing that systemd takes either. */
static int look_at(const char *name, size_t max, platform_volume_visit *visit, void *context,
	struct error *err)
{
	char path[sizeof(DIRECTORY) + 256];
	BUF_SCOPED text = {0};
	struct error why;
	int rc;

	snprintf(path, sizeof(path), DIRECTORY "/%.255s", name);
	rc = platform_file_read(path, max, &text, &why);
	if (rc == -ERROR_PERMISSION || rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	return rc || !text.len ? 0
			       : visit(&(struct platform_volume){path, text.data, text.len, NULL},
					 context, err);
}

int platform_credentials_read(
	size_t max, platform_volume_visit *visit, void *context, struct error *err)
{
	BUF_SCOPED names = {0};
	int rc = platform_directory_list(DIRECTORY, "", &names, err);

	if (rc)
		return rc == -ERROR_NOT_FOUND ? 0 : rc;
	for (size_t at = 0; !rc && at < names.len;) {
		const char *name = (const char *)names.data + at;

		rc = look_at(name, max, visit, context, err);
		at += strlen(name) + 1;
	}
	return rc;
}
