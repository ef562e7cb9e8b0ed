/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/rota.h"

void rota_begin(struct rota *rota, uint64_t now_us)
{
	rota->left = 0;
	if (rota->at && now_us - rota->left_us >= ROTA_RETURN_US)
		rota->at = 0;
}

size_t rota_remaining(const struct rota *rota)
{
	return rota->count - rota->left;
}

void rota_advance(struct rota *rota, uint64_t now_us)
{
	if (!rota->at)
		rota->left_us = now_us;
	rota->at = (rota->at + 1) % rota->count;
	rota->left++;
}

void rota_reset(struct rota *rota)
{
	rota->at = 0;
	rota->left = 0;
}

bool rota_leaves_failed(enum error_code code)
{
	return code == ERROR_IO || code == ERROR_NOT_FOUND || code == ERROR_TIMEOUT ||
	       code == ERROR_CRYPTO;
}

bool rota_leaves_status(unsigned status)
{
	return status >= 500;
}

uint64_t rota_share_ms(const struct rota *rota, uint64_t left_ms)
{
	const size_t remaining = rota_remaining(rota);
	uint64_t share = left_ms / remaining;

	if (remaining == 1)
		return left_ms;
	if (share < ROTA_SHARE_MIN_MS)
		share = ROTA_SHARE_MIN_MS;
	else if (share > ROTA_SHARE_MAX_MS)
		share = ROTA_SHARE_MAX_MS;
	return share < left_ms ? share : left_ms;
}
