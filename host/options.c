/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/options.h"

#include <getopt.h>
#include <string.h>

#include "agent/options.h"

enum {
	JSON = 256,
	PEER,
	UID,
	SHARED,
	EVENT,
	BASELINE,
	TIMEOUT,
	CONNECT,
	STATE,
	LOCALCA,
	QEMU_CONF,
	MOUNTINFO,
	ALL,
	VERSION
};

static const struct option table[] = {
	{"json", no_argument, NULL, JSON},
	{"peer", required_argument, NULL, PEER},
	{"expect-uid", required_argument, NULL, UID},
	{"shared", no_argument, NULL, SHARED},
	{"event", required_argument, NULL, EVENT},
	{"baseline", required_argument, NULL, BASELINE},
	{"timeout", required_argument, NULL, TIMEOUT},
	{"connect", required_argument, NULL, CONNECT},
	{"state-directory", required_argument, NULL, STATE},
	{"localca", required_argument, NULL, LOCALCA},
	{"qemu-conf", required_argument, NULL, QEMU_CONF},
	{"mountinfo", required_argument, NULL, MOUNTINFO},
	{"all", no_argument, NULL, ALL},
	{"version", no_argument, NULL, VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int read_option(int option, const char *value, struct host_options *to, struct error *err)
{
	switch (option) {
	case JSON:
		to->is_json = true;
		return 0;
	case PEER:
		if (to->peer_count == HOST_PEERS_MAX)
			return error_set(err, ERROR_USAGE, "--peer: more than %d", HOST_PEERS_MAX);
		to->peers[to->peer_count++] = value;
		to->expect.is_shared = true;
		return 0;
	case UID:
		to->expect.has_uid = true;
		if (!options_read_seconds(value, 1, UINT32_MAX - 1, &to->expect.uid))
			return error_set(err, ERROR_USAGE, "--expect-uid: \"%s\" is no uid", value);
		return 0;
	case SHARED:
		to->expect.is_shared = true;
		return 0;
	case EVENT:
		to->event = event_parse(value);
		if (to->event == EVENT_COUNT)
			return error_set(err, ERROR_USAGE,
				"--event: \"%s\" is none of none, live-migration, soft-reboot, "
				"hard-reboot, cold-migration, resume, clear",
				value);
		return 0;
	case BASELINE:
		to->baseline = value;
		return 0;
	case TIMEOUT:
		if (!options_read_seconds(value, 1, 3600, &to->timeout_s))
			return error_set(err, ERROR_USAGE,
				"--timeout: \"%s\" is not a number of seconds from 1 to 3600",
				value);
		return 0;
	case CONNECT:
		to->places.uri = value;
		return 0;
	case STATE:
		if (*value != '/' || strlen(value) > 200)
			return error_set(err, ERROR_USAGE,
				"--state-directory: not an absolute path of at most 200 bytes");
		to->places.state = value;
		return 0;
	case LOCALCA:
		to->places.localca = value;
		return 0;
	case QEMU_CONF:
		to->places.qemu_conf = value;
		return 0;
	case MOUNTINFO:
		to->places.mountinfo = value;
		return 0;
	case ALL:
		return 0;
	case VERSION:
		to->wants_version = true;
		return 0;
	default:
		to->wants_help = true;
		return 0;
	}
}

int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err)
{
	struct host_options options = {.timeout_s = 30,
		.places = {.uri = "qemu:///system",
			.state = "/var/lib/libvirt/swtpm",
			.localca = "/var/lib/swtpm-localca",
			.qemu_conf = "/etc/libvirt/qemu.conf",
			.mountinfo = "/proc/self/mountinfo",
			.timeout_ms = 5000}};
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (option == '?' || option == ':')
			rc = error_set(err, ERROR_USAGE, "%s \"%s\"; see vtpm-host --help",
				option == ':' ? "a value is missing behind" : "no option",
				argv[optind - 1]);
		else
			rc = read_option(option, optarg, &options, err);
	}
	if (rc)
		return rc;
	options.command = optind < argc ? argv[optind++] : NULL;
	options.domain = optind < argc ? argv[optind++] : NULL;
	options.expect.domain = options.domain;
	if (optind < argc)
		return error_set(err, ERROR_USAGE,
			"one word too many: \"%s\"; see vtpm-host --help", argv[optind]);
	if (!options.wants_help && !options.wants_version && !options.command)
		return error_set(err, ERROR_USAGE, "no command; see vtpm-host --help");
	*ret = options;
	return 0;
}
