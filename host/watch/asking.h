/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests asked for what they owe: several side by side, the one that has waited longest first, each
 * again after a while that grows, until its deadline.
 */
#ifndef HOST_WATCH_ASKING_H
#define HOST_WATCH_ASKING_H

#include "host/watch/guests.h"
#include "host/watch/how.h"

/* Something happened: the guest is to be asked, or asked anew where it is being asked. */
void asking_renew(const struct watch_how *how, struct watch_guest *guest);

/* It runs without a vTPM: what is owed is settled by that. */
void asking_miss(const struct watch_guests *guests, struct watch_guest *guest);

/* Whether an answer is waited for. */
bool asking_is_busy(const struct watch_guests *guests);

/* Takes the answers that have come and asks others. `tell` is called for each guest of which
 * something can be said, or of which nothing could be said in time; its record then says what. */
void asking_step(const struct watch_how *how, struct watch_guests *guests,
	void (*tell)(struct watch_guest *guest, void *context), void *context);

#endif
