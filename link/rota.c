/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/rota.h"

void rota_begin(struct rota *rota, uint64_t now_us)
{
	if (rota->at && now_us - rota->left_us >= ROTA_RETURN_US)
		rota->at = 0;
}

void rota_advance(struct rota *rota, uint64_t now_us)
{
	if (!rota->at)
		rota->left_us = now_us;
	rota->at = (rota->at + 1) % rota->count;
}

void rota_reset(struct rota *rota)
{
	rota->at = 0;
}

bool rota_leaves_failed(enum error_code code)
{
	return code == ERROR_IO || code == ERROR_NOT_FOUND || code == ERROR_TIMEOUT ||
	       code == ERROR_CRYPTO;
}

bool rota_leaves_status(unsigned status, uint32_t retry_after_s)
{
	return status >= 500 && !(status == 503 && retry_after_s);
}

uint64_t rota_share_ms(uint64_t left_ms, size_t remaining)
{
	return left_ms / remaining;
}
