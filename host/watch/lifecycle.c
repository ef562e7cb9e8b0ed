/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/lifecycle.h"

#include <libvirt/libvirt.h>

#define ANY (-1)

struct row {
	int event, detail;
	struct watch_cause cause;
};

#define ROW(kind, part, ...)                                                                       \
	{                                                                                          \
		VIR_DOMAIN_EVENT_##kind, VIR_DOMAIN_EVENT_##kind##_##part,                         \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define OTHER(kind, ...)                                                                           \
	{                                                                                          \
		VIR_DOMAIN_EVENT_##kind, ANY,                                                      \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

/* The first row that fits. A new QEMU process has a new swtpm: for the vTPM that is a hard reboot,
 * however softly the guest went down before. */
static const struct row rows[] = {
	ROW(STARTED, BOOTED, WATCH_OWE, EVENT_HARD_REBOOT, "booted"),
	/* It is still being filled; "resumed" says that it has arrived. */
	ROW(STARTED, MIGRATED, WATCH_IGNORE, EVENT_NONE, "incoming migration began"),
	ROW(STARTED, RESTORED, WATCH_OWE, EVENT_RESUME, "restored from a file"),
	ROW(STARTED, FROM_SNAPSHOT, WATCH_OWE, EVENT_RESUME, "started from a snapshot"),
	ROW(STARTED, WAKEUP, WATCH_OWE, EVENT_RESUME, "woken up"),
	OTHER(STARTED, WATCH_OWE, EVENT_NONE, "started"),
	ROW(RESUMED, UNPAUSED, WATCH_LOOK, EVENT_RESUME, "resumed"),
	/* Of a migration that was given up, its source says the same. */
	ROW(RESUMED, MIGRATED, WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "resumed after a migration"),
	ROW(RESUMED, FROM_SNAPSHOT, WATCH_OWE, EVENT_RESUME, "resumed from a snapshot"),
	/* Memory is still on its way. */
	ROW(RESUMED, POSTCOPY, WATCH_IGNORE, EVENT_NONE, "post-copy migration"),
	ROW(RESUMED, POSTCOPY_FAILED, WATCH_IGNORE, EVENT_NONE, "post-copy migration failed"),
	OTHER(RESUMED, WATCH_LOOK, EVENT_NONE, "resumed"),
	ROW(STOPPED, MIGRATED, WATCH_LEAVE, EVENT_NONE, "outgoing migration finished"),
	ROW(STOPPED, SHUTDOWN, WATCH_STOP, EVENT_NONE, "shut down"),
	ROW(STOPPED, DESTROYED, WATCH_STOP, EVENT_NONE, "destroyed"),
	ROW(STOPPED, CRASHED, WATCH_STOP, EVENT_NONE, "crashed"),
	ROW(STOPPED, SAVED, WATCH_STOP, EVENT_NONE, "saved to a file"),
	ROW(STOPPED, FAILED, WATCH_STOP, EVENT_NONE, "failed"),
	ROW(STOPPED, FROM_SNAPSHOT, WATCH_STOP, EVENT_NONE, "set back to a snapshot"),
	OTHER(STOPPED, WATCH_STOP, EVENT_NONE, "stopped"),
	/* A migration that fills a paused guest ends so, and none that is resumed later. */
	ROW(SUSPENDED, PAUSED, WATCH_PAUSE, EVENT_NONE, "paused"),
	/* These are told once more, as stopped, resumed or reset. */
	OTHER(SUSPENDED, WATCH_IGNORE, EVENT_NONE, "paused"),
	OTHER(SHUTDOWN, WATCH_IGNORE, EVENT_NONE, "shutting down"),
	OTHER(PMSUSPENDED, WATCH_IGNORE, EVENT_NONE, "asleep"),
	OTHER(CRASHED, WATCH_IGNORE, EVENT_NONE, "panicked"),
	OTHER(DEFINED, WATCH_DEFINE, EVENT_NONE, "defined"),
	OTHER(UNDEFINED, WATCH_UNDEFINE, EVENT_NONE, "undefined"),
};

bool lifecycle_is_running(enum watch_action action)
{
	return action == WATCH_OWE || action == WATCH_ARRIVE || action == WATCH_LOOK ||
	       action == WATCH_PAUSE;
}

struct watch_cause lifecycle_of_event(int event, int detail)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].event == event && (rows[i].detail == detail || rows[i].detail == ANY))
			return rows[i].cause;
	}
	return (struct watch_cause){WATCH_IGNORE, EVENT_NONE, "unknown"};
}

static const struct watch_cause under_way = {WATCH_IGNORE, EVENT_NONE, "on its way"};
static const struct watch_cause found = {WATCH_OWE, EVENT_NONE, "found running"};

static struct watch_cause of_running(int reason)
{
	switch (reason) {
	case VIR_DOMAIN_RUNNING_BOOTED:
		return (struct watch_cause){WATCH_OWE, EVENT_HARD_REBOOT, "found booted"};
	case VIR_DOMAIN_RUNNING_MIGRATED:
		/* It may have been reset since. */
		return (struct watch_cause){WATCH_ARRIVE, EVENT_NONE, "found after a migration"};
	case VIR_DOMAIN_RUNNING_RESTORED:
	case VIR_DOMAIN_RUNNING_FROM_SNAPSHOT:
	case VIR_DOMAIN_RUNNING_WAKEUP:
		return (struct watch_cause){WATCH_OWE, EVENT_RESUME, "found restored"};
	case VIR_DOMAIN_RUNNING_POSTCOPY:
	case VIR_DOMAIN_RUNNING_POSTCOPY_FAILED:
		return under_way;
	default:
		return found;
	}
}

static struct watch_cause of_paused(int reason)
{
	switch (reason) {
	case VIR_DOMAIN_PAUSED_STARTING_UP: /* by a boot, a restore or an incoming migration */
	case VIR_DOMAIN_PAUSED_MIGRATION:
	case VIR_DOMAIN_PAUSED_POSTCOPY:
	case VIR_DOMAIN_PAUSED_POSTCOPY_FAILED:
		return under_way;
	default:
		return found;
	}
}

struct watch_cause lifecycle_of_state(int state, int reason)
{
	switch (state) {
	case VIR_DOMAIN_RUNNING:
		return of_running(reason);
	case VIR_DOMAIN_PAUSED:
		return of_paused(reason);
	case VIR_DOMAIN_SHUTOFF:
		return (struct watch_cause){WATCH_IGNORE, EVENT_NONE, "shut off"};
	default:
		return found;
	}
}

struct watch_cause lifecycle_of_reset(bool is_by_guest)
{
	return is_by_guest
		       ? (struct watch_cause){WATCH_OWE, EVENT_SOFT_REBOOT, "rebooted"}
		       : (struct watch_cause){WATCH_OWE, EVENT_HARD_REBOOT, "reset by the host"};
}
