/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "platform/system.h"
#include "version.h"

typedef _Atomic uint64_t counter;

static const struct {
	uint64_t microseconds;
	const char *seconds;
} buckets[] = {{1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"},
	{25000, "0.025"}, {50000, "0.05"}, {100000, "0.1"}, {250000, "0.25"}, {1000000, "1"},
	{UINT64_MAX, "+Inf"}};

#define BUCKET_COUNT (sizeof(buckets) / sizeof(buckets[0]))

static counter reports[VERDICT_CONTRAINDICATED + 1];
static counter noted;
static counter challenges;
static counter lost_reports;
static counter claims;
static counter refusals[PROBLEM_COUNT];
static counter limits[LIMIT_COUNT];
static counter commits[BUCKET_COUNT]; /* each in the first bucket that holds it */
static counter commit_microseconds;
static counter queue_depth;
static counter webhooks[2];

void metrics_count_report(enum verdict_status status)
{
	atomic_fetch_add(&reports[status], 1);
}

void metrics_count_noted(void)
{
	atomic_fetch_add(&noted, 1);
}

void metrics_count_challenge(void)
{
	atomic_fetch_add(&challenges, 1);
}

void metrics_count_claim(void)
{
	atomic_fetch_add(&claims, 1);
}

void metrics_count_lost(void)
{
	atomic_fetch_add(&lost_reports, 1);
}

void metrics_count_refusal(enum problem problem)
{
	atomic_fetch_add(&refusals[problem], 1);
}

void metrics_count_limit(enum limit limit)
{
	atomic_fetch_add(&limits[limit], 1);
}

void metrics_observe_commit(uint64_t microseconds)
{
	size_t i = 0;

	while (microseconds > buckets[i].microseconds)
		i++;
	atomic_fetch_add(&commits[i], 1);
	atomic_fetch_add(&commit_microseconds, microseconds);
}

void metrics_set_queue(size_t depth)
{
	atomic_store(&queue_depth, depth);
}

void metrics_count_webhook(bool is_delivered)
{
	atomic_fetch_add(&webhooks[is_delivered], 1);
}

static void print_head(struct buf *to, const char *name, const char *type, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_vms(struct buf *to, const struct store_counts *counts)
{
	print_head(to, "vtpm_collector_vms", "gauge",
		"VMs by what is shown of them, and beside that those that are silent.");
	for (unsigned status = 0; status <= VERDICT_CONTRAINDICATED; status++) {
		for (unsigned i = 0; i < CONTINUITY_COUNT; i++) {
			if (counts->vms[status][i])
				buf_printf(to,
					"vtpm_collector_vms{status=\"%s\",continuity=\"%s\"} "
					"%" PRIu64 "\n",
					verdict_status_name((enum verdict_status)status),
					continuity_name((enum continuity)i),
					counts->vms[status][i]);
		}
	}
	buf_printf(to, "vtpm_collector_vms{state=\"silent\"} %" PRIu64 "\n", counts->silent);
}

static void print_silence(struct buf *to, const struct store_counts *counts)
{
	const uint64_t now_ms = platform_wall_clock_ms();
	const uint64_t oldest_ms = counts->oldest_ms;

	print_head(to, "vtpm_collector_oldest_report_age_seconds", "gauge",
		"Since the last report of the VM of which nothing was heard for longest.");
	buf_printf(to, "vtpm_collector_oldest_report_age_seconds %" PRIu64 "\n",
		oldest_ms && oldest_ms < now_ms ? (now_ms - oldest_ms) / 1000 : 0);
}

static void print_disks(struct buf *to, const struct store_counts *counts)
{
	print_head(to, "vtpm_collector_disks_will_not_open", "gauge",
		"Volumes of all VMs that will not open at the next boot.");
	buf_printf(to, "vtpm_collector_disks_will_not_open %" PRIu64 "\n", counts->disks_failing);
	print_head(to, "vtpm_collector_disks_will_not_open_vms", "gauge", "VMs with such volumes.");
	buf_printf(to, "vtpm_collector_disks_will_not_open_vms %" PRIu64 "\n", counts->disks_vms);
}

static void print_commits(struct buf *to)
{
	static const char name[] = "vtpm_collector_commit_duration_seconds";
	uint64_t sum = 0;

	print_head(to, name, "histogram", "How long group commits took.");
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		sum += atomic_load(&commits[i]);
		buf_printf(to, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, buckets[i].seconds, sum);
	}
	buf_printf(to, "%s_sum %" PRIu64 ".%06" PRIu64 "\n%s_count %" PRIu64 "\n", name,
		atomic_load(&commit_microseconds) / 1000000,
		atomic_load(&commit_microseconds) % 1000000, name, sum);
}

static uint64_t started_ms;

__attribute__((constructor)) static void note_start(void)
{
	started_ms = platform_wall_clock_ms();
}

static void print_process(struct buf *to)
{
	print_head(to, "process_start_time_seconds", "gauge",
		"Start time of the process since unix epoch in seconds.");
	buf_printf(to, "process_start_time_seconds %" PRIu64 ".%03u\n", started_ms / 1000,
		(unsigned)(started_ms % 1000));
	print_head(to, "vtpm_collector_build_info", "gauge", "Always 1; the version is a label.");
	buf_printf(to, "vtpm_collector_build_info{version=\"%s\"} 1\n", VTPM_VERSION);
}

static void print_limits(struct buf *to)
{
	print_head(to, "vtpm_collector_limits_total", "counter",
		"Requests, connections and certificates refused for a limit, by limit.");
	for (unsigned i = LIMIT_NONE + 1; i < LIMIT_COUNT; i++)
		buf_printf(to, "vtpm_collector_limits_total{limit=\"%s\"} %" PRIu64 "\n",
			limit_name((enum limit)i), atomic_load(&limits[i]));
}

void metrics_print(struct buf *to, const struct store_counts *counts)
{
	print_vms(to, counts);
	print_silence(to, counts);
	print_disks(to, counts);
	print_head(to, "vtpm_collector_reports_total", "counter", "Reports committed.");
	for (unsigned i = 0; i <= VERDICT_CONTRAINDICATED; i++)
		buf_printf(to, "vtpm_collector_reports_total{status=\"%s\"} %" PRIu64 "\n",
			verdict_status_name((enum verdict_status)i), atomic_load(&reports[i]));
	print_head(to, "vtpm_collector_reports_noted_total", "counter",
		"Reports that show nothing new and are not kept.");
	buf_printf(to, "vtpm_collector_reports_noted_total %" PRIu64 "\n", atomic_load(&noted));
	print_head(to, "vtpm_collector_challenges_total", "counter", "Challenges given.");
	buf_printf(to, "vtpm_collector_challenges_total %" PRIu64 "\n", atomic_load(&challenges));
	print_head(to, "vtpm_collector_claims_total", "counter",
		"Claims kept: keys that are not a VM's reported as it.");
	buf_printf(to, "vtpm_collector_claims_total %" PRIu64 "\n", atomic_load(&claims));
	print_head(to, "vtpm_collector_lost_reports_total", "counter",
		"Challenges asked for with the receipt of a report that is not in the store: an "
		"older "
		"copy of it was put back.");
	buf_printf(
		to, "vtpm_collector_lost_reports_total %" PRIu64 "\n", atomic_load(&lost_reports));
	print_head(to, "vtpm_collector_refusals_total", "counter", "Requests refused, by code.");
	for (unsigned i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++)
		buf_printf(to, "vtpm_collector_refusals_total{code=\"%s\"} %" PRIu64 "\n",
			problem_code((enum problem)i), atomic_load(&refusals[i]));
	print_limits(to);
	print_commits(to);
	print_head(to, "vtpm_collector_queue_jobs", "gauge", "Jobs that wait for the writer.");
	buf_printf(to, "vtpm_collector_queue_jobs %" PRIu64 "\n", atomic_load(&queue_depth));
	print_head(to, "vtpm_collector_webhooks_total", "counter", "Webhook attempts, by result.");
	for (unsigned i = 0; i < 2; i++)
		buf_printf(to, "vtpm_collector_webhooks_total{result=\"%s\"} %" PRIu64 "\n",
			i ? "delivered" : "failed", atomic_load(&webhooks[i]));
	print_process(to);
}
