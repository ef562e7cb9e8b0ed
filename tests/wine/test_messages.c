/* SPDX-License-Identifier: BSD-2-Clause */
/* What the event viewer shows of the service's lines: the texts are in the program itself. */
#include "win32/api.h"

#include "messages.h"
#include "tests/unit/unit.h"

#define LINE L"verdict status=affirming 100%"

static void test_a_line_is_shown_as_it_is(void **state)
{
	static const DWORD events[] = {EVENT_ERROR, EVENT_WARNING, EVENT_INFORMATION};
	HMODULE program = LoadLibraryExW(L"" AGENT, NULL, LOAD_LIBRARY_AS_DATAFILE);

	(void)state;
	assert_non_null(program);
	for (size_t i = 0; i < COUNT(events); i++) {
		DWORD_PTR arguments[] = {(DWORD_PTR)LINE};
		wchar_t shown[128] = L"";

		assert_true(
			FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
				program, events[i], 0, shown, COUNT(shown), (va_list *)arguments));
		assert_int_equal(wcscmp(shown, LINE L"\r\n"), 0);
	}
	FreeLibrary(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_shown_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
