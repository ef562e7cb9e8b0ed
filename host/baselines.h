/* SPDX-License-Identifier: BSD-2-Clause */
/* The evidence that confirm compares with: one file, or one for each VM in a directory. */
#ifndef HOST_BASELINES_H
#define HOST_BASELINES_H

#include "host/confirm.h"
#include "host/options.h"

/* Judges `result` against its baseline, where options->baseline names one, and then keeps it where
 * options->save says so, as UUID.json; where there was nothing to compare with, its status is then
 * the vTPM's health. The caller frees *ret_baseline. Errors: those of
 * evidence_file_read(), naming the file; UNSUPPORTED (no verified quote: nothing worth keeping);
 * those of platform_file_replace(). */
int baselines_compare(const struct host_confirm_options *options, struct confirm_result *result,
	struct evidence **ret_baseline, struct error *err);

#endif
