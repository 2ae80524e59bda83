// SPDX-License-Identifier: Apache-2.0
internal import Logging

/// The keys of the log.
extension ConfigurationKey {
    static let logLevel = ConfigurationKey(
        "log.level",
        LogSettings().level,
        "The lowest level that is logged."
    )
    static let logFormat = ConfigurationKey(
        "log.format",
        LogSettings().format,
        "auto writes lines for people on a terminal and JSON lines elsewhere."
    ).needingRestart(\.log.format)
    static let logRequests = ConfigurationKey(
        "log.requests",
        LogSettings().requests,
        "Whether successful requests are logged too."
    )
    /// In the order of the example file.
    static let ofLog: [ConfigurationKey] = [.logLevel, .logFormat, .logRequests]
}

extension ConfigurationLoader {
    func buildLog() -> LogSettings {
        var section = LogSettings()
        section.level = choice(.logLevel)
        section.format = choice(.logFormat)
        section.requests = boolean(.logRequests)
        return section
    }
}
