/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include "console/command_line.h"
#include "core/verdict/verdict.h"
#include "host/confirm/confirm.h"
#include "host/facts/gather.h"
#include "host/rules/profile.h"
#include "host/rules/rules.h"
#include "link/collector_link.h"

#define HOST_CONFIG_PATH       "/etc/vtpm-host/vtpm-host.conf"
#define HOST_PEERS_MAX         64
#define HOST_PARALLEL_MAX      64
#define HOST_COMMAND_WORDS_MAX 16

/* The commands, in the order of --help: constant, name, function, words, what it does. */
/* clang-format off */
#define HOST_COMMANDS(row) \
	row(PREFLIGHT, "preflight", command_preflight, "[DOMAIN]", "check what a migration needs, here and on peers") \
	row(DIAGNOSE, "diagnose", command_diagnose, "DOMAIN", "find why a vTPM is missing, or a migration failed") \
	row(FACTS, "facts", command_facts, "", "print this host's facts as JSON, for --peer") \
	row(CONFIRM, "confirm", command_confirm, "DOMAIN|--all", "ask a guest, or --all, whether its vTPM is the same") \
	row(WATCH, "watch", command_watch, "", "confirm each guest's vTPM after whatever happens to it") \
	row(STATUS, "status", command_status, "", "show what watch knows: guests, what is owed, last verdicts") \
	row(BASELINES, "baselines", command_baselines, "export [UUID]|import FILE", "take what watch compares with to another host") \
	row(EKS, "eks", command_eks, "[DIR]", "print the guests' EKs, as a collector's allowlist has them") \
	row(EXPLAIN, "explain", command_explain, "WORD", "say what a verdict, reason or check means")
/* clang-format on */

enum command { HOST_COMMANDS(COMMAND_LINE_CONSTANT) COMMAND_COUNT };

/* Of confirm. */
struct host_confirm_options {
	const char *baseline, *save; /* a file or a directory; a directory; NULL: not given */
	const char *qga_socket;      /* a guest agent's, instead of libvirt; NULL: not given */
	char program[256];           /* the agent, as the guest calls it */
	enum event event;
	uint32_t timeout_s;
	uint64_t parallel;                       /* guests asked at once */
	struct collector_link_options collector; /* no urls: none */
};

/* Of watch, status and baselines. */
struct host_watch_options {
	char state[256];         /* directory */
	char metrics[512];       /* a textfile; empty: none */
	char metrics_listen[64]; /* address and port on loopback; empty: none */
	uint32_t deadline_s;
	struct text_list command; /* that is told each verdict */
	bool is_once;
};

struct host_options {
	struct command_line line;
	char config[512];              /* empty: not given */
	char uri[256];                 /* libvirt's */
	const char *domain;            /* NULL: not given */
	const struct profile *profile; /* NULL: the one that this host looks like */
	const char *peers[HOST_PEERS_MAX];
	size_t peer_count;
	bool is_json, is_all;
	struct host_confirm_options confirm;
	struct host_watch_options watch;
	struct gather_places places;
	struct rules_expect expect;
};

/* Commands and options. */
extern const struct command_line_program host_program;

/* Reads the command line. Errors: USAGE, one line that names the word. */
int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err);

/* What the command that was found needs and has not. Errors: USAGE. */
int host_options_check(const struct host_options *options, enum command command, struct error *err);

#endif
