/* SPDX-License-Identifier: BSD-2-Clause */
/* Here libcurl is part of the program, over Windows' own TLS. */
#include "win32/api.h"

#include "platform/curl_library.h"

int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	(void)err;
	*ret_library = (struct curl_library){curl_global_init, curl_easy_init, curl_easy_setopt,
		curl_easy_perform, curl_easy_getinfo, curl_easy_cleanup, curl_easy_strerror,
		curl_slist_append, curl_slist_free_all};
	return 0;
}
