/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/sealed.h"

#include <string.h>

#include "core/reader.h"

#define ALG_KEYEDHASH 0x0008U

/* The fields up to authPolicy, which all kinds of objects share. */
static int read_public(struct reader area, struct sealed_share *share, struct error *err)
{
	const uint8_t *policy;
	bool is_digest;

	if (area.left > sizeof(share->public_area.data))
		return error_set(err, ERROR_TOO_LARGE, "a public area of %zu bytes", area.left);
	share->public_area.len = area.left;
	if (area.left)
		memcpy(share->public_area.data, area.at, area.left);
	if (reader_u16be(&area) != ALG_KEYEDHASH)
		return error_set(err, ERROR_MALFORMED, "not a sealed object");
	share->name_alg = reader_u16be(&area);
	reader_u32be(&area); /* objectAttributes */
	share->policy.len = reader_u16be(&area);
	policy = reader_bytes(&area, share->policy.len);
	is_digest = !share->policy.len || share->policy.len == tcg_digest_size(share->name_alg);
	if (area.failed || !is_digest || !tcg_digest_size(share->name_alg))
		return error_set(err, ERROR_MALFORMED, "not the public area of a sealed object");
	if (share->policy.len)
		memcpy(share->policy.data, policy, share->policy.len);
	return 0;
}

int sealed_share_read(
	const uint8_t *bytes, size_t len, struct sealed_share *ret_share, struct error *err)
{
	struct reader reader = reader_of(bytes, len), public_area;
	struct sealed_share share = {0};
	const uint8_t *private_area;
	int rc;

	share.private_area.len = reader_u16be(&reader);
	private_area = reader_bytes(&reader, share.private_area.len);
	public_area = reader_part(&reader, reader_u16be(&reader));
	if (reader.failed || !share.private_area.len)
		return error_set(err, ERROR_MALFORMED, "not a private and a public area");
	if (reader.left)
		return error_set(
			err, ERROR_UNSUPPORTED, "an object that the TPM must import first");
	if (share.private_area.len > sizeof(share.private_area.data))
		return error_set(err, ERROR_TOO_LARGE, "a private area of %zu bytes",
			share.private_area.len);
	memcpy(share.private_area.data, private_area, share.private_area.len);
	rc = read_public(public_area, &share, err);
	if (!rc)
		*ret_share = share;
	return rc;
}
