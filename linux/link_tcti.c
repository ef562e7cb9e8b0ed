/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/link.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tctildr.h>

#include "platform/transport.h"

#define DRAIN_MAX (1U << 20) /* no TPM answers more */

struct tcti_link {
	struct link link;
	TSS2_TCTI_CONTEXT *tcti;
};

/* Takes an answer that is too large out of the way of the next one, and keeps its beginning. */
static int drain(TSS2_TCTI_CONTEXT *tcti, size_t size, uint8_t *ret_response, size_t *ret_len,
	struct error *err)
{
	size_t len = size;
	uint8_t *answer = size <= DRAIN_MAX ? malloc(size) : NULL;
	TSS2_RC rc = answer ? Tss2_Tcti_Receive(tcti, &len, answer, TSS2_TCTI_TIMEOUT_BLOCK)
			    : TSS2_TCTI_RC_MEMORY;

	if (!rc) {
		memcpy(ret_response, answer, TRANSPORT_BYTES_MAX);
		*ret_len = TRANSPORT_BYTES_MAX;
	}
	free(answer);
	if (rc)
		return error_set(err, ERROR_IO, "an answer of %zu bytes", size);
	return error_set(err, ERROR_TOO_LARGE, "an answer of %zu bytes; the most is %d", size,
		TRANSPORT_BYTES_MAX);
}

static int exchange(struct link *link, const uint8_t *command, size_t len, uint8_t *ret_response,
	size_t *ret_len, struct error *err)
{
	TSS2_TCTI_CONTEXT *tcti = ((struct tcti_link *)link)->tcti;
	size_t size = TRANSPORT_BYTES_MAX;
	TSS2_RC rc = Tss2_Tcti_Transmit(tcti, len, command);

	if (!rc)
		rc = Tss2_Tcti_Receive(tcti, &size, ret_response, TSS2_TCTI_TIMEOUT_BLOCK);
	if (rc == TSS2_TCTI_RC_INSUFFICIENT_BUFFER && size > TRANSPORT_BYTES_MAX)
		return drain(tcti, size, ret_response, ret_len, err);
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

/* Whether there is such a library, by the names under which tpm2-tss looks for it: it answers alike
 * where there is none and where nobody answers behind it. */
static bool has_library(const char *conf, size_t len)
{
	static const struct {
		const char *before, *behind;
	} names[] = {{"libtss2-tcti-", ".so.0"}, {"libtss2-tcti-", ".so"}, {"", ""}};
	char name[256];
	void *library = NULL;

	for (size_t i = 0; !library && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s%.*s%s", names[i].before, (int)len, conf,
			names[i].behind);
		library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
	}
	if (library)
		dlclose(library);
	return library;
}

int link_tcti_open(const char *conf, struct link **ret_link, struct error *err)
{
	struct tcti_link *link = calloc(1, sizeof(*link));
	TSS2_RC rc;

	if (!link)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a TCTI");
	rc = Tss2_TctiLdr_Initialize(conf, &link->tcti);
	if (rc) {
		const size_t len = strcspn(conf, ":");

		free(link);
		if (!has_library(conf, len))
			return error_set(err, ERROR_CONFIG,
				"--tcti %s: there is no TCTI \"%.*s\"; install "
				"libtss2-tcti-%.*s, or name another one",
				conf, (int)len, conf, (int)len, conf);
		error_set(err, ERROR_DEVICE_MISSING, "cannot open the TCTI \"%s\": %s0x%08" PRIx32,
			conf,
			(rc & ~TSS2_RC_LAYER_MASK) == TSS2_BASE_RC_IO_ERROR ? "nobody answers, "
									    : "",
			rc);
		err->rc = rc;
		return -ERROR_DEVICE_MISSING;
	}
	link->link.exchange = exchange;
	link->link.close = close_link;
	*ret_link = &link->link;
	return 0;
}
