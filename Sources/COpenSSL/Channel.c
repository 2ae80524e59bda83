// SPDX-License-Identifier: Apache-2.0
#include "Channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// A peer that does not read may make us keep this much of what we wrote to it; a response is far smaller.
enum { UNSENT_MAX = 256 * 1024 };

static int channel_create(BIO *bio) {
    handfast_channel *channel = calloc(1, sizeof *channel);
    if (!channel) return 0;
    channel->descriptor = -1;
    BIO_set_data(bio, channel);
    BIO_set_init(bio, 1);
    return 1;
}

static int owns(const handfast_channel *channel) {
    return channel->outbox && channel->outbox->owner == channel;
}

static int channel_destroy(BIO *bio) {
    handfast_channel *channel = BIO_get_data(bio);
    if (channel) {
        if (owns(channel)) channel->outbox->count = channel->outbox->base;
        free(channel->unsent);
        free(channel);
        BIO_set_data(bio, NULL);
    }
    return 1;
}

static int keep(handfast_channel *channel, const uint8_t *bytes, size_t count) {
    size_t held = channel->unsent_count - channel->unsent_offset;
    if (held + count > UNSENT_MAX) return 0;
    uint8_t *grown = malloc(held + count);
    if (!grown) return 0;
    if (held) memcpy(grown, channel->unsent + channel->unsent_offset, held);
    memcpy(grown + held, bytes, count);
    free(channel->unsent);
    channel->unsent = grown;
    channel->unsent_offset = 0;
    channel->unsent_count = held + count;
    return 1;
}

// Sends from `bytes`; returns how many the socket took, or -1 when it is broken.
static ssize_t transmit(handfast_channel *channel, const uint8_t *bytes, size_t count) {
    size_t sent = 0;
    while (sent < count) {
        ssize_t taken = send(channel->descriptor, bytes + sent, count - sent, MSG_NOSIGNAL);
        if (taken > 0) {
            sent += (size_t)taken;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            break;
        } else if (errno != EINTR) {
            channel->failed = 1;
            return -1;
        }
    }
    return (ssize_t)sent;
}

// Sends `bytes` behind what earlier steps left.
static int deliver(handfast_channel *channel, const uint8_t *bytes, size_t count) {
    if (channel->failed) return -1;
    if (channel->unsent) {
        size_t held = channel->unsent_count - channel->unsent_offset;
        ssize_t sent = transmit(channel, channel->unsent + channel->unsent_offset, held);
        if (sent < 0) return -1;
        channel->unsent_offset += (size_t)sent;
        if ((size_t)sent < held) return !count || keep(channel, bytes, count) ? 0 : -1;
        free(channel->unsent);
        channel->unsent = NULL;
        channel->unsent_offset = channel->unsent_count = 0;
    }
    if (!count) return 1;
    ssize_t sent = transmit(channel, bytes, count);
    if (sent < 0) return -1;
    if ((size_t)sent == count) return 1;
    return keep(channel, bytes + sent, count - (size_t)sent) ? 0 : -1;
}

int handfast_channel_flush(handfast_channel *channel) {
    handfast_outbox *outbox = channel->outbox;
    size_t gathered = owns(channel) ? outbox->count - outbox->base : 0;
    int result = deliver(channel, outbox->bytes + outbox->base, gathered);
    outbox->count -= gathered;
    if (result < 0) channel->failed = 1;
    return result;
}

int handfast_channel_withhold(handfast_channel *channel) {
    handfast_outbox *outbox = channel->outbox;
    size_t gathered = owns(channel) ? outbox->count - outbox->base : 0;
    int kept = keep(channel, outbox->bytes + outbox->base, gathered);
    outbox->count -= gathered;
    return kept;
}

int handfast_channel_postpone(handfast_channel *channel, size_t *start, size_t *end) {
    handfast_outbox *outbox = channel->outbox;
    if (channel->failed || channel->unsent || outbox->count == outbox->base || !owns(channel)) return 0;
    *start = outbox->base;
    *end = outbox->base = outbox->count;
    return 1;
}

int handfast_channel_send(handfast_channel *channel, size_t start, size_t end) {
    int result = deliver(channel, channel->outbox->bytes + start, end - start);
    if (result < 0) channel->failed = 1;
    return result;
}

void handfast_outbox_clear(handfast_outbox *outbox) {
    outbox->count -= outbox->base;
    memmove(outbox->bytes, outbox->bytes + outbox->base, outbox->count);
    outbox->base = 0;
}

static ssize_t receive(const handfast_channel *channel, void *bytes, size_t count) {
    ssize_t received;
    do received = recv(channel->descriptor, bytes, count, 0);
    while (received < 0 && errno == EINTR);
    return received;
}

void handfast_channel_end_sending(handfast_channel *channel) { shutdown(channel->descriptor, SHUT_WR); }

int handfast_channel_discard(handfast_channel *channel, size_t most, size_t *discarded) {
    uint8_t bytes[16 * 1024];
    *discarded = 0;
    while (*discarded < most) {
        ssize_t received = receive(channel, bytes, sizeof bytes);
        if (received <= 0) return received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        *discarded += (size_t)received;
    }
    return 1;
}

static int channel_write(BIO *bio, const char *bytes, size_t count, size_t *written) {
    handfast_channel *channel = BIO_get_data(bio);
    handfast_outbox *outbox = channel->outbox;
    BIO_clear_retry_flags(bio);
    if (channel->failed) return 0;
    if (outbox->count == outbox->base) outbox->owner = channel;
    else if (outbox->owner != channel) return 0; // a step that did not end: fail rather than mix two connections
    if (count > outbox->capacity - outbox->count) {
        if (handfast_channel_flush(channel) < 0) return 0;
        if (count > outbox->capacity - outbox->base) return 0;
    }
    memcpy(outbox->bytes + outbox->count, bytes, count);
    outbox->count += count;
    *written = count;
    return 1;
}

static int channel_read(BIO *bio, char *bytes, size_t count, size_t *got) {
    handfast_channel *channel = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (channel->ended || channel->failed) return 0;
    if (channel->drained) {
        BIO_set_retry_read(bio);
        return 0;
    }
    ssize_t received = receive(channel, bytes, count);
    if (received > 0) {
        // A short receive emptied the socket; asking again would only cost a system call to learn so.
        if ((size_t)received < count) channel->drained = 1;
        *got = (size_t)received;
        return 1;
    }
    if (received == 0) {
        channel->ended = 1;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        channel->drained = 1;
        BIO_set_retry_read(bio);
    } else {
        channel->failed = 1;
    }
    return 0;
}

static long channel_control(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    handfast_channel *channel = BIO_get_data(bio);
    switch (command) {
    case BIO_CTRL_FLUSH: // the reactor flushes once per step
    case BIO_CTRL_DUP:
        return 1;
    case BIO_CTRL_EOF:
        return channel->ended;
    default:
        return 0;
    }
}

static BIO_METHOD *method;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int type;
static void make_method(void) {
    type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
    method = BIO_meth_new(type, "handfast channel");
    if (!method) return;
    BIO_meth_set_create(method, channel_create);
    BIO_meth_set_destroy(method, channel_destroy);
    BIO_meth_set_write_ex(method, channel_write);
    BIO_meth_set_read_ex(method, channel_read);
    BIO_meth_set_ctrl(method, channel_control);
}

BIO *handfast_channel_new(int descriptor, handfast_outbox *outbox) {
    if (!CRYPTO_THREAD_run_once(&once, make_method) || !method) return NULL;
    BIO *bio = BIO_new(method);
    if (!bio) return NULL;
    handfast_channel *channel = BIO_get_data(bio);
    channel->descriptor = descriptor;
    channel->outbox = outbox;
    return bio;
}

handfast_channel *handfast_channel_of(BIO *bio) {
    return bio && type && BIO_method_type(bio) == type ? BIO_get_data(bio) : NULL;
}

void handfast_channel_readable(handfast_channel *channel) { channel->drained = 0; }
