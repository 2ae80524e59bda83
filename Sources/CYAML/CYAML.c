// SPDX-License-Identifier: Apache-2.0
// The package manager wants a source file in each target.
#include "CYAML.h"
