// SPDX-License-Identifier: Apache-2.0
// One HTTP(S) GET by Debian's libcurl, which is loaded and not linked, whole in one call: the functions that set its
// options are variadic, which Swift cannot call. The request goes in as a value, the result comes out as one;
// Sources/Fetch judges it.
#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

/// libcurl, loaded or found to be missing; it is never unloaded.
typedef struct handfast_curl handfast_curl;
/// The system's one, `libcurl.so.4`, loaded by the first call; any thread may be that. Never NULL.
const handfast_curl *handfast_curl_installed(void);
/// Another one by its name, for tests: the caller's to `free`, or NULL without memory.
handfast_curl *handfast_curl_open(const char *name);
/// Why it cannot be used, a text that lives as long as it; NULL where it can.
const char *handfast_curl_problem(const handfast_curl *curl);

/// Whether a connection may be made to an address of `count` bytes, 4 or 16, in network byte order.
typedef int handfast_address_judge(const void *context, const uint8_t *address, size_t count);

/// The URL to fetch, and the bounds of the transfer. Texts are borrowed for the call.
typedef struct handfast_fetch_wish {
    const char *url;
    /// The header line, "Accept: …".
    const char *accept;
    /// The schemes that are spoken, redirects included: "https", "http,https".
    const char *schemes;
    /// A PEM file of CA certificates, or NULL for the system's.
    const char *ca_file;
    /// Of each body; at least 1.
    size_t bytes_max;
    /// For all of it; at least 1.
    long milliseconds;
    long redirects_max;
    handfast_address_judge *allows;
    const void *context;
} handfast_fetch_wish;

/// The result of a fetch.
typedef struct handfast_fetched {
    CURLcode code;
    /// libcurl's words for `code`, static; NULL where libcurl cannot be used.
    const char *meaning;
    /// The status of the last answer, or 0.
    long status;
    /// An X509_V_ERR code of the peer's chain.
    long verification;
    /// errno of the last connection that failed, or 0.
    long system_error;
    /// libcurl's own text besides; may quote the peer.
    char said[CURL_ERROR_SIZE];
    uint8_t *body;
    size_t count;
    /// The address that was refused, when it was the last one that was looked at; a count of 0 when not.
    uint8_t refused[16];
    size_t refused_count;
    int too_large;
} handfast_fetched;

/// Fetches; blocks for `milliseconds` at most. Release the result with `handfast_fetched_free`.
void handfast_fetch(const handfast_curl *curl, const handfast_fetch_wish *wish, handfast_fetched *out);
void handfast_fetched_free(handfast_fetched *fetched);
