/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator or an administrator can tell the collector. */
#ifndef COLLECTOR_OPTIONS_H
#define COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/config.h"
#include "console/command_line.h"
#include "core/error.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

/* The commands, in the order of --help: constant, name, function, words, what it does. */
/* clang-format off */
#define COLLECTOR_COMMANDS(row) \
	row(SERVE, "serve", command_serve, "", "take reports, judge them, answer operators") \
	row(INIT, "init", command_init, "[ROLE]", "make the store's schema, and let a role of PostgreSQL use it") \
	row(BACKUP, "backup", command_backup, "DIR", "copy the SQLite store, also while it is in use") \
	row(COPY, "copy", command_copy, "", "move a whole history to another store, SQLite or PostgreSQL") \
	row(CONFIRM, "confirm", command_confirm, "UUID", "after an event: wait for the verdict on a new report") \
	row(ANNOUNCE, "announce", command_announce, "UUID", "before an event: say what will happen, and wait for nothing") \
	row(PAGE, "page", command_page, "", "print the web page's address, with a code that signs in once") \
	row(LIST, "list", command_list, "", "list the VMs, and whose vTPM did not survive") \
	row(SHOW, "show", command_show, "UUID", "show a VM, its verdict's reasons and its timeline") \
	row(DIFF, "diff", command_diff, "UUID [REPORT REPORT]", "tell what was booted otherwise than before, or from one report to another") \
	row(EVENT_LOG, "event-log", command_event_log, "REPORT", "print the event log that the guest sent with a report") \
	row(ACCEPT, "accept", command_accept, "UUID", "make a report the baseline: the VM's newest, or one that is named") \
	row(FORGET, "forget", command_forget, "UUID", "delete a VM and all that is kept of it, but for the audit log") \
	row(TRUST_CA, "trust-ca", command_trust_ca, "list|add FILE", "list or import the CAs of EK certificates") \
	row(TOKEN, "token", command_token, "make [FILE]|list [UUID]|revoke UUID|ID", "VMs' own tokens: made for many at once, listed, revoked") \
	row(RESULT_KEY, "result-key", command_result_key, "list|rotate|revoke", "keys of attestation results: listed, made anew, revoked") \
	row(EXPORT, "export", command_export, "", "print all reports, the audit log or claims, as NDJSON") \
	row(CHECKPOINT, "checkpoint", command_checkpoint, "", "print where all histories end, in a line to be kept elsewhere") \
	row(VERIFY, "verify", command_verify, "[UUID]", "check that what is stored is as it was written") \
	row(EXPLAIN, "explain", command_explain, "WORD", "say what a verdict, reason or check means")
/* clang-format on */

enum command { COLLECTOR_COMMANDS(COMMAND_LINE_CONSTANT) COMMAND_COUNT };

/* Whom operators' commands ask, and as whom. Texts are empty where not given. */
struct options_client {
	char url[1024], token_file[1024], ca[1024], cert[1024], key[1024];
};

/* Texts are empty where not given; pointers are borrowed from the command line. */
struct options {
	struct command_line line;
	const char *config_file; /* --config; empty: the default file, if there is one */
	const char *state;       /* --state; empty: options_state_path() */
	struct config config;    /* serve */
	bool wants_routes;       /* serve: print the routes and end */
	struct options_client client;
	bool is_json;
	enum event event;                    /* confirm, announce */
	uint32_t for_s;                      /* announce */
	uint32_t timeout_s;                  /* confirm */
	const char *status, *search;         /* list */
	bool wants_disks;                    /* list */
	bool wants_silent;                   /* list */
	uint64_t report;                     /* accept; 0: the newest signed one of the VM's keys */
	uint64_t claim;                      /* accept; 0: no claim */
	const char *comment;                 /* accept, forget */
	char export_file[1024];              /* forget; empty: nothing is exported */
	bool wants_audit, wants_claims;      /* export */
	uint64_t after;                      /* export */
	char copy_from[1100], copy_to[1100]; /* copy: URLs of stores */
	bool is_full;                        /* checkpoint */
	const char *sign_key, *timestamp;    /* checkpoint */
	const char *against, *signed_by, *tsa_ca; /* verify */
};

/* Commands, options and settings. */
extern const struct command_line_program options_program;

/* Reads the command line. Errors: USAGE, one line that names the word and the way out. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);

/* The VM that the command is about, in canonical form. Errors: USAGE. */
int options_uuid(const struct command_line *line, char ret_uuid[TEXT_UUID_SIZE], struct error *err);

/* Where state is kept: `given`, what --state says, else systemd's StateDirectory=, else for root
 * /var/lib/vtpm-collector, else $XDG_STATE_HOME/vtpm-collector. Errors: USAGE when there is no home
 * for it, or it is too long. */
int options_state_path(const char *given, char *ret_path, size_t size, struct error *err);

#endif
