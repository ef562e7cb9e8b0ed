/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <tss2/tss2_tctildr.h>

#include "platform/transport.h"

struct tcti_link {
	struct link link;
	TSS2_TCTI_CONTEXT *tcti;
};

static int exchange(struct link *link, const uint8_t *command, size_t len, uint8_t *ret_response,
	size_t *ret_len, struct error *err)
{
	TSS2_TCTI_CONTEXT *tcti = ((struct tcti_link *)link)->tcti;
	size_t size = TRANSPORT_BYTES_MAX;
	TSS2_RC rc = Tss2_Tcti_Transmit(tcti, len, command);

	if (!rc)
		rc = Tss2_Tcti_Receive(tcti, &size, ret_response, TSS2_TCTI_TIMEOUT_BLOCK);
	if (rc) {
		error_set(err, ERROR_IO, "the TCTI failed with 0x%08" PRIx32, rc);
		err->rc = rc;
		return -ERROR_IO;
	}
	*ret_len = size;
	return 0;
}

static void close_link(struct link *link)
{
	Tss2_TctiLdr_Finalize(&((struct tcti_link *)link)->tcti);
	free(link);
}

int link_tcti_open(const char *conf, struct link **ret_link, struct error *err)
{
	struct tcti_link *link = calloc(1, sizeof(*link));
	TSS2_RC rc;

	if (!link)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a TCTI");
	rc = Tss2_TctiLdr_Initialize(conf, &link->tcti);
	if (rc) {
		free(link);
		error_set(err, ERROR_DEVICE_MISSING, "cannot open the TCTI \"%s\": 0x%08" PRIx32,
			conf, rc);
		err->rc = rc;
		return -ERROR_DEVICE_MISSING;
	}
	link->link.exchange = exchange;
	link->link.close = close_link;
	*ret_link = &link->link;
	return 0;
}
