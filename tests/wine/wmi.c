/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wmi.dll for tests under Wine: an in-process server in the place of CLSID_WbemLocator's, with the
 * one class Win32_EncryptableVolume. So the agent goes all of its way through COM, as to the real
 * one; what is another process there, and its authentication, is not here. By the environment:
 *
 *   WMI_VOLUMES  a file of lines; without it there are no volumes:
 *                  volume LETTER GUID PROTECTION LOCK CONVERSION SUSPENDS
 *                  protector TYPE [PCR,PCR,...]
 *                a LETTER of "-" is none
 *   WMI_CONNECT  CODE: the namespace is refused with it
 *   WMI_CLASS    CODE: the class is
 *   WMI_LIST     CODE: the list of instances is
 *   WMI_METHOD   NAME:CODE: that method returns it
 *   WMI_FAIL     NAME:CODE: the call of that method fails with it
 *   WMI_SILENT   NAME: that method does not return; "ConnectServer" is one
 *   WMI_NULL     NAME: that property has no value
 *   WMI_TYPE     NAME: that property is of another type
 *   WMI_HUGE     NAME: that array has a million elements
 *
 * Codes are hexadecimal. What the agent hands over is held to what the documentation asks for.
 */
#define COBJMACROS
#include <windows.h>

#include <wbemidl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE          L"root\\cimv2\\Security\\MicrosoftVolumeEncryption"
#define CLASS          L"Win32_EncryptableVolume"
#define PROTECTOR      L"VolumeKeyProtectorID"
#define PATH           L"\\\\GUEST\\" SPACE L":" CLASS L".DeviceID="
#define VOLUMES_MAX    100
#define PROTECTORS_MAX 8
#define PROPERTIES_MAX 8
#define MILLION        1000000

static struct volume {
	wchar_t letter[8], device[64];
	LONG protection, lock, conversion, suspends;
	size_t count;
	struct {
		wchar_t id[64];
		LONG type;
		size_t pcr_count;
		BYTE pcrs[64];
	} protectors[PROTECTORS_MAX];
} volumes[VOLUMES_MAX];
static size_t volume_count;

/* The class, an instance of it, what a method is given and what it gives: all are properties. */
struct object {
	IWbemClassObject base;
	LONG holders;
	size_t count;
	struct {
		const wchar_t *name;
		VARIANT value;
	} properties[PROPERTIES_MAX];
};

struct list {
	IEnumWbemClassObject base;
	LONG holders;
	size_t next;
};

/* --- what is told --- */

static void read_protector(struct volume *volume, char *words)
{
	size_t number = volume->count++;
	char *word = strtok(words, " ");

	volume->protectors[number].type = atol(word);
	_snwprintf(volume->protectors[number].id, 63, L"{%08X-0000-0000-0000-%012X}",
		(unsigned)(volume - volumes), (unsigned)number);
	word = strtok(NULL, " ");
	for (word = word ? strtok(word, ",") : NULL; word; word = strtok(NULL, ","))
		volume->protectors[number].pcrs[volume->protectors[number].pcr_count++] =
			(BYTE)atoi(word);
}

static void read_volume(struct volume *volume, const char *words)
{
	char letter[8], guid[40];

	sscanf(words, "%7s %39s %ld %ld %ld %ld", letter, guid, &volume->protection, &volume->lock,
		&volume->conversion, &volume->suspends);
	_snwprintf(volume->letter, 8, L"%hs", strcmp(letter, "-") ? letter : "");
	_snwprintf(volume->device, 64, L"\\\\?\\Volume{%hs}\\", guid);
}

static void read_volumes(void)
{
	const char *path = getenv("WMI_VOLUMES");
	FILE *file = path ? fopen(path, "r") : NULL;
	char line[200];

	memset(volumes, 0, sizeof(volumes));
	volume_count = 0;
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = 0;
		if (strncmp(line, "volume ", 7) == 0)
			read_volume(&volumes[volume_count++], line + 7);
		else if (strncmp(line, "protector ", 10) == 0)
			read_protector(&volumes[volume_count - 1], line + 10);
	}
	if (file)
		fclose(file);
}

/* The code of NAME:CODE where it is this one's; without a name, of CODE. */
static HRESULT refusal(const char *variable, const wchar_t *name)
{
	const char *text = getenv(variable), *colon = text ? strchr(text, ':') : NULL;
	wchar_t wide[64];

	if (!text)
		return S_OK;
	_snwprintf(wide, 64, L"%.*hs", colon ? (int)(colon - text) : 0, text);
	if (name && wcscmp(wide, name) != 0)
		return S_OK;
	return (HRESULT)strtoul(colon ? colon + 1 : text, NULL, 16);
}

static bool is_named(const char *variable, const wchar_t *name)
{
	const char *text = getenv(variable);
	wchar_t wide[64];

	_snwprintf(wide, 64, L"%hs", text ? text : "");
	return wcscmp(wide, name) == 0;
}

static void be_silent(const wchar_t *name)
{
	if (is_named("WMI_SILENT", name))
		Sleep(INFINITE);
}

/* --- objects --- */

static void add(struct object *object, const wchar_t *name, VARIANT value)
{
	if (is_named("WMI_NULL", name)) {
		VariantClear(&value);
		value.vt = VT_NULL;
	} else if (is_named("WMI_TYPE", name)) {
		VariantClear(&value);
		value.vt = VT_R8;
		value.dblVal = 7.0;
	}
	object->properties[object->count].name = name;
	object->properties[object->count++].value = value;
}

static void add_number(struct object *object, const wchar_t *name, LONG number)
{
	add(object, name, (VARIANT){.vt = VT_I4, .lVal = number});
}

static void add_text(struct object *object, const wchar_t *name, const wchar_t *text)
{
	if (*text)
		add(object, name, (VARIANT){.vt = VT_BSTR, .bstrVal = SysAllocString(text)});
	else
		add(object, name, (VARIANT){.vt = VT_NULL});
}

static void add_array(
	struct object *object, const wchar_t *name, VARTYPE type, const void *items, size_t count)
{
	size_t all = is_named("WMI_HUGE", name) ? MILLION : count;
	SAFEARRAY *array = SafeArrayCreateVector(type, 0, (ULONG)all);

	for (size_t i = 0; i < all; i++) {
		LONG at = (LONG)i;
		size_t from = count ? i % count : 0;

		if (type == VT_UI1)
			SafeArrayPutElement(array, &at, (BYTE *)items + from);
		else
			SafeArrayPutElement(array, &at, ((BSTR *)items)[from]);
	}
	add(object, name, (VARIANT){.vt = VT_ARRAY | type, .parray = array});
}

static HRESULT WINAPI object_query(IWbemClassObject *self, REFIID id, void **ret)
{
	(void)self;
	(void)id;
	*ret = NULL;
	return E_NOINTERFACE;
}

static ULONG WINAPI object_hold(IWbemClassObject *self)
{
	return (ULONG)InterlockedIncrement(&((struct object *)self)->holders);
}

static ULONG WINAPI object_release(IWbemClassObject *self)
{
	struct object *object = (struct object *)self;
	LONG left = InterlockedDecrement(&object->holders);

	for (size_t i = 0; !left && i < object->count; i++)
		VariantClear(&object->properties[i].value);
	if (!left)
		free(object);
	return (ULONG)left;
}

static HRESULT WINAPI object_get(IWbemClassObject *self, LPCWSTR name, LONG flags,
	VARIANT *ret_value, CIMTYPE *ret_type, LONG *ret_flavor)
{
	struct object *object = (struct object *)self;

	if (flags || ret_type || ret_flavor)
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	for (size_t i = 0; i < object->count; i++) {
		if (wcscmp(object->properties[i].name, name) == 0)
			return VariantCopy(ret_value, &object->properties[i].value);
	}
	return (HRESULT)WBEM_E_NOT_FOUND;
}

static HRESULT WINAPI object_put(
	IWbemClassObject *self, LPCWSTR name, LONG flags, VARIANT *value, CIMTYPE type)
{
	VARIANT copy = {.vt = VT_EMPTY};

	if (wcscmp(name, PROTECTOR) != 0 || flags || type || value->vt != VT_BSTR)
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	VariantCopy(&copy, value);
	add((struct object *)self, PROTECTOR, copy);
	return S_OK;
}

static IWbemClassObject *make_object(void);

static HRESULT WINAPI object_spawn(
	IWbemClassObject *self, LONG flags, IWbemClassObject **ret_instance)
{
	(void)self;
	(void)flags;
	*ret_instance = make_object();
	return S_OK;
}

/* Methods of one result alone have no parameters. */
static HRESULT WINAPI object_method(IWbemClassObject *self, LPCWSTR name, LONG flags,
	IWbemClassObject **ret_in, IWbemClassObject **ret_out)
{
	(void)self;
	if (flags || ret_out)
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	*ret_in = wcsstr(name, L"Protector") || wcscmp(name, L"GetConversionStatus") == 0
			  ? make_object()
			  : NULL;
	return S_OK;
}

static IWbemClassObject *make_object(void)
{
	static IWbemClassObjectVtbl methods = {.QueryInterface = object_query,
		.AddRef = object_hold,
		.Release = object_release,
		.Get = object_get,
		.Put = object_put,
		.GetMethod = object_method,
		.SpawnInstance = object_spawn};
	struct object *object = calloc(1, sizeof(*object));

	object->base.lpVtbl = &methods;
	object->holders = 1;
	return &object->base;
}

static IWbemClassObject *make_instance(const struct volume *volume)
{
	IWbemClassObject *instance = make_object();
	struct object *object = (struct object *)instance;
	wchar_t path[200];

	_snwprintf(path, 200, L"%ls\"%ls\"", PATH, volume->device);
	add_text(object, L"__PATH", path);
	add_text(object, L"DeviceID", volume->device);
	add_text(object, L"DriveLetter", volume->letter);
	return instance;
}

/* --- the list --- */

static HRESULT WINAPI list_query(IEnumWbemClassObject *self, REFIID id, void **ret)
{
	(void)self;
	(void)id;
	*ret = NULL;
	return E_NOINTERFACE;
}

static ULONG WINAPI list_hold(IEnumWbemClassObject *self)
{
	return (ULONG)InterlockedIncrement(&((struct list *)self)->holders);
}

static ULONG WINAPI list_release(IEnumWbemClassObject *self)
{
	struct list *list = (struct list *)self;
	LONG left = InterlockedDecrement(&list->holders);

	if (!left)
		free(list);
	return (ULONG)left;
}

static HRESULT WINAPI list_next(IEnumWbemClassObject *self, LONG timeout, ULONG count,
	IWbemClassObject **ret_objects, ULONG *ret_count)
{
	struct list *list = (struct list *)self;
	HRESULT refused = refusal("WMI_LIST", NULL);

	(void)timeout;
	if (refused || count != 1)
		return refused ? refused : (HRESULT)WBEM_E_INVALID_PARAMETER;
	*ret_count = list->next < volume_count;
	if (!*ret_count)
		return WBEM_S_FALSE;
	*ret_objects = make_instance(&volumes[list->next++]);
	return S_OK;
}

/* --- the namespace --- */

static bool is_bstr(BSTR text, const wchar_t *same)
{
	return text && wcscmp(text, same) == 0 && SysStringLen(text) == wcslen(same);
}

static HRESULT WINAPI services_query(IWbemServices *self, REFIID id, void **ret)
{
	(void)self;
	(void)id;
	*ret = NULL;
	return E_NOINTERFACE;
}

static ULONG WINAPI services_hold(IWbemServices *self)
{
	(void)self;
	return 2;
}

static HRESULT WINAPI services_object(IWbemServices *self, const BSTR path, LONG flags,
	IWbemContext *context, IWbemClassObject **ret_object, IWbemCallResult **ret_result)
{
	HRESULT refused = refusal("WMI_CLASS", NULL);

	(void)self;
	(void)context;
	if (!is_bstr(path, CLASS) || flags || ret_result)
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	if (!refused)
		*ret_object = make_object();
	return refused;
}

static HRESULT WINAPI services_list(IWbemServices *self, const BSTR name, LONG flags,
	IWbemContext *context, IEnumWbemClassObject **ret_list)
{
	static IEnumWbemClassObjectVtbl methods = {.QueryInterface = list_query,
		.AddRef = list_hold,
		.Release = list_release,
		.Next = list_next};
	struct list *list;

	(void)self;
	(void)flags;
	(void)context;
	if (!is_bstr(name, CLASS))
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	list = calloc(1, sizeof(*list));
	list->base.lpVtbl = &methods;
	list->holders = 1;
	*ret_list = &list->base;
	return S_OK;
}

static const struct volume *find_volume(const wchar_t *path)
{
	for (size_t i = 0; i < volume_count; i++) {
		wchar_t own[200];

		_snwprintf(own, 200, L"%ls\"%ls\"", PATH, volumes[i].device);
		if (wcscmp(own, path) == 0)
			return &volumes[i];
	}
	return NULL;
}

static void give_protectors(const struct volume *volume, struct object *to)
{
	BSTR names[PROTECTORS_MAX];

	for (size_t i = 0; i < volume->count; i++)
		names[i] = SysAllocString(volume->protectors[i].id);
	add_array(to, PROTECTOR, VT_BSTR, names, volume->count);
	for (size_t i = 0; i < volume->count; i++)
		SysFreeString(names[i]);
}

static bool give_of_protector(
	const struct volume *volume, const wchar_t *method, const wchar_t *id, struct object *to)
{
	for (size_t i = 0; i < volume->count; i++) {
		if (wcscmp(volume->protectors[i].id, id) != 0)
			continue;
		if (wcscmp(method, L"GetKeyProtectorType") == 0)
			add_number(to, L"KeyProtectorType", volume->protectors[i].type);
		else if (volume->protectors[i].pcr_count)
			add_array(to, L"PlatformValidationProfile", VT_UI1,
				volume->protectors[i].pcrs, volume->protectors[i].pcr_count);
		else
			return false; /* of another kind than a TPM's */
		return true;
	}
	return false;
}

static HRESULT give(
	const struct volume *volume, const wchar_t *method, IWbemClassObject *in, struct object *to)
{
	VARIANT id = {.vt = VT_EMPTY};
	bool is_given = in && SUCCEEDED(object_get(in, PROTECTOR, 0, &id, NULL, NULL));
	bool is_good = true;

	if (wcscmp(method, L"GetProtectionStatus") == 0)
		add_number(to, L"ProtectionStatus", volume->protection);
	else if (wcscmp(method, L"GetLockStatus") == 0)
		add_number(to, L"LockStatus", volume->lock);
	else if (wcscmp(method, L"GetConversionStatus") == 0 && !volume->lock)
		add_number(to, L"ConversionStatus", volume->conversion);
	else if (wcscmp(method, L"GetSuspendCount") == 0)
		add_number(to, L"SuspendCount", volume->suspends);
	else if (wcscmp(method, L"GetKeyProtectors") == 0)
		give_protectors(volume, to);
	else
		is_good = is_given && give_of_protector(volume, method, id.bstrVal, to);
	VariantClear(&id);
	return is_good ? S_OK : E_INVALIDARG;
}

static HRESULT WINAPI services_call(IWbemServices *self, const BSTR path, const BSTR method,
	LONG flags, IWbemContext *context, IWbemClassObject *in, IWbemClassObject **ret_out,
	IWbemCallResult **ret_result)
{
	const struct volume *volume = find_volume(path);
	HRESULT failed = refusal("WMI_FAIL", method), returned = refusal("WMI_METHOD", method);
	struct object *to;

	(void)self;
	(void)context;
	be_silent(method);
	if (failed)
		return failed;
	if (!volume || flags || ret_result || SysStringLen(method) != wcslen(method))
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	*ret_out = make_object();
	to = (struct object *)*ret_out;
	if (!returned)
		returned = give(volume, method, in, to);
	add_number(to, L"ReturnValue", returned);
	return S_OK;
}

/* --- the way there --- */

static HRESULT WINAPI locator_query(IWbemLocator *self, REFIID id, void **ret)
{
	(void)id;
	*ret = self;
	return S_OK;
}

static ULONG WINAPI locator_hold(IWbemLocator *self)
{
	(void)self;
	return 2;
}

static HRESULT WINAPI locator_connect(IWbemLocator *self, const BSTR space, const BSTR user,
	const BSTR password, const BSTR locale, LONG flags, const BSTR authority,
	IWbemContext *context, IWbemServices **ret_services)
{
	static IWbemServicesVtbl methods = {.QueryInterface = services_query,
		.AddRef = services_hold,
		.Release = services_hold,
		.GetObject = services_object,
		.CreateInstanceEnum = services_list,
		.ExecMethod = services_call};
	static IWbemServices services = {&methods};
	HRESULT refused = refusal("WMI_CONNECT", NULL);

	(void)self;
	(void)locale;
	(void)flags;
	(void)context;
	be_silent(L"ConnectServer");
	if (!is_bstr(space, SPACE) || user || password || authority)
		return (HRESULT)WBEM_E_INVALID_PARAMETER;
	if (!refused)
		*ret_services = &services;
	return refused;
}

static HRESULT WINAPI factory_query(IClassFactory *self, REFIID id, void **ret)
{
	(void)id;
	*ret = self;
	return S_OK;
}

static ULONG WINAPI factory_hold(IClassFactory *self)
{
	(void)self;
	return 2;
}

static HRESULT WINAPI factory_create(IClassFactory *self, IUnknown *outer, REFIID id, void **ret)
{
	static IWbemLocatorVtbl methods = {.QueryInterface = locator_query,
		.AddRef = locator_hold,
		.Release = locator_hold,
		.ConnectServer = locator_connect};
	static IWbemLocator locator = {&methods};

	(void)self;
	if (outer || !IsEqualGUID(id, &IID_IWbemLocator))
		return E_NOINTERFACE;
	*ret = &locator;
	return S_OK;
}

static HRESULT WINAPI factory_lock(IClassFactory *self, BOOL is_locked)
{
	(void)self;
	(void)is_locked;
	return S_OK;
}

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID class, REFIID id, void **ret)
{
	static IClassFactoryVtbl methods = {
		factory_query, factory_hold, factory_hold, factory_create, factory_lock};
	static IClassFactory factory = {&methods};

	if (!IsEqualGUID(class, &CLSID_WbemLocator) || !IsEqualGUID(id, &IID_IClassFactory))
		return CLASS_E_CLASSNOTAVAILABLE;
	read_volumes();
	*ret = &factory;
	return S_OK;
}
