/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main of a fuzz target without libFuzzer: runs it once on every file of the directories named
 * in argv, so that what fuzzing found stays found with any compiler.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* The bytes are in a block of their size, so that a sanitizer sees a read behind them. */
static int replay_open(FILE *file)
{
	uint8_t *bytes = NULL;
	long size;
	int rc = -1;

	if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		return -1;
	bytes = malloc(size ? (size_t)size : 1);
	if (bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size) {
		LLVMFuzzerTestOneInput(bytes, (size_t)size);
		rc = 0;
	}
	free(bytes);
	return rc;
}

static int replay_file(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;
	int rc = -1;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (file) {
		printf("%s\n", path);
		fflush(stdout); /* the last line names the input that stops the program */
		rc = replay_open(file);
		fclose(file);
	}
	if (rc)
		fprintf(stderr, "cannot read %s\n", path);
	return rc;
}

/* The number of files run, or -1. */
static int replay_directory(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int count = 0;

	if (!dir) {
		fprintf(stderr, "cannot open %s\n", directory);
		return -1;
	}
	while (count >= 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		count = replay_file(directory, entry->d_name) ? -1 : count + 1;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int count = replay_directory(argv[i]);

		if (count <= 0) {
			fprintf(stderr, "nothing replayed from %s\n", argv[i]);
			return 1;
		}
	}
	return argc > 1 ? 0 : 64;
}
