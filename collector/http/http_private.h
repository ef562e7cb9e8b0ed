/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of collector/http/ share, from the server on top down to what all of them need.
 *
 * A worker thread owns its connections and libmicrohttpd's daemons: no other thread touches them.
 * When another thread answers a request, it puts it on the worker's list and wakes the worker
 * (http_post.c). Connection and handler each hold a request; whoever lets go of it last frees it.
 */
#ifndef COLLECTOR_HTTP_PRIVATE_H
#define COLLECTOR_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "collector/http/http_setup.h"
#include "collector/http/http_target.h"
#include "collector/http/http_tls.h"
#include "collector/network.h"

#define HTTP_CONNECTION_MEMORY 32768
#define HTTP_IDLE_S            10
#define HTTP_DEADLINE_S        15
#define HTTP_TARGET_MAX        2048

struct http_worker;

struct http_connection {
	struct http_worker *worker;
	struct http_connection *prev, *next;
	int fd;
	bool is_cut;              /* shut down at its deadline */
	uint64_t deadline_ms;     /* of what the client has to do now; 0: it waits for us */
	struct http_request *now; /* being exchanged, or NULL */
	enum http_peer peer;      /* its certificate, verified at the first request */
	char peer_name[64];
	char address[64];
	bool has_address;             /* else it came by a UNIX socket */
	struct http_address *counted; /* among its address's; NULL: it is not */
};

struct http_request {
	struct http_connection *connection; /* NULL once that has let go of the request */
	struct http_worker *worker;
	struct MHD_Connection *mhd;
	atomic_uint holders;        /* connection, handler */
	atomic_bool is_client_gone; /* as far as the worker knows */
	char method[16];
	struct http_target target;
	struct http_caller caller;
	const struct http_route *route;
	void *context;
	struct buf body;
	size_t body_counted;   /* bytes of it, among all bodies' */
	enum limit body_limit; /* for which it was forgotten */
	bool is_started;       /* its headers have been judged */
	bool is_answered;      /* `answer` is set; the worker's own flag */
	bool is_queued;        /* the answer was given to libmicrohttpd */
	bool is_held;          /* a handler has it, and its connection is suspended */
	bool is_posted;        /* under the worker's lock: on its list */
	bool is_abandoned;     /* under the worker's lock: answered without the handler */
	uint64_t begun_ms;
	uint64_t answer_by_ms;
	struct http_response answer;
	const char *allow; /* for 405 */
	struct http_request *next_posted;
};

struct http_worker {
	struct http_server *server;
	pthread_t thread;
	bool is_started;
	int wake; /* eventfd */
	size_t daemon_count;
	struct MHD_Daemon *daemons[HTTP_LISTEN_MAX];
	struct http_connection *connections;
	bool has_closed; /* a connection has, since the daemons ran */
	pthread_mutex_t lock;
	struct http_request *posted; /* answered by other threads, newest first */
};

#define HTTP_ADDRESS_BUCKETS 1024

/* An address that has connections, as it is counted. */
struct http_address {
	struct http_address *next;
	unsigned connections;
	atomic_size_t bodies; /* bytes that its connections' requests hold */
	char network[NETWORK_SIZE];
};

struct http_addresses {
	pthread_mutex_t lock;
	struct http_address *buckets[HTTP_ADDRESS_BUCKETS];
};

struct http_listener {
	int fd;
	bool is_unix;
	char url[160];
	char path[108]; /* of a UNIX socket, to be removed */
};

struct http_server {
	struct http_setup setup;
	size_t listener_count;
	struct http_listener listeners[HTTP_LISTEN_MAX];
	size_t worker_count;
	struct http_worker *workers;
	struct http_addresses addresses;
	atomic_size_t bodies;  /* bytes that all requests hold */
	atomic_uint held;      /* requests that handlers have */
	atomic_bool is_ending; /* take nothing new */
	atomic_bool is_over;   /* end */
};

/* http_worker.c: a thread and its daemons. */
int http_worker_start(struct http_worker *worker, struct error *err);
void http_worker_free(struct http_worker *worker);

/* http_exchange.c: libmicrohttpd's callbacks; `context` is the worker. */
void http_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
	enum MHD_ConnectionNotificationCode code);
void *http_on_target(void *context, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result http_on_request(void *context, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *data, size_t *data_len,
	void **request_context);
void http_on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
	enum MHD_RequestTerminationCode code);
/* Answers what handlers hold too long, shuts down who is too slow, sees who has left. */
void http_enforce_deadlines(struct http_worker *worker, uint64_t now_ms);
/* Resumes the requests that other threads have answered. */
void http_resume_posted(struct http_worker *worker);

/* http_route.c: finds the request's route, its context and its path parts; false: it is refused. */
bool http_find_route(struct http_request *request);
/* Refuses a query parameter that the route does not have, or that stands twice; false: it did. */
bool http_check_query(struct http_request *request);

/* http_access.c */
/* Finds out who is asking, by certificate and token. */
void http_identify(struct http_request *request);
bool http_may(const struct http_caller *caller, enum http_role role);

/* http_reply.c */
void http_request_release(struct http_request *request);
enum MHD_Result http_send(struct http_request *request);
/* Sets a refusal for the worker to send, unless there is an answer already. */
void http_refuse(struct http_request *request, enum problem problem, unsigned retry_after_s,
	const char *detail);
/* Likewise for a limit. */
void http_refuse_limit(
	struct http_request *request, enum limit limit, unsigned retry_after_s, const char *detail);
/* The request whose handler this thread is calling, or NULL. */
extern _Thread_local struct http_request *http_dispatching;

/* http_post.c */
/* Gives the worker the answer to one of its requests, from any thread. False: the request was
 * abandoned before, and nothing is taken over. */
bool http_post(struct http_request *request, struct http_response *response);
/* From now on nothing can be posted for the request. False: its answer was posted before. */
bool http_abandon(struct http_request *request);
/* The requests that were posted, the newest first, by their `next_posted`. */
struct http_request *http_take_posted(struct http_worker *worker);
void http_wake(struct http_worker *worker);

/* http_listen.c: opens setup.listen. */
int http_listen_open(struct http_server *server, struct error *err);
void http_listen_close(struct http_server *server);
/* Another descriptor for the same address; -1 on failure. For TCP it is a socket of its own: the
 * kernel spreads connections evenly among sockets, while of several workers on one socket the first
 * to wake would take nearly all. */
int http_listen_share(const struct http_listener *listener);

/* http_body.c: bodies are bounded in total, and of each address. */
/* Appends to the body; one that does not fit is forgotten, and the limit says why. Whether memory
 * was short, body.failed says. */
enum limit http_body_append(struct http_request *request, const void *bytes, size_t len);
/* The connection lets go of the request: its address is not charged any more. */
void http_body_leave(struct http_request *request);
void http_body_free(struct http_request *request);

/* http_address.c: false when the connection's address has as many as it may. */
bool http_address_enter(struct http_server *server, struct http_connection *connection);
void http_address_leave(struct http_server *server, const struct http_connection *connection);

#endif
