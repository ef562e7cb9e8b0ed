/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/system.h"

#include <conio.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#define OUTPUT_BYTES 65536 /* more than a page has */

/* Started by double click or from the Run dialog: the console is ours alone and would be gone
 * before anybody has read it. */
static void hold_console(void)
{
	HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE), in = GetStdHandle(STD_INPUT_HANDLE);
	DWORD processes[2], mode;

	if (GetConsoleProcessList(processes, 2) != 1)
		return;
	if (!GetConsoleMode(out, &mode) || !GetConsoleMode(in, &mode))
		return;
	fputs("\nPress any key to close this window.", stdout);
	fflush(stdout);
	_getch();
}

void platform_start(void)
{
	DWORD mode;

	/* No DLL from the current directory or from the PATH, whoever asks for one. */
	SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
	/* A document is the same bytes on every system. */
	_setmode(_fileno(stdout), _O_BINARY);
	/* To a console the C library writes byte by byte, and would tear letters apart. */
	if (GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode))
		setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES);
	atexit(hold_console);
}

/* Whether the console was asked, and agreed, to heed escape sequences: from Windows 10 1511 on.
 * That one also has the letters beyond a code page of old. */
static bool turn_on_sequences(HANDLE output, DWORD mode)
{
	return SetConsoleMode(
		output, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

struct platform_terminal platform_terminal_describe(void)
{
	struct platform_terminal terminal = {.columns = 80};
	HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
	CONSOLE_SCREEN_BUFFER_INFO info;
	const char *no_color = getenv("NO_COLOR");
	bool heeds_sequences;
	DWORD mode;

	terminal.is_terminal = GetConsoleMode(output, &mode);
	if (!terminal.is_terminal)
		return terminal;
	heeds_sequences = turn_on_sequences(output, mode);
	terminal.has_colour = heeds_sequences && !(no_color && *no_color);
	/* The console shows bytes by its own code page, whatever that of the process. */
	terminal.has_utf8 = heeds_sequences && GetConsoleOutputCP() == CP_UTF8;
	if (GetConsoleScreenBufferInfo(output, &info))
		/* A line that fills a console of old is followed by an empty one. */
		terminal.columns = (unsigned)(info.srWindow.Right - info.srWindow.Left);
	return terminal;
}

bool platform_terminal_can_ask(void)
{
	return _isatty(_fileno(stdin)) && _isatty(_fileno(stdout));
}
