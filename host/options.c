/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/options.h"

#include <string.h>

static int read_peer(const char *value, void *options, struct error *err)
{
	struct host_options *to = options;

	if (to->peer_count == HOST_PEERS_MAX)
		return error_set(err, ERROR_USAGE, "--peer: more than %d", HOST_PEERS_MAX);
	to->peers[to->peer_count++] = value;
	to->expect.is_shared = true;
	return 0;
}

static int read_uid(const char *value, void *options, struct error *err)
{
	struct host_options *to = options;
	uint64_t uid;

	if (!text_number(value, 1, UINT32_MAX - 1, &uid))
		return error_set(err, ERROR_USAGE, "--expect-uid: \"%s\" is no uid", value);
	to->expect.has_uid = true;
	to->expect.uid = (uint32_t)uid;
	return 0;
}

static int read_state(const char *value, void *options, struct error *err)
{
	if (*value != '/' || strlen(value) > 200)
		return error_set(err, ERROR_USAGE,
			"--state-directory: not an absolute path of at most 200 bytes");
	((struct host_options *)options)->places.state = value;
	return 0;
}

#define INTO(what, member) OPTION_INTO(what, struct host_options, member)
#define GATHER             "preflight diagnose facts"

static const struct command_line_option table[] = {
	{"all", NULL, "preflight", "preflight: each domain with a vTPM (the default)",
		INTO(OPTION_SET, is_all)},
	{"peer", "FILE", "preflight", "preflight: facts of another host; may be given again",
		OPTION_BY(read_peer)},
	{"expect-uid", "UID", "preflight", "preflight: what the swtpm account must have",
		OPTION_BY(read_uid)},
	{"shared", NULL, "preflight diagnose", "preflight: the state directory must be NFS",
		INTO(OPTION_SET, expect.is_shared)},
	{"event", "EVENT", "confirm", "confirm: what was announced, such as live-migration",
		INTO(OPTION_EVENT, event)},
	{"baseline", "FILE", "confirm", "confirm: evidence from before, to compare with",
		INTO(OPTION_TEXT, baseline)},
	{"timeout", "SECONDS", "confirm", "confirm: how long the guest may take (default 30)",
		INTO(OPTION_SECONDS, timeout_s), .min = 1, .max = 3600},
	{"json", NULL, NULL, "JSON instead of the page", INTO(OPTION_SET, is_json)},
	{"connect", "URI", NULL, "libvirt's (default qemu:///system)",
		INTO(OPTION_TEXT, places.uri)},
	{"state-directory", "DIR", GATHER, "where vTPMs' state is, when not in its usual place,",
		OPTION_BY(read_state)},
	{"localca", "DIR", GATHER, "where swtpm-localca's files are,",
		INTO(OPTION_TEXT, places.localca)},
	{"qemu-conf", "FILE", GATHER, "where libvirt's QEMU configuration is,",
		INTO(OPTION_TEXT, places.qemu_conf)},
	{"mountinfo", "FILE", GATHER, "and where the table of mounts",
		INTO(OPTION_TEXT, places.mountinfo)},
};

static const struct command_line_command commands[HOST_COMMAND_COUNT] = {
	[HOST_PREFLIGHT] = {"preflight", 1,
		"preflight [DOMAIN]: what a migration needs, here and on its peers"},
	[HOST_DIAGNOSE] = {"diagnose", 1,
		"diagnose DOMAIN: why its vTPM is missing or its migration failed"},
	[HOST_FACTS] = {"facts", 0, "this host's facts as JSON, for --peer on another one"},
	[HOST_CONFIRM] = {"confirm", 1,
		"confirm DOMAIN: is its vTPM the same? asked through its guest agent"},
};

const struct command_line_program host_program = {.name = "vtpm-host",
	.purpose = "Checks what the vTPMs of this hypervisor host depend on. Changes nothing.",
	.commands = commands,
	.command_count = HOST_COMMAND_COUNT,
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0])};

int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err)
{
	struct host_options options = {.timeout_s = 30,
		.places = {.uri = "qemu:///system",
			.state = "/var/lib/libvirt/swtpm",
			.localca = "/var/lib/swtpm-localca",
			.qemu_conf = "/etc/libvirt/qemu.conf",
			.mountinfo = "/proc/self/mountinfo",
			.timeout_ms = 5000}};
	int rc = command_line_parse(&host_program, argc, argv, &options, &options.line, err);

	if (rc)
		return rc;
	options.domain = options.line.words[0];
	options.expect.domain = options.domain;
	*ret = options;
	return 0;
}
