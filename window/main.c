/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-status.exe: the status window's command line and message loop. */
#include "win32/api.h"

#include <stdlib.h>

#include "agent/options_look.h"
#include "platform/system.h"
#include "version.h"
#include "win32/os_error.h"
#include "win32/wide.h"
#include "window/commands.h"
#include "window/frame.h"
#include "window/text.h"

static const char usage[] =
	"Usage: vtpm-status [--timeout SECONDS] [--expect-model MODEL] [--state DIR] "
	"[--config FILE]\n\n"
	"Shows whether this guest's vTPM is present, working and still the same one. The options "
	"are those of vtpm-agent status.\n\nvtpm-status " VTPM_VERSION;

static void say(const char *text, UINT icon)
{
	const struct buf bytes = {.data = (uint8_t *)text, .len = strlen(text)};
	wchar_t *wide = window_text(&bytes);

	MessageBoxW(NULL, wide ? wide : L"", L"vTPM status", icon);
	free(wide);
}

static int fail(const struct error *err)
{
	say(err->message, MB_ICONERROR);
	return (int)error_exit_code(err->code);
}

static bool is_elevated(void)
{
	TOKEN_ELEVATION elevation = {0};
	DWORD size = sizeof(elevation);
	HANDLE token;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	if (!GetTokenInformation(token, TokenElevation, &elevation, size, &size))
		elevation.TokenIsElevated = 0;
	CloseHandle(token);
	return elevation.TokenIsElevated;
}

/* Of what vtpm-agent takes, that of its command status; and a window is no output. */
static int check_words(const struct options *options, struct error *err)
{
	size_t command;
	int rc = command_line_check(&options_program, &options->line, &command, err);

	if (!rc && (options->line.command || *options->output || options->format != FORMAT_PAGE))
		rc = error_set(err, ERROR_USAGE,
			"vtpm-status shows a window: it takes no command and no form of output");
	return rc;
}

static int run(struct window *window, int show)
{
	HACCEL keys =
		LoadAcceleratorsW(GetModuleHandleW(NULL), MAKEINTRESOURCEW(ACCELERATORS_WINDOW));
	struct error err;
	HWND frame;
	MSG message;

	InitCommonControlsEx(&(INITCOMMONCONTROLSEX){
		sizeof(INITCOMMONCONTROLSEX), ICC_STANDARD_CLASSES | ICC_LISTVIEW_CLASSES |
						      ICC_BAR_CLASSES | ICC_PROGRESS_CLASS});
	frame = window_open(window, show);
	if (!frame) {
		os_error(&err, GetLastError(), "make a window", "");
		return fail(&err);
	}
	window_refresh(window);
	while (GetMessageW(&message, NULL, 0, 0) > 0) {
		if (TranslateAcceleratorW(frame, keys, &message))
			continue;
		if (IsDialogMessageW(frame, &message))
			continue;
		TranslateMessage(&message);
		DispatchMessageW(&message);
	}
	return 0;
}

int WINAPI WinMain(HINSTANCE program, HINSTANCE before, char *arguments, int show)
{
	struct options given, options;
	struct window window = {.is_elevated = is_elevated()};
	struct error err;

	(void)program;
	(void)before;
	platform_start();
	if (options_parse(__argc, __argv, &given, &err))
		return fail(&err);
	if (given.line.wants_help || given.line.wants_version) {
		say(usage, MB_ICONINFORMATION);
		return EXIT_CODE_HEALTHY;
	}
	options = given;
	options.given = &given;
	if (check_words(&options, &err) || options_read_config(&options, &err))
		return fail(&err);
	window.look = options_look(&options);
	window.state = options.state;
	window.arguments = wide_from_text(arguments);
	return run(&window, show);
}
