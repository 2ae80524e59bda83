// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "CLinux.h"

// The kernel keeps this much that it cannot send yet; without it up to 4 MiB (tcp_wmem), so that a peer that pipelines
// and does not read has thousands of answers made for it.
enum { NOT_SENT_MAX = 64 * 1024 };

static socklen_t parse(const char *text, uint16_t port, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return 0;
}

static int fail(int descriptor) {
    int reason = errno;
    if (descriptor >= 0) close(descriptor);
    return -reason;
}

int handfast_listen(const char *text, uint16_t port, int backlog, int exclusive) {
    struct sockaddr_storage address;
    socklen_t size = parse(text, port, &address);
    if (!size) return -EINVAL;
    int on = 1;
    int descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail(-1);
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on)) return fail(descriptor);
    if (address.ss_family == AF_INET6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on)) return fail(descriptor);
    if (!exclusive && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)) return fail(descriptor);
    // Accepted sockets inherit both, which saves system calls for each connection.
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) return fail(descriptor);
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){NOT_SENT_MAX}, sizeof(int))) return fail(descriptor);
    if (bind(descriptor, (struct sockaddr *)&address, size)) return fail(descriptor);
    if (!exclusive && listen(descriptor, backlog)) return fail(descriptor);
    return descriptor;
}

int handfast_listen_local(const char *path, int backlog, unsigned mode) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail(-1);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address)) {
        struct stat status;
        if (errno != EADDRINUSE || lstat(path, &status)) return fail(descriptor);
        if (!S_ISSOCK(status.st_mode)) {
            errno = EEXIST;
            return fail(descriptor);
        }
        // A server that was killed leaves its socket; nobody answers there.
        int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int answered = probe < 0 || !connect(probe, (struct sockaddr *)&address, sizeof address) || errno != ECONNREFUSED;
        if (probe >= 0) close(probe);
        if (answered) errno = EADDRINUSE;
        if (answered || unlink(path) || bind(descriptor, (struct sockaddr *)&address, sizeof address)) return fail(descriptor);
    }
    if (chmod(path, mode) || listen(descriptor, backlog)) return fail(descriptor);
    return descriptor;
}

int handfast_duplicate(int descriptor) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

int handfast_local_port(int descriptor) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &size)) return -errno;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
}

int handfast_accept(int listener, handfast_address *peer) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int descriptor = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return -errno;
    memset(peer, 0, sizeof *peer);
    if (address.ss_family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
        peer->family = 4;
        peer->bytes[10] = peer->bytes[11] = 0xff;
        memcpy(peer->bytes + 12, &v4->sin_addr, 4);
        peer->port = ntohs(v4->sin_port);
    } else if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
        peer->family = 6;
        memcpy(peer->bytes, &v6->sin6_addr, 16);
        peer->port = ntohs(v6->sin6_port);
    }
    return descriptor;
}

static int connect_within(const struct sockaddr *address, socklen_t size, int milliseconds, int datagrams) {
    // connect(2) and unix(7): this time bounds connecting too, and what it then says differs between the families.
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    int descriptor = socket(address->sa_family, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail(-1);
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit)) return fail(descriptor);
    if (connect(descriptor, address, size)) {
        if (errno == EAGAIN || errno == EINPROGRESS) errno = ETIMEDOUT;
        return fail(descriptor);
    }
    return descriptor;
}

int handfast_connect(const char *text, uint16_t port, int milliseconds, int datagrams) {
    struct sockaddr_storage address;
    socklen_t size = parse(text, port, &address);
    if (!size) return -EINVAL;
    return connect_within((struct sockaddr *)&address, size, milliseconds, datagrams);
}

int handfast_connect_local(const char *path, int milliseconds, int datagrams) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    socklen_t size = sizeof address;
    // A name in the abstract namespace (unix(7)) begins with NUL, and ends with the address.
    if (path[0] == '@') {
        address.sun_path[0] = 0;
        size = offsetof(struct sockaddr_un, sun_path) + strlen(path);
    }
    return connect_within((struct sockaddr *)&address, size, milliseconds, datagrams);
}

static int wait_for(int descriptor, short events, int milliseconds) {
    struct pollfd waiting = {.fd = descriptor, .events = events};
    int count = poll(&waiting, 1, milliseconds);
    return count > 0 ? 0 : count ? -errno : -ETIMEDOUT;
}

long handfast_send(int descriptor, const void *bytes, size_t count, int milliseconds) {
    int status = wait_for(descriptor, POLLOUT, milliseconds);
    if (status) return status;
    ssize_t sent = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : (long)sent;
}

long handfast_receive(int descriptor, void *bytes, size_t count, int milliseconds) {
    int status = wait_for(descriptor, POLLIN, milliseconds);
    if (status) return status;
    ssize_t got = recv(descriptor, bytes, count, MSG_DONTWAIT);
    return got < 0 ? -errno : (long)got;
}

long handfast_peek(int descriptor, uint8_t *bytes, size_t count) {
    ssize_t seen;
    do seen = recv(descriptor, bytes, count, MSG_PEEK | MSG_DONTWAIT);
    while (seen < 0 && errno == EINTR);
    return seen < 0 ? -errno : (long)seen;
}

int handfast_unsent(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) ? -errno : count;
}

void handfast_reset_on_close(int descriptor) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

int handfast_discard(int descriptor, size_t count) {
    uint8_t bytes[512];
    while (count) {
        ssize_t taken = recv(descriptor, bytes, count < sizeof bytes ? count : sizeof bytes, MSG_DONTWAIT);
        if (taken > 0) count -= (size_t)taken;
        else if (!taken || errno != EINTR) return taken ? -errno : -ECONNRESET;
    }
    return 0;
}

void handfast_set_low_water(int descriptor, int count) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &count, sizeof count);
}

int handfast_resolve(const char *name, char *texts, int most) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *found;
    int status = getaddrinfo(name, NULL, &hints, &found);
    if (status) return status < 0 ? status : -status;
    int count = 0;
    for (struct addrinfo *entry = found; entry && count < most; entry = entry->ai_next) {
        const void *bytes = entry->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)entry->ai_addr)->sin_addr
                                                        : (void *)&((struct sockaddr_in6 *)entry->ai_addr)->sin6_addr;
        if (inet_ntop(entry->ai_family, bytes, texts + count * HANDFAST_ADDRESS_TEXT, HANDFAST_ADDRESS_TEXT)) count++;
    }
    freeaddrinfo(found);
    return count;
}
