/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparisons of one thing in two documents, for the rules that need them. */
#ifndef CORE_VERDICT_LIKENESS_H
#define CORE_VERDICT_LIKENESS_H

#include "core/evidence/evidence.h"

enum likeness { LIKENESS_UNKNOWN = 0, LIKENESS_SAME, LIKENESS_OTHER };

/* The machines' SMBIOS UUIDs. UNKNOWN where one of them could not be read. */
enum likeness likeness_of_uuids(const struct evidence *baseline, const struct evidence *evidence);

/* The boots of the operating system. */
enum likeness likeness_of_boots(const struct evidence *baseline, const struct evidence *evidence);

/* The EKs: keys of one template are compared, whether persistent or derived from the template; a
 * TPM may keep one kind in one document and another in the next. */
enum likeness likeness_of_eks(const struct evidence *baseline, const struct evidence *evidence);

/* Is there anything by which another document's owner seed can be compared with this one's? */
bool likeness_has_owner_seed(const struct evidence *evidence);

/* The owner seeds, by a key derived from each or, failing that, by the persistent SRK. */
enum likeness likeness_of_owner_seeds(
	const struct evidence *baseline, const struct evidence *evidence);

#endif
