// SPDX-License-Identifier: Apache-2.0
// Debian's libargon2 (RFC 9106) as Swift sees it.
#pragma once
#include <argon2.h>
