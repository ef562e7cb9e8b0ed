/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM tells of when it was switched on, and how it was shut down before. While it is on,
 * time and clock run together; the clock goes on from what was kept of it, and the owner may set
 * it, but only ahead (libtpms Time.c, TimeUpdateToCurrent; Part 3 section 29.2, TPM2_ClockSet). So
 * clock less time is what the clock was at power-on, however long ago that is.
 */
#ifndef CORE_VERDICT_POWER_H
#define CORE_VERDICT_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/verdict/judging.h"

/* How a TPM whose counters moved was shut down since the baseline. Part 1 section 36.4: resetCount
 * counts Resets, restartCount the Restarts and Resumes since the last one. */
enum shutdown {
	SHUTDOWN_UNORDERLY = 0, /* before the last Reset, or not shown to have been orderly */
	SHUTDOWN_UNSEEN,        /* before a Reset that Restarts followed: the bit tells of these */
	SHUTDOWN_ORDERLY,       /* before the last Reset */
	SHUTDOWN_SAVED,         /* Restarts alone: its state was saved each time */
};

enum shutdown power_shutdown(const struct judging *judging);

/* What the clock was at power-on: clock less time, in ms. Below 0 after a clear. */
int64_t power_on_ms(const struct evidence_clock *clock);

/* The counters moved, and at power-on the clock was behind the baseline's. */
bool power_is_clock_behind(const struct judging *judging);

/* And behind what it was when the baseline's TPM was switched on; false where that was not read. */
bool power_is_behind_start(const struct judging *judging);

/* PCRs were updated fewer times than at the baseline, though resetCount is the same: only a Reset
 * begins that count anew (libtpms PCR.c, PCRStartup). */
bool power_has_fewer_updates(const struct judging *judging);

/* It was so far behind that only an older state explains it: whatever became of the TPM, its state
 * was written after that moment. */
bool power_is_older_state(const struct judging *judging);

/* The only start of the TPM since the baseline came after that of the system: which was started
 * without it, then (kexec), and went on when the TPM was started. */
bool power_came_later(const struct judging *judging);

/* The TPM was already on when the baseline was taken and when this boot of the system began. */
bool power_was_on_before_boot(const struct judging *judging);

/* The counters are the baseline's, clock and time went on from there: the TPM was not reset since.
 */
bool power_was_kept(const struct judging *judging);

/* And so it was not cleared either: a clear sets resetCount to 0, and only resets count it up
 * again. Where the counters are obfuscated, a clear changes them and the key that signs. */
bool power_excludes_clear(const struct judging *judging);

/* The counters are the baseline's, though the TPM was switched off and on since: they began anew
 * with a clear, or were counted up again from an older state. */
bool power_is_counted_again(const struct judging *judging);

#endif
