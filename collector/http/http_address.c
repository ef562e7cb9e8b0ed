/* SPDX-License-Identifier: BSD-2-Clause */
/* How many connections each address has: over all workers, since libmicrohttpd counts for each of
 * its daemons alone. */
#include "collector/http/http_private.h"

#include <stdlib.h>
#include <string.h>

#include "collector/network.h"

/* Where the address stands in its bucket, or the bucket's end. */
static struct http_address **find(struct http_addresses *addresses, const char *network)
{
	size_t hash = 5381;
	struct http_address **at;

	for (const char *c = network; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	at = &addresses->buckets[hash % HTTP_ADDRESS_BUCKETS];
	while (*at && strcmp((*at)->network, network) != 0)
		at = &(*at)->next;
	return at;
}

static struct http_address *make(const char network[NETWORK_SIZE])
{
	struct http_address *address = calloc(1, sizeof(*address));

	if (address)
		memcpy(address->network, network, sizeof(address->network));
	return address;
}

bool http_address_enter(struct http_server *server, struct http_connection *connection)
{
	struct http_addresses *addresses = &server->addresses;
	unsigned limit = server->setup.connections_per_address;
	char network[NETWORK_SIZE];
	struct http_address **at;

	if (!limit || !connection->has_address)
		return true;
	network_of(connection->address, network);
	pthread_mutex_lock(&addresses->lock);
	at = find(addresses, network);
	if (!*at)
		*at = make(network);
	if (*at && (*at)->connections < limit) {
		connection->counted = *at;
		connection->counted->connections++;
	}
	pthread_mutex_unlock(&addresses->lock);
	return connection->counted != NULL;
}

void http_address_leave(struct http_server *server, const struct http_connection *connection)
{
	struct http_addresses *addresses = &server->addresses;
	struct http_address **at, *empty;

	if (!connection->counted)
		return;
	pthread_mutex_lock(&addresses->lock);
	at = find(addresses, connection->counted->network);
	/* Who is counted is in the list: http_address_enter(). NOLINTNEXTLINE(*NullDereference) */
	empty = --(*at)->connections ? NULL : *at;
	if (empty)
		*at = empty->next;
	pthread_mutex_unlock(&addresses->lock);
	free(empty);
}
