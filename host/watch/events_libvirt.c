/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/events_libvirt.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "host/facts/definition.h"
#include "host/watch/lifecycle.h"
#include "host/watch/message.h"

/* A libvirtd that says nothing for so long is as good as gone. */
#define KEEPALIVE_S     5
#define KEEPALIVE_COUNT 3

/* A migration undefines its source after it stopped it, and no event tells. */
#define UNDEFINED_BY_MS 10000

/* What a callback was told, until it may ask libvirt about the domain. */
struct news {
	struct news *next;
	struct watch_message message;
	virDomainPtr domain;
	bool is_doubted; /* true only where libvirt has no such definition any more */
};

struct listening {
	int fd;
	bool is_over; /* the connection, the reader or memory */
	virConnectPtr libvirt;
	struct news *first, **last;
	char boot[TEXT_UUID_SIZE];
};

static void say(struct listening *own, const struct watch_message *message)
{
	if (send(own->fd, message, sizeof(*message), MSG_NOSIGNAL) != (ssize_t)sizeof(*message))
		own->is_over = true;
}

/* libvirt counts its domains' ids up, and begins anew when the host boots. */
static void read_boot(struct listening *own)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return;
	if (!fgets(own->boot, sizeof(own->boot), file))
		own->boot[0] = 0;
	fclose(file);
}

/* libvirt's ids begin anew where its state was lost, while the host runs on: the process tells
 * more, and its pid file when it began. Where there is none, the id alone has to do. */
static void read_process(const char *name, char *ret_text, size_t size)
{
	char path[512], line[24] = "";
	struct stat file;
	FILE *stream;
	long pid;

	ret_text[0] = 0;
	snprintf(path, sizeof(path), "/run/libvirt/qemu/%s.pid", name);
	stream = fopen(path, "re");
	if (!stream)
		return;
	pid = fgets(line, sizeof(line), stream) ? strtol(line, NULL, 10) : 0;
	if (pid > 0 && !fstat(fileno(stream), &file))
		snprintf(ret_text, size, ":%ld:%lld", pid, (long long)file.st_mtim.tv_sec);
	fclose(stream);
}

static void describe(
	const struct listening *own, virDomainPtr domain, struct watch_message *message)
{
	char process[44];

	read_process(virDomainGetName(domain), process, sizeof(process));
	snprintf(message->name, sizeof(message->name), "%s", virDomainGetName(domain));
	virDomainGetUUIDString(domain, message->uuid);
	message->is_defined = virDomainIsPersistent(domain) == 1;
	snprintf(message->instance, sizeof(message->instance), "%s:%u%s", own->boot,
		virDomainGetID(domain), process);
}

/* libvirt cannot say, and not because the domain is no more. */
static bool cannot_tell(void)
{
	int code = virGetLastErrorCode();

	return code != VIR_ERR_NO_DOMAIN && code != VIR_ERR_OPERATION_INVALID;
}

enum answer { NO, YES, GONE, CANNOT_TELL };

static enum answer has_vtpm(virDomainPtr domain)
{
	static struct facts_domain facts; /* large for a stack */
	uint64_t ignored;
	char *xml = virDomainGetXMLDesc(domain, 0);

	if (!xml)
		return cannot_tell() ? CANNOT_TELL : GONE;
	facts.has_vtpm = false;
	definition_read(xml, &facts, &ignored);
	free(xml);
	return facts.has_vtpm ? YES : NO;
}

static void set_cause(struct watch_message *message, const struct watch_cause *cause)
{
	message->action = cause->action;
	message->event = cause->event;
	snprintf(message->what, sizeof(message->what), "%s", cause->what);
}

/* --- what libvirt calls; it may be asked nothing meanwhile --- */

static struct news *queue(struct listening *own, virDomainPtr domain, enum watch_message_kind kind,
	const struct watch_cause *cause)
{
	struct news *news = calloc(1, sizeof(*news));

	if (!news || virDomainRef(domain)) {
		free(news);
		own->is_over = true;
		return NULL;
	}
	news->message.kind = kind;
	news->domain = domain;
	set_cause(&news->message, cause);
	*own->last = news;
	own->last = &news->next;
	return news;
}

struct leaving {
	struct listening *own;
	virDomainPtr domain;
};

static void end_leaving(void *context)
{
	struct leaving *leaving = context;

	virDomainFree(leaving->domain);
	free(leaving);
}

static void on_left(int timer, void *context)
{
	static const struct watch_cause undefined = {WATCH_UNDEFINE, EVENT_NONE, "undefined"};
	struct leaving *leaving = context;
	struct news *news = queue(leaving->own, leaving->domain, WATCH_EVENT, &undefined);

	if (news)
		news->is_doubted = true;
	virEventRemoveTimeout(timer);
}

static void look_later(struct listening *own, virDomainPtr domain)
{
	struct leaving *leaving = calloc(1, sizeof(*leaving));

	if (!leaving || virDomainRef(domain)) {
		free(leaving);
		return;
	}
	*leaving = (struct leaving){.own = own, .domain = domain};
	if (virEventAddTimeout(UNDEFINED_BY_MS, on_left, leaving, end_leaving) < 0)
		end_leaving(leaving);
}

static int on_lifecycle(
	virConnectPtr libvirt, virDomainPtr domain, int event, int detail, void *context)
{
	const struct watch_cause cause = lifecycle_of_event(event, detail);

	(void)libvirt;
	if (cause.action != WATCH_IGNORE)
		queue(context, domain, WATCH_EVENT, &cause);
	if (cause.action == WATCH_LEAVE)
		look_later(context, domain);
	return 0;
}

static void on_reboot(virConnectPtr libvirt, virDomainPtr domain, void *context)
{
	const struct watch_cause cause = lifecycle_of_reset(true);

	(void)libvirt;
	queue(context, domain, WATCH_EVENT, &cause);
}

/* libvirt's own event of a reset does not say whose it was; QEMU's does. */
static void on_reset(virConnectPtr libvirt, virDomainPtr domain, const char *event,
	long long seconds, unsigned microseconds, const char *details, void *context)
{
	const struct watch_cause cause = lifecycle_of_reset(false);

	(void)libvirt;
	(void)event;
	(void)seconds;
	(void)microseconds;
	if (details && strstr(details, "\"guest\":false"))
		queue(context, domain, WATCH_EVENT, &cause);
}

static void on_agent(
	virConnectPtr libvirt, virDomainPtr domain, int state, int reason, void *context)
{
	const struct watch_cause none = {.what = ""};

	(void)libvirt;
	(void)reason;
	if (state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED)
		queue(context, domain, WATCH_AGENT, &none);
}

static void on_close(virConnectPtr libvirt, int reason, void *context)
{
	(void)libvirt;
	(void)reason;
	((struct listening *)context)->is_over = true;
}

static void ignore_libvirt(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

/* --- in its turn --- */

/* True also where libvirt cannot tell. */
static bool is_defined(virDomainPtr domain)
{
	int answer = virDomainIsPersistent(domain);

	return answer == 1 || (answer < 0 && cannot_tell());
}

/* Of a domain that stopped there may be nothing left to ask. */
static int tell_one(struct listening *own, struct news *news)
{
	enum answer answer = YES;

	if (news->is_doubted && is_defined(news->domain))
		return 0;
	describe(own, news->domain, &news->message);
	if (lifecycle_is_running(news->message.action))
		answer = has_vtpm(news->domain);
	news->message.has_vtpm = answer == YES;
	if (answer == YES || answer == NO)
		say(own, &news->message);
	return answer == CANNOT_TELL ? -1 : 0;
}

/* Where it fails, this process ends; to free a domain would forget the error that is to be told. */
static int tell_news(struct listening *own)
{
	while (own->first) {
		struct news *news = own->first;

		if (tell_one(own, news))
			return -1;
		own->first = news->next;
		virDomainFree(news->domain);
		free(news);
	}
	own->last = &own->first;
	return 0;
}

/* Of one that is paused by a migration: whether it comes from elsewhere. One that leaves still runs
 * here, should that fail, and one that was restored from a file and left paused has no migration,
 * and the same reason. libvirt has numbers of a migration only where it leaves. */
static enum answer is_filled(virDomainPtr domain)
{
	virDomainJobInfo job;

	if (virDomainGetJobInfo(domain, &job) == 0)
		return NO;
	switch (virGetLastErrorCode()) {
	case VIR_ERR_OPERATION_UNSUPPORTED: /* libvirt 9 and later */
	case VIR_ERR_OPERATION_INVALID:
	case VIR_ERR_NO_SUPPORT:
		return YES;
	case VIR_ERR_NO_DOMAIN:
		return GONE;
	default:
		return CANNOT_TELL;
	}
}

static enum answer ask_state(virDomainPtr domain, int *ret_state, int *ret_reason)
{
	if (virDomainGetState(domain, ret_state, ret_reason, 0))
		return cannot_tell() ? CANNOT_TELL : GONE;
	return *ret_state == VIR_DOMAIN_PAUSED && *ret_reason == VIR_DOMAIN_PAUSED_MIGRATION ? YES
											     : NO;
}

/* YES: `ret_cause` is known. */
static enum answer find_cause(virDomainPtr domain, struct watch_cause *ret_cause)
{
	int state = 0, reason = 0;
	enum answer by_migration = ask_state(domain, &state, &reason), filled = NO;

	if (by_migration == YES)
		filled = is_filled(domain);
	/* The migration may have ended before the second question. */
	if (by_migration == YES && filled == NO)
		by_migration = ask_state(domain, &state, &reason);
	if (by_migration == GONE || by_migration == CANNOT_TELL)
		return by_migration;
	if (filled == GONE || filled == CANNOT_TELL)
		return filled;
	if (by_migration == YES && filled == NO)
		reason = VIR_DOMAIN_PAUSED_UNKNOWN;
	*ret_cause = lifecycle_of_state(state, reason);
	return YES;
}

/* What runs and is not told counts as stopped: whatever libvirt cannot say ends the listing. */
static int tell_domain(struct listening *own, virDomainPtr domain)
{
	struct watch_message message = {.kind = WATCH_FOUND};
	struct watch_cause cause = {WATCH_IGNORE, EVENT_NONE, ""};
	enum answer answer = find_cause(domain, &cause);

	if (answer == YES && cause.action == WATCH_IGNORE)
		return 0;
	if (answer == YES)
		answer = has_vtpm(domain);
	if (answer == CANNOT_TELL || answer == GONE)
		return answer == CANNOT_TELL ? -1 : 0;
	describe(own, domain, &message);
	message.has_vtpm = answer == YES;
	set_cause(&message, &cause);
	say(own, &message);
	return 0;
}

/* That it is defined is told apart from whether it runs, so that the one cannot be taken for the
 * other. */
static int tell_defined(struct listening *own, virDomainPtr domain)
{
	const struct watch_cause defined = {WATCH_DEFINE, EVENT_NONE, "defined"};
	struct watch_message message = {.kind = WATCH_EVENT};

	describe(own, domain, &message);
	set_cause(&message, &defined);
	if (message.is_defined)
		say(own, &message);
	return virDomainGetID(domain) == (unsigned)-1 ? 0 : tell_domain(own, domain);
}

static int tell_domains(struct listening *own)
{
	const struct watch_message ready = {.kind = WATCH_READY};
	virDomainPtr *domains = NULL;
	int count = virConnectListAllDomains(own->libvirt, &domains, 0);

	int rc = count < 0 ? -1 : 0;

	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = tell_defined(own, domains[i]);
		if (!rc)
			virDomainFree(domains[i]);
	}
	free(domains);
	if (!rc)
		say(own, &ready);
	return rc;
}

/* What libvirt is to call; it takes each function by one type and says by the event's which. Newer
 * compilers warn of such a cast, also in libvirt's own macro, unless it goes by void (*)(void). */
#define SUBSCRIBE(own, id, function)                                                               \
	virConnectDomainEventRegisterAny((own)->libvirt, NULL, id,                                 \
		(virConnectDomainEventGenericCallback)(void (*)(void))(function), own, NULL)

static int subscribe(struct listening *own)
{
	if (SUBSCRIBE(own, VIR_DOMAIN_EVENT_ID_LIFECYCLE, on_lifecycle) < 0)
		return -1;
	if (virConnectRegisterCloseCallback(own->libvirt, on_close, own, NULL))
		return -1;
	/* Not every driver has these. */
	(void)SUBSCRIBE(own, VIR_DOMAIN_EVENT_ID_REBOOT, on_reboot);
	(void)SUBSCRIBE(own, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, on_agent);
	(void)virConnectDomainQemuMonitorEventRegister(
		own->libvirt, NULL, "RESET", on_reset, own, NULL, 0);
	(void)virConnectSetKeepAlive(own->libvirt, KEEPALIVE_S, KEEPALIVE_COUNT);
	return 0;
}

/* First the events, then what runs: so nothing falls between. */
static int listen_to(struct listening *own, const char *uri)
{
	/* Read-only does not do: libvirt refuses QEMU's own events then. */
	own->libvirt = virConnectOpen(uri);
	if (!own->libvirt || subscribe(own) || tell_domains(own))
		return -1;
	while (!own->is_over) {
		if (virEventRunDefaultImpl() < 0)
			return -1;
		if (tell_news(own))
			return -1;
	}
	return 0;
}

void events_libvirt_run(const char *uri, int fd)
{
	struct listening own = {.fd = fd};
	struct watch_message lost = {
		.kind = WATCH_LOST, .error = "the connection to libvirt ended"};

	own.last = &own.first;
	read_boot(&own);
	virSetErrorFunc(NULL, ignore_libvirt);
	if (virEventRegisterDefaultImpl() || listen_to(&own, uri))
		snprintf(lost.error, sizeof(lost.error), "libvirt at %s: %s", uri,
			virGetLastErrorMessage());
	say(&own, &lost);
}
