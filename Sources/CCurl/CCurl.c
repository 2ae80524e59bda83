// SPDX-License-Identifier: Apache-2.0
// See Decisions/0016-libcurl-fetches.md for what the options keep out.
#define _GNU_SOURCE
#include "Library.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
    const handfast_curl *curl;
    const handfast_fetch_wish *wish;
    handfast_fetched *out;
    CURL *easy;
    size_t room;
} Transfer;

// MARK: what libcurl asks during a transfer

// The last moment before a connection: whatever a name resolved to, and wherever a redirect led, passes here, and
// libcurl connects to this address and no other.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to) {
    Transfer *transfer = context;
    handfast_fetched *out = transfer->out;
    const uint8_t *address = NULL;
    size_t count = 0;
    if (purpose != CURLSOCKTYPE_IPCXN || to->family != to->addr.sa_family) return CURL_SOCKET_BAD;
    if (to->family == AF_INET && to->addrlen >= sizeof(struct sockaddr_in)) {
        address = (const uint8_t *)&((const struct sockaddr_in *)(const void *)&to->addr)->sin_addr;
        count = 4;
    } else if (to->family == AF_INET6 && to->addrlen >= sizeof(struct sockaddr_in6)) {
        address = (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)&to->addr)->sin6_addr;
        count = 16;
    } else {
        return CURL_SOCKET_BAD;
    }
    if (!transfer->wish->allows(transfer->wish->context, address, count)) {
        memcpy(out->refused, address, count);
        out->refused_count = count;
        return CURL_SOCKET_BAD;
    }
    out->refused_count = 0;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t units, void *context) {
    Transfer *transfer = context;
    handfast_fetched *out = transfer->out;
    size_t count = size * units, left = transfer->wish->bytes_max - out->count;
    long status = 0;
    // The body of another answer is of no use: ends the transfer.
    if (transfer->curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200) return CURL_WRITEFUNC_ERROR;
    if (count > left) {
        out->too_large = 1;
        return CURL_WRITEFUNC_ERROR;
    }
    if (count > transfer->room - out->count) {
        size_t room = transfer->room ? transfer->room : 8192;
        while (room - out->count < count) room *= 2;
        uint8_t *larger = realloc(out->body, room);
        if (!larger) return CURL_WRITEFUNC_ERROR;
        out->body = larger;
        transfer->room = room;
    }
    memcpy(out->body + out->count, bytes, count);
    out->count += count;
    return count;
}

// Counts bodies that libcurl reads only to throw them away, those of redirects, too.
static int watch(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up) {
    Transfer *transfer = context;
    (void)down_total, (void)up_total, (void)up;
    if (down < 0 || (uint64_t)down <= transfer->wish->bytes_max) return 0;
    transfer->out->too_large = 1;
    return 1;
}

// MARK: options

// An option that libcurl does not take ends it: none of them may be missing without a word.
#define SET(option, value)                                                        \
    do {                                                                          \
        CURLcode taken = transfer->curl->easy_setopt(transfer->easy, option, value); \
        if (taken != CURLE_OK) return taken;                                      \
    } while (0)

static CURLcode set_bounds(Transfer *transfer) {
    const handfast_fetch_wish *wish = transfer->wish;
    SET(CURLOPT_TIMEOUT_MS, wish->milliseconds);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)wish->bytes_max);
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, wish->redirects_max);
    SET(CURLOPT_PROTOCOLS_STR, wish->schemes);
    SET(CURLOPT_REDIR_PROTOCOLS_STR, wish->schemes);
    SET(CURLOPT_NOSIGNAL, 1L);
    // The thread that resolves is left to itself when time is up; else its getaddrinfo would be waited for.
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_XFERINFOFUNCTION, watch);
    SET(CURLOPT_XFERINFODATA, transfer);
    SET(CURLOPT_NOPROGRESS, 0L);
    return CURLE_OK;
}

static CURLcode set_request(Transfer *transfer, struct curl_slist *headers) {
    SET(CURLOPT_ERRORBUFFER, transfer->out->said);
    SET(CURLOPT_URL, transfer->wish->url);
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "Handfast");
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    // An empty text is no proxy, whatever the environment says; the star says it again.
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    return CURLE_OK;
}

static CURLcode set_tls(Transfer *transfer) {
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_PARTIALCHAIN);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (transfer->wish->ca_file) {
        SET(CURLOPT_CAINFO, transfer->wish->ca_file);
        SET(CURLOPT_CAPATH, NULL); // else the system's folder of them counts as well
    }
    return CURLE_OK;
}

static CURLcode perform(Transfer *transfer, struct curl_slist *headers) {
    CURLcode code = set_request(transfer, headers);
    if (code == CURLE_OK) code = set_bounds(transfer);
    if (code == CURLE_OK) code = set_tls(transfer);
    return code == CURLE_OK ? transfer->curl->easy_perform(transfer->easy) : code;
}

void handfast_fetch(const handfast_curl *curl, const handfast_fetch_wish *wish, handfast_fetched *out) {
    memset(out, 0, sizeof *out);
    out->code = CURLE_FAILED_INIT;
    if (handfast_curl_problem(curl)) return;
    Transfer transfer = {.curl = curl, .wish = wish, .out = out, .easy = curl->easy_init()};
    struct curl_slist *headers = transfer.easy ? curl->slist_append(NULL, wish->accept) : NULL;
    if (headers) {
        out->code = perform(&transfer, headers);
        curl->easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &out->status);
        curl->easy_getinfo(transfer.easy, CURLINFO_SSL_VERIFYRESULT, &out->verification);
        curl->easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &out->system_error);
    }
    out->meaning = curl->easy_strerror(out->code);
    curl->slist_free_all(headers);
    if (transfer.easy) curl->easy_cleanup(transfer.easy);
}

void handfast_fetched_free(handfast_fetched *fetched) {
    free(fetched->body);
    memset(fetched, 0, sizeof *fetched);
}
