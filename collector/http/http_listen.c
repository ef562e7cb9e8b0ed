/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets that are listened on: TCP addresses and UNIX sockets. */
#include "collector/http/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/address.h"

#define BACKLOG 4096

static bool is_loopback(const struct sockaddr *address)
{
	const uint8_t *bytes = (const uint8_t *)address;

	if (address->sa_family == AF_INET6)
		return address_is_loopback(
			bytes + offsetof(struct sockaddr_in6, sin6_addr), sizeof(struct in6_addr));
	return address_is_loopback(
		bytes + offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr));
}

static int fail(struct error *err, const char *where)
{
	enum error_code code = errno == EACCES || errno == EPERM ? ERROR_PERMISSION : ERROR_IO;

	if (errno == EADDRINUSE)
		return error_set(err, ERROR_CONFIG,
			"listen on %s: in use already; is another collector running?", where);
	return error_set(err, code, "listen on %s: %s", where, strerror(errno));
}

static int open_socket(struct http_listener *listener, const struct sockaddr *address,
	socklen_t len, const char *where, struct error *err)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return fail(err, where);
	listener->fd = fd;
	if (address->sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address, len))
		return fail(err, where);
	/* Only now: set before, it would let us share another collector's address. */
	if (address->sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	return listen(fd, BACKLOG) ? fail(err, where) : 0;
}

int http_listen_share(const struct http_listener *listener)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	int fd, on = 1;

	if (listener->is_unix)
		return fcntl(listener->fd, F_DUPFD_CLOEXEC, 3);
	if (getsockname(listener->fd, (struct sockaddr *)&address, &len))
		return -1;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, BACKLOG)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Removes the socket file that a killed process left behind, but not that of a living one. */
static void remove_stale(const struct sockaddr_un *address)
{
	const struct sockaddr *to = (const struct sockaddr *)address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat file;
	bool is_socket = fd >= 0 && lstat(address->sun_path, &file) == 0 && S_ISSOCK(file.st_mode);

	if (is_socket && connect(fd, to, sizeof(*address)) && errno == ECONNREFUSED)
		unlink(address->sun_path);
	if (fd >= 0)
		close(fd);
}

/* The file was made for its owner alone: see umask() in serve.c. */
static int share_file(const char *path, const struct http_socket *socket, struct error *err)
{
	if (socket->has_group && chown(path, (uid_t)-1, socket->group))
		return error_set(err, ERROR_CONFIG,
			"[http] socket-group: cannot give it %s: %s; the collector's account must "
			"be in that group",
			path, strerror(errno));
	return chmod(path, socket->mode) ? fail(err, path) : 0;
}

static int open_unix(struct http_listener *listener, const char *path,
	const struct http_socket *socket, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int rc;

	if (path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERROR_CONFIG,
			"listen on unix:%.64s: not an absolute path of at most %zu bytes", path,
			sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	remove_stale(&address);
	rc = open_socket(listener, (struct sockaddr *)&address, sizeof(address), path, err);
	if (rc)
		return rc;
	listener->is_unix = true;
	snprintf(listener->path, sizeof(listener->path), "%s", path);
	snprintf(listener->url, sizeof(listener->url), "unix:%s", path);
	return socket ? share_file(path, socket, err) : 0;
}

/* Splits "HOST:PORT" and "[HOST]:PORT"; numbers only, so that nothing waits for a name server. */
static int parse_tcp(const char *text, struct addrinfo **ret_info, struct error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	const char *colon = strrchr(text, ':');
	char host[64] = "";
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool has_port;

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len && len < sizeof(host))
		memcpy(host, text, len);
	has_port = *host && strtoul(colon + 1, NULL, 10) <= 65535;
	if (!has_port || getaddrinfo(host, colon + 1, &hints, ret_info))
		return error_set(err, ERROR_CONFIG,
			"listen on %.64s: not ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", text);
	return 0;
}

static int open_tcp(struct http_server *server, struct http_listener *listener, const char *text,
	struct error *err)
{
	bool is_tls = server->setup.certificate != NULL;
	struct sockaddr_storage bound = {0};
	struct sockaddr *address = (struct sockaddr *)&bound;
	socklen_t len = sizeof(bound);
	struct addrinfo *info = NULL;
	char host[64], port[8];
	int rc = parse_tcp(text, &info, err);

	if (rc)
		return rc;
	if (!is_tls && !is_loopback(info->ai_addr))
		rc = error_set(err, ERROR_CONFIG,
			"listen on %s: plain HTTP is for loopback only; "
			"give it a certificate and a key",
			text);
	if (!rc)
		rc = open_socket(listener, info->ai_addr, info->ai_addrlen, text, err);
	freeaddrinfo(info);
	if (rc)
		return rc;
	if (getsockname(listener->fd, address, &len))
		return fail(err, text);
	rc = getnameinfo(address, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	if (rc)
		return fail(err, text);
	snprintf(listener->url, sizeof(listener->url),
		bound.ss_family == AF_INET6 ? "%s://[%s]:%s" : "%s://%s:%s",
		is_tls ? "https" : "http", host, port);
	return 0;
}

int http_listen_open(struct http_server *server, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < server->setup.listen_count; i++) {
		const char *text = server->setup.listen[i];
		struct http_listener *listener = &server->listeners[i];

		listener->fd = -1;
		server->listener_count = i + 1;
		rc = strncmp(text, "unix:", 5) == 0
			     ? open_unix(listener, text + 5, server->setup.socket, err)
			     : open_tcp(server, listener, text, err);
	}
	return rc;
}

void http_listen_close(struct http_server *server)
{
	for (size_t i = 0; i < server->listener_count; i++) {
		struct http_listener *listener = &server->listeners[i];

		if (listener->fd >= 0)
			close(listener->fd);
		if (listener->is_unix)
			unlink(listener->path);
		listener->fd = -1;
		listener->is_unix = false;
	}
}
