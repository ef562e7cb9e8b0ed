/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/private.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/reader.h"

#define TAG_TPM_12_RSP_COMMAND 0x00c4 /* TPM_TAG_RSP_COMMAND, TPM 1.2 Part 2 section 6 */
#define HEADER_BYTES           10     /* tag, size, code: Part 1 section 18.2 */
#define SUBMISSIONS_MAX        5      /* of a command that the TPM asks to submit again */

static const struct {
	uint32_t code;
	const char *name;
} names[] = {
	{TPM2_CC_ActivateCredential, "TPM2_ActivateCredential"},
	{TPM2_CC_CreatePrimary, "TPM2_CreatePrimary"},
	{TPM2_CC_FlushContext, "TPM2_FlushContext"},
	{TPM2_CC_GetCapability, "TPM2_GetCapability"},
	{TPM2_CC_GetRandom, "TPM2_GetRandom"},
	{TPM2_CC_GetTestResult, "TPM2_GetTestResult"},
	{TPM2_CC_Load, "TPM2_Load"},
	{TPM2_CC_NV_Certify, "TPM2_NV_Certify"},
	{TPM2_CC_NV_DefineSpace, "TPM2_NV_DefineSpace"},
	{TPM2_CC_NV_Increment, "TPM2_NV_Increment"},
	{TPM2_CC_NV_UndefineSpace, "TPM2_NV_UndefineSpace"},
	{TPM2_CC_NV_Read, "TPM2_NV_Read"},
	{TPM2_CC_NV_ReadPublic, "TPM2_NV_ReadPublic"},
	{TPM2_CC_PCR_Read, "TPM2_PCR_Read"},
	{TPM2_CC_PolicyGetDigest, "TPM2_PolicyGetDigest"},
	{TPM2_CC_PolicyOR, "TPM2_PolicyOR"},
	{TPM2_CC_PolicySecret, "TPM2_PolicySecret"},
	{TPM2_CC_Quote, "TPM2_Quote"},
	{TPM2_CC_ReadClock, "TPM2_ReadClock"},
	{TPM2_CC_ReadPublic, "TPM2_ReadPublic"},
	{TPM2_CC_StartAuthSession, "TPM2_StartAuthSession"},
	{TPM2_CC_TestParms, "TPM2_TestParms"},
};

static const char *command_name(uint32_t code)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return "TPM2 command";
}

static void count_command(struct tpm_tcti *tcti, uint32_t code, uint64_t us)
{
	struct tpm_command *command = tcti->commands;
	struct tpm_command *end = tcti->commands + tcti->command_count;

	while (command < end && command->code != code)
		command++;
	if (command == end) {
		if (tcti->command_count == TPM_COMMANDS_MAX)
			return;
		tcti->command_count++;
		*command = (struct tpm_command){.code = code};
	}
	command->count++;
	command->us += us;
	if (us > command->slowest_us)
		command->slowest_us = us;
}

/* The header, before anything in tpm2-tss looks at the answer. */
static int check_response(struct tpm_tcti *tcti, const char *command)
{
	struct reader reader = reader_of(tcti->response, tcti->response_len);
	uint16_t tag = reader_u16be(&reader);
	uint32_t size = reader_u32be(&reader), rc = reader_u32be(&reader);

	if (reader.failed)
		return error_set(&tcti->error, ERROR_MALFORMED,
			"%s: an answer of %zu bytes, too short for its header", command,
			tcti->response_len);
	if (tag == TAG_TPM_12_RSP_COMMAND) {
		tcti->is_dead = true;
		return error_set(&tcti->error, ERROR_TPM_12,
			"%s: answered with a TPM 1.2 tag: not a TPM 2.0, or one whose emulator "
			"died",
			command);
	}
	if (tag != TPM2_ST_NO_SESSIONS && tag != TPM2_ST_SESSIONS)
		return error_set(&tcti->error, ERROR_MALFORMED,
			"%s: an answer with the unknown tag 0x%04x", command, tag);
	if (size != tcti->response_len)
		return error_set(&tcti->error, ERROR_MALFORMED,
			"%s: an answer of %zu bytes that claims %u", command, tcti->response_len,
			size);
	if (rc == TCG_RC_INITIALIZE) {
		tcti->is_dead = true;
		error_set(&tcti->error, ERROR_TPM_INITIALIZE,
			"%s: TPM_RC_INITIALIZE (0x%03x): nobody has started the TPM", command, rc);
		tcti->error.rc = rc;
		return -ERROR_TPM_INITIALIZE;
	}
	return 0;
}

/* QEMU's tpm-crb has one buffer for commands and answers; when a live migration switches over while
 * the TPM works, the guest finds its own command there. The TPM has done what it says. No answer
 * has its command's code: one of that length is no error's, or TPM_RC has no such value. Behind the
 * header handles may differ: the kernel's resource manager puts in its own. */
static bool is_echo(const struct tpm_tcti *tcti, const uint8_t *command, size_t size)
{
	return tcti->response_len == size && memcmp(tcti->response, command, HEADER_BYTES) == 0;
}

/* Asked twice, it leaves the TPM as asked once. */
static bool is_reading(uint32_t code)
{
	static const uint32_t codes[] = {TPM2_CC_GetCapability, TPM2_CC_GetRandom,
		TPM2_CC_GetTestResult, TPM2_CC_NV_Certify, TPM2_CC_NV_Read, TPM2_CC_NV_ReadPublic,
		TPM2_CC_PCR_Read, TPM2_CC_PolicyGetDigest, TPM2_CC_Quote, TPM2_CC_ReadClock,
		TPM2_CC_ReadPublic, TPM2_CC_TestParms};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

/* The warnings that ask for the same command again, Part 2 section 6.6.3. Nobody below is bound to
 * heed them. */
static bool wants_resubmission(const struct tpm_tcti *tcti)
{
	struct reader reader = reader_of(tcti->response, tcti->response_len);
	uint32_t rc;

	reader_bytes(&reader, 6);
	rc = reader_u32be(&reader);
	return rc == TPM2_RC_RETRY || rc == TPM2_RC_TESTING || rc == TPM2_RC_YIELDED;
}

static int submit_once(struct tpm_tcti *tcti, uint32_t code, const uint8_t *command, size_t size)
{
	unsigned submissions = 0;
	uint64_t us = 0;

	do {
		int rc = tcti->transport->transmit(tcti->transport, command, size, tcti->response,
			&tcti->response_len, &us, &tcti->error);

		if (rc)
			return rc;
		count_command(tcti, code, us);
	} while (wants_resubmission(tcti) && ++submissions < SUBMISSIONS_MAX);
	return 0;
}

static int submit(struct tpm_tcti *tcti, uint32_t code, const uint8_t *command, size_t size)
{
	int rc = submit_once(tcti, code, command, size);

	if (!rc && is_echo(tcti, command, size) && is_reading(code)) {
		log_write(
			LOG_LEVEL_INFO, "%s: its answer was lost; asked again", command_name(code));
		rc = submit_once(tcti, code, command, size);
	}
	return rc;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tpm_tcti *tcti = (struct tpm_tcti *)context;
	struct reader reader = reader_of(command, size);
	const char *name;
	uint32_t code;

	if (tcti->is_dead)
		return TSS2_TCTI_RC_IO_ERROR;
	if (size < HEADER_BYTES || size > TRANSPORT_BYTES_MAX)
		return TSS2_TCTI_RC_BAD_VALUE;
	reader_bytes(&reader, 6);
	code = reader_u32be(&reader);
	name = command_name(code);
	tcti->has_response = false;
	tcti->has_failed = true;
	if (submit(tcti, code, command, size)) {
		error_wrap(&tcti->error, "%s", name);
		tcti->is_dead = tcti->error.code != ERROR_TOO_LARGE;
		return TSS2_TCTI_RC_IO_ERROR;
	}
	if (is_echo(tcti, command, size)) {
		error_set(&tcti->error, ERROR_ANSWER_LOST,
			"%s: its answer was lost: the command itself came back, as when a live "
			"migration switches over just then",
			name);
		return TSS2_TCTI_RC_MALFORMED_RESPONSE;
	}
	if (check_response(tcti, name))
		return TSS2_TCTI_RC_MALFORMED_RESPONSE;
	tcti->has_failed = false;
	tcti->has_response = true;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response, int32_t timeout)
{
	struct tpm_tcti *tcti = (struct tpm_tcti *)context;

	(void)timeout; /* the transport has the deadline */
	if (!size)
		return TSS2_TCTI_RC_BAD_REFERENCE;
	if (!tcti->has_response)
		return TSS2_TCTI_RC_BAD_SEQUENCE;
	/* More than it needs, for the bytes that follow below. */
	if (!response) {
		*size = sizeof(tcti->response);
		return TSS2_RC_SUCCESS;
	}
	if (*size < tcti->response_len)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	memcpy(response, tcti->response, tcti->response_len);
	/* tpm2-tss reads on behind a short answer, to the end of its buffer: into no length or
	 * count that it would believe. */
	memset(response + tcti->response_len, 0xff, *size - tcti->response_len);
	*size = tcti->response_len;
	tcti->has_response = false;
	return TSS2_RC_SUCCESS;
}

void tpm_tcti_init(struct tpm_tcti *tcti, struct transport *transport)
{
	tcti->common.magic = 0x7674706d; /* "vtpm" */
	tcti->common.version = 1;
	tcti->common.transmit = transmit;
	tcti->common.receive = receive;
	tcti->transport = transport;
}

void tpm_read_session(const struct tpm *tpm, struct evidence_session *ret_session)
{
	for (size_t i = 0; i < tpm->tcti.command_count; i++) {
		const struct tpm_command *command = &tpm->tcti.commands[i];

		ret_session->commands += command->count;
		ret_session->tpm_time_us += command->us;
		if (command->slowest_us >= ret_session->slowest_us) {
			ret_session->slowest_us = command->slowest_us;
			snprintf(ret_session->slowest, sizeof(ret_session->slowest), "%s",
				command_name(command->code));
		}
	}
}

void tpm_visit_commands(const struct tpm *tpm,
	void (*visit)(const char *name, uint32_t count, uint64_t us, void *context), void *context)
{
	for (size_t i = 0; i < tpm->tcti.command_count; i++)
		visit(command_name(tpm->tcti.commands[i].code), tpm->tcti.commands[i].count,
			tpm->tcti.commands[i].us, context);
}
