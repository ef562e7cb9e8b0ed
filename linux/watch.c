/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/guest.h"
#include "platform/system.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "linux/service.h"

struct platform_watch {
	int signals;
	int netlink; /* -1 where the kernel lets us have none: then there are no signs */
};

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
	struct pollfd wait[] = {
		{.fd = watch->signals, .events = POLLIN}, {.fd = watch->netlink, .events = POLLIN}};
	uint64_t watchdog_us = service_watchdog_us();
	enum platform_wake wake;

	for (;;) {
		uint64_t now = platform_monotonic_us();
		uint64_t left_us = deadline_us > now ? deadline_us - now : 0;
		int left_ms;

		if (watchdog_us && left_us > watchdog_us)
			left_us = watchdog_us;
		left_ms = (int)((left_us < 3600000000 ? left_us : 3600000000) / 1000 + 1);
		if (poll(wait, 2, left_ms) > 0) {
			if (wait[0].revents)
				return read_signal(watch->signals);
			wake = wait[1].revents ? read_netlink(watch->netlink)
					       : PLATFORM_WAKE_TIMEOUT;
			if (wake != PLATFORM_WAKE_TIMEOUT)
				return wake;
		}
		if (watchdog_us)
			service_notify("WATCHDOG=1");
		if (platform_monotonic_us() >= deadline_us)
			return PLATFORM_WAKE_TIMEOUT;
	}
}
