/* SPDX-License-Identifier: BSD-2-Clause */
/* What the slots of all volumes come to. */
#ifndef CORE_DISK_OUTLOOK_H
#define CORE_DISK_OUTLOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "core/tcg/unlock_facts.h"

struct disk_outlook {
	size_t sealed; /* volumes with a slot of some TPM */
	size_t files;  /* those of them that are files with something sealed */
	size_t opening;
	size_t asking;     /* for a PIN or a startup key, and the TPM does its part */
	size_t asking_key; /* those of them that ask for a startup key */
	size_t doubtful;   /* not in the initrd, or not before the lockout ends */
	size_t locked_out; /* those of them that wait for the lockout to end */
	size_t undecided;  /* nobody can tell from here */
	size_t failing;
	size_t left_out; /* not looked at, or without room */
};

void disk_outlook(const struct unlock_facts *facts, struct disk_outlook *ret_outlook);

/* One word for all: the worst of the volumes. With `is_unattended` a volume that asks somebody for
 * a PIN is a warning. AFFIRMING where nothing is sealed. */
enum verdict_status disk_outlook_status(const struct disk_outlook *outlook, bool is_unattended);

/* The same of one volume. */
enum verdict_status disk_volume_status(enum unlock_result result, bool is_unattended);

/* By bits, the PCRs that may be why volumes do not open. */
uint32_t disk_differing_pcrs(const struct unlock_facts *facts);

#endif
