/* SPDX-License-Identifier: BSD-2-Clause */
/* The mount that a path is in, by tables as /proc/self/mountinfo shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/facts/mount_table.h"

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

static const struct {
	const char *table, *path;
	const char *point, *source, *hidden;
	uint32_t stacked;
	bool is_read_only;
} rows[] = {
	{ROOT, "/a/b", "/", "/dev/sda1", "", 0, false},
	{ROOT "21 20 0:5 / /a/b rw - nfs n:/e rw\n", "/a/b", "/a/b", "n:/e", "", 0, false},
	/* below a mount, beside one whose name begins alike, above one */
	{ROOT "21 20 0:5 / /a rw - nfs n:/e rw\n", "/a/b", "/a", "n:/e", "", 0, false},
	{ROOT "21 20 0:5 / /a/bc rw - nfs n:/e rw\n", "/a/b", "/", "/dev/sda1", "", 0, false},
	{ROOT "21 20 0:5 / /a/b/c rw - nfs n:/e rw\n", "/a/b", "/", "/dev/sda1", "", 0, false},
	/* one on top of another, twice */
	{ROOT "21 20 0:5 / /a rw - nfs n:/1 rw\n22 21 0:6 / /a rw - nfs n:/2 rw\n"
	      "23 22 0:7 / /a rw - nfs n:/3 rw\n",
		"/a", "/a", "n:/3", "", 2, false},
	/* made on an ancestor after the deeper one, which it covers */
	{ROOT "21 20 0:5 / /a/b rw - nfs n:/e rw\n22 20 0:6 / /a rw - tmpfs t rw\n", "/a/b", "/a",
		"t", "/a/b", 0, false},
	/* ids are used again: the order of lines and numbers says nothing */
	{"19 20 0:6 / /a rw - tmpfs t rw\n" ROOT "35 20 0:5 / /a/b rw - nfs n:/e rw\n", "/a/b",
		"/a", "t", "/a/b", 0, false},
	/* made on an ancestor first: nothing is covered */
	{ROOT "22 20 0:6 / /a rw - tmpfs t rw\n23 22 0:5 / /a/b rw - nfs n:/e rw\n", "/a/b", "/a/b",
		"n:/e", "", 0, false},
	/* what is mounted in what is covered cannot be reached */
	{ROOT "21 20 0:5 / /a rw - nfs n:/1 rw\n22 21 0:6 / /a/b rw - nfs n:/2 rw\n"
	      "23 21 0:7 / /a rw - tmpfs t rw\n",
		"/a/b", "/a", "t", "/a/b", 1, false},
	/* an initramfs' root below the system's */
	{"1 0 0:1 / / rw - rootfs rootfs rw\n20 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "/a", "/",
		"/dev/sda1", "", 0, false},
	/* names with a blank, and both places where "ro" may stand */
	{ROOT "21 20 0:5 / /a\\040b rw - nfs n:/\\0401 ro,vers=3\n", "/a b", "/a b", "n:/ 1", "", 0,
		true},
	{ROOT "21 20 0:5 / /a ro - nfs n:/e rw\n", "/a", "/a", "n:/e", "", 0, true},
	/* no table, or one of another world */
	{"", "/a", "", "", "", 0, false},
	{"21 20 0:5 / /x rw - nfs n:/e rw\n", "/a", "", "", "", 0, false},
	{"21 21 0:5 / / rw - nfs n:/e rw\n", "/a", "/", "n:/e", "", 0, false},
};

static void write_table(char path[], const char *table)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(table, file);
	fclose(file);
}

#define OVERLAY "21 20 0:5 / /a rw - overlay o rw,lowerdir=/l,upperdir=/u/d,workdir=/u/w\n"

/* What an overlay writes to, where that can be seen. */
static const struct {
	const char *table, *upper;
} overlays[] = {
	{ROOT OVERLAY, "ext4"},
	{ROOT OVERLAY "22 20 0:6 / /u rw - tmpfs t rw\n", "tmpfs"},
	{ROOT "22 20 0:6 / /u rw - tmpfs t rw\n" OVERLAY "23 22 8:2 / /u/d rw - xfs /dev/b rw\n",
		"xfs"},
	{ROOT "21 20 0:5 / /a ro - overlay o ro,lowerdir=/l:/m\n", ""},
	{"20 1 0:5 / / rw - overlay o rw,lowerdir=/l,upperdir=/u/d,workdir=/u/w\n", ""},
	{ROOT "21 20 0:5 / /a rw - tmpfs t rw,upperdir=/u\n", ""},
};

static void an_overlay_lasts_as_long_as_its_upper_directory(void **state)
{
	char path[] = "/tmp/vtpm-mountinfo-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(overlays) / sizeof(overlays[0]); i++) {
		struct facts_mount mount;

		write_table(path, overlays[i].table);
		mount_table_find(path, "/a/b", &mount);
		assert_string_equal(mount.upper, overlays[i].upper);
	}
	unlink(path);
}

static void mounts_below(void **state)
{
	static const struct {
		const char *table, *path;
		bool is_found;
	} below[] = {{ROOT, "/a", false}, {ROOT "21 20 0:5 / /a rw - nfs n rw\n", "/a", false},
		{ROOT "21 20 0:5 / /ab rw - nfs n rw\n", "/a", false},
		{ROOT "21 20 0:5 / /a/b/c rw - nfs n rw\n", "/a", true}, {"", "/a", false}};
	char path[] = "/tmp/vtpm-mountinfo-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		write_table(path, below[i].table);
		assert_int_equal(mount_table_has_below(path, below[i].path), below[i].is_found);
	}
	unlink(path);
}

static void each_table_has_its_mount(void **state)
{
	char path[] = "/tmp/vtpm-mountinfo-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct facts_mount mount;

		write_table(path, rows[i].table);
		mount_table_find(path, rows[i].path, &mount);
		assert_string_equal(mount.point, rows[i].point);
		assert_string_equal(mount.source, rows[i].source);
		assert_string_equal(mount.hidden, rows[i].hidden);
		assert_int_equal(mount.stacked, rows[i].stacked);
		assert_int_equal(mount.is_read_only, rows[i].is_read_only);
	}
	unlink(path);
}

static void without_a_table_nothing_is_found(void **state)
{
	struct facts_mount mount;

	(void)state;
	mount_table_find("/nonexistent", "/a", &mount);
	assert_string_equal(mount.point, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_table_has_its_mount),
		cmocka_unit_test(an_overlay_lasts_as_long_as_its_upper_directory),
		cmocka_unit_test(mounts_below),
		cmocka_unit_test(without_a_table_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
