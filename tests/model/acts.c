/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM paused for a while; the clock set ahead; an EK made persistent, or evicted; the owner's
 * authorization set, or removed; the beacon removed, or made. All of these write to the TPM's file
 * at most, which is the newest then, and count nothing that a look compares.
 */
#include "tests/model/acts.h"

/* The TPM's time goes on, the guest's does not. A migration to a host whose clock is ahead is the
 * same. */
static bool pause_vm(struct relations *r)
{
	r->clock = r->time = 0;
	r->on_since = r->on_then = 0;
	return true;
}

/* Paused right before the baseline as well, and for longer. A pause writes nothing: a crash that
 * lost the clock loses what that pause put it ahead by, too, and the clock is behind all the same.
 */
static bool pause_before_too(struct relations *r)
{
	bool is_counted_alike = !r->resets && !r->restarts;

	if (is_counted_alike || !r->clock || r->start)
		return false;
	r->was_on = 1;
	r->on_since = 0;
	return true;
}

/* TPM2_ClockSet. The clock at power on is the clock less the time: it goes ahead, too. */
static bool set_clock(struct relations *r)
{
	bool is_counted_alike = !r->resets && !r->restarts;

	r->clock = 0;
	r->epoch = is_counted_alike ? 2 : 0;
	r->start = !is_counted_alike;
	return true;
}

/* tpm2_createek, tpm2_evictcontrol. */
static bool switch_handle(struct relations *r)
{
	static const uint8_t after[] = {1, 0, 3, 2};

	r->handles = after[r->handles];
	return true;
}

/* TPM2_HierarchyChangeAuth. Whether the owner seed is the same is not known while it is set. */
static bool switch_authorization(struct relations *r)
{
	static const uint8_t after[] = {2, 3, 0, 1};

	if (r->auth == 2)
		return false;
	r->auth = after[r->auth];
	r->owner = 2;
	return true;
}

/* One that is made anew goes on from where it was. */
static bool switch_beacon(struct relations *r)
{
	static const uint8_t after[] = {4, 3, 3, 1, 0};

	r->beacon = after[r->beacon];
	return true;
}

bool acts_apply(unsigned combined, struct relations *relations)
{
	static bool (*const acts[])(struct relations * relations) = {pause_vm, pause_before_too,
		set_clock, switch_handle, switch_authorization, switch_beacon};

	if (relations->ek)
		return !combined;
	for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (combined & 1U << i && !acts[i](relations))
			return false;
	}
	return true;
}
