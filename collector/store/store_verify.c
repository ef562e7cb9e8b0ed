/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_verify.h"

#include <stdarg.h>
#include <stdio.h>

void store_verify_found(struct store_verification *to, uint64_t where, const char *fmt, ...)
{
	struct store_fault *fault = &to->faults[to->fault_count];
	va_list args;

	if (to->fault_count == STORE_FAULTS_MAX)
		return;
	to->fault_count++;
	fault->where = where;
	va_start(args, fmt);
	vsnprintf(fault->what, sizeof(fault->what), fmt, args);
	va_end(args);
}
