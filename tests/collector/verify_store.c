/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_store DATABASE: prints how many reports the store's own verification found whole; exit
 * status 1 where it found a fault. */
#include <stdio.h>

#include "whole.h"

int main(int argc, char **argv)
{
	struct store *store = NULL;
	struct whole_check check = {0};
	struct error err = {0};
	int rc = argc == 2 ? store_sqlite_open(argv[1], 0, &store, &err) : -1;

	if (!rc)
		rc = whole_verify(store, NULL, &check, &err);
	store_close(store);
	if (rc)
		fprintf(stderr, "verify_store: %s\n", err.message);
	else if (check.faults)
		fprintf(stderr, "%s: report %llu: %s\n", check.uuid,
			(unsigned long long)check.appraisal, check.what);
	else
		printf("%llu\n", (unsigned long long)check.appraisals);
	return rc || check.faults;
}
