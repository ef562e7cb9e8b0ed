/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link: the blocking exchange of bytes with one TPM, as it is done inside the broker process
 * (linux/broker.h), where nothing else waits for it.
 */
#ifndef LINUX_LINK_H
#define LINUX_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "linux/turn.h"

struct link {
	/* Sends the command and waits, for ever if need be, for the answer: at most
	 * TRANSPORT_BYTES_MAX bytes. Of more, TOO_LARGE: ret_response then has the beginning. */
	int (*exchange)(struct link *link, const uint8_t *command, size_t len,
		uint8_t *ret_response, size_t *ret_len, struct error *err);
	void (*close)(struct link *link);
};

/* A TPM character device, when it is this run's turn, which ends with the link. Errors: each errno
 * of open(2) apart, see linux/os_error.h; those of turn_take_node(). */
int link_device_open(
	const char *path, const struct turn *turn, struct link **ret_link, struct error *err);

/* Any TCTI of tpm2-tss by its loader's configuration, such as "swtpm:host=127.0.0.1,port=2321". */
int link_tcti_open(const char *conf, struct link **ret_link, struct error *err);

#endif
