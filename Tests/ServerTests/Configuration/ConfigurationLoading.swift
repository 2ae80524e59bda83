// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

@testable import Server

/// Loads `text` from a file of that extension.
func load(
    _ text: String,
    as fileExtension: String = "yaml",
    environment: [String: String] = [:],
    overrides: ConfigurationOverrides = ConfigurationOverrides()
) throws -> ServerConfiguration {
    let scratch = try Scratch()
    let file = try scratch.file("handfast.\(fileExtension)", text)
    return try ServerConfiguration.load(
        file: file,
        environment: environment,
        overrides: overrides
    )
}

/// The problems of `text`; empty for a good one.
func findings(
    _ text: String,
    as fileExtension: String = "yaml",
    environment: [String: String] = [:],
    overrides: ConfigurationOverrides = ConfigurationOverrides()
) throws -> [ConfigurationFinding] {
    do {
        _ = try load(
            text,
            as: fileExtension,
            environment: environment,
            overrides: overrides
        )
        return []
    } catch let error as ConfigurationError {
        return error.findings
    }
}

/// The configuration of nothing at all.
func defaults() throws -> ServerConfiguration {
    try ServerConfiguration.load(
        file: nil,
        environment: [:],
        overrides: ConfigurationOverrides()
    )
}

/// The repository's example file.
func exampleFile(from source: String = #filePath) -> String {
    var url = URL(fileURLWithPath: source)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("handfast.example.yaml").path
}
