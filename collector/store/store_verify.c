/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void store_verify_found(struct store_verification *to, uint64_t where, const char *fmt, ...)
{
	char what[sizeof(to->faults[0].what)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (to->fault_count == STORE_FAULTS_MAX)
		return;
	to->faults[to->fault_count].where = where;
	memcpy(to->faults[to->fault_count].what, what, sizeof(what));
	to->fault_count++;
}
