/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer's queue, those who listen to it, and what is measured of it. */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "collector/metrics.h"
#include "collector/writer.h"

#define JOBS 3

/* Jobs whose judge waits until it may go on. */
struct scene {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_judging, may_go_on;
	size_t done;
	char seen[64]; /* what was called, in its order */
	struct order orders[JOBS];
	struct writer_job jobs[JOBS];
};

static struct scene *scene;

static void wait_to_go_on(struct store_vm *vm)
{
	(void)vm;
	pthread_mutex_lock(&scene->lock);
	scene->is_judging = true;
	pthread_cond_broadcast(&scene->changed);
	while (!scene->may_go_on)
		pthread_cond_wait(&scene->changed, &scene->lock);
	pthread_mutex_unlock(&scene->lock);
}

static void note(const char *what)
{
	pthread_mutex_lock(&scene->lock);
	strncat(scene->seen, what, sizeof(scene->seen) - strlen(scene->seen) - 1);
	pthread_mutex_unlock(&scene->lock);
}

static void see_first(const struct store_item *item, void *context)
{
	assert_ptr_equal(context, scene);
	note(item->written.id ? "1" : "-");
}

static void see_second(const struct store_item *item, void *context)
{
	assert_ptr_equal(context, scene->jobs);
	note(item->written.id ? "2" : "-");
}

static void end(struct writer_job *job, int rc, const struct error *err)
{
	(void)job, (void)err;
	note(rc ? "! " : "d ");
}

static const char *metric(const char *name)
{
	static const struct store_counts none;
	static char value[32];
	struct buf text = {0};
	const char *at;

	metrics_print(&text, &none);
	buf_append(&text, "", 1);
	at = strstr((const char *)text.data, name);
	assert_non_null(at);
	at += strlen(name) + 1;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\n"), at);
	buf_free(&text);
	return value;
}

#define DEPTH   "\nvtpm_collector_queue_jobs"
#define COMMITS "\nvtpm_collector_commit_duration_seconds_count"

static void test_queue_and_listeners(void **state)
{
	struct fixture *fixture = *state;
	struct scene here = {
		.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	struct writer *writer;

	scene = &here;
	assert_int_equal(writer_start(fixture->store, &writer, &fixture->err), 0);
	assert_int_equal(writer_listen(writer, see_second, here.jobs, &fixture->err), 0);
	assert_int_equal(writer_listen(writer, see_first, &here, &fixture->err), 0);
	for (unsigned int i = 0; i < JOBS; i++) {
		here.orders[i] = order_make(i + 1, "evidence");
		here.jobs[i] = (struct writer_job){
			.item = order_item(&here.orders[i], fixture_uuid(i)), .done = end};
	}
	here.orders[0].edit = wait_to_go_on;
	here.orders[1].is_silent = true;
	assert_string_equal(metric(COMMITS), "0");
	/* While the first is judged the others wait. */
	assert_true(writer_submit(writer, &here.jobs[0]));
	pthread_mutex_lock(&here.lock);
	while (!here.is_judging)
		pthread_cond_wait(&here.changed, &here.lock);
	pthread_mutex_unlock(&here.lock);
	assert_string_equal(metric(DEPTH), "0");
	for (size_t i = 1; i < JOBS; i++)
		assert_true(writer_submit(writer, &here.jobs[i]));
	assert_string_equal(metric(DEPTH), "2");
	pthread_mutex_lock(&here.lock);
	here.may_go_on = true;
	pthread_cond_broadcast(&here.changed);
	pthread_mutex_unlock(&here.lock);
	writer_stop(writer);
	assert_string_equal(here.seen, "12d --d 12d ");
	assert_string_equal(metric(DEPTH), "0");
	assert_string_equal(metric(COMMITS), "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_queue_and_listeners, fixture_memory, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
