// SPDX-License-Identifier: Apache-2.0
// Digests in one call.
#pragma once
#include <stddef.h>

/// SHA-256 of `count` bytes: writes 32 bytes to `out`. 1, or 0 with the reason in the error queue.
int handfast_sha256(const void *bytes, size_t count, void *out);
