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

static int read_directory(
	const char *name, const char *value, const char **ret_path, struct error *err)
{
	if (*value != '/' || strlen(value) > 200)
		return error_set(
			err, ERROR_USAGE, "%s: not an absolute path of at most 200 bytes", name);
	*ret_path = value;
	return 0;
}

static int read_state(const char *value, void *options, struct error *err)
{
	return read_directory(
		"--state-directory", value, &((struct host_options *)options)->places.state, err);
}

static int read_vms(const char *value, void *options, struct error *err)
{
	return read_directory(
		"--vm-directory", value, &((struct host_options *)options)->places.vm_path, err);
}

#define INTO(what, member) OPTION_INTO(what, struct host_options, member)
#define CHECK              "preflight diagnose"
#define GATHER             "preflight diagnose facts"

static const struct command_line_option table[] = {
	{"all", NULL, "preflight confirm", "each domain with a vTPM; preflight's default",
		INTO(OPTION_SET, is_all)},
	{"peer", "FILE", CHECK,
		"facts of another host, \"-\" reads them from standard\n"
		"input; may be given again",
		OPTION_BY(read_peer)},
	{"expect-uid", "UID", CHECK, "what the swtpm account must have", OPTION_BY(read_uid)},
	{"shared", NULL, CHECK, "the state directory must be NFS",
		INTO(OPTION_SET, expect.is_shared)},
	{"secret-security", "WORD", CHECK,
		"what hw:tpm_secret_security must be in the VM's\nflavor (default deployment)",
		INTO(OPTION_TEXT, expect.secret_security)},
	{"ha-user", "USER", GATHER, "who must own state and disks for high availability,",
		INTO(OPTION_TEXT, places.ha_user)},
	{"ha-group", "GROUP", GATHER, "and their group", INTO(OPTION_TEXT, places.ha_group)},
	{"vm-directory", "DIR", GATHER, "the VMs' disks, which must then be shared, too",
		OPTION_BY(read_vms)},
	{"event", "EVENT", "confirm", "confirm: what was announced, such as live-migration",
		INTO(OPTION_EVENT, confirm.event)},
	{"baseline", "PLACE", "confirm",
		"confirm: evidence from before: a file, or a\ndirectory that --save filled",
		INTO(OPTION_TEXT, confirm.baseline)},
	{"save", "DIR", "confirm", "confirm: keep the evidence as DIR/UUID.json",
		INTO(OPTION_TEXT, confirm.save)},
	{"collector", "URL", "confirm", "confirm: report to this collector, which judges",
		INTO(OPTION_STRING, confirm.collector.url)},
	{"token-file", "FILE", "confirm", "confirm: the agent's credential for it, one line",
		INTO(OPTION_STRING, confirm.collector.token_file)},
	{"ca", "FILE", "confirm", "confirm: trust these CAs alone",
		INTO(OPTION_STRING, confirm.collector.ca)},
	{"cert", "FILE", "confirm", "confirm: a client certificate as the credential",
		INTO(OPTION_STRING, confirm.collector.certificate)},
	{"key", "FILE", "confirm", "confirm: its key", INTO(OPTION_STRING, confirm.collector.key)},
	{"guest-program", "PATH", "confirm", "confirm: vtpm-agent, as the guest calls it",
		INTO(OPTION_TEXT, confirm.program)},
	{"parallel", "N", "confirm", "confirm --all: guests asked at once (default 4)",
		INTO(OPTION_NUMBER, confirm.parallel), .min = 1, .max = HOST_PARALLEL_MAX},
	{"timeout", "SECONDS", "confirm", "confirm: how long a guest may take (default 30)",
		INTO(OPTION_SECONDS, confirm.timeout_s), .min = 1, .max = 3600},
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
		"confirm DOMAIN | --all: is its vTPM the same? its guest agent asks"},
};

const struct command_line_program host_program = {.name = "vtpm-host",
	.purpose = "Checks what the vTPMs of this hypervisor host depend on. Changes nothing.",
	.commands = commands,
	.command_count = HOST_COMMAND_COUNT,
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0])};

int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err)
{
	struct host_options options = {
		.confirm = {.program = "vtpm-agent", .timeout_s = 30, .parallel = 4},
		.expect = {.secret_security = "deployment"},
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
	options.places.domain = options.domain;
	*ret = options;
	return 0;
}

int host_options_check(
	const struct host_options *options, enum host_command command, struct error *err)
{
	const struct host_confirm_options *confirm = &options->confirm;
	const struct gather_places *places = &options->places;
	const char *fault = NULL;

	if (command == HOST_DIAGNOSE && !options->domain)
		fault = "diagnose needs a domain";
	else if (command == HOST_CONFIRM && !options->domain == !options->is_all)
		fault = "confirm needs a domain or --all, and not both";
	else if (options->domain && options->is_all)
		fault = "a domain and --all do not go together";
	else if (*confirm->collector.url && (confirm->baseline || confirm->save))
		fault = "--collector keeps the baselines itself: no --baseline, no --save";
	else if (!places->ha_user != !places->ha_group)
		fault = "--ha-user and --ha-group go together";
	return fault ? error_set(err, ERROR_USAGE, "%s; see vtpm-host --help", fault) : 0;
}
