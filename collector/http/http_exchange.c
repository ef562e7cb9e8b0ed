/* SPDX-License-Identifier: BSD-2-Clause */
/* One exchange from its request line to its end, as libmicrohttpd calls for it. */
#include "collector/http/http_private.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "collector/metrics.h"
#include "core/log.h"
#include "platform/system.h"

/* False where the other end has no address of its own. */
static bool describe_address(struct MHD_Connection *mhd, char *to, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	socklen_t len = address && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								  : sizeof(struct sockaddr_in);
	bool is_ip = address && (address->sa_family == AF_INET || address->sa_family == AF_INET6);

	if (!is_ip || getnameinfo(address, len, to, (socklen_t)size, NULL, 0, NI_NUMERICHOST)) {
		snprintf(to, size, "unix");
		return false;
	}
	return true;
}

static uint64_t deadline(const struct http_worker *worker)
{
	return platform_monotonic_ms() + worker->server->setup.deadline_s * 1000UL;
}

static void cut(struct http_connection *connection)
{
	connection->is_cut = true;
	shutdown(connection->fd, SHUT_RDWR);
}

void http_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct http_worker *worker = context;
	struct http_connection *connection = *socket_context;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		connection = calloc(1, sizeof(*connection));
		*socket_context = connection;
		if (!connection)
			return;
		info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
		connection->fd = info ? info->connect_fd : -1;
		connection->worker = worker;
		connection->deadline_ms = deadline(worker);
		connection->has_address =
			describe_address(mhd, connection->address, sizeof(connection->address));
		connection->next = worker->connections;
		if (connection->next)
			connection->next->prev = connection;
		worker->connections = connection;
		if (!http_address_enter(worker->server, connection)) {
			metrics_count_limit(LIMIT_CONNECTIONS_PER_ADDRESS);
			cut(connection);
		}
	} else if (connection) {
		*(connection->prev ? &connection->prev->next : &worker->connections) =
			connection->next;
		if (connection->next)
			connection->next->prev = connection->prev;
		http_address_leave(worker->server, connection);
		free(connection);
		worker->has_closed = true;
		*socket_context = NULL;
	}
}

void *http_on_target(void *context, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_connection *connection = info ? info->socket_context : NULL;
	struct http_request *request = connection ? calloc(1, sizeof(*request)) : NULL;

	if (!request)
		return NULL;
	request->connection = connection;
	request->worker = context;
	request->mhd = mhd;
	atomic_init(&request->holders, 1);
	request->begun_ms = platform_monotonic_ms();
	http_target_parse(strlen(uri) < HTTP_TARGET_MAX ? uri : "", &request->target);
	connection->now = request;
	connection->deadline_ms = deadline(request->worker);
	return request;
}

static const char *header(const struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

static bool is_type(const char *given, const char *wanted)
{
	size_t len = strlen(wanted);

	return given && strncasecmp(given, wanted, len) == 0 && strchr("; \t", given[len]);
}

static bool has_body(const struct http_request *request)
{
	const char *length = header(request, "Content-Length");

	return header(request, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

/* Who gave a credential is told what is wrong with it, not to give one. */
static void refuse_unknown(struct http_request *request)
{
	const struct http_connection *connection = request->connection;
	const struct http_socket *socket = request->worker->server->setup.socket;
	const char *why = "a token or a client certificate is needed";
	char text[96];

	if (connection->peer == HTTP_PEER_BAD) {
		why = "the client certificate is not valid here";
	} else if (header(request, "Authorization")) {
		why = connection->peer == HTTP_PEER_GOOD
			      ? "the token is not known here, or not of the client certificate's VM"
			      : "the token is not known here: revoked, or another collector's";
	} else if (!connection->has_address && socket && socket->role != HTTP_ROLE_ANYONE) {
		snprintf(text, sizeof(text), "this socket's role, %s, is not for that",
			http_role_name(socket->role));
		why = text;
	}
	http_refuse(request, PROBLEM_UNAUTHORIZED, 0, why);
}

static void refuse_role(struct http_request *request)
{
	char why[96];

	snprintf(why, sizeof(why), "this credential is not for that: the role %s is needed",
		http_role_name(request->route->role));
	http_refuse(request, PROBLEM_FORBIDDEN, 0, why);
}

/* Decides by the headers alone: nothing of a body is read that will be refused. */
static void judge_headers(struct http_request *request, const char *method)
{
	const char *length, *coding, *type;
	const struct http_route *route;

	snprintf(request->method, sizeof(request->method), "%s", method);
	http_identify(request);
	if (!http_find_route(request))
		return;
	route = request->route;
	if (!http_may(&request->caller, route->role)) {
		if (request->caller.is_authenticated)
			refuse_role(request);
		else
			refuse_unknown(request);
		return;
	}
	if (!http_check_query(request))
		return;
	length = header(request, "Content-Length");
	coding = header(request, "Transfer-Encoding");
	type = header(request, "Content-Type");
	if (coding)
		http_refuse(
			request, PROBLEM_LENGTH_REQUIRED, 0, "send the body with a Content-Length");
	else if (length && strtoull(length, NULL, 10) > route->body_max)
		http_refuse(
			request, PROBLEM_TOO_LARGE, 0, "the body is larger than this path takes");
	else if (route->body_max && route->content_type && !is_type(type, route->content_type))
		http_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE, 0, route->content_type);
}

static void take_body(struct http_request *request, const char *data, size_t len)
{
	enum limit limit = http_body_append(request, data, len);

	if (limit == LIMIT_BODIES)
		http_refuse_limit(request, limit, 2,
			"too many requests are being sent at the moment ([http] bodies)");
	else if (limit)
		http_refuse_limit(request, limit, 2,
			"too much is being sent from this address at the moment ([http] bodies)");
}

static enum MHD_Result dispatch(struct http_request *request)
{
	struct http_server *server = request->worker->server;
	unsigned limit_s = request->route->deadline_s;
	bool is_full = atomic_load(&server->held) >= server->setup.waiting;

	if (is_full)
		http_refuse_limit(request, LIMIT_WAITING, 2, "too much to do at the moment");
	else if (atomic_load(&server->is_ending))
		http_refuse(request, PROBLEM_BUSY, 2, "the service ends");
	if (request->is_answered)
		return http_send(request);
	request->connection->deadline_ms = 0;
	request->answer_by_ms =
		platform_monotonic_ms() + (limit_s ? limit_s : HTTP_DEADLINE_S) * 1000UL;
	atomic_fetch_add(&server->held, 1);
	atomic_fetch_add(&request->holders, 1);
	http_dispatching = request;
	request->route->handle(request, request->context);
	http_dispatching = NULL;
	if (request->is_answered)
		return http_send(request);
	request->is_held = true;
	MHD_suspend_connection(request->mhd);
	return MHD_YES;
}

enum MHD_Result http_on_request(void *context, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *data, size_t *data_len,
	void **request_context)
{
	struct http_request *request = *request_context;

	(void)context, (void)mhd, (void)url, (void)version;
	if (!request)
		return MHD_NO;
	if (!request->is_started) {
		request->is_started = true;
		judge_headers(request, method);
		/* To answer now closes the connection, as it must when a body follows. */
		return request->is_answered && has_body(request) ? http_send(request) : MHD_YES;
	}
	if (*data_len) {
		take_body(request, data, *data_len);
		*data_len = 0;
		return request->body.failed ? MHD_NO : MHD_YES;
	}
	if (request->is_queued || request->is_held)
		return MHD_YES;
	return request->is_answered ? http_send(request) : dispatch(request);
}

void http_on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
	enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *request_context;

	(void)context, (void)mhd;
	if (!request)
		return;
	*request_context = NULL;
	log_write(LOG_LEVEL_DEBUG, "%s %s %s /%s/%s %u %llu ms%s", request->caller.address,
		*request->caller.name ? request->caller.name : "-",
		*request->method ? request->method : "-", request->target.segments[0],
		request->target.segments[1], request->answer.status,
		(unsigned long long)(platform_monotonic_ms() - request->begun_ms),
		code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : ", broken off");
	http_body_leave(request);
	request->connection->now = NULL;
	request->connection->deadline_ms = deadline(request->worker);
	request->connection = NULL;
	http_request_release(request);
}

/* Answers a request without its handler, unless that has just done so. */
static void answer_busy(struct http_request *request)
{
	if (!http_abandon(request))
		return;
	http_refuse(request, PROBLEM_BUSY, 2, "no answer in time");
	request->is_held = false;
	MHD_resume_connection(request->mhd);
}

/* libmicrohttpd does not look at a suspended connection. Bytes that wait to be read do not show
 * that the client is still there: TLS leaves some behind. */
static void look_for_client(struct http_connection *connection)
{
	struct pollfd socket = {.fd = connection->fd, .events = POLLRDHUP};

	if (poll(&socket, 1, 0) > 0)
		atomic_store(&connection->now->is_client_gone, true);
}

void http_enforce_deadlines(struct http_worker *worker, uint64_t now_ms)
{
	bool is_over = atomic_load(&worker->server->is_over);

	for (struct http_connection *at = worker->connections; at; at = at->next) {
		if (at->now && at->now->is_held && (is_over || now_ms >= at->now->answer_by_ms))
			answer_busy(at->now);
		else if (at->now && at->now->is_held)
			look_for_client(at);
		else if (at->deadline_ms && now_ms >= at->deadline_ms && !at->is_cut)
			cut(at);
	}
}

void http_resume_posted(struct http_worker *worker)
{
	struct http_request *next;

	for (struct http_request *at = http_take_posted(worker); at; at = next) {
		next = at->next_posted;
		at->is_answered = true;
		at->is_held = false;
		MHD_resume_connection(at->mhd);
		http_request_release(at);
	}
}

const struct http_caller *http_caller(const struct http_request *request)
{
	return &request->caller;
}

const char *http_path_part(const struct http_request *request, size_t n)
{
	const struct http_target *target = &request->target;

	return n < target->part_count ? target->segments[target->parts[n]] : "";
}

const char *http_query(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->target.query_count; i++) {
		if (strcmp(request->target.query[i].name, name) == 0)
			return request->target.query[i].value;
	}
	return NULL;
}

bool http_client_left(const struct http_request *request)
{
	return atomic_load(&request->is_client_gone);
}

struct crypto_bytes http_body(const struct http_request *request)
{
	return (struct crypto_bytes){request->body.data, request->body.len};
}
