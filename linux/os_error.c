/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/os_error.h"

#include <errno.h>
#include <string.h>

int os_error_file(struct error *err, int number, const char *what, const char *path)
{
	enum error_code code = ERROR_IO;

	if (number == ENOENT || number == ENOTDIR)
		code = ERROR_NOT_FOUND;
	else if (number == EACCES || number == EPERM || number == EROFS)
		code = ERROR_PERMISSION;
	else if (number == ENOMEM)
		code = ERROR_NO_MEMORY;
	return error_set(err, code, "%s %s: %s", what, path, strerror(number));
}

int os_error_device(struct error *err, int number, const char *what, const char *path)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return error_set(
			err, ERROR_DEVICE_MISSING, "%s %s: no such device node", what, path);
	case EISDIR:
		return error_set(
			err, ERROR_DEVICE_MISSING, "%s %s: not a character device", what, path);
	case ENODEV:
	case ENXIO:
		return error_set(
			err, ERROR_DEVICE_UNBOUND, "%s %s: no driver behind the node", what, path);
	case EACCES:
	case EPERM:
		return error_set(err, ERROR_PERMISSION,
			"%s %s: permission denied; add the user to group tss or run as root", what,
			path);
	case EBUSY:
		return error_set(err, ERROR_DEVICE_BUSY,
			"%s %s: open in another program; /dev/tpmrm0 can be shared", what, path);
	case ETIME:
	case ETIMEDOUT:
		return error_set(err, ERROR_TIMEOUT,
			"%s %s: the kernel gave up waiting for the TPM", what, path);
	default:
		return error_set(err, ERROR_IO, "%s %s: %s", what, path, strerror(number));
	}
}
