/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at the TPM and its judgement: what commands and the status window begin with. */
#ifndef AGENT_LOOK_H
#define AGENT_LOOK_H

#include <stddef.h>
#include <stdint.h>

#include "agent/collect/options.h"
#include "console/page.h"
#include "core/checks/checks.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

/* How to look. All is borrowed. */
struct look_options {
	struct collect_options collect; /* the beacon's: as look_to_compare() sets them */
	const char *model;              /* what the checks expect; NULL: any */
	const char *uuid;               /* this VM's, in canonical form; NULL: what SMBIOS says */
};

/* Evidence and its checks. The caller frees the evidence. Errors: NO_MEMORY; what is wrong with the
 * TPM is told by the evidence. */
int look(const struct look_options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err);

/* The same for a comparison with `baseline`, which may be NULL: it advances the beacon. */
int look_to_compare(const struct look_options *options, const struct evidence *baseline,
	struct evidence **ret_evidence, struct checks *ret_checks, struct error *err);

/* What is compared. */
struct look_comparison {
	const char *baseline; /* a file */
	const char *evidence; /* another one; empty: the TPM is looked at */
	enum event event;     /* what was announced in between */
	const char *state; /* the service's directory; empty: the operating system's place. With a
			      collector's receipt in it, reports advance the beacon, and this
			      does not */
};

/* Both documents, for the caller to free, and the verdict. Errors: evidence_file_read()'s. */
int look_and_judge(const struct look_options *options, const struct look_comparison *comparison,
	struct evidence **ret_baseline, struct evidence **ret_evidence, struct verdict *ret_verdict,
	struct error *err);

/* The page of that, which the caller frees; NULL when memory is short. */
struct page *look_page(const struct look_comparison *comparison, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence);

#endif
