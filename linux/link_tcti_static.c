/* SPDX-License-Identifier: BSD-2-Clause */
/* A static program loads no TCTIs: it has the machine's devices, which need none. */
#include "linux/link.h"

int link_tcti_open(const char *conf, struct link **ret_link, struct error *err)
{
	(void)ret_link;
	return error_set(err, ERROR_UNSUPPORTED,
		"--tcti %s: this static program reads device:PATH alone; use the package's", conf);
}
