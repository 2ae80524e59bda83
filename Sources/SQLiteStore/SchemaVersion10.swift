// SPDX-License-Identifier: Apache-2.0
/// Labels of clients, users and trust sets.
let schemaVersion10 = "-- Nothing yet.\n"
