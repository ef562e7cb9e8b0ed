/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a look writes down, and what two of them tell by being compared. Numbers as such tell
 * nothing (how long a guest ran is anybody's choice); their order does. Two pairs of the same order
 * are the same pair.
 */
#ifndef TESTS_MODEL_VIEW_H
#define TESTS_MODEL_VIEW_H

#include "tests/model/state.h"

/* What an agent reads before it asks for a challenge; nobody signs it. */
struct reading {
	struct model_image tpm;
	uint64_t time, uptime;
	uint32_t random;
	bool is_orderly;
};

struct view {
	struct reading read;
	struct model_image tpm; /* counters, clock and PCRs as they are signed */
	struct model_guest guest;
	uint16_t clocks_lost; /* not shown: what happened to it before */
	bool has_log;         /* the agent could read the event log */
};

/* A look: what is read, then what is signed; also what these do to the TPM. */
void view_take(struct model *model, struct view *ret_view);

/* The first half alone. */
void view_read(struct model *model, struct view *ret_view);

/* The second half, of a look that began earlier. */
void view_sign(struct model *model, struct view *view);

/* Readings of hosts' and guests' clocks are only compared with this much room. The time and the
 * clock of one TPM boot go together to the millisecond. */
#define VIEW_SLACK_MS 5000

/* What a crash leaves of a clock may be as much older; and TPM2_Startup comes after power-on. */
#define VIEW_START_MS (VIEW_SLACK_MS + MODEL_CLOCK_UPDATE_MS)

/* Firmware and loader take less, when nobody is asked anything. */
#define VIEW_FIRMWARE_MS 10000

#define VIEW_RELATIONS(ROW)                                                                        \
	ROW(ek, "EK", "same", "other")                                                             \
	ROW(vm, "certificate", "of this VM", "of another VM")                                      \
	ROW(owner, "owner seed", "same", "other", "unknown")                                       \
	ROW(handles, "EK handle", "there", "gone", "back", "none")                                 \
	ROW(auth, "owner authorization", "none", "set", "new", "gone")                             \
	ROW(resets, "resets", "same", "behind", "+1", "+2 or more")                                \
	ROW(restarts, "restarts", "same", "behind", "ahead", "0", "1 or more")                     \
	ROW(zero, "resetCount", "counted", "0")                                                    \
	ROW(clock, "clock", "ahead", "behind")                                                     \
	ROW(epoch, "clock at power on", "same", "behind", "ahead", "behind the last power on")     \
	ROW(start, "clock at power on", "below the baseline's clock", "past it")                   \
	ROW(orderly, "orderly", "yes", "no")                                                       \
	ROW(was_orderly, "orderly bit", "as before", "another")                                    \
	ROW(boot, "boot id", "same", "other")                                                      \
	ROW(uptime, "uptime", "ahead", "behind")                                                   \
	ROW(on_since, "TPM on", "since before the system", "since after it")                       \
	ROW(was_on, "baseline's TPM on", "since its system's boot", "since long before it")        \
	ROW(on_then, "TPM on", "when the baseline was taken", "only later")                        \
	ROW(time, "time", "ahead", "behind")                                                       \
	ROW(updates, "PCR updates", "same", "behind", "ahead", "of another count")                 \
	ROW(pcrs, "PCR 0-7", "same", "some others", "zero now", "zero then", "zero")               \
	ROW(log, "event log", "agrees", "disagrees")                                               \
	ROW(beacon, "beacon", "none", "ahead", "behind", "missing", "new")                         \
	ROW(random, "random bytes", "others", "the same")

/* A pair, canonical: of each relation which of its words holds, the first being 0. */
struct relations {
#define VIEW_MEMBER(id, ...) uint8_t id;
	VIEW_RELATIONS(VIEW_MEMBER)
#undef VIEW_MEMBER
	/* What a rule may look at, but must not decide by: pairs that differ in nothing else have
	 * the same causes, and each is judged. */
	uint8_t finer[3];
};

void view_relate(const struct view *then, const struct view *now, struct relations *ret_relations);

/* The same looks, but the event log could not be read. */
void view_forget_log(struct relations *relations);

/* Those that are not their first word, as "name: word, …". */
void view_print(const struct relations *relations, char *to, unsigned size);

#endif
