/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/curl_library.h"

#include <netinet/in.h>
#include <sys/socket.h>

const struct curl_library_family curl_library_families[CURL_LIBRARY_FAMILIES] = {
	{AF_INET, offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr)},
	{AF_INET6, offsetof(struct sockaddr_in6, sin6_addr), sizeof(struct in6_addr)},
};

curl_socket_t curl_library_open_socket(const struct curl_sockaddr *address)
{
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
