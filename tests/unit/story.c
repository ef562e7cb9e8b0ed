/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/story.h"

#include "tests/unit/sample.h"

#define MINUTE_MS 60000

void story_later(struct evidence *e)
{
	e->iat += MINUTE_MS / 1000;
	e->guest.uptime_ms += MINUTE_MS;
	e->clock.uptime_ms += MINUTE_MS;
	e->clock.time_ms += MINUTE_MS;
	e->clock.clock_ms += MINUTE_MS;
	e->random.sha256.data[0]++;
	e->quote.nonce.data[0]++;
}

/* Another boot of the system, half a minute old. */
static void boot(struct evidence *e)
{
	e->guest.boot_id[0] = e->guest.boot_id[0] == '9' ? '0' : (char)(e->guest.boot_id[0] + 1);
	e->guest.uptime_ms = MINUTE_MS / 2;
	e->clock.uptime_ms = MINUTE_MS / 2;
}

/* The TPM is switched on and the firmware measures. */
static void switch_on(struct evidence *e)
{
	boot(e);
	e->clock.time_ms = MINUTE_MS / 2 + 2000;
	e->pcrs.update_counter = 30;
}

void story_reboot(struct evidence *e)
{
	switch_on(e);
	e->clock.reset_count++;
	e->clock.restart_count = 0;
}

void story_crash(struct evidence *e)
{
	story_reboot(e);
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_ORDERLY;
}

void story_hard_reset(struct evidence *e)
{
	switch_on(e);
	e->clock.restart_count++;
}

void story_kexec(struct evidence *e)
{
	boot(e);
}
