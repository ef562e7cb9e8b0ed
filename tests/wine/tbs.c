/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tbs.dll for tests under Wine: TPM Base Services in front of a real swtpm, and what cannot be
 * provoked there. By the environment:
 *
 *   TBS_PORT         swtpm's, on 127.0.0.1
 *   TBS_CREATE       CODE[:N]: the context is refused with it, the first N times or always
 *   TBS_SILENT       the context is never there: the call does not return
 *   TBS_SUBMIT       CODE: each command is
 *   TBS_COMMAND      CC:CODE: that command is
 *   TBS_LENGTH       each answer claims to be of so many bytes
 *   TBS_DEVICE_INFO  CODE: the description of the TPM is
 *   TBS_INTERFACE    the interface type that the description tells
 *   TBS_CANCELLED    a file that is made when commands are cancelled
 *   TBS_AGE          the TPM's time is that many milliseconds more: as old as this Windows, which
 *                    says the host's uptime for its own
 *   TBS_STUCK        a cancelled command does not come back
 *   TBS_LOG          the file that is the event log; without it there is none
 *   TBS_ACPI         the file that is the ACPI table TPM2; without it there is none, as in Wine
 *
 * Numbers are hexadecimal. Built with TBS_BEFORE_1803 it has no Tbsi_Get_TCG_Log_Ex. What the agent
 * hands over is held to what the documentation asks for.
 */
#include <winsock2.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAD_PARAMETER  0x80284002U
#define SMALL_BUFFER   0x80284005U
#define IO_ERROR       0x80284006U
#define BAD_PARAMS     0x80284007U
#define CANCELED       0x8028400DU
#define NO_EVENT_LOG   0x80284011U
#define HEADER_BYTES   10
#define RESPONSE_BYTES 4096

struct context {
	SOCKET socket;
	HANDLE cancelled;
};

typedef UINT(WINAPI *firmware_table)(DWORD provider, DWORD id, PVOID ret_table, DWORD size);

static firmware_table real_table;

static UINT WINAPI get_table(DWORD provider, DWORD id, PVOID ret_table, DWORD size)
{
	const char *path = getenv("TBS_ACPI");
	FILE *file = NULL;
	UINT len = 0;

	if (provider == 0x41435049 && id == 0x324d5054 && path)
		file = fopen(path, "rb");
	if (!file)
		return real_table(provider, id, ret_table, size);
	fseek(file, 0, SEEK_END);
	len = (UINT)ftell(file);
	rewind(file);
	if (len <= size)
		len = (UINT)fread(ret_table, 1, len, file);
	fclose(file);
	return len;
}

/* Puts itself before a function that the program imports: what Windows itself answers cannot be
 * replaced by another file in System32. */
static void take_import(const char *name, firmware_table instead, firmware_table *ret_real)
{
	uint8_t *base = (uint8_t *)GetModuleHandleW(NULL);
	IMAGE_NT_HEADERS *headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
	IMAGE_DATA_DIRECTORY *imports =
		&headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
	IMAGE_IMPORT_DESCRIPTOR *dll = (void *)(base + imports->VirtualAddress);

	for (; dll->Name; dll++) {
		IMAGE_THUNK_DATA *names = (void *)(base + dll->OriginalFirstThunk);
		IMAGE_THUNK_DATA *addresses = (void *)(base + dll->FirstThunk);

		for (; names->u1.AddressOfData; names++, addresses++) {
			IMAGE_IMPORT_BY_NAME *import = (void *)(base + names->u1.AddressOfData);
			bool has_name = !IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal);
			DWORD protection;

			if (!has_name || strcmp((char *)import->Name, name) != 0)
				continue;
			memcpy(ret_real, &addresses->u1.Function, sizeof(*ret_real));
			VirtualProtect(addresses, sizeof(*addresses), PAGE_READWRITE, &protection);
			memcpy(&addresses->u1.Function, &instead, sizeof(instead));
			VirtualProtect(addresses, sizeof(*addresses), protection, &protection);
		}
	}
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved)
{
	(void)dll;
	(void)reserved;
	if (reason == DLL_PROCESS_ATTACH)
		take_import("GetSystemFirmwareTable", get_table, &real_table);
	return TRUE;
}

static uint32_t number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 16) : 0;
}

static uint32_t refuse_create(void)
{
	static LONG seen;
	const char *text = getenv("TBS_CREATE");
	const char *count = text ? strchr(text, ':') : NULL;

	if (!text || (count && InterlockedIncrement(&seen) > atol(count + 1)))
		return 0;
	return strtoul(text, NULL, 16);
}

static SOCKET connect_swtpm(void)
{
	const char *port = getenv("TBS_PORT");
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((u_short)atoi(port ? port : "0")),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	WSADATA data;
	SOCKET to;

	WSAStartup(MAKEWORD(2, 2), &data);
	to = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(to, (struct sockaddr *)&address, sizeof(address))) {
		closesocket(to);
		return INVALID_SOCKET;
	}
	return to;
}

__declspec(dllexport) uint32_t WINAPI
	Tbsi_Context_Create(const uint32_t *params, struct context **ret_context)
{
	uint32_t refused = refuse_create();
	struct context *context;

	if (getenv("TBS_SILENT"))
		Sleep(INFINITE);
	if (refused)
		return refused;
	/* Version 2, and of the flags includeTpm20 alone. */
	if (params[0] != 2 || params[1] != 4)
		return BAD_PARAMS;
	context = calloc(1, sizeof(*context));
	context->cancelled = CreateEventW(NULL, TRUE, FALSE, NULL);
	context->socket = connect_swtpm();
	if (context->socket == INVALID_SOCKET) {
		free(context);
		return IO_ERROR;
	}
	*ret_context = context;
	return 0;
}

__declspec(dllexport) uint32_t WINAPI Tbsip_Context_Close(struct context *context)
{
	closesocket(context->socket);
	free(context);
	return 0;
}

__declspec(dllexport) uint32_t WINAPI Tbsip_Cancel_Commands(struct context *context)
{
	const char *path = getenv("TBS_CANCELLED");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file)
		fclose(file);
	SetEvent(context->cancelled);
	if (!getenv("TBS_STUCK"))
		shutdown(context->socket, SD_BOTH);
	return 0;
}

static bool receive(SOCKET from, uint8_t *bytes, uint32_t len)
{
	while (len) {
		int got = recv(from, (char *)bytes, (int)len, 0);

		if (got <= 0)
			return false;
		bytes += got;
		len -= (uint32_t)got;
	}
	return true;
}

static uint32_t u32be(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The code with which this command is refused, or 0. */
static uint32_t refuse_command(const uint8_t *command)
{
	const char *text = getenv("TBS_COMMAND");
	const char *code = text ? strchr(text, ':') : NULL;

	if (number("TBS_SUBMIT"))
		return number("TBS_SUBMIT");
	return code && strtoul(text, NULL, 16) == u32be(command + 6) ? strtoul(code + 1, NULL, 16)
								     : 0;
}

/* TPM2_ReadClock: the time, a number of 8 bytes, comes first. */
static void age(const uint8_t *command, uint8_t *response, uint32_t size)
{
	const char *text = getenv("TBS_AGE");
	uint64_t time;

	if (!text || u32be(command + 6) != 0x181 || size < HEADER_BYTES + 8)
		return;
	time = (uint64_t)u32be(response + HEADER_BYTES) << 32 | u32be(response + HEADER_BYTES + 4);
	time += strtoull(text, NULL, 10);
	for (int i = 7; i >= 0; i--, time >>= 8)
		response[HEADER_BYTES + i] = (uint8_t)time;
}

__declspec(dllexport) uint32_t WINAPI
	Tbsip_Submit_Command(struct context *context, uint32_t locality, uint32_t priority,
		const uint8_t *command, uint32_t command_len, uint8_t *ret_response, uint32_t *len)
{
	uint8_t response[RESPONSE_BYTES];
	uint32_t size, refused;
	int sent;

	if (locality != 0 || priority != 200 || command_len < HEADER_BYTES || *len < HEADER_BYTES)
		return BAD_PARAMETER;
	refused = refuse_command(command);
	if (refused)
		return refused;
	sent = send(context->socket, (const char *)command, (int)command_len, 0);
	if (sent != (int)command_len || !receive(context->socket, response, HEADER_BYTES)) {
		if (WaitForSingleObject(context->cancelled, 0) == WAIT_OBJECT_0)
			return CANCELED;
		return IO_ERROR;
	}
	size = u32be(response + 2);
	if (size < HEADER_BYTES || size > sizeof(response))
		return IO_ERROR;
	if (!receive(context->socket, response + HEADER_BYTES, size - HEADER_BYTES))
		return IO_ERROR;
	if (size > *len)
		return SMALL_BUFFER;
	age(command, response, size);
	memcpy(ret_response, response, size);
	*len = getenv("TBS_LENGTH") ? number("TBS_LENGTH") : size;
	return 0;
}

__declspec(dllexport) uint32_t WINAPI Tbsi_GetDeviceInfo(uint32_t size, uint32_t *ret_info)
{
	if (number("TBS_DEVICE_INFO"))
		return number("TBS_DEVICE_INFO");
	if (size != 16 || ret_info[0] != 1)
		return BAD_PARAMETER;
	ret_info[1] = 2;
	ret_info[2] = getenv("TBS_INTERFACE") ? number("TBS_INTERFACE") : 3;
	ret_info[3] = 0;
	return 0;
}

static uint32_t get_log(uint8_t *ret_log, uint32_t *len)
{
	const char *path = getenv("TBS_LOG");
	FILE *file = path ? fopen(path, "rb") : NULL;
	uint32_t size, result = 0;

	if (!file)
		return NO_EVENT_LOG;
	fseek(file, 0, SEEK_END);
	size = (uint32_t)ftell(file);
	rewind(file);
	if (ret_log && *len < size)
		result = SMALL_BUFFER;
	else if (ret_log && fread(ret_log, 1, size, file) != size)
		result = IO_ERROR;
	fclose(file);
	*len = size;
	return result;
}

#ifdef TBS_BEFORE_1803
__declspec(dllexport) uint32_t WINAPI
	Tbsi_Get_TCG_Log(struct context *context, uint8_t *ret_log, uint32_t *len)
{
	return context ? get_log(ret_log, len) : BAD_PARAMETER;
}
#else
__declspec(dllexport) uint32_t WINAPI
	Tbsi_Get_TCG_Log_Ex(uint32_t type, uint8_t *ret_log, uint32_t *len)
{
	return type == 0 ? get_log(ret_log, len) : NO_EVENT_LOG;
}
#endif
