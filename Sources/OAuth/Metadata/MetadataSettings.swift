// SPDX-License-Identifier: Apache-2.0
/// Configured members of the metadata, besides the server's capabilities.
package struct MetadataSettings: Sendable, Equatable {
    /// `scopes_supported`.
    package var scopesSupported: [String] = []
    /// The limit of all scopes together; every request for the metadata gets them whole.
    package static let scopesSupportedBytesMax = 4096

    /// The defaults.
    package init() {}
}
