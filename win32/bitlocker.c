/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By the class Win32_EncryptableVolume. Names, numbers and types are those of Microsoft's
 * documentation of it; its methods only read here.
 */
#include "win32/wmi.h"

#include "win32/bitlocker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tcg/tcg.h"
#include "core/text.h"
#include "win32/wide.h"

#define SPACE       L"root\\cimv2\\Security\\MicrosoftVolumeEncryption"
#define VOLUME      L"Win32_EncryptableVolume"
#define PROTECTOR   L"VolumeKeyProtectorID"
#define VOLUMES_MAX 4096 /* that are counted; no Windows has as many */

/* One volume while it is asked. */
struct asking {
	const struct wmi *wmi;
	IWbemClassObject *instance;
	struct error *err;
};

static int call(const struct asking *asking, const wchar_t *method, const wchar_t *protector,
	IWbemClassObject **ret_given)
{
	return wmi_call(asking->wmi, asking->instance, method, protector ? PROTECTOR : NULL,
		protector, ret_given, asking->err);
}

static int no_such(const struct asking *asking, const wchar_t *method, const wchar_t *name)
{
	return error_set(asking->err, ERROR_MALFORMED, "%ls gives no %ls", method, name);
}

static int ask_number(const struct asking *asking, const wchar_t *method, const wchar_t *protector,
	const wchar_t *name, uint32_t *ret_number)
{
	IWbemClassObject *given = NULL;
	int rc = call(asking, method, protector, &given);
	bool is;

	if (rc)
		return rc;
	is = wmi_number(given, name, ret_number);
	IWbemClassObject_Release(given);
	return is ? 0 : no_such(asking, method, name);
}

static int ask_array(const struct asking *asking, const wchar_t *method, const wchar_t *protector,
	const wchar_t *name, VARTYPE type, SAFEARRAY **ret_array, size_t *ret_count)
{
	IWbemClassObject *given = NULL;
	int rc = call(asking, method, protector, &given);
	bool is;

	if (rc)
		return rc;
	is = wmi_array(given, name, type, ret_array, ret_count);
	IWbemClassObject_Release(given);
	return is ? 0 : no_such(asking, method, name);
}

static int ask_profile(const struct asking *asking, const wchar_t *protector, uint32_t *ret_pcrs)
{
	static const wchar_t method[] = L"GetKeyProtectorPlatformValidationProfile";
	static const wchar_t name[] = L"PlatformValidationProfile";
	SAFEARRAY *array = NULL;
	uint32_t pcrs = 0;
	size_t count;
	int rc = ask_array(asking, method, protector, name, VT_UI1, &array, &count);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < count; i++) {
		LONG at = (LONG)i;
		BYTE pcr = TCG_PCR_COUNT;
		bool is = i < TCG_PCR_COUNT && SUCCEEDED(SafeArrayGetElement(array, &at, &pcr));

		if (is && pcr < TCG_PCR_COUNT)
			pcrs |= 1U << pcr;
		else
			rc = no_such(asking, method, name);
	}
	SafeArrayDestroy(array);
	if (!rc)
		*ret_pcrs = pcrs;
	return rc;
}

static int ask_protector(const struct asking *asking, SAFEARRAY *names, size_t number,
	struct bitlocker_protector *protector)
{
	LONG at = (LONG)number;
	BSTR name = NULL;
	int rc;

	if (FAILED(SafeArrayGetElement(names, &at, &name)) || !name)
		return no_such(asking, L"GetKeyProtectors", PROTECTOR);
	rc = ask_number(
		asking, L"GetKeyProtectorType", name, L"KeyProtectorType", &protector->kind);
	if (!rc && bitlocker_is_sealed(protector->kind))
		rc = ask_profile(asking, name, &protector->pcrs);
	SysFreeString(name);
	return rc;
}

static int ask_protectors(const struct asking *asking, struct bitlocker_volume *volume)
{
	SAFEARRAY *names = NULL;
	size_t count;
	int rc = ask_array(asking, L"GetKeyProtectors", NULL, PROTECTOR, VT_BSTR, &names, &count);

	if (rc)
		return rc;
	if (count > BITLOCKER_PROTECTORS_MAX)
		rc = error_set(
			asking->err, ERROR_TOO_LARGE, "GetKeyProtectors gives %zu of them", count);
	for (size_t i = 0; !rc && i < count; i++)
		rc = ask_protector(asking, names, i, &volume->protectors[i]);
	SafeArrayDestroy(names);
	volume->protector_count = count;
	return rc;
}

/* Windows 8 and later count; the others resume when somebody says so, but do not tell. */
static void ask_restarts(const struct asking *asking, struct bitlocker_volume *volume)
{
	uint32_t restarts;

	if (ask_number(asking, L"GetSuspendCount", NULL, L"SuspendCount", &restarts))
		return;
	volume->has_restarts = true;
	volume->restarts = restarts;
}

/* A locked volume tells its protectors and not how it is encrypted. */
static int ask_volume(const struct asking *asking, struct bitlocker_volume *volume)
{
	uint32_t lock = 0;
	int rc = ask_number(
		asking, L"GetProtectionStatus", NULL, L"ProtectionStatus", &volume->protection);

	if (!rc)
		rc = ask_number(asking, L"GetLockStatus", NULL, L"LockStatus", &lock);
	volume->is_locked = lock != 0;
	if (!rc && !lock)
		rc = ask_number(asking, L"GetConversionStatus", NULL, L"ConversionStatus",
			&volume->conversion);
	if (rc || (!lock && volume->conversion == BITLOCKER_FULLY_DECRYPTED))
		return rc;
	if (volume->protection == BITLOCKER_PROTECTION_OFF)
		ask_restarts(asking, volume);
	return ask_protectors(asking, volume);
}

/* "\\?\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\" */
static void find_uuid(const char *device, char *uuid)
{
	const char *brace = strchr(device, '{');
	char text[TEXT_UUID_SIZE];

	snprintf(text, sizeof(text), "%s", brace ? brace + 1 : "");
	text_uuid(text, uuid);
}

static char *read_text(IWbemClassObject *instance, const wchar_t *name)
{
	BSTR wide = NULL;
	char *text;

	if (!wmi_text(instance, name, &wide))
		return NULL;
	text = wide_to_utf8(wide);
	SysFreeString(wide);
	return text;
}

static int add_volume(
	const struct wmi *wmi, IWbemClassObject *instance, void *context, struct error *err)
{
	struct bitlocker_list *list = context;
	struct error why;
	const struct asking asking = {wmi, instance, &why};
	struct bitlocker_volume *volume;
	char *device, *letter;

	(void)err;
	if (list->count == UNLOCK_VOLUMES_MAX) {
		list->left_out++;
		return 0;
	}
	volume = &list->items[list->count].volume;
	device = read_text(instance, L"DeviceID");
	letter = read_text(instance, L"DriveLetter");
	if (device)
		find_uuid(device, volume->uuid);
	snprintf(list->items[list->count].device, sizeof(list->items[0].device), "%s",
		letter && *letter ? letter
		: device          ? device
				  : "a volume");
	list->count++;
	free(device);
	free(letter);
	if (ask_volume(&asking, volume))
		snprintf(volume->fault, sizeof(volume->fault), "%.159s", why.message);
	return 0;
}

int bitlocker_read(struct bitlocker_list *ret_list, struct error *err)
{
	struct error why;
	struct wmi wmi;
	int rc = wmi_open(SPACE, VOLUME, &wmi, &why);

	if (rc == -ERROR_NOT_FOUND)
		return 0;
	if (!rc) {
		rc = wmi_list(&wmi, VOLUMES_MAX, add_volume, ret_list, &why);
		wmi_close(&wmi);
	}
	return rc ? error_copy(err, &why) : 0;
}
