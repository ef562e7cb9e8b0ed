/* SPDX-License-Identifier: BSD-2-Clause */
/* This API's own description, docs/openapi.json, and the schemas that it refers to. */
#include <jansson.h>

#include "collector/http/http_file.h"
#include "collector/operators/api_private.h"
#include "version.h"

#include "schema_files.h"

void api_describe(struct http_request *request, void *context)
{
	(void)context;
	http_reply_json(request, 200,
		json_pack("{s:s, s:s}", "version", VTPM_VERSION, "openapi",
			"/v1/schemas/openapi.json"));
}

void api_read_schema(struct http_request *request, void *context)
{
	(void)context;
	http_reply_file(request, embedded_files, sizeof(embedded_files) / sizeof(embedded_files[0]),
		http_path_part(request, 0));
}
