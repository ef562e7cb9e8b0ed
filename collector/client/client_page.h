/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operators' commands show: pages and tables made of a collector's answers. */
#ifndef COLLECTOR_CLIENT_PAGE_H
#define COLLECTOR_CLIENT_PAGE_H

#include "core/buf.h"
#include "core/checks/checks.h"
#include "core/error.h"
#include "core/json/tree.h"
#include "core/json/value.h"
#include "core/status.h"

/* A member's text; empty where there is none. */
const char *client_text(const struct json_node *json, const char *name);

/* A member's number; 0 where there is none. */
int64_t client_number(const struct json_node *json, const char *name);

/* Whether nothing is heard of a VM for too long. */
bool client_is_silent(const struct json_node *vm);

/* Since an operator accepted it no report was compared with its new baseline. */
bool client_is_just_accepted(const struct json_node *vm);

/* The exit code of a VM's last verdict: whether it still holds is not known of a silent one. */
enum exit_code client_vm_code(const struct json_node *vm);

/* The status that a report, a VM or a verdict names; none for any other word. */
enum verdict_status client_status(const char *name);

/* Who brought a VM's newest report, a report or a claim; empty where that is not known. */
void client_print_sender(const struct json_node *of, char to[], size_t size);

/* The page of one report with its verdict. `first`: what its evidence says of the vTPM's health,
 * where it was the first sight; else NULL. */
void client_page_report(struct buf *to, const struct json_node *report, const struct checks *first);

/* What a collector answers about a VM; `report` is the newest one with its verdict, or NULL. */
struct client_vm {
	const struct json_node *vm, *report, *timeline, *claims;
	const struct checks *first; /* as client_page_report() takes it */
};

/* The page of a VM: what is known, why, its timeline, and who else claims to be it. */
void client_page_vm(struct buf *to, const struct client_vm *shown);

/* What stands in the place of a report that did not come: the claims since `asked_ms`. False: there
 * are none, and nothing is printed. */
bool client_page_unconfirmed(struct buf *to, const char *uuid, const struct json_node *claims,
	int64_t asked_ms, bool is_json);

/* Writes to standard output at once, for who reads along, and frees it. Errors: IO, NO_MEMORY. */
int client_put(struct buf *result, struct error *err);

/* JSON, indented on a terminal, and a newline: an answer as it came, or a value that was made of
 * several; NULL: memory was short. */
void client_print_answer(struct buf *to, const struct json_tree *answer);
void client_print_json(struct buf *to, const json_t *json);

#endif
