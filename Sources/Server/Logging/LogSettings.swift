// SPDX-License-Identifier: Apache-2.0
package import Logging

/// What is logged and how.
package struct LogSettings: Sendable, Equatable {
    /// The least level written.
    package var level = Logger.Level.info
    /// The form of a line.
    package var format = LogFormat.auto
    /// Whether a successful request makes a line.
    package var requests = false

    /// What holds where configuration says nothing.
    package init() {}
}
