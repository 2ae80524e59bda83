// SPDX-License-Identifier: Apache-2.0
// Records and messages that carry no data, counted until there is some.
//
// A peer can keep a connection busy with KeyUpdates, empty records, warnings and attempts at a new handshake. OpenSSL
// bounds some of them, and which ones differs from version to version. All come through the message callback.
#include "Channel.h"

enum {
    // In a row, without data; then the connection ends. Honest peers have one or two.
    WITHOUT_DATA_MAX = 32,
    // A hello may come in any pieces, which cost little while nothing is encrypted.
    HELLO_RECORDS_MAX = 2048,
    // The certificates' 32 KiB come in 64 records from clients that make them as small as RFC 6066 §4 lets them.
    HANDSHAKE_RECORDS_MAX = 256,
};

static int records_max(const handfast_channel *channel) {
    // A record may hold data, which is known only when it has been read: one more is taken.
    if (channel->is_established) return WITHOUT_DATA_MAX + 1;
    return channel->has_answered ? HANDSHAKE_RECORDS_MAX : HELLO_RECORDS_MAX;
}

static void count(int is_written, int version, int type, const void *bytes, size_t length, SSL *ssl, void *argument) {
    (void)version;
    handfast_channel *channel = argument;
    if (type == SSL3_RT_ALERT && length == 2) {
        uint8_t number = ((const uint8_t *)bytes)[1];
        if (is_written) channel->alert_sent = number;
        else channel->alert_received = number;
    }
    if (is_written) {
        if (!channel->has_answered) channel->records = 0;
        channel->has_answered = 1;
        return;
    }
    if (type == SSL3_RT_HEADER) channel->records++;
    else if (channel->is_established && (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT)) channel->messages++;
    else return;
    if (channel->records <= records_max(channel) && channel->messages <= WITHOUT_DATA_MAX) return;
    // OpenSSL then throws away what it has read, and reads nothing more.
    channel->is_flooded = 1;
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

void handfast_channel_count(SSL *ssl, handfast_channel *channel) {
    SSL_set_msg_callback(ssl, count);
    SSL_set_msg_callback_arg(ssl, channel);
}

void handfast_channel_established(handfast_channel *channel) {
    channel->is_established = 1;
    channel->records = channel->messages = 0;
}

int handfast_read(SSL *ssl, handfast_channel *channel, void *bytes, int count) {
    int got = SSL_read(ssl, bytes, count);
    if (got > 0) channel->records = channel->messages = 0;
    return got;
}
