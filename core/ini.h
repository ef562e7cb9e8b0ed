/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration file: INI, "[section]" and "name = value" lines, each setting at most once,
 * nothing that is not known. Comments begin with # or ;.
 */
#ifndef CORE_INI_H
#define CORE_INI_H

#include <stddef.h>

#include "core/error.h"

#define INI_SETTINGS_MAX 64

struct ini_setting {
	const char *section, *name; /* those of a section stand together */
};

/* Takes the value, never empty, of settings[i]. Errors: any, which end the reading; the place is
 * put before them. */
typedef int ini_apply(size_t i, const char *value, void *context, struct error *err);

/* Reads `text` and applies its settings in their order. Errors: CONFIG, naming line and setting;
 * NO_MEMORY; what `apply` returns. */
int ini_read(const char *text, size_t len, const struct ini_setting *settings, size_t count,
	ini_apply *apply, void *context, struct error *err);

#endif
