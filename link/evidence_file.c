/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/evidence_file.h"

#include "platform/system.h"

int evidence_file_read(const char *path, struct evidence **ret_evidence, struct error *err)
{
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, EVIDENCE_MAX_BYTES, &text, err);

	if (rc)
		return rc;
	rc = evidence_parse(text.data, text.len, ret_evidence, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}
