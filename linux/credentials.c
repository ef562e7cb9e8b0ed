/* SPDX-License-Identifier: BSD-2-Clause */
/* Where systemd looks for encrypted credentials: LoadCredentialEncrypted= of systemd.exec(5). */
#include "platform/guest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "linux/os_error.h"
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

	if (name[0] == '.')
		return 0;
	snprintf(path, sizeof(path), DIRECTORY "/%.255s", name);
	rc = platform_file_read(path, max, &text, &why);
	if (rc == -ERROR_PERMISSION || rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	return rc || !text.len ? 0 : visit(path, text.data, text.len, context, err);
}

int platform_credentials_read(
	size_t max, platform_volume_visit *visit, void *context, struct error *err)
{
	struct dirent **names = NULL;
	int count = scandir(DIRECTORY, &names, NULL, alphasort);
	int rc = 0;

	if (count < 0)
		return errno == ENOENT ? 0 : os_error_file(err, errno, "open", DIRECTORY);
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = look_at(names[i]->d_name, max, visit, context, err);
		free(names[i]);
	}
	free(names);
	return rc;
}
