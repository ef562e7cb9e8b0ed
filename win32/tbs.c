/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/tbs.h"

#include <inttypes.h>
#include <string.h>

#include "win32/unbound.h"

/* A function's address in the type it has; nothing says so but its name. */
#define LOAD(dll, to, name)                                                                        \
	do {                                                                                       \
		FARPROC address = GetProcAddress(dll, name);                                       \
		memcpy(&(to), &address, sizeof(to));                                               \
	} while (0)

static struct tbs loaded;

int tbs_load(const struct tbs **ret_tbs, struct error *err)
{
	HMODULE dll;

	if (!loaded.submit) {
		dll = LoadLibraryExW(L"tbs.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
		if (!dll)
			return error_set(err, ERROR_DEVICE_MISSING,
				"this Windows has no TPM Base Services: no tbs.dll in System32");
		LOAD(dll, loaded.context_create, "Tbsi_Context_Create");
		LOAD(dll, loaded.context_close, "Tbsip_Context_Close");
		LOAD(dll, loaded.cancel, "Tbsip_Cancel_Commands");
		LOAD(dll, loaded.device_info, "Tbsi_GetDeviceInfo");
		LOAD(dll, loaded.log, "Tbsi_Get_TCG_Log");
		LOAD(dll, loaded.log_of_type, "Tbsi_Get_TCG_Log_Ex");
		LOAD(dll, loaded.submit, "Tbsip_Submit_Command");
	}
	if (!loaded.context_create || !loaded.context_close || !loaded.cancel || !loaded.submit)
		return error_set(err, ERROR_DEVICE_MISSING,
			"tbs.dll lacks functions that Windows 8.1 and later have");
	*ret_tbs = &loaded;
	return 0;
}

/* winerror.h, FACILITY_TPM_SERVICE. */
static const struct result {
	uint32_t rc;
	enum error_code code;
	const char *text;
} results[] = {
	{0x80280400, ERROR_TPM_BLOCKED,
		"Windows blocks this command; run as administrator, or see the policy \"TPM "
		"Services: blocked commands\""},
	{0x80284001, ERROR_IO, "internal error of TPM Base Services; restart Windows"},
	{0x80284002, ERROR_IO, "bad parameter; please report this"},
	{0x80284003, ERROR_IO, "bad output pointer; please report this"},
	{0x80284004, ERROR_IO,
		"the context is no longer valid: the TBS service was restarted; try "
		"again"},
	{0x80284005, ERROR_IO, "the answer is larger than 4096 bytes, which no TPM's may be"},
	{0x80284006, ERROR_IO,
		"input/output error on the way to the TPM; see whether its swtpm still runs on the "
		"host"},
	{0x80284007, ERROR_UNSUPPORTED,
		"this version of TPM Base Services does not know our context; Windows 8.1 or later "
		"is needed"},
	{0x80284008, ERROR_DEVICE_UNBOUND,
		"the TBS service is not running; start it: Start-Service TBS"},
	{0x80284009, ERROR_DEVICE_BUSY,
		"too many programs use the TPM at this time; end one of them, or try again"},
	{0x8028400A, ERROR_DEVICE_BUSY,
		"TPM Base Services is short of resources; end another program that uses the TPM, "
		"or try again"},
	{0x8028400B, ERROR_DEVICE_UNBOUND,
		"the TBS service is still starting; try again in a minute"},
	{0x8028400C, ERROR_UNSUPPORTED, "no physical presence here"},
	{0x8028400D, ERROR_TIMEOUT, "the command was cancelled"},
	{0x8028400E, ERROR_IO, "the command is too large for the TPM"},
	{TBS_RESULT_TPM_NOT_FOUND, ERROR_DEVICE_MISSING,
		"Windows finds no TPM; on the host, see that the domain has a <tpm> element, and "
		"in Device Manager that \"Trusted Platform Module 2.0\" works"},
	{0x80284010, ERROR_DEVICE_UNBOUND,
		"the TBS service is disabled; enable it: Set-Service TBS -StartupType Manual"},
	{0x80284011, ERROR_NOT_FOUND,
		"Windows has no event log of this boot; the firmware may not measure"},
	{0x80284012, ERROR_PERMISSION, "access denied; run as administrator"},
	{0x80284013, ERROR_PERMISSION, "provisioning is not allowed by policy"},
	{0x80284014, ERROR_UNSUPPORTED, "no physical presence function here"},
	{0x80284015, ERROR_NOT_FOUND, "Windows keeps no owner authorization"},
	{0x80284016, ERROR_DEVICE_UNBOUND,
		"the TPM is deactivated or not provisioned to its end; restart, then run "
		"Initialize-Tpm"},
};

static const struct result unknown = {0, ERROR_IO, "unknown to this program; see winerror.h"};

static const struct result unbound = {TBS_RESULT_TPM_NOT_FOUND, ERROR_DEVICE_UNBOUND,
	"Windows finds no TPM, but ACPI shows one (table TPM2): in Device Manager, under Security "
	"devices, enable \"Trusted Platform Module 2.0\"; where it is not listed or has no driver, "
	"scan for hardware changes or install Windows' own driver, tpm.sys"};

static const struct result *find_result(tbs_rc rc)
{
	if (rc == TBS_RESULT_TPM_NOT_FOUND && unbound_is_shown())
		return &unbound;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (results[i].rc == rc)
			return &results[i];
	}
	return &unknown;
}

int tbs_error(struct error *err, tbs_rc rc, const char *what)
{
	const struct result *result = find_result(rc);
	int failed =
		error_set(err, result->code, "%s: 0x%08" PRIx32 ": %s", what, rc, result->text);

	err->rc = rc;
	return failed;
}
