// Contexts for the signatures of a handshake that a thread prepared before.
#pragma once

/// Has every thread drop what it prepared, before it next uses any. Call when other keys come into use.
void handfast_prepared_signatures_forget(void);

/// How often this thread's handshakes found a context prepared, and how often they had OpenSSL make one.
void handfast_prepared_signatures_counts(unsigned long *found, unsigned long *made);
