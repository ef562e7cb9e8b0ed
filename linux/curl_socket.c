/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/curl_library.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/address.h"

static bool is_public(const struct curl_sockaddr *address)
{
	const uint8_t *bytes = (const uint8_t *)&address->addr;

	if (address->family == AF_INET)
		return address_is_public(
			bytes + offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr));
	return address->family == AF_INET6 &&
	       address_is_public(
		       bytes + offsetof(struct sockaddr_in6, sin6_addr), sizeof(struct in6_addr));
}

curl_socket_t curl_library_open_public(
	void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)context;
	(void)purpose;
	if (!is_public(address))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
