/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/tpm/tcti_mangle.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tctildr.h>

#define MANGLE_MAGIC 0x6d616e676c650001ULL
#define HEADER_SIZE  10
/* Room for the largest answer of a TPM (4096) and for what "oversize" adds. */
#define ANSWER_MAX   65536

struct mangle_context {
	TSS2_TCTI_CONTEXT_COMMON_V2 common; /* first: the loader sees only this */
	TSS2_TCTI_CONTEXT *inner;
	struct mangle_conf conf;
	uint32_t matching; /* commands so far that `code` lets through */
	uint32_t count;
	uint32_t code;
	uint32_t random;
	bool hit;      /* the present command is one to be mangled */
	bool answered; /* `answer` is complete and waits for its reader */
	size_t answer_size;
	uint8_t answer[ANSWER_MAX];
	size_t command_size; /* for MANGLE_ECHO */
	uint8_t command[ANSWER_MAX];
};

static struct mangle_context *as_mangle(TSS2_TCTI_CONTEXT *tcti)
{
	return (struct mangle_context *)tcti;
}

static uint32_t read_be32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return be32toh(value);
}

static void write_be32(uint8_t *bytes, uint32_t value)
{
	value = htobe32(value);
	memcpy(bytes, &value, sizeof(value));
}

static void write_log(const struct mangle_context *ctx, bool asked)
{
	FILE *file = ctx->conf.log[0] ? fopen(ctx->conf.log, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%u 0x%X ", ctx->count, ctx->code);
	if (asked && ctx->answer_size >= HEADER_SIZE)
		fprintf(file, "0x%X\n", read_be32(ctx->answer + 6));
	else
		fputs("-\n", file);
	fclose(file);
}

static void answer_header(struct mangle_context *ctx, uint16_t tag, uint32_t rc)
{
	ctx->answer[0] = (uint8_t)(tag >> 8);
	ctx->answer[1] = (uint8_t)tag;
	write_be32(ctx->answer + 2, HEADER_SIZE);
	write_be32(ctx->answer + 6, rc);
	ctx->answer_size = HEADER_SIZE;
	ctx->answered = true;
}

static TSS2_RC answer_file(struct mangle_context *ctx)
{
	FILE *file = fopen(ctx->conf.file, "rb");

	if (!file)
		return TSS2_TCTI_RC_IO_ERROR;
	ctx->answer_size = fread(ctx->answer, 1, sizeof(ctx->answer), file);
	fclose(file);
	ctx->answered = true;
	return TSS2_RC_SUCCESS;
}

static void sleep_ms(uint32_t ms)
{
	struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	while (nanosleep(&rest, &rest) != 0)
		;
}

/* xorshift32: the same seed damages the same bits everywhere. */
static uint32_t next_random(struct mangle_context *ctx)
{
	ctx->random ^= ctx->random << 13;
	ctx->random ^= ctx->random >> 17;
	ctx->random ^= ctx->random << 5;
	return ctx->random;
}

static void flip_bits(struct mangle_context *ctx)
{
	size_t spared = ctx->conf.from;
	size_t bit;

	if (ctx->answer_size <= spared)
		return;
	for (uint32_t i = 0; i < ctx->conf.bits; i++) {
		bit = next_random(ctx) % ((ctx->answer_size - spared) * 8);
		ctx->answer[spared + bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
}

static void mangle_answer(struct mangle_context *ctx)
{
	const struct mangle_conf *conf = &ctx->conf;
	size_t room = ANSWER_MAX - ctx->answer_size;

	if (conf->mangle == MANGLE_TRUNCATE && conf->at < ctx->answer_size) {
		ctx->answer_size = conf->at;
	} else if (conf->mangle == MANGLE_OVERSIZE) {
		size_t more = conf->at < room ? conf->at : room;

		memset(ctx->answer + ctx->answer_size, 0xA5, more);
		ctx->answer_size += more;
	} else if (conf->mangle == MANGLE_CLAIM) {
		write_be32(ctx->answer + 2, conf->at);
	} else if (conf->mangle == MANGLE_FLIP) {
		flip_bits(ctx);
	} else if (conf->mangle == MANGLE_ECHO) {
		memcpy(ctx->answer, ctx->command, ctx->command_size);
		ctx->answer_size = ctx->command_size;
	} else if (conf->mangle == MANGLE_SLOW) {
		sleep_ms(conf->ms);
	}
	if (conf->fix && ctx->answer_size >= HEADER_SIZE)
		write_be32(ctx->answer + 2, (uint32_t)ctx->answer_size);
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command)
{
	struct mangle_context *ctx = as_mangle(tcti);

	if (size < HEADER_SIZE || size > sizeof(ctx->command))
		return TSS2_TCTI_RC_BAD_VALUE;
	memcpy(ctx->command, command, size);
	ctx->command_size = size;
	ctx->code = read_be32(command + 6);
	ctx->count++;
	ctx->answered = false;
	ctx->hit = (ctx->conf.code == 0 || ctx->conf.code == ctx->code) &&
		   (ctx->conf.handle == 0 || (size >= HEADER_SIZE + 4 &&
						     read_be32(command + 10) == ctx->conf.handle));
	if (ctx->hit) {
		ctx->matching++;
		ctx->hit = ctx->conf.nth == 0 || ctx->conf.nth == ctx->matching;
	}
	if (ctx->hit) {
		switch (ctx->conf.mangle) {
		case MANGLE_EIO:
			write_log(ctx, false);
			return TSS2_TCTI_RC_IO_ERROR;
		case MANGLE_TAG12:
			write_log(ctx, false);
			answer_header(ctx, 0x00C4, 9);
			return TSS2_RC_SUCCESS;
		case MANGLE_RC:
			write_log(ctx, false);
			answer_header(ctx, TPM2_ST_NO_SESSIONS, ctx->conf.rc);
			return TSS2_RC_SUCCESS;
		case MANGLE_HANG:
			write_log(ctx, false);
			return TSS2_RC_SUCCESS;
		case MANGLE_REPLACE:
			write_log(ctx, false);
			return answer_file(ctx);
		default:
			break;
		}
	}
	return Tss2_Tcti_Transmit(ctx->inner, size, command);
}

/* Fetches the TPM's whole answer and mangles it. */
static TSS2_RC fetch_answer(struct mangle_context *ctx, int32_t timeout)
{
	TSS2_RC rc;

	if (ctx->hit && ctx->conf.mangle == MANGLE_HANG) {
		if (timeout != TSS2_TCTI_TIMEOUT_BLOCK) {
			sleep_ms((uint32_t)timeout);
			return TSS2_TCTI_RC_TRY_AGAIN;
		}
		for (;;)
			pause();
	}
	ctx->answer_size = sizeof(ctx->answer);
	rc = Tss2_Tcti_Receive(ctx->inner, &ctx->answer_size, ctx->answer, timeout);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	write_log(ctx, true);
	if (ctx->hit && ctx->conf.mangle == MANGLE_LOST)
		return TSS2_TCTI_RC_IO_ERROR;
	if (ctx->hit)
		mangle_answer(ctx);
	ctx->answered = true;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response, int32_t timeout)
{
	struct mangle_context *ctx = as_mangle(tcti);
	TSS2_RC rc;

	if (!ctx->answered) {
		rc = fetch_answer(ctx, timeout);
		if (rc != TSS2_RC_SUCCESS)
			return rc;
	}
	if (!response) {
		*size = ctx->answer_size;
		return TSS2_RC_SUCCESS;
	}
	if (*size < ctx->answer_size) {
		*size = ctx->answer_size;
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	}
	memcpy(response, ctx->answer, ctx->answer_size);
	*size = ctx->answer_size;
	ctx->answered = false;
	return TSS2_RC_SUCCESS;
}

static void finalize(TSS2_TCTI_CONTEXT *tcti)
{
	Tss2_TctiLdr_Finalize(&as_mangle(tcti)->inner);
}

static TSS2_RC cancel(TSS2_TCTI_CONTEXT *tcti)
{
	return Tss2_Tcti_Cancel(as_mangle(tcti)->inner);
}

static TSS2_RC get_poll_handles(
	TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles, size_t *num_handles)
{
	return Tss2_Tcti_GetPollHandles(as_mangle(tcti)->inner, handles, num_handles);
}

static TSS2_RC set_locality(TSS2_TCTI_CONTEXT *tcti, uint8_t locality)
{
	return Tss2_Tcti_SetLocality(as_mangle(tcti)->inner, locality);
}

static TSS2_RC make_sticky(TSS2_TCTI_CONTEXT *tcti, TPM2_HANDLE *handle, uint8_t sticky)
{
	return Tss2_Tcti_MakeSticky(as_mangle(tcti)->inner, handle, sticky);
}

static TSS2_RC initialize(TSS2_TCTI_CONTEXT *tcti, size_t *size, const char *config)
{
	struct mangle_context *ctx = as_mangle(tcti);

	if (!tcti) {
		*size = sizeof(*ctx);
		return TSS2_RC_SUCCESS;
	}
	if (*size < sizeof(*ctx))
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	memset(ctx, 0, sizeof(*ctx));
	if (!mangle_conf_parse(config, &ctx->conf)) {
		fprintf(stderr, "tcti-mangle: bad configuration: %s\n", config ? config : "none");
		return TSS2_TCTI_RC_BAD_VALUE;
	}
	/* Seeds that differ little must not flip the same bits; zero would stay zero. */
	ctx->random = (ctx->conf.seed * 2654435761U) | 1U;
	ctx->common.v1.magic = MANGLE_MAGIC;
	ctx->common.v1.version = 2;
	ctx->common.v1.transmit = transmit;
	ctx->common.v1.receive = receive;
	ctx->common.v1.finalize = finalize;
	ctx->common.v1.cancel = cancel;
	ctx->common.v1.getPollHandles = get_poll_handles;
	ctx->common.v1.setLocality = set_locality;
	ctx->common.makeSticky = make_sticky;
	return Tss2_TctiLdr_Initialize(ctx->conf.inner, &ctx->inner);
}

static const TSS2_TCTI_INFO info = {
	.version = 2,
	.name = "tcti-mangle",
	.description = "Damages a TPM's answers, for tests",
	.config_help = "KEY=VALUE,…;INNER; see tests/tpm/tcti_mangle.h",
	.init = initialize,
};

const TSS2_TCTI_INFO *Tss2_Tcti_Info(void);

const TSS2_TCTI_INFO *Tss2_Tcti_Info(void)
{
	return &info;
}
