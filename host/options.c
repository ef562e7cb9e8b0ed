/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/options.h"

#include <string.h>

#include "core/text.h"
#include "host/watch/metrics_http.h"

static int read_peer(const char *value, void *options, struct error *err)
{
	struct host_options *to = options;

	if (to->peer_count == HOST_PEERS_MAX)
		return error_set(err, ERROR_MALFORMED, "more than %d", HOST_PEERS_MAX);
	to->peers[to->peer_count++] = value;
	return 0;
}

static int read_profile(const char *value, void *options, struct error *err)
{
	struct host_options *to = options;

	to->profile = profile_find(value);
	return to->profile
		       ? 0
		       : error_set(err, ERROR_MALFORMED, "\"%s\" is none of " PROFILE_NAMES, value);
}

static int read_uid(const char *value, void *options, struct error *err)
{
	struct host_options *to = options;
	uint64_t uid;

	if (!text_number(value, 1, UINT32_MAX - 1, &uid))
		return error_set(err, ERROR_MALFORMED, "\"%s\" is no uid", value);
	to->expect.has_uid = true;
	to->expect.uid = (uint32_t)uid;
	return 0;
}

static const char *judge_directory(const char *value)
{
	return *value != '/' || strlen(value) > 200 ? "not an absolute path of at most 200 bytes"
						    : NULL;
}

#define INTO(what, member) OPTION_INTO(what, struct host_options, member)
#define BY(command)        (UINT64_C(1) << COMMAND_##command)
#define CHECK              (BY(PREFLIGHT) | BY(DIAGNOSE))
#define GATHER             (BY(PREFLIGHT) | BY(DIAGNOSE) | BY(FACTS))
#define ASK                (BY(CONFIRM) | BY(WATCH))
#define WATCHER            (BY(WATCH) | BY(STATUS) | BY(BASELINES) | BY(EKS))

static const struct option_row rows[] = {
	{"all", .takers = BY(PREFLIGHT) | BY(CONFIRM),
		.help = "each domain with a vTPM, instead of one", INTO(OPTION_SET, is_all)},
	{"peer", .takers = CHECK, .value = "FILE",
		.help = "facts of another host, \"-\" reads them from standard input; may be given "
			"again",
		OPTION_BY(read_peer)},
	{"expect-uid", .takers = CHECK, .value = "UID", .help = "what the swtpm account must have",
		OPTION_BY(read_uid)},
	{"profile", .takers = CHECK, .value = "PLATFORM",
		.help = "whose requirements hold, one of " PROFILE_NAMES
			"; without it, the one that this host looks like",
		OPTION_BY(read_profile)},
	{"shared", .takers = CHECK, .help = "the state directory must be on shared storage",
		INTO(OPTION_SET, expect.is_shared)},
	{"secret-security", .takers = CHECK, .value = "WORD",
		.help = "what hw:tpm_secret_security must be in the VM's flavor; without it, what "
			"the platform takes",
		INTO(OPTION_TEXT, expect.secret_security)},
	{"ha-user", .takers = GATHER, .value = "USER",
		.help = "who must own state and disks for high availability",
		INTO(OPTION_TEXT, places.ha_user)},
	{"ha-group", .takers = GATHER, .value = "GROUP", .help = "and their group",
		INTO(OPTION_TEXT, places.ha_group)},
	{"vm-directory", .takers = GATHER, .value = "DIR",
		.help = "the VMs' disks, which must then be shared, too", .judge = judge_directory,
		INTO(OPTION_TEXT, places.vm_path)},
	{"state-directory", .takers = GATHER, .value = "DIR", .help = "where vTPMs' state is",
		.otherwise = "/var/lib/libvirt/swtpm", .judge = judge_directory,
		INTO(OPTION_TEXT, places.state)},
	{"localca", .takers = GATHER, .value = "DIR", .help = "where swtpm-localca's files are",
		.otherwise = "/var/lib/swtpm-localca", INTO(OPTION_TEXT, places.localca)},
	{"qemu-conf", .takers = GATHER, .value = "FILE", .help = "libvirt's QEMU configuration",
		.otherwise = "/etc/libvirt/qemu.conf", INTO(OPTION_TEXT, places.qemu_conf)},
	{"mountinfo", .takers = GATHER, .value = "FILE", .help = "the table of mounts",
		.otherwise = "/proc/self/mountinfo", INTO(OPTION_TEXT, places.mountinfo)},
	{"event", .takers = BY(CONFIRM) | BY(BASELINES), .value = "EVENT",
		.help = "what was announced, one of " EVENT_NAMES,
		INTO(OPTION_EVENT, confirm.event)},
	{"baseline", .takers = BY(CONFIRM), .value = "PLACE",
		.help = "evidence from before: a file, or a directory that --save filled",
		INTO(OPTION_TEXT, confirm.baseline)},
	{"save", .takers = BY(CONFIRM), .value = "DIR",
		.help = "keep the evidence as DIR/UUID.json", INTO(OPTION_TEXT, confirm.save)},
	{"collector", OPTION_IN("collector", "url"), .takers = ASK, .value = "URL",
		.help = "report to this collector, which judges; given again, the next to ask "
			"where it does not answer",
		.max = COLLECTOR_LINK_URLS_MAX, INTO(OPTION_LIST, confirm.collector.urls)},
	{"token-file", OPTION_IN("collector", "token-file"), .takers = ASK, .value = "FILE",
		.help = "the host's credential for it (role host), one line",
		INTO(OPTION_PATH, confirm.collector.token_file)},
	{"ca", OPTION_IN("collector", "ca"), .takers = ASK, .value = "FILE",
		.help = "trust these CAs alone", INTO(OPTION_PATH, confirm.collector.ca)},
	{"cert", OPTION_IN("collector", "cert"), .takers = ASK, .value = "FILE",
		.help = "a client certificate as the credential",
		INTO(OPTION_PATH, confirm.collector.certificate)},
	{"key", OPTION_IN("collector", "key"), .takers = ASK, .value = "FILE",
		.help = "the client certificate's key", INTO(OPTION_PATH, confirm.collector.key)},
	{"qga-socket", .takers = BY(CONFIRM), .value = "PATH",
		.help = "ask the guest agent on this socket, without libvirt; DOMAIN is the VM's "
			"UUID",
		INTO(OPTION_TEXT, confirm.qga_socket)},
	{"guest-program", OPTION_IN("watch", "guest-program"), .takers = ASK, .value = "PATH",
		.help = "vtpm-agent, as the guest calls it", .otherwise = "vtpm-agent",
		INTO(OPTION_STRING, confirm.program)},
	{"parallel", OPTION_IN("watch", "parallel"), .takers = ASK, .value = "N",
		.help = "guests asked at once", .min = 1, .max = HOST_PARALLEL_MAX,
		.otherwise = "4", INTO(OPTION_NUMBER, confirm.parallel)},
	{"timeout", OPTION_IN("watch", "timeout"), .takers = ASK, .value = "SECONDS",
		.help = "how long a guest may take", .min = 1, .max = 3600, .otherwise = "30",
		INTO(OPTION_SECONDS, confirm.timeout_s)},
	{"once", .takers = BY(WATCH), .help = "confirm what is owed now, and end",
		INTO(OPTION_SET, watch.is_once)},
	{"deadline", OPTION_IN("watch", "deadline"), .takers = BY(WATCH), .value = "SECONDS",
		.help = "how long to try to ask", .min = 10, .max = 86400, .otherwise = "900",
		INTO(OPTION_SECONDS, watch.deadline_s)},
	{"state", OPTION_IN("watch", "state"), .takers = WATCHER, .value = "DIR",
		.help = "where baselines and what is owed are kept",
		.otherwise = "/var/lib/vtpm-host", INTO(OPTION_PATH, watch.state)},
	{"metrics", OPTION_IN("watch", "metrics"), .takers = BY(WATCH), .value = "FILE",
		.help = "write metrics there, for Prometheus' node exporter",
		INTO(OPTION_PATH, watch.metrics)},
	{"metrics-listen", OPTION_IN("watch", "metrics-listen"), .takers = BY(WATCH),
		.value = "ADDRESS", .help = "serve metrics there, on loopback alone",
		.judge = metrics_http_judge, INTO(OPTION_STRING, watch.metrics_listen)},
	{"command", OPTION_IN("watch", "command"), .takers = BY(WATCH), .value = "WORD",
		.help = "run this program for each verdict; given again, a word for it",
		.max = HOST_COMMAND_WORDS_MAX, INTO(OPTION_LIST, watch.command)},
	{"config", .takers = WATCHER, .value = "FILE",
		.help = "configuration file, instead of " HOST_CONFIG_PATH,
		INTO(OPTION_PATH, config)},
	{"json", .help = "JSON instead of the page; facts are JSON anyway",
		INTO(OPTION_SET, is_json)},
	{"connect", OPTION_IN("watch", "connect"), .value = "URI", .help = "libvirt's",
		.otherwise = "qemu:///system", INTO(OPTION_STRING, uri)},
};

static const struct command_line_command commands[] = {HOST_COMMANDS(COMMAND_LINE_COMMAND)};

const struct command_line_program host_program = {.name = "vtpm-host",
	.purpose = "Checks what the vTPMs of this hypervisor host depend on, and confirms them.",
	.commands = commands,
	.command_count = COMMAND_COUNT,
	.options = rows,
	.option_count = sizeof(rows) / sizeof(rows[0])};

int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err)
{
	struct host_options options = {.places = {.timeout_ms = 5000}};
	int rc = command_line_parse(&host_program, argc, argv, &options, &options.line, err);

	if (rc)
		return rc;
	options.domain = options.line.words[0];
	options.expect.domain = options.domain;
	options.places.domain = options.domain;
	*ret = options;
	ret->places.uri = ret->uri;
	return 0;
}

int host_options_check(const struct host_options *options, enum command command, struct error *err)
{
	const struct host_confirm_options *confirm = &options->confirm;
	const struct gather_places *places = &options->places;
	char uuid[TEXT_UUID_SIZE];
	const char *fault = NULL;

	if (command == COMMAND_DIAGNOSE && !options->domain)
		fault = "diagnose needs a domain";
	else if (command == COMMAND_CONFIRM && !options->domain == !options->is_all)
		fault = "confirm needs a domain or --all, and not both";
	else if (options->domain && options->is_all)
		fault = "a domain and --all do not go together";
	else if (confirm->qga_socket && options->is_all)
		fault = "--qga-socket is of one guest: no --all";
	else if (confirm->qga_socket && !text_uuid(options->domain, uuid))
		fault = "with --qga-socket the VM is named by its UUID";
	else if (confirm->collector.urls.count && (confirm->baseline || confirm->save))
		fault = "--collector keeps the baselines itself: no --baseline, no --save";
	else if (!places->ha_user != !places->ha_group)
		fault = "--ha-user and --ha-group go together";
	return fault ? error_set(err, ERROR_USAGE, "%s; see vtpm-host --help", fault) : 0;
}
