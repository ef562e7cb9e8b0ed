/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/load_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define READ_SIZE  16384

struct connection {
	int fd;
	SSL *tls; /* NULL: plain */
	bool is_pumping;
	struct buf out;
	size_t sent;
	struct buf in;
	size_t head; /* of the answer, with its empty line; 0: not all there */
	size_t body;
};

struct load_http {
	struct sockaddr_in address, source;
	bool has_source;
	SSL_CTX *tls;
	int epoll;
	load_answer *answer;
	void *context;
	size_t count;
	struct connection *connections;
};

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "bench_collector: %s: %s\n", what,
		errno ? strerror(errno) : "no reason told");
	exit(1);
}

static void connect_to(struct load_http *http, size_t number)
{
	struct connection *connection = &http->connections[number];
	const struct sockaddr *address = (const struct sockaddr *)&http->address;
	const struct sockaddr *source = (const struct sockaddr *)&http->source;
	/* Both at once and told once: each is then used until there is nothing left. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u64 = number};
	int on = 1;

	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (http->has_source && bind(connection->fd, source, sizeof(http->source)))
		fail("connect from there");
	if (connection->fd < 0 || connect(connection->fd, address, sizeof(http->address)))
		fail("connect to the collector");
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(connection->fd, F_SETFL, O_NONBLOCK);
	if (http->tls) {
		connection->tls = SSL_new(http->tls);
		if (!connection->tls || SSL_set_fd(connection->tls, connection->fd) != 1)
			fail("TLS");
		SSL_set_connect_state(connection->tls);
	}
	if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, connection->fd, &event))
		fail("epoll_ctl");
}

static void disconnect(struct connection *connection)
{
	if (connection->tls)
		SSL_shutdown(connection->tls);
	SSL_free(connection->tls);
	connection->tls = NULL;
	close(connection->fd);
}

struct load_http *load_http_open(
	const struct load_way *way, size_t connections, load_answer *answer, void *context)
{
	const char *address = way->address, *ca = way->ca, *colon = strchr(address, ':');
	struct load_http *http = calloc(1, sizeof(*http));
	char host[32] = "";

	if (!http || !colon || (size_t)(colon - address) >= sizeof(host))
		fail(address);
	memcpy(host, address, (size_t)(colon - address));
	*http = (struct load_http){.answer = answer,
		.context = context,
		.count = connections,
		.connections = calloc(connections, sizeof(*http->connections)),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.address = {.sin_family = AF_INET,
			.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10))}};
	if (!http->connections || http->epoll < 0)
		fail(address);
	if (inet_pton(AF_INET, host, &http->address.sin_addr) != 1)
		fail(address);
	http->has_source = way->source != NULL;
	http->source.sin_family = AF_INET;
	if (way->source && inet_pton(AF_INET, way->source, &http->source.sin_addr) != 1)
		fail(way->source);
	if (ca) {
		http->tls = SSL_CTX_new(TLS_client_method());
		if (!http->tls || SSL_CTX_load_verify_locations(http->tls, ca, NULL) != 1)
			fail(ca);
		SSL_CTX_set_verify(http->tls, SSL_VERIFY_PEER, NULL);
	}
	for (size_t i = 0; i < connections; i++)
		connect_to(http, i);
	return http;
}

void load_http_close(struct load_http *http)
{
	for (size_t i = 0; i < http->count; i++) {
		disconnect(&http->connections[i]);
		buf_free(&http->connections[i].out);
		buf_free(&http->connections[i].in);
	}
	close(http->epoll);
	SSL_CTX_free(http->tls);
	free(http->connections);
	free(http);
}

/* Whether this is more than having to wait. */
static bool has_failed(SSL *tls, int done)
{
	int error;

	if (done > 0)
		return false;
	error = SSL_get_error(tls, done);
	return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

/* How many bytes went, 0 when it has to wait. */
static size_t put(struct connection *connection, const uint8_t *bytes, size_t len)
{
	int done;
	ssize_t sent;

	if (!connection->tls) {
		sent = send(connection->fd, bytes, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			fail("send");
		return sent < 0 ? 0 : (size_t)sent;
	}
	done = SSL_write(connection->tls, bytes, (int)len);
	if (has_failed(connection->tls, done))
		fail("TLS send");
	return done <= 0 ? 0 : (size_t)done;
}

static size_t take(struct connection *connection, uint8_t *bytes, size_t size)
{
	int done;
	ssize_t got;

	if (!connection->tls) {
		got = recv(connection->fd, bytes, size, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			fail("receive");
		return got < 0 ? 0 : (size_t)got;
	}
	done = SSL_read(connection->tls, bytes, (int)size);
	if (has_failed(connection->tls, done))
		fail("TLS receive");
	return done <= 0 ? 0 : (size_t)done;
}

static void read_head(struct connection *connection)
{
	const char *text = (const char *)connection->in.data;
	const char *end = strstr(text, "\r\n\r\n"), *length;

	if (!end)
		return;
	length = strcasestr(text, "\r\nContent-Length:");
	if (!length || length > end)
		fail("an answer without a length");
	connection->head = (size_t)(end - text) + 4;
	connection->body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
}

/* Hands an answer over when it is all there. */
static void deliver(struct load_http *http, size_t number)
{
	struct connection *connection = &http->connections[number];
	int status;

	if (connection->in.len && !connection->head)
		read_head(connection);
	if (!connection->head || connection->in.len < connection->head + connection->body)
		return;
	status = (int)strtol((const char *)connection->in.data + strlen("HTTP/1.1 "), NULL, 10);
	connection->in.len = 0;
	connection->out.len = connection->sent = 0;
	http->answer(number, status, (const char *)connection->in.data + connection->head,
		http->context);
	connection->head = 0;
}

static void pump(struct load_http *http, size_t number)
{
	struct connection *connection = &http->connections[number];
	bool goes_on = true;

	if (connection->is_pumping)
		return;
	connection->is_pumping = true;
	while (goes_on) {
		size_t left = connection->out.len - connection->sent, done = 0;

		if (left)
			done = put(connection, connection->out.data + connection->sent, left);
		connection->sent += done;
		goes_on = done != 0;
		/* Nothing comes before all was sent, but what a handshake takes. */
		if (left == done && connection->out.len) {
			uint8_t *to = buf_reserve(&connection->in, READ_SIZE);

			done = to ? take(connection, to, READ_SIZE) : 0;
			connection->in.len += done;
			goes_on = done != 0;
			if (done) {
				connection->in.data[connection->in.len] = 0;
				deliver(http, number);
			}
		}
	}
	connection->is_pumping = false;
}

void load_http_post(
	struct load_http *http, size_t connection, const char *path, const struct buf *body)
{
	struct buf *out = &http->connections[connection].out;

	out->len = http->connections[connection].sent = 0;
	buf_printf(out,
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		path, body->len);
	buf_append(out, body->data, body->len);
	if (out->failed)
		fail("no memory");
	pump(http, connection);
}

void load_http_renew(struct load_http *http, size_t connection)
{
	disconnect(&http->connections[connection]);
	connect_to(http, connection);
}

void load_http_poll(struct load_http *http, uint64_t timeout_ns)
{
	struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000),
		.tv_nsec = (long)(timeout_ns % 1000000000)};
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_pwait2(http->epoll, events, EVENTS_MAX, &timeout, NULL);

	if (count < 0 && errno != EINTR)
		fail("epoll_pwait2");
	for (int i = 0; i < count; i++)
		pump(http, events[i].data.u64);
}
