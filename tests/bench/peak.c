/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peak OUTPUT PROGRAM [ARGUMENT]...
 *
 * Runs a program and tells the memory of each of its processes, exactly: every process is stopped
 * at its exit, while its memory is still there, and /proc is read. (ru_maxrss will not do: it
 * counts the memory of whoever called exec, a whole Python.) One line for each exit:
 *
 *   NAME HWM RSS PSS
 *
 * HWM: the process's own peak (VmHWM). RSS, PSS: the sums over all processes of the program at that
 * moment. All in KiB. Ends with the program's exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 16
#define WATCHED                                                                                    \
	(PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |     \
		PTRACE_O_EXITKILL)

static pid_t processes[PROCESSES_MAX];

/* The number, or the text, behind `key` in /proc/PID/FILE. */
static long read_proc(pid_t pid, const char *file, const char *key, char *ret_text, size_t size)
{
	char path[64], line[256];
	long value = 0;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	stream = fopen(path, "r");
	while (stream && fgets(line, sizeof(line), stream)) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		value = atol(line + strlen(key));
		if (ret_text)
			snprintf(ret_text, size, "%.*s", (int)strcspn(line + strlen(key) + 1, "\n"),
				line + strlen(key) + 1);
		break;
	}
	if (stream)
		fclose(stream);
	return value;
}

static void report(FILE *output, pid_t pid)
{
	long rss = 0, pss = 0;
	char name[64] = "?";

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (!processes[i])
			continue;
		rss += read_proc(processes[i], "smaps_rollup", "Rss:", NULL, 0);
		pss += read_proc(processes[i], "smaps_rollup", "Pss:", NULL, 0);
	}
	read_proc(pid, "status", "Name:", name, sizeof(name));
	fprintf(output, "%s %ld %ld %ld\n", name, read_proc(pid, "status", "VmHWM:", NULL, 0), rss,
		pss);
}

/* Puts `to` in the place of `from`; 0 stands for none. */
static void replace(pid_t from, pid_t to)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (processes[i] == from) {
			processes[i] = to;
			return;
		}
	}
}

static _Noreturn void start(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
		perror("peak: ptrace");
		_exit(126);
	}
	raise(SIGSTOP); /* until the options are set */
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* What a stopped process gets to see of why it was stopped: nothing of what is ptrace's own. */
static int signal_of(int status)
{
	int number = WSTOPSIG(status);

	return status >> 16 || number == SIGSTOP || number == SIGTRAP ? 0 : number;
}

int main(int argc, char **argv)
{
	FILE *output = argc > 2 ? fopen(argv[1], "we") : NULL;
	int status, result = 1;
	pid_t first, pid;
	bool is_stopped;

	if (!output) {
		fprintf(stderr, "Usage: peak OUTPUT PROGRAM [ARGUMENT]...\n");
		return 64;
	}
	first = fork();
	if (first == 0)
		start(argv + 2);
	is_stopped = first > 0 && waitpid(first, &status, 0) == first && WIFSTOPPED(status);
	if (!is_stopped || ptrace(PTRACE_SETOPTIONS, first, NULL, (void *)WATCHED)) {
		perror("peak");
		return 1;
	}
	replace(0, first);
	ptrace(PTRACE_CONT, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		unsigned long child = 0;

		if (!WIFSTOPPED(status)) {
			replace(pid, 0);
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
			continue;
		}
		if (status >> 16 == PTRACE_EVENT_EXIT)
			report(output, pid);
		else if (status >> 16 && !ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child))
			replace(0, (pid_t)child);
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal_of(status));
	}
	fclose(output);
	return result;
}
