/* SPDX-License-Identifier: BSD-2-Clause */
/* The baselines that the watcher keeps where no collector does: UUID.json below its state
 * directory, as `confirm --save` fills one. */
#ifndef HOST_WATCH_OWN_BASELINE_H
#define HOST_WATCH_OWN_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/confirm/baseline_file.h"

void own_baseline_directory(const char *state, char ret_path[BASELINE_PATH_SIZE]);

bool own_baseline_exists(const char *state, const char *uuid);

/* Whether it is certainly from after `then_s`: by when its file was written, since a guest's clock
 * may be wrong, and by its guest's clock, since the guest may have been asked before. */
bool own_baseline_is_since(const char *state, const char *uuid, uint64_t then_s);

/* Removes it, unless a contraindicated verdict beside it has not ended. Returns 0 where nothing is
 * left; else that is told of, or is why. */
int own_baseline_forget(const char *state, const char *uuid);

/* Tells the watcher that one came from another host. Errors: those of platform_file_replace(). */
int own_baseline_note(const char *state, const char *uuid, struct error *err);

/* Takes one such note, and removes it. False: there is none. */
bool own_baseline_take_note(const char *state, char ret_uuid[TEXT_UUID_SIZE]);

#endif
