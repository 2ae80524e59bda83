// SPDX-License-Identifier: Apache-2.0
// Shortcuts of TLS handshakes: each stands in for something that OpenSSL does more slowly. Faster/README.md says what each
// of them is, why it is there and what it gains.
#pragma once

/// One of the shortcuts. Without it OpenSSL does that work itself, and the results are the same.
typedef enum {
    HANDFAST_SMALL_NAME_MAP,
    HANDFAST_TRIMMED_LISTS,
    HANDFAST_KNOWN_KEYS,
    HANDFAST_KEY_DERIVATIONS,
    HANDFAST_KNOWN_DERIVATIONS,
    HANDFAST_FINISHED_MACS,
    HANDFAST_LADDER_KEYS,
    HANDFAST_PARSED_CERTIFICATES,
    HANDFAST_PREPARED_SIGNATURES,
    HANDFAST_SHORTCUTS_COUNT,
} handfast_shortcut;

/// Leaves a shortcut off for the rest of the process. Call before anything else uses OpenSSL and before other threads run.
void handfast_shortcut_switch_off(handfast_shortcut shortcut);
/// Whether a shortcut is taken: it was not switched off, and the OpenSSL that runs is one that the tests ran with, in which the
/// shortcut gains something.
int handfast_shortcut_is_on(handfast_shortcut shortcut);
/// How often this thread took a shortcut, and how often OpenSSL had to do the work where it could not be taken.
void handfast_shortcut_counts(handfast_shortcut shortcut, unsigned long *taken, unsigned long *missed);

/// Loads the slim provider into the default context. Call once, before anything else uses OpenSSL's default context.
/// Returns 1, or 0 with the reason in the error queue; the default context then stays OpenSSL's own.
int handfast_slim_provider_install(void);

/// Drops the contexts for signatures that this thread prepared. Contexts of TLS that were made on it before prepare nothing
/// any more, those made from now on do: call when other keys come into use, before their contexts are made.
void handfast_prepared_signatures_forget(void);
/// How often this thread has forgotten: what a context of TLS remembers when it is made.
unsigned handfast_prepared_signatures_generation(void);
