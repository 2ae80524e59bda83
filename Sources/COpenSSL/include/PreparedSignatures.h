// SPDX-License-Identifier: Apache-2.0
// Contexts for the signatures of a handshake that a thread prepared before.
#pragma once

/// Drops what this thread prepared. Contexts that were made on it before prepare nothing any more, those made from now on
/// do: call when other keys come into use, before their contexts are made.
void handfast_prepared_signatures_forget(void);
/// How often this thread has forgotten: what a context of it remembers when it is made.
unsigned handfast_prepared_signatures_generation(void);

/// How often this thread's handshakes found a context prepared, and how often they had OpenSSL make one.
void handfast_prepared_signatures_counts(unsigned long *found, unsigned long *made);
