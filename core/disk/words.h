/* SPDX-License-Identifier: BSD-2-Clause */
/* What slots do, for somebody who never saw a token of LUKS. */
#ifndef CORE_DISK_WORDS_H
#define CORE_DISK_WORDS_H

#include <stddef.h>

#include "core/tcg/unlock_facts.h"

#define DISK_SENTENCE_MAX 560
#define DISK_REMEDY_MAX   640

/* "does not open: another vTPM sealed it, ..."; never NULL. */
const char *disk_result_sentence(enum unlock_result result);

/* "systemd-tpm2, sha256 PCR 7: does not open: PCR 7 holds another value than it was sealed to". It
 * quotes foreign strings: escape at the exit. */
void disk_describe_slot(const struct unlock_slot *slot, char *out, size_t size);

/* What can be done about a volume, which is `device` to its machine; empty where nothing has to be.
 */
void disk_remedy(const struct unlock_volume *volume, const char *device, char *out, size_t size);

#endif
