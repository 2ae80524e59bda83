// SPDX-License-Identifier: Apache-2.0
// A BIO over a nonblocking socket that gathers what one step writes into one send.
#pragma once
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

/// Ciphertext on its way to sockets; one per reactor thread. The bytes of the current step lie between `base` and
/// `count`; below `base` lie those that earlier steps of this turn have postponed.
typedef struct handfast_outbox {
    uint8_t *bytes;
    size_t base, count, capacity;
    const void *owner; // the channel that gathers between base and count; nobody else's flush sends it
} handfast_outbox;

typedef struct handfast_channel {
    handfast_outbox *outbox;
    uint8_t *unsent; // what the socket would not take; owned, NULL when all was sent
    size_t unsent_offset, unsent_count;
    int descriptor;
    uint8_t drained; // the last receive was short: the socket is empty until epoll says otherwise
    uint8_t ended;   // the peer closed its side
    uint8_t failed;  // the socket is broken
    uint8_t is_established; // the handshake is complete
    uint8_t is_flooded;     // more came without data than is taken; nothing more is read
    uint8_t has_answered;   // the client's hello was answered
    uint8_t alert_sent, alert_received; // the last alert of each side; 0 for none, and for close_notify
    uint16_t records, messages; // that came since the last data, or in this part of the handshake
    uint32_t peer_bytes;    // what the client's own certificate takes; 0 without one
} handfast_channel;

/// A BIO whose channel lives inside it; NULL when memory is short. The caller keeps the descriptor's ownership.
BIO *handfast_channel_new(int descriptor, handfast_outbox *outbox);
/// The channel inside `bio`, valid as long as `bio`; NULL for another BIO, as that of a trial handshake in memory.
handfast_channel *handfast_channel_of(BIO *bio);
/// Tells the channel that the socket is readable again.
void handfast_channel_readable(handfast_channel *channel);
/// Sends what the step gathered and what earlier steps left. 1: all sent; 0: some is left, watch for writing; -1: broken.
int handfast_channel_flush(handfast_channel *channel);
/// Keeps what the step gathered for a later flush, as if the socket took nothing now. 0 where memory is short.
int handfast_channel_withhold(handfast_channel *channel);
/// Leaves what the step gathered in the outbox, to be sent later in this turn. 1, or 0 where it must be flushed instead.
int handfast_channel_postpone(handfast_channel *channel, size_t *start, size_t *end);
/// Sends what was postponed; the channel must not have gathered anything since. The result is as that of a flush.
int handfast_channel_send(handfast_channel *channel, size_t start, size_t end);
/// Ends sending, and leaves receiving as it is.
void handfast_channel_end_sending(handfast_channel *channel);
/// Throws away what has come, up to `most` bytes, and tells how many; past OpenSSL, which must not read any more. 1: more
/// may come; 0: the peer ended or the socket is broken.
int handfast_channel_discard(handfast_channel *channel, size_t most, size_t *discarded);
/// Forgets everything postponed, which has been sent; what the current step gathered stays.
void handfast_outbox_clear(handfast_outbox *outbox);

/// Counts what comes on a connection whose BIO is `channel`'s. Once, before its first step.
void handfast_channel_count(SSL *ssl, handfast_channel *channel);
/// The handshake is complete: from now on data is what counts.
void handfast_channel_established(handfast_channel *channel);
/// SSL_read, which begins to count anew with each data that it gives.
int handfast_read(SSL *ssl, handfast_channel *channel, void *bytes, int count);
