// SPDX-License-Identifier: Apache-2.0
// Debian's libyaml as Swift sees it.
#pragma once
#include <yaml.h>
