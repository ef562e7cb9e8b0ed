/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec KERNEL INITRD: in a test's guest, starts that kernel with the options of the running one,
 * without the firmware. As root; nothing is synced. Returns only where that fails.
 */
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int read_options(char *ret_options, int size)
{
	FILE *file = fopen("/proc/cmdline", "re");
	if (!file)
		return -1;
	char *read = fgets(ret_options, size, file);
	fclose(file);
	if (!read)
		return -1;
	ret_options[strcspn(ret_options, "\n")] = '\0';
	return 0;
}

static int start(int kernel, int initrd)
{
	char options[4096];

	if (read_options(options, sizeof(options)) < 0)
		return -1;
	unsigned long length = strlen(options) + 1;
	if (syscall(SYS_kexec_file_load, kernel, initrd, length, options, 0UL) < 0)
		return -1;
	int magic = (int)LINUX_REBOOT_MAGIC1;
	return (int)syscall(SYS_reboot, magic, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: kexec KERNEL INITRD\n", stderr);
		return 64;
	}
	int kernel = open(argv[1], O_RDONLY | O_CLOEXEC);
	int initrd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (kernel < 0 || initrd < 0 || start(kernel, initrd) < 0)
		perror("kexec");
	return 1;
}
