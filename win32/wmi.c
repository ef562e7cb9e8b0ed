/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/wmi.h"

#include "win32/os_error.h"

static enum error_code code_of(HRESULT result)
{
	switch ((uint32_t)result) {
	case WBEM_E_ACCESS_DENIED:
	case (uint32_t)E_ACCESSDENIED:
		return ERROR_PERMISSION;
	case WBEM_E_OUT_OF_MEMORY:
	case (uint32_t)E_OUTOFMEMORY:
		return ERROR_NO_MEMORY;
	case WBEM_E_INVALID_NAMESPACE:
	case WBEM_E_INVALID_CLASS:
	case WBEM_E_NOT_FOUND:
	case (uint32_t)REGDB_E_CLASSNOTREG:
		return ERROR_NOT_FOUND;
	default:
		return ERROR_IO;
	}
}

static int fail(struct error *err, HRESULT result, const wchar_t *what)
{
	const enum error_code code = code_of(result);

	return error_set(err, code, "%ls: %s0x%08lx%s", what,
		code == ERROR_PERMISSION ? "access denied, " : "", (unsigned long)result,
		code == ERROR_PERMISSION ? "; run as administrator" : "");
}

/* A proxy of another process asks by the process' defaults, which namespaces with secrets refuse:
 * they want what is said encrypted. What is no proxy needs none of it. */
static void protect(void *proxy)
{
	CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
		RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE);
}

static HRESULT connect(const wchar_t *space, IWbemServices **ret_services)
{
	BSTR name = SysAllocString(space);
	IWbemLocator *locator = NULL;
	HRESULT result;

	result = name ? CoCreateInstance(&CLSID_WbemLocator, NULL, CLSCTX_INPROC_SERVER,
				&IID_IWbemLocator, (void **)&locator)
		      : E_OUTOFMEMORY;
	if (SUCCEEDED(result))
		result = IWbemLocator_ConnectServer(
			locator, name, NULL, NULL, NULL, 0, NULL, NULL, ret_services);
	if (locator)
		IWbemLocator_Release(locator);
	SysFreeString(name);
	return result;
}

int wmi_open(
	const wchar_t *space, const wchar_t *class_name, struct wmi *ret_wmi, struct error *err)
{
	struct wmi wmi = {.class_name = class_name};
	BSTR name = SysAllocString(class_name);
	HRESULT result = name ? connect(space, &wmi.services) : E_OUTOFMEMORY;

	if (SUCCEEDED(result)) {
		protect(wmi.services);
		result = IWbemServices_GetObject(wmi.services, name, 0, NULL, &wmi.class, NULL);
	}
	SysFreeString(name);
	if (FAILED(result)) {
		wmi_close(&wmi);
		return fail(err, result, class_name);
	}
	*ret_wmi = wmi;
	return 0;
}

void wmi_close(struct wmi *wmi)
{
	if (wmi->class)
		IWbemClassObject_Release(wmi->class);
	if (wmi->services)
		IWbemServices_Release(wmi->services);
	*wmi = (struct wmi){0};
}

int wmi_list(const struct wmi *wmi, size_t max, wmi_visit *visit, void *context, struct error *err)
{
	BSTR name = SysAllocString(wmi->class_name);
	IEnumWbemClassObject *instances = NULL;
	HRESULT result = name ? IWbemServices_CreateInstanceEnum(wmi->services, name,
					WBEM_FLAG_FORWARD_ONLY | WBEM_FLAG_RETURN_IMMEDIATELY, NULL,
					&instances)
			      : E_OUTOFMEMORY;
	int rc = 0;

	SysFreeString(name);
	if (SUCCEEDED(result))
		protect(instances);
	for (size_t i = 0; SUCCEEDED(result) && !rc && i < max; i++) {
		IWbemClassObject *instance = NULL;
		ULONG count = 0;

		result = IEnumWbemClassObject_Next(
			instances, (LONG)WBEM_INFINITE, 1, &instance, &count);
		if (FAILED(result) || !count || !instance)
			break;
		rc = visit(wmi, instance, context, err);
		IWbemClassObject_Release(instance);
	}
	if (instances)
		IEnumWbemClassObject_Release(instances);
	return FAILED(result) ? fail(err, result, wmi->class_name) : rc;
}

/* What a method is given: an object of its own, with the text as one of its properties. */
static HRESULT make_given(const struct wmi *wmi, const wchar_t *method, const wchar_t *name,
	const wchar_t *text, IWbemClassObject **ret_given)
{
	IWbemClassObject *parameters = NULL;
	HRESULT result = IWbemClassObject_GetMethod(wmi->class, method, 0, &parameters, NULL);
	VARIANT value = {.vt = VT_BSTR};

	if (SUCCEEDED(result) && parameters)
		result = IWbemClassObject_SpawnInstance(parameters, 0, ret_given);
	if (parameters)
		IWbemClassObject_Release(parameters);
	if (FAILED(result) || !name)
		return result;
	if (!*ret_given)
		return (HRESULT)WBEM_E_INVALID_METHOD_PARAMETERS;
	value.bstrVal = SysAllocString(text);
	result = value.bstrVal ? IWbemClassObject_Put(*ret_given, name, 0, &value, 0)
			       : E_OUTOFMEMORY;
	VariantClear(&value);
	return result;
}

static HRESULT run(const struct wmi *wmi, IWbemClassObject *instance, const wchar_t *method,
	IWbemClassObject *given, IWbemClassObject **ret_taken)
{
	BSTR path = NULL, name = SysAllocString(method);
	HRESULT result = name ? (HRESULT)WBEM_E_INVALID_OBJECT_PATH : E_OUTOFMEMORY;

	if (name && wmi_text(instance, L"__PATH", &path))
		result = IWbemServices_ExecMethod(
			wmi->services, path, name, 0, NULL, given, ret_taken, NULL);
	SysFreeString(path);
	SysFreeString(name);
	return result;
}

int wmi_call(const struct wmi *wmi, IWbemClassObject *instance, const wchar_t *method,
	const wchar_t *name, const wchar_t *text, IWbemClassObject **ret_given, struct error *err)
{
	IWbemClassObject *given = NULL, *taken = NULL;
	HRESULT result = make_given(wmi, method, name, text, &given);
	uint32_t returned;

	if (SUCCEEDED(result))
		result = run(wmi, instance, method, given, &taken);
	if (given)
		IWbemClassObject_Release(given);
	if (SUCCEEDED(result) && !(taken && wmi_number(taken, L"ReturnValue", &returned)))
		result = (HRESULT)WBEM_E_INVALID_METHOD;
	else if (SUCCEEDED(result))
		result = (HRESULT)returned;
	if (!result) {
		*ret_given = taken;
		return 0;
	}
	if (taken)
		IWbemClassObject_Release(taken);
	return fail(err, result, method);
}

bool wmi_number(IWbemClassObject *object, const wchar_t *name, uint32_t *ret_number)
{
	VARIANT value = {.vt = VT_EMPTY};
	bool is = SUCCEEDED(IWbemClassObject_Get(object, name, 0, &value, NULL, NULL));

	/* CIM's uint32 comes as VT_I4. */
	is = is && (value.vt == VT_I4 || value.vt == VT_UI4);
	if (is)
		*ret_number = (uint32_t)value.lVal;
	VariantClear(&value);
	return is;
}

bool wmi_text(IWbemClassObject *object, const wchar_t *name, BSTR *ret_text)
{
	VARIANT value = {.vt = VT_EMPTY};
	bool is = SUCCEEDED(IWbemClassObject_Get(object, name, 0, &value, NULL, NULL));

	if (is && value.vt == VT_BSTR && value.bstrVal) {
		*ret_text = value.bstrVal;
		return true;
	}
	VariantClear(&value);
	return false;
}

bool wmi_array(IWbemClassObject *object, const wchar_t *name, VARTYPE type, SAFEARRAY **ret_array,
	size_t *ret_count)
{
	VARIANT value = {.vt = VT_EMPTY};
	bool is = SUCCEEDED(IWbemClassObject_Get(object, name, 0, &value, NULL, NULL));
	LONG first = 0, last = -1;

	is = is && value.vt == (VT_ARRAY | type) && value.parray &&
	     SafeArrayGetDim(value.parray) == 1 &&
	     SUCCEEDED(SafeArrayGetLBound(value.parray, 1, &first)) && !first &&
	     SUCCEEDED(SafeArrayGetUBound(value.parray, 1, &last)) && last >= -1;
	if (!is) {
		VariantClear(&value);
		return false;
	}
	*ret_array = value.parray;
	*ret_count = last < 0 ? 0 : (size_t)last + 1;
	return true;
}
