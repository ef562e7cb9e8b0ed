/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked for: command line over configuration file over defaults. */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/command_line.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/judge.h"
#include "link/collector_link.h"

/* The commands, in the order of --help. */
enum command {
	COMMAND_STATUS,
	COMMAND_EVIDENCE,
	COMMAND_BASELINE,
	COMMAND_COMPARE,
	COMMAND_REPORT,
	COMMAND_RELAY,
	COMMAND_RUN,
	COMMAND_BEACON,
	COMMAND_SERVICE,
	COMMAND_RESET_STATE,
	COMMAND_COUNT
};

enum output_format { FORMAT_PAGE, FORMAT_JSON, FORMAT_NAGIOS, FORMAT_PROMETHEUS };

#define OPTIONS_DEFAULT_TIMEOUT_S  30
#define OPTIONS_DEFAULT_INTERVAL_S 300

/* Strings are borrowed from the command line, but for those the configuration can set. */
struct options {
	const struct options *given; /* as the command line alone has them: to read the file anew */
	struct command_line line;
	const char *config;   /* --config; empty: the default file, if there is one */
	const char *output;   /* --output; empty: standard output */
	const char *evidence; /* --evidence; empty: the TPM is read */
	char state[1024];     /* --state; empty: the operating system's place for it */
	char tcti[1024];      /* empty: the operating system's TPM */
	char model[16];       /* --expect-model; empty: any */
	enum event event;     /* --event */
	bool is_once;         /* run: a single comparison */
	bool wants_reset;     /* --reset-state, which stands for the command */
	uint32_t interval_s;  /* run: between comparisons; 10 to 86400 */
	struct collector_link_options collector;
	char uuid[TEXT_UUID_SIZE]; /* report as this VM, instead of by SMBIOS */
	uint32_t wait_s;           /* --wait; 0: one series of attempts, as long as the timeout */
	uint32_t timeout_s;        /* 1 to 3600 */
	enum output_format format;
	bool has_nonce;
	size_t nonce_len;
	uint8_t nonce[EVIDENCE_NONCE_MAX];
};

/* Commands and options, for command_line_check() and --help. */
extern const struct command_line_program options_program;

/* Reads the command line. Errors: USAGE, one line that names the word and the way out. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);

/* Reads a configuration file's text into what the command line left open; `options` stay untouched
 * on failure. Errors: CONFIG, naming the line; NO_MEMORY. */
int options_parse_config(const char *text, size_t len, struct options *options, struct error *err);

/* Reads the configuration file into what the command line left open. The default file may be
 * missing; one that --config names may not. Errors: CONFIG, naming file and line. */
int options_read_config(struct options *options, struct error *err);

/* What both sources accept. */
bool options_is_printable(const char *text); /* ASCII: it becomes part of the evidence */
bool options_is_model(const char *name);     /* "tpm-crb" or "tpm-tis" */

#endif
