/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/guest.h"
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "linux/service.h"

struct platform_watch {
	int signals;
	int netlink; /* -1 where the kernel lets us have none: then there are no signs */
	int calls;   /* inotify's; -1: nobody is heard */
};

/* Of a file that is there for a moment in the directory where the service keeps its state: only its
 * account and root can make one. */
static const char call_name[] = "called";

static int open_netlink(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		log_write(LOG_LEVEL_INFO, "no netlink socket: signs of a move will not be seen");
	return fd;
}

int platform_watch_open(struct platform_watch **ret_watch, struct error *err)
{
	struct platform_watch *watch = calloc(1, sizeof(*watch));
	sigset_t signals;

	if (!watch)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a watch");
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	watch->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0) {
		free(watch);
		return error_set(err, ERROR_IO, "signalfd: %s", strerror(errno));
	}
	watch->netlink = open_netlink();
	watch->calls = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	*ret_watch = watch;
	return 0;
}

void platform_watch_close(struct platform_watch *watch)
{
	if (!watch)
		return;
	close(watch->signals);
	if (watch->netlink >= 0)
		close(watch->netlink);
	if (watch->calls >= 0)
		close(watch->calls);
	free(watch);
}

/* IFLA_EVENT of a link message: what virtio-net raises when QEMU's self-announce arrives. */
static bool is_announce(const struct nlmsghdr *message)
{
	const uint8_t *bytes = (const uint8_t *)message;
	size_t at = NLMSG_LENGTH(sizeof(struct ifinfomsg)), left;
	struct rtattr attribute;
	uint32_t event;

	if (message->nlmsg_type != RTM_NEWLINK)
		return false;
	for (at = NLMSG_ALIGN(at); at < message->nlmsg_len; at += RTA_ALIGN(attribute.rta_len)) {
		left = message->nlmsg_len - at;
		if (left < sizeof(attribute))
			return false;
		memcpy(&attribute, bytes + at, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > left)
			return false;
		if (attribute.rta_type != IFLA_EVENT)
			continue;
		if (attribute.rta_len < sizeof(attribute) + sizeof(event))
			continue;
		memcpy(&event, bytes + at + sizeof(attribute), sizeof(event));
		return event == IFLA_EVENT_NOTIFY_PEERS || event == IFLA_EVENT_IGMP_RESEND;
	}
	return false;
}

/* What the messages that wait tell: a sign goes before an address. */
static enum platform_wake read_netlink(int fd)
{
	_Alignas(struct nlmsghdr) char buffer[16384];
	bool is_sign = false, has_address = false;
	ssize_t len;

	while ((len = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		size_t left = (size_t)len;

		for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			is_sign = is_announce(message) || is_sign;
			has_address = message->nlmsg_type == RTM_NEWADDR || has_address;
		}
	}
	if (is_sign)
		return PLATFORM_WAKE_SIGN;
	return has_address ? PLATFORM_WAKE_NETWORK : PLATFORM_WAKE_TIMEOUT;
}

void platform_watch_listen(struct platform_watch *watch, const char *directory)
{
	if (watch->calls >= 0 && inotify_add_watch(watch->calls, directory, IN_CREATE) < 0)
		log_write(LOG_LEVEL_DEBUG, "watch %s: %s", directory, strerror(errno));
}

void platform_watch_call(const char *directory)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", directory, call_name);
	int fd;

	if (len < 0 || len >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	unlink(path);
}

static enum platform_wake read_calls(int fd)
{
	_Alignas(struct inotify_event) char buffer[4096];
	enum platform_wake wake = PLATFORM_WAKE_TIMEOUT;
	ssize_t len;

	while ((len = read(fd, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + len) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			if (event->len && strcmp(event->name, call_name) == 0)
				wake = PLATFORM_WAKE_CALL;
			at += sizeof(*event) + event->len;
		}
	}
	return wake;
}

static enum platform_wake read_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return PLATFORM_WAKE_TIMEOUT;
	return info.ssi_signo == SIGHUP ? PLATFORM_WAKE_RELOAD : PLATFORM_WAKE_STOP;
}

bool platform_watch_is_stopping(const struct platform_watch *watch)
{
	sigset_t pending;

	(void)watch;
	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

enum platform_wake platform_watch_wait(struct platform_watch *watch, uint64_t deadline_us)
{
	struct pollfd wait[] = {{.fd = watch->signals, .events = POLLIN},
		{.fd = watch->netlink, .events = POLLIN}, {.fd = watch->calls, .events = POLLIN}};
	uint64_t watchdog_us = service_watchdog_us();
	enum platform_wake wake;

	for (;;) {
		uint64_t now = platform_monotonic_us();
		uint64_t left_us = deadline_us > now ? deadline_us - now : 0;
		int left_ms;

		if (watchdog_us && left_us > watchdog_us)
			left_us = watchdog_us;
		left_ms = (int)((left_us < 3600000000 ? left_us : 3600000000) / 1000 + 1);
		if (poll(wait, 3, left_ms) > 0) {
			if (wait[0].revents)
				return read_signal(watch->signals);
			wake = wait[2].revents ? read_calls(watch->calls) : PLATFORM_WAKE_TIMEOUT;
			if (wake == PLATFORM_WAKE_TIMEOUT && wait[1].revents)
				wake = read_netlink(watch->netlink);
			if (wake != PLATFORM_WAKE_TIMEOUT)
				return wake;
		}
		if (watchdog_us)
			service_notify("WATCHDOG=1");
		if (platform_monotonic_us() >= deadline_us)
			return PLATFORM_WAKE_TIMEOUT;
	}
}
