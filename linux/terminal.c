/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/system.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A descriptor of 0 to 2 that is closed would be given to the next file or socket opened, and what
 * is printed would end up there. Nothing can be written to these either: that stays an error. */
static void occupy_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void platform_start(void)
{
	occupy_standard_streams();
	/* tpm2-tss reports each failed command on stderr by default; here every error is reported
	 * once, in its place. */
	setenv("TSS2_LOG", "all+NONE", 0);
}

const char *platform_config_path(void)
{
	return "/etc/vtpm-agent/vtpm-agent.conf";
}

struct platform_terminal platform_terminal_describe(void)
{
	struct platform_terminal terminal = {.columns = 80};
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size;

	terminal.is_terminal = isatty(STDOUT_FILENO);
	if (!terminal.is_terminal)
		return terminal;
	setlocale(LC_CTYPE, ""); /* for CODESET; here, since reading a locale takes its time */
	/* no-color.org: set and not empty, whatever its value. */
	terminal.has_colour = term && strcmp(term, "dumb") != 0 && !(no_color && *no_color);
	/* The Linux console's font has the letters but not the symbols. */
	terminal.has_utf8 = term && strcmp(term, "linux") != 0 && strcmp(term, "dumb") != 0 &&
			    strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		terminal.columns = size.ws_col;
	return terminal;
}

bool platform_terminal_can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}
