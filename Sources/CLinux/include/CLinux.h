// SPDX-License-Identifier: Apache-2.0
// Linux as Swift sees it: system calls whose C types Swift cannot hold safely, flattened, and jemalloc's settings.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct handfast_event {
    uint64_t token;
    uint32_t events;
} handfast_event;

/// HANDFAST_EDGE_TRIGGERED is for the interest alone: told once for all that has come.
enum { HANDFAST_READABLE = 1, HANDFAST_WRITABLE = 2, HANDFAST_BROKEN = 4, HANDFAST_EDGE_TRIGGERED = 8 };

/// Waits for events; returns how many, or -errno. `timeout` in milliseconds, -1 for ever.
int handfast_epoll_wait(int poller, handfast_event *events, int count, int timeout);
int handfast_epoll_create(void);
/// `interest` is a set of HANDFAST_READABLE, _WRITABLE and _EDGE_TRIGGERED. Returns 0 or -errno.
int handfast_epoll_add(int poller, int descriptor, uint32_t interest, uint64_t token);
int handfast_epoll_modify(int poller, int descriptor, uint32_t interest, uint64_t token);
int handfast_epoll_remove(int poller, int descriptor);

/// An address as 16 bytes (IPv4 mapped into IPv6), host byte order port; family 4 or 6, 0 for a Unix socket.
typedef struct handfast_address {
    uint8_t bytes[16];
    uint16_t port;
    uint8_t family;
} handfast_address;

/// A nonblocking listening socket with SO_REUSEPORT, or -errno. `text` is a numeric address.
/// `exclusive` binds without SO_REUSEPORT first, so that another process's socket on the port is an error.
int handfast_listen(const char *text, uint16_t port, int backlog, int exclusive);
/// A nonblocking listening socket at a path, for those whom `mode` lets write it, or -errno. A socket that nobody listens
/// on is replaced; any other file stays.
int handfast_listen_local(const char *path, int backlog, unsigned mode);
/// Another descriptor of the same socket, close-on-exec, or -errno.
int handfast_duplicate(int descriptor);
/// The port a socket is bound to, or -errno.
int handfast_local_port(int descriptor);
/// Accepts one connection, nonblocking and close-on-exec; the descriptor or -errno.
int handfast_accept(int listener, handfast_address *peer);
/// A connected socket, or -errno; -ETIMEDOUT after `milliseconds`, which are at least 1. `text` is a numeric address.
/// With `datagrams` the socket has no connection, and takes a message with each send.
int handfast_connect(const char *text, uint16_t port, int milliseconds, int datagrams);
/// The same at the path of a Unix socket.
int handfast_connect_local(const char *path, int milliseconds, int datagrams);
/// Sends what the socket takes at once, after at most `milliseconds`: how many bytes, -ETIMEDOUT or -errno. No SIGPIPE.
long handfast_send(int descriptor, const void *bytes, size_t count, int milliseconds);
/// Takes what a socket has received, after at most `milliseconds`: how many bytes, 0 at the end, -ETIMEDOUT or -errno.
long handfast_receive(int descriptor, void *bytes, size_t count, int milliseconds);
/// Looks at what a socket has received and leaves it there: how many bytes, 0 when the peer has closed, or -errno.
long handfast_peek(int descriptor, uint8_t *bytes, size_t count);
/// Takes `count` received bytes and forgets them; 0 or -errno.
int handfast_discard(int descriptor, size_t count);
/// The socket counts as readable only from so many bytes on.
void handfast_set_low_water(int descriptor, int count);
/// How many bytes of what was written the peer has not acknowledged (over a Unix socket: not read), or -errno.
int handfast_unsent(int descriptor);
/// Closing the socket resets the connection and drops what was not sent.
void handfast_reset_on_close(int descriptor);
enum { HANDFAST_ADDRESS_TEXT = 46 };
/// Resolves a name to numeric addresses, HANDFAST_ADDRESS_TEXT characters each; returns how many were written (at most
/// `most`), or a negative getaddrinfo code.
int handfast_resolve(const char *name, char *texts, int most);

/// No errno: what a path leads to is no regular file.
enum { HANDFAST_NOT_REGULAR = 10000 };
/// Opens a regular file for reading, or with `writes` for both, and waits for nobody; the descriptor or -errno. Without
/// `follows` a symbolic link is refused.
int handfast_open_regular(const char *path, int follows, int writes);

int handfast_eventfd(void);
void handfast_eventfd_ring(int descriptor);
void handfast_eventfd_clear(int descriptor);

/// Nanoseconds of the monotonic clock, and of CLOCK_BOOTTIME, which also counts while the machine is suspended.
uint64_t handfast_monotonic_nanoseconds(void);
uint64_t handfast_boot_nanoseconds(void);

/// Seconds and milliseconds of the wall clock, for Reactor's WallClock alone.
int64_t handfast_wall_seconds(void);
int64_t handfast_wall_milliseconds(void);
uint64_t handfast_thread_cpu_nanoseconds(void);
uint64_t handfast_process_cpu_nanoseconds(void);

/// Renames a file. 0 or -errno, -EEXIST where something already has the new name.
int handfast_rename_new(const char *from, const char *to);

/// How many processors this process may run on.
int handfast_processors(void);
/// Binds the calling thread to the n-th processor that the process may use; 0 or -errno.
int handfast_pin_thread(int index);
/// Lowers the calling thread's priority (nice 10): it runs on what the others leave, and a tenth besides.
void handfast_yield_to_others(void);
void handfast_name_thread(const char *name);

/// No core file, no ptrace by others, no new privileges by exec.
void handfast_harden_process(void);
/// The soft limit of open descriptors after it was raised to the hard one.
uint64_t handfast_raise_descriptor_limit(void);
/// The environment's entry of this index, `NAME=VALUE`; NULL behind the last.
const char *handfast_environment(int index);
/// How many bytes of address space the process may have (RLIMIT_AS); 0 for any number.
uint64_t handfast_address_space_limit(void);
/// Whether it could have `bytes` more of it now.
int handfast_address_space_has(size_t bytes);
/// Ignores SIGPIPE and sets HUP, TERM, INT up for `handfast_signal_next`. Call before any thread starts.
void handfast_signals_block(void);
/// Waits for HUP, TERM, INT; the signal's number, or 0 after `milliseconds`.
int handfast_signal_next(int milliseconds);

/// A thread with a stack of `stack` bytes that runs `body(argument)`; 0 or an errno. `handle` is for the join.
int handfast_thread_start(uint64_t *handle, size_t stack, void *(*body)(void *), void *argument);
void handfast_thread_join(uint64_t handle);
/// Detaches a thread, which will not be joined.
void handfast_thread_detach(uint64_t handle);

/// Bytes that jemalloc has given out, 0 where it is not linked in.
size_t handfast_allocated_bytes(void);
/// Allocations of the calling thread so far, in bytes; 0 where jemalloc is not linked in.
uint64_t handfast_thread_allocated_bytes(void);

/// A mutex with a condition, on the heap (its address must not move); ThreadSanitizer understands it.
typedef struct handfast_lock handfast_lock;
handfast_lock *handfast_lock_new(void);
void handfast_lock_free(handfast_lock *lock);
void handfast_lock_acquire(handfast_lock *lock);
void handfast_lock_release(handfast_lock *lock);
/// Waits for a signal; `milliseconds` bounds it, negative for ever. The lock is held before and after.
void handfast_lock_wait(handfast_lock *lock, int milliseconds);
void handfast_lock_signal(handfast_lock *lock, int all);

/// Writes the name of the user who runs this process, without a NUL; its length, 0 where it has none that fits.
size_t handfast_user_name(void *name, size_t size);
/// Finds the primary group of a user in the list of users; 1, or 0 where the user is not there.
int handfast_primary_group(uid_t user, gid_t *group);

/// The commit that this program was built from, and the compiler; "" where the build did not say.
const char *_Nonnull handfast_build_commit(void);
const char *_Nonnull handfast_build_compiler(void);
