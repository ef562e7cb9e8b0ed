/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl inside the program, as the static agent has it. */
#include "platform/curl_library.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* Where distributions keep the CAs they trust: Debian's and Arch's, Fedora's and its relatives',
 * SUSE's, Alpine's. */
static const char *const system_cas[] = {"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/* A transfer that trusts this system's CAs, wherever it was built; the caller's --ca comes after
 * it. */
static CURL *init_with_system_cas(void)
{
	CURL *easy = curl_easy_init();
	const char *found = getenv("SSL_CERT_FILE");

	for (size_t i = 0; !found && i < sizeof(system_cas) / sizeof(system_cas[0]); i++)
		found = access(system_cas[i], R_OK) == 0 ? system_cas[i] : NULL;
	if (easy && found)
		curl_easy_setopt(easy, CURLOPT_CAINFO, found);
	return easy;
}

int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	(void)err;
	*ret_library = (struct curl_library){.global_init = curl_global_init,
		.easy_init = init_with_system_cas,
		.easy_setopt = curl_easy_setopt,
		.easy_perform = curl_easy_perform,
		.easy_getinfo = curl_easy_getinfo,
		.easy_cleanup = curl_easy_cleanup,
		.easy_strerror = curl_easy_strerror,
		.slist_append = curl_slist_append,
		.slist_free_all = curl_slist_free_all};
	return 0;
}
