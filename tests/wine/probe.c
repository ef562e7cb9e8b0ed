/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at a running vtpm-status.exe from outside, as a screen reader would: by window messages.
 *
 *   probe look          what its controls and its list show, a line each, fields between tabs
 *   probe message       the texts of the dialog that stands before it, once its keyboard is ready
 *   probe alive         whether it answers a message within a second
 *   probe clipboard     the clipboard's text
 *   probe limited EXE   starts EXE as Windows starts it for an administrator who was not asked
 */
#include <windows.h>

#include <commctrl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_CHARS 2048

/* What stands in the other process' memory for a list's message. */
struct message {
	LVITEMW item;
	wchar_t text[TEXT_CHARS];
};

static int fail(const char *what)
{
	fprintf(stderr, "probe: %s (%lu)\n", what, GetLastError());
	return 1;
}

/* A field: UTF-8, with line ends and tabs as C writes them. */
static void print_field(const wchar_t *text)
{
	char utf8[4 * TEXT_CHARS];

	if (!WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof(utf8), NULL, NULL))
		return;
	for (const char *at = utf8; *at; at++) {
		if (*at == '\n')
			fputs("\\n", stdout);
		else if (*at == '\t')
			fputs("\\t", stdout);
		else if (*at != '\r')
			putchar(*at);
	}
}

static void print_window(const char *kind, HWND window)
{
	wchar_t class[64] = L"", text[TEXT_CHARS] = L"";

	GetClassNameW(window, class, 64);
	SendMessageW(window, WM_GETTEXT, TEXT_CHARS, (LPARAM)text);
	printf("%s\t", kind);
	print_field(class);
	printf("\t%d\t%d\t", IsWindowVisible(window) != 0, IsWindowEnabled(window) != 0);
	print_field(text);
	putchar('\n');
}

static void print_cell(HANDLE process, struct message *theirs, HWND list, int row, int column)
{
	struct message ours = {
		.item = {.iSubItem = column, .cchTextMax = TEXT_CHARS, .pszText = theirs->text}};

	WriteProcessMemory(process, theirs, &ours, sizeof(ours.item), NULL);
	SendMessageW(list, LVM_GETITEMTEXTW, (WPARAM)row, (LPARAM)&theirs->item);
	ReadProcessMemory(process, theirs, &ours, sizeof(ours), NULL);
	ours.text[TEXT_CHARS - 1] = 0;
	putchar('\t');
	print_field(ours.text);
}

static int print_image(HANDLE process, struct message *theirs, HWND list, int row)
{
	LVITEMW item = {.mask = LVIF_IMAGE, .iItem = row};

	WriteProcessMemory(process, &theirs->item, &item, sizeof(item), NULL);
	SendMessageW(list, LVM_GETITEMW, 0, (LPARAM)&theirs->item);
	ReadProcessMemory(process, &theirs->item, &item, sizeof(item), NULL);
	return item.iImage;
}

static void print_list(HWND list)
{
	int rows = (int)SendMessageW(list, LVM_GETITEMCOUNT, 0, 0);
	struct message *theirs;
	HANDLE process;
	DWORD id;

	GetWindowThreadProcessId(list, &id);
	process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, id);
	theirs = VirtualAllocEx(process, NULL, sizeof(*theirs), MEM_COMMIT, PAGE_READWRITE);
	for (int row = 0; theirs && row < rows; row++) {
		bool is_selected = SendMessageW(list, LVM_GETITEMSTATE, (WPARAM)row, LVIS_SELECTED);

		printf("row\t%d\t%d", print_image(process, theirs, list, row), is_selected);
		for (int column = 0; column < 4; column++)
			print_cell(process, theirs, list, row, column);
		putchar('\n');
	}
	VirtualFreeEx(process, theirs, 0, MEM_RELEASE);
	CloseHandle(process);
}

static int look(HWND frame)
{
	GUITHREADINFO thread = {.cbSize = sizeof(thread)};
	HWND child = GetWindow(frame, GW_CHILD);

	print_window("window", frame);
	for (; child; child = GetWindow(child, GW_HWNDNEXT)) {
		wchar_t class[64] = L"";

		print_window("control", child);
		GetClassNameW(child, class, 64);
		if (wcscmp(class, WC_LISTVIEWW) == 0)
			print_list(child);
	}
	GetGUIThreadInfo(GetWindowThreadProcessId(frame, NULL), &thread);
	if (thread.hwndFocus)
		print_window("focus", thread.hwndFocus);
	return 0;
}

static BOOL CALLBACK print_text(HWND control, LPARAM data)
{
	wchar_t text[TEXT_CHARS] = L"";

	(void)data;
	SendMessageW(control, WM_GETTEXT, TEXT_CHARS, (LPARAM)text);
	print_field(text);
	putchar('\n');
	return TRUE;
}

/* Before the frame, or in its place. */
static int print_message(HWND frame)
{
	HWND of = frame ? frame : FindWindowW(NULL, L"vTPM status");
	GUITHREADINFO thread = {.cbSize = sizeof(thread)};
	HWND dialog;

	if (!of)
		return fail("no such window");
	GetGUIThreadInfo(GetWindowThreadProcessId(of, NULL), &thread);
	dialog = thread.hwndFocus ? GetAncestor(thread.hwndFocus, GA_ROOT) : NULL;
	if (!dialog || dialog == frame)
		return fail("no dialog has the keyboard");
	EnumChildWindows(dialog, print_text, 0);
	return 0;
}

static int print_clipboard(void)
{
	const wchar_t *text;
	char *utf8;
	int size;

	if (!OpenClipboard(NULL))
		return fail("the clipboard does not open");
	text = GetClipboardData(CF_UNICODETEXT);
	if (!text)
		return fail("no text on the clipboard");
	size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
	utf8 = calloc(1, (size_t)size);
	WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, size, NULL, NULL);
	fputs(utf8, stdout);
	free(utf8);
	CloseClipboard();
	return 0;
}

/* That half of an administrator's logon with which programs start unless told otherwise: this
 * program's own in later versions of Wine, else the one linked with it. */
static HANDLE find_limited(void)
{
	TOKEN_ELEVATION_TYPE type = TokenElevationTypeDefault;
	TOKEN_LINKED_TOKEN linked;
	DWORD size;
	HANDLE token;

	if (!OpenProcessToken(GetCurrentProcess(), MAXIMUM_ALLOWED, &token))
		return NULL;
	GetTokenInformation(token, TokenElevationType, &type, sizeof(type), &size);
	if (type == TokenElevationTypeLimited)
		return token;
	if (!GetTokenInformation(token, TokenLinkedToken, &linked, sizeof(linked), &size))
		return NULL;
	return linked.LinkedToken;
}

static int run_limited(const char *program)
{
	STARTUPINFOA start = {.cb = sizeof(start)};
	PROCESS_INFORMATION process;
	HANDLE token = find_limited();
	char command[1024];

	snprintf(command, sizeof(command), "%s", program);
	if (!token)
		return fail("no limited token");
	if (!CreateProcessAsUserA(
		    token, NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process))
		return fail("it does not start");
	WaitForSingleObject(process.hProcess, INFINITE);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	HWND frame = FindWindowW(L"vtpm-status", NULL);
	DWORD_PTR answer;

	if (strcmp(what, "clipboard") == 0)
		return print_clipboard();
	if (strcmp(what, "limited") == 0 && argc == 3)
		return run_limited(argv[2]);
	if (strcmp(what, "message") == 0)
		return print_message(frame);
	if (!frame)
		return fail("no such window");
	if (strcmp(what, "look") == 0)
		return look(frame);
	if (strcmp(what, "alive") == 0)
		return SendMessageTimeoutW(frame, WM_NULL, 0, 0, SMTO_BLOCK, 1000, &answer)
			       ? 0
			       : fail("no answer");
	return fail("no such command");
}
