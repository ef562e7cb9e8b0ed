/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/curl_library.h"

#include <dlfcn.h>
#include <string.h>

/* The names as they stand in the table. */
static const char *const names[] = {"curl_global_init", "curl_easy_init", "curl_easy_setopt",
	"curl_easy_perform", "curl_easy_getinfo", "curl_easy_cleanup", "curl_easy_strerror",
	"curl_slist_append", "curl_slist_free_all"};

_Static_assert(sizeof(names) / sizeof(names[0]) * sizeof(void *) == sizeof(struct curl_library),
	"one name for each member");

int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	void *symbols[sizeof(names) / sizeof(names[0])];
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return error_set(err, ERROR_UNSUPPORTED,
			"libcurl cannot be loaded, which reporting needs: install libcurl4 (%s)",
			dlerror());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		symbols[i] = dlsym(library, names[i]);
		if (!symbols[i])
			return error_set(
				err, ERROR_UNSUPPORTED, "libcurl has no %s: update it", names[i]);
	}
	/* POSIX lets a function's address travel as a void pointer, C does not. */
	memcpy(ret_library, symbols, sizeof(symbols));
	return 0;
}
