/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is told what came of a confirmation: the journal, and a command of the operator's. */
#ifndef HOST_WATCH_TELLING_H
#define HOST_WATCH_TELLING_H

#include "host/watch/guests.h"
#include "host/watch/how.h"

/* Every entry of a confirmation has this MESSAGE_ID, for good. */
#define WATCH_MESSAGE_ID "98db4b7075554a94a49b42705562a450"

/* Tells of the record's last confirmation; the command follows in telling_step(). */
void telling_tell(const struct watch_how *how, struct watch_guest *guest);

/* Takes the ends of commands and starts others, as many at once as guests are asked. Returns
 * whether one runs or waits. */
bool telling_step(const struct watch_how *how, const struct watch_guests *guests);

#endif
