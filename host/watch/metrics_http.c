/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/metrics_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/address.h"
#include "core/text.h"

#define CONNECTIONS       16U
#define CONNECTION_S      10U
#define CONNECTION_MEMORY ((size_t)8192)

struct metrics_http {
	struct MHD_Daemon *daemon;
	void (*print)(struct buf *to, void *context);
	void *context;
};

/* --- the address --- */

struct place {
	struct sockaddr_storage address;
	socklen_t len;
};

static bool read_v6(const char *host, uint16_t port, struct place *ret_place)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	size_t len = strlen(host);
	char inner[INET6_ADDRSTRLEN];

	if (len < 3 || host[len - 1] != ']' || len - 2 >= sizeof(inner))
		return false;
	memcpy(inner, host + 1, len - 2);
	inner[len - 2] = 0;
	if (inet_pton(AF_INET6, inner, &address.sin6_addr) != 1)
		return false;
	memcpy(&ret_place->address, &address, sizeof(address));
	ret_place->len = sizeof(address);
	return address_is_loopback((const uint8_t *)&address.sin6_addr, 16);
}

static bool read_v4(const char *host, uint16_t port, struct place *ret_place)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return false;
	memcpy(&ret_place->address, &address, sizeof(address));
	ret_place->len = sizeof(address);
	return address_is_loopback((const uint8_t *)&address.sin_addr, 4);
}

/* Numbers alone: a name may come to mean another address. */
static bool read_place(const char *text, struct place *ret_place)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN + 2];
	uint64_t port;

	if (!len || len >= sizeof(host) || !text_number(colon + 1, 1, 65535, &port))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	return *host == '[' ? read_v6(host, (uint16_t)port, ret_place)
			    : read_v4(host, (uint16_t)port, ret_place);
}

const char *metrics_http_judge(const char *address)
{
	struct place place;

	return !*address || read_place(address, &place)
		       ? NULL
		       : "not 127.0.0.1:PORT or [::1]:PORT: metrics are for this host alone";
}

static int listen_at(const char *address, int *ret_fd, struct error *err)
{
	struct place place;
	int fd, on = 1, rc;

	if (!read_place(address, &place))
		return error_set(
			err, ERROR_MALFORMED, "%s: %s", address, metrics_http_judge(address));
	fd = socket(place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, ERROR_IO, "socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = bind(fd, (const struct sockaddr *)&place.address, place.len);
	if (!rc)
		rc = listen(fd, CONNECTIONS);
	if (rc) {
		rc = error_set(err, ERROR_IO, "listen on %s: %s", address, strerror(errno));
		close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

/* --- requests --- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
	const struct buf *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_NO;

	if (!response)
		return MHD_NO;
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result complain(
	struct MHD_Connection *connection, unsigned status, const char *sentence)
{
	BUF_SCOPED text = {0};

	buf_printf(&text, "%s\n", sentence);
	return text.failed ? MHD_NO : answer(connection, status, "text/plain", &text);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *body,
	size_t *body_len, void **own)
{
	const struct metrics_http *http = context;
	BUF_SCOPED text = {0};

	(void)version;
	(void)body;
	(void)own;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return complain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
	if (*body_len)
		return MHD_NO;
	if (strcmp(path, "/metrics") != 0)
		return complain(connection, MHD_HTTP_NOT_FOUND, "only /metrics");
	http->print(&text, http->context);
	return text.failed ? MHD_NO
			   : answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4", &text);
}

int metrics_http_start(const char *address, void (*print)(struct buf *to, void *context),
	void *context, struct metrics_http **ret_http, struct error *err)
{
	struct metrics_http *http = calloc(1, sizeof(*http));
	int fd = -1, rc = http ? listen_at(address, &fd, err)
			       : error_set(err, ERROR_NO_MEMORY, "out of memory");

	if (rc) {
		free(http);
		return rc;
	}
	http->print = print;
	http->context = context;
	http->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, http,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY, MHD_OPTION_END);
	if (!http->daemon) {
		close(fd);
		free(http);
		return error_set(err, ERROR_IO, "no HTTP on %s", address);
	}
	*ret_http = http;
	return 0;
}

int metrics_http_fd(const struct metrics_http *http)
{
	const union MHD_DaemonInfo *info =
		http ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;

	return info ? info->epoll_fd : -1;
}

void metrics_http_run(struct metrics_http *http)
{
	if (http)
		(void)MHD_run(http->daemon);
}

void metrics_http_stop(struct metrics_http *http)
{
	if (!http)
		return;
	MHD_stop_daemon(http->daemon);
	free(http);
}
