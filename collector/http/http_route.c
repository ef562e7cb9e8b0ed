/* SPDX-License-Identifier: BSD-2-Clause */
/* Which handler a request is for, and what may be asked of it. What no table has is refused. */
#include "collector/http/http_private.h"

#include <string.h>

static bool is_method(const struct http_route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	       (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

bool http_find_route(struct http_request *request)
{
	const struct http_module *module = request->worker->server->setup.modules;
	const char *allow = NULL;

	for (; module->routes; module++) {
		for (const struct http_route *route = module->routes; route->method; route++) {
			if (!http_target_matches(&request->target, route->path))
				continue;
			if (is_method(route, request->method)) {
				request->route = route;
				request->context = module->context;
				return true;
			}
			/* Two methods at most share a path. */
			allow = allow ? "GET, HEAD, POST" : route->method;
		}
	}
	if (allow) {
		request->allow = strcmp(allow, "GET") == 0 ? "GET, HEAD" : allow;
		http_refuse(
			request, PROBLEM_METHOD_NOT_ALLOWED, 0, "this path is not for that method");
	} else if (!request->target.is_good) {
		http_refuse(request, PROBLEM_MALFORMED, 0,
			"the path or its query is malformed or too long");
	} else {
		http_refuse(request, PROBLEM_NOT_FOUND, 0, "there is no such path");
	}
	return false;
}

/* One of the names in a list with commas; a foreign name may hold a comma, and is none of them. */
static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	if (strchr(name, ','))
		return false;
	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, len) == 0 && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

static bool is_repeated(const struct http_target *target, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(target->query[i].name, target->query[index].name) == 0)
			return true;
	}
	return false;
}

bool http_check_query(struct http_request *request)
{
	const struct http_target *target = &request->target;
	const char *known = request->route->query;
	char why[256];

	if (known && strcmp(known, HTTP_ANY_QUERY) == 0)
		return true;
	for (size_t i = 0; i < target->query_count; i++) {
		const char *name = target->query[i].name;

		if (!is_listed(known, name))
			snprintf(why, sizeof(why), "there is no query parameter \"%s\" here, %s%s",
				name, known ? "only " : "and no other", known ? known : "");
		else if (is_repeated(target, i))
			snprintf(why, sizeof(why), "the query parameter \"%s\" stands twice", name);
		else
			continue;
		http_refuse(request, PROBLEM_MALFORMED, 0, why);
		return false;
	}
	return true;
}

void http_print_routes(const struct http_module *modules, FILE *to)
{
	for (const struct http_module *module = modules; module->routes; module++) {
		for (const struct http_route *route = module->routes; route->method; route++)
			fprintf(to, "%s %s %s %zu %s %s\n", route->method, route->path,
				http_role_name(route->role), route->body_max,
				route->content_type ? route->content_type : "-",
				route->query ? route->query : "-");
	}
}
