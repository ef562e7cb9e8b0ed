/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows Management Instrumentation in plain C: the instances of one class, and their methods. */
#ifndef WIN32_WMI_H
#define WIN32_WMI_H

#define COBJMACROS /* IWbemServices_Release(...) and the like */

#include "win32/api.h"

#include <wbemidl.h>

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct wmi {
	IWbemServices *services;
	IWbemClassObject *class; /* which knows the methods' parameters */
	const wchar_t *class_name;
};

/* Opens a class of a namespace, in a thread that has called CoInitializeEx(). All calls may take as
 * long as they like. Errors: NOT_FOUND (no such class, or no WMI), PERMISSION, NO_MEMORY, IO. */
int wmi_open(
	const wchar_t *space, const wchar_t *class_name, struct wmi *ret_wmi, struct error *err);
void wmi_close(struct wmi *wmi);

/* Shown an instance, borrowed. A failure ends the reading. */
typedef int wmi_visit(
	const struct wmi *wmi, IWbemClassObject *instance, void *context, struct error *err);

/* Shows each instance, `max` at most. Errors: those of wmi_open() and of `visit`. */
int wmi_list(const struct wmi *wmi, size_t max, wmi_visit *visit, void *context, struct error *err);

/* Calls a method of the instance, with a text as the parameter of that name, or without (NULL). The
 * caller releases what it gives. A return value that is not 0 is an error. Errors: those of
 * wmi_open(). */
int wmi_call(const struct wmi *wmi, IWbemClassObject *instance, const wchar_t *method,
	const wchar_t *name, const wchar_t *text, IWbemClassObject **ret_given, struct error *err);

/* Properties. False, and nothing written, where it has none of that name, or of another type. */
bool wmi_number(IWbemClassObject *object, const wchar_t *name, uint32_t *ret_number);

/* The caller frees the text, SysFreeString(). */
bool wmi_text(IWbemClassObject *object, const wchar_t *name, BSTR *ret_text);

/* An array, which the caller destroys, SafeArrayDestroy(): of one dimension, of that type; and how
 * many it has. */
bool wmi_array(IWbemClassObject *object, const wchar_t *name, VARTYPE type, SAFEARRAY **ret_array,
	size_t *ret_count);

#endif
