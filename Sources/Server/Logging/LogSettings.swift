// SPDX-License-Identifier: Apache-2.0
package import Logging

/// Format, level and content of the log.
package struct LogSettings: Sendable, Equatable {
    /// The least level written.
    package var level = Logger.Level.info
    /// The form of a line.
    package var format = LogFormat.auto
    /// Whether a successful request makes a line.
    package var requests = false

    /// The defaults of the configuration.
    package init() {}
}
