// SPDX-License-Identifier: Apache-2.0
// Keys from keys.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// HKDF with SHA-256 (RFC 5869), extract and expand: writes `count` bytes. 1, or 0 with the reason in the error queue.
int handfast_hkdf_sha256(const uint8_t *secret, size_t secret_count, const uint8_t *salt, size_t salt_count,
                         const uint8_t *info, size_t info_count, uint8_t *out, size_t count);

/// PBKDF2 (RFC 8018) with HMAC of the named digest: writes `count` bytes. 1, or 0 with the reason in the error queue.
int handfast_pbkdf2(const char *digest, const uint8_t *password, size_t password_count, const uint8_t *salt,
                    size_t salt_count, uint64_t rounds, uint8_t *out, size_t count);
