// SPDX-License-Identifier: Apache-2.0
#include "CLinux.h"

#ifndef HANDFAST_COMMIT
#define HANDFAST_COMMIT ""
#endif
#ifndef HANDFAST_COMPILER
#define HANDFAST_COMPILER ""
#endif

const char *_Nonnull handfast_build_commit(void) { return HANDFAST_COMMIT; }
const char *_Nonnull handfast_build_compiler(void) { return HANDFAST_COMPILER; }
