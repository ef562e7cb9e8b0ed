/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service is told by its command line and its configuration file. */
#ifndef COLLECTOR_CONFIG_H
#define COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/http/http_setup.h"
#include "console/option.h"

#define CONFIG_PATH      "/etc/vtpm-collector/vtpm-collector.conf"
#define CONFIG_TEXT_SIZE 192 /* a line of the file is shorter */

/* Who may become known by its first report; docs/protocol.md. Nothing is granted by zero: there an
 * operator says so. */
/* clang-format off */
#define CONFIG_ENROLMENTS(row) \
	row(APPROVE, "approve") \
	row(FIRST_USE, "first-use") \
	row(ALLOWLIST, "allowlist") \
	row(EK_CERTIFICATE, "ek-certificate")
/* clang-format on */

#define CONFIG_ENROLMENT_CONSTANT(constant, name) CONFIG_ENROLMENT_##constant,
#define CONFIG_ENROLMENT_NAME(constant, name)     name,

enum config_enrolment { CONFIG_ENROLMENTS(CONFIG_ENROLMENT_CONSTANT) CONFIG_ENROLMENT_COUNT };

/* Texts are empty where not set. Paths are absolute. */
struct config {
	bool is_file; /* there was a configuration file */
	char state[1024];
	struct text_list addresses;
	const char *listen[HTTP_LISTEN_MAX]; /* them, once config_read() is done */
	size_t listen_count;
	char certificate[CONFIG_TEXT_SIZE]; /* PEM files */
	char key[CONFIG_TEXT_SIZE];
	char client_ca[CONFIG_TEXT_SIZE];
	uint32_t connections;             /* 0: http_setup.h's default */
	uint32_t connections_per_address; /* 0: no limit */
	uint64_t bodies;                  /* bytes; 0: http_setup.h's default */
	uint32_t deadline_s;
	char socket_mode[8]; /* octal; empty: 600 */
	char socket_group[64];
	unsigned socket_role; /* index of config_socket_roles */
	char tokens[CONFIG_TEXT_SIZE];
	char agent_token[CONFIG_TEXT_SIZE];
	char admin_token[1100];
	char viewer_token[1100];
	char store_path[1024];       /* the file of before there were others */
	char store[1100];            /* store_url.h */
	uint32_t retention_days;     /* 0: for ever */
	uint32_t forget_silent_days; /* VMs that are silent for so long are forgotten; 0: never */
	uint64_t max_bytes;          /* 0: no limit */
	uint32_t reports_per_hour;   /* of one VM; 0: no limit */
	uint64_t bytes_per_hour;     /* likewise */
	uint32_t pending;            /* VMs that wait for their acceptance; 0: no limit */
	uint64_t pending_bytes;      /* likewise */
	uint32_t pending_days;       /* and for how long; 0: for ever */
	enum config_enrolment enrolment;
	char allowlist[CONFIG_TEXT_SIZE];
	uint32_t
		enrolment_rate; /* challenges in a minute for VMs that are not known; 0: no limit */
	uint32_t alone_s;       /* so long one of two copies must be heard alone; 0: for ever */
	char webhook_url[CONFIG_TEXT_SIZE];
	char webhook_secret[CONFIG_TEXT_SIZE];
	char webhook_ca[CONFIG_TEXT_SIZE];
	bool webhook_allows_private;
};

/* "approve", "first-use", "allowlist", "ek-certificate"; the last is NULL. */
extern const char *const config_enrolments[];
/* "none", "viewer", "admin"; the last is NULL. */
extern const char *const config_socket_roles[];
const char *config_enrolment_name(enum config_enrolment enrolment);

#endif
