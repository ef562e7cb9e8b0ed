/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked for: command line over configuration file over defaults. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/command_line.h"
#include "console/option.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"
#include "link/collector_link.h"

/* The commands, in the order of --help: constant, name, function, words, what it does. */
/* clang-format off */
#define AGENT_COMMANDS(row) \
	row(STATUS, "status", command_status, "", "show the vTPM and its health (the default)") \
	row(EVIDENCE, "evidence", command_evidence, "", "print the evidence with a fresh quote, as JSON") \
	row(BOOT, "boot", command_boot, "", "tell what was booted, from the event log") \
	row(UNLOCK, "unlock", command_unlock, "", "tell whether the disks sealed to this TPM will open") \
	row(BASELINE, "baseline", command_baseline, "save|show FILE", "keep evidence as the reference, or show it") \
	row(COMPARE, "compare", command_compare, "FILE", "tell whether this is still the baseline's vTPM") \
	row(ACCEPT, "accept", command_accept, "", "take this vTPM as the service's baseline") \
	row(REPORT, "report", command_report, "", "report to a collector, and show its verdict") \
	row(RELAY, "relay", command_relay, "ask|answer", "report in two steps, for others to carry") \
	row(RUN, "run", command_run, "", "compare for ever: at start, at intervals, after a move") \
	row(BEACON, "beacon", command_beacon, "enable|disable|status", "manage a counter that shows rollbacks") \
	row(EXPLAIN, "explain", command_explain, "WORD", "say what a verdict, reason or check means") \
	row(SERVICE, "service", command_service, "install|remove|start|stop", "manage the service on Windows") \
	row(RESET_STATE, "reset-state", command_reset_state, "", "forget what run keeps, to clone an image")
/* clang-format on */

enum command { AGENT_COMMANDS(COMMAND_LINE_CONSTANT) COMMAND_COUNT };

#define OUTPUT_FORMATS(row)                                                                        \
	row(PAGE, "page") row(JSON, "json") row(NAGIOS, "nagios") row(PROMETHEUS, "prometheus")
#define OUTPUT_FORMAT_CONSTANT(constant, name) FORMAT_##constant,
#define OUTPUT_FORMAT_NAME(constant, name)     name,

enum output_format { OUTPUT_FORMATS(OUTPUT_FORMAT_CONSTANT) };

/* Strings are borrowed from the command line, but for those the configuration can set. */
struct options {
	const struct options *given; /* as the command line alone has them: to read the file anew */
	struct command_line line;
	const char *config;       /* --config; empty: the default file, if there is one */
	const char *output;       /* --output; empty: standard output */
	const char *evidence;     /* --evidence; empty: the TPM is read */
	const char *log;          /* --log; empty: this machine's event log */
	bool wants_events;        /* --events */
	const char *baseline;     /* --baseline; empty: the service's */
	struct text_list volumes; /* --volume; none: all of this machine's */
	struct text_list sealed;  /* [unlock] sealed, --sealed */
	bool is_before_reboot;    /* --before-reboot */
	bool spares_lockout;      /* --spare-lockout */
	bool is_forced;           /* --force */
	bool is_sure;             /* --yes */
	char state[1024];         /* --state; empty: the operating system's place for it */
	char tcti[1024];          /* empty: the operating system's TPM */
	char model[16];           /* --expect-model; empty: any */
	enum event event;         /* --event */
	bool is_once;             /* run: a single comparison */
	bool wants_reset;         /* --reset-state, which stands for the command */
	uint32_t interval_s;      /* run: between comparisons */
	struct collector_link_options collector;
	char uuid[TEXT_UUID_SIZE]; /* report as this VM, instead of by SMBIOS */
	bool sends_event_log;      /* to a collector that asks for it */
	uint32_t wait_s;           /* --wait; 0: one series of attempts, as long as the timeout */
	uint32_t timeout_s;
	enum output_format format;
	bool has_nonce;
	size_t nonce_len;
	uint8_t nonce[EVIDENCE_NONCE_MAX];
};

/* Commands, options and settings. */
extern const struct command_line_program options_program;

/* Reads the command line. Errors: USAGE, one line that names the word and the way out. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);

/* Reads a configuration file's text into what the command line left open; `options` stay untouched
 * on failure. Errors: CONFIG, naming the line; NO_MEMORY. */
int options_parse_config(const char *text, size_t len, struct options *options, struct error *err);

/* Reads the configuration file into what the command line left open. The default file may be
 * missing; one that --config names may not. Errors: CONFIG, naming file and line. */
int options_read_config(struct options *options, struct error *err);

#endif
