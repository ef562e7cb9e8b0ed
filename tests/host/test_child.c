/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that is late ends with all that it has started. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/child.h"
#include "platform/system.h"

static char path[] = "/tmp/child-XXXXXX";

static pid_t read_pid(void)
{
	FILE *file = fopen(path, "r");
	char line[24] = "";

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}

/* It is ours to reap once its parent has ended. */
static bool has_ended(pid_t pid)
{
	for (unsigned i = 0; i < 3000; i++) {
		int status;

		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		platform_sleep_us(10000);
	}
	return false;
}

static void check(const char *script)
{
	const char *const argv[] = {"sh", "-c", script, "sh", path, NULL};
	BUF_SCOPED output = {0};
	struct error err;

	assert_int_equal(child_run(argv, 4096, 3000, &output, &err), -ERROR_TIMEOUT);
	assert_true(has_ended(read_pid()));
}

static void test_a_program_that_waits(void **state)
{
	(void)state;
	check("sleep 1000 & echo $! >$1; wait");
}

/* Its output is held open by what it has left behind. */
static void test_a_program_that_has_ended(void **state)
{
	(void)state;
	check("sleep 1000 & echo $! >$1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_program_that_waits),
		cmocka_unit_test(test_a_program_that_has_ended),
	};
	int fd = mkstemp(path), rc;

	if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 1;
	close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return rc;
}
