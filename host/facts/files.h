/* SPDX-License-Identifier: BSD-2-Clause */
/* What may hang: everything at or below the state directory, and its mounts, seen by a child. */
#ifndef HOST_FACTS_FILES_H
#define HOST_FACTS_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "host/facts/facts.h"
#include "host/facts/places.h"

/* Whether a file is there, as far as that can be told in time. */
bool gather_is_there(const char *path, uint32_t timeout_ms);

void gather_files(const struct gather_places *places, struct facts *facts);

#endif
