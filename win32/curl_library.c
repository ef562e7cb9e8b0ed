/* SPDX-License-Identifier: BSD-2-Clause */
/* Here libcurl is part of the program, over Windows' own TLS. */
#include "win32/api.h"

#include "platform/curl_library.h"

#include <ws2tcpip.h>

int curl_library_load(struct curl_library *ret_library, struct error *err)
{
	(void)err;
	*ret_library = (struct curl_library){curl_global_init, curl_easy_init, curl_easy_setopt,
		curl_easy_perform, curl_easy_getinfo, curl_easy_cleanup, curl_easy_strerror,
		curl_slist_append, curl_slist_free_all};
	return 0;
}

const struct curl_library_family curl_library_families[CURL_LIBRARY_FAMILIES] = {
	{AF_INET, offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr)},
	{AF_INET6, offsetof(struct sockaddr_in6, sin6_addr), sizeof(struct in6_addr)},
};

curl_socket_t curl_library_open_socket(const struct curl_sockaddr *address)
{
	return WSASocketW(address->family, address->socktype, address->protocol, NULL, 0,
		WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}
