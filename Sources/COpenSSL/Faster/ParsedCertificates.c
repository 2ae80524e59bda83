// SPDX-License-Identifier: Apache-2.0
#include "ParsedCertificates.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "Shortcuts.h"

// Certificates of ordinary size; a larger one is parsed each time.
enum { DER_MAX = 4096, SLOTS = 512 };

typedef struct {
    X509 *certificate;
    size_t count, cost;
    unsigned char der[];
} Parsed;

static _Thread_local Parsed **parsed; // direct-mapped; the thread's own, so it needs no lock

// NULL where such bytes are not kept.
static Parsed **slot_of(const unsigned char *der, size_t count) {
    if (count > DER_MAX || !handfast_shortcut_is_on(HANDFAST_PARSED_CERTIFICATES)) return NULL;
    if (!parsed && !(parsed = calloc(SLOTS, sizeof *parsed))) return NULL;
    // The end of a certificate is its signature: as good as random, and different even where the rest is equal.
    uint64_t word = 0;
    if (count >= 16) memcpy(&word, der + count - 16, sizeof word);
    return &parsed[(size_t)((word * 0x9E3779B97F4A7C15u) >> 32) % SLOTS];
}

X509 *handfast_parsed_find(const unsigned char *der, size_t count, size_t *cost) {
    Parsed **slot = slot_of(der, count);
    if (!slot) return NULL;
    Parsed *entry = *slot;
    if (entry && entry->count == count && !memcmp(entry->der, der, count) && X509_up_ref(entry->certificate)) {
        handfast_shortcut_taken(HANDFAST_PARSED_CERTIFICATES);
        *cost = entry->cost;
        return entry->certificate;
    }
    return NULL;
}

void handfast_parsed_keep(X509 *certificate, const unsigned char *der, size_t count, size_t cost) {
    Parsed **slot = slot_of(der, count);
    Parsed *entry = slot ? malloc(sizeof *entry + count) : NULL;
    if (!entry) return;
    X509_up_ref(certificate);
    entry->certificate = certificate;
    entry->count = count;
    entry->cost = cost;
    memcpy(entry->der, der, count);
    if (*slot) {
        X509_free((*slot)->certificate);
        free(*slot);
    }
    *slot = entry;
}
