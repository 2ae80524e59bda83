// SPDX-License-Identifier: Apache-2.0
#include "CArgon2.h"
