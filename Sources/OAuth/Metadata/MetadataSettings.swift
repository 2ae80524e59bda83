// SPDX-License-Identifier: Apache-2.0
/// What the metadata says besides what the server can do.
package struct MetadataSettings: Sendable, Equatable {
    /// The scopes that it names.
    package var scopesSupported: [String] = []
    /// In all; the metadata is sent whole to everybody who asks.
    package static let scopesSupportedBytesMax = 4096

    /// What holds where configuration says nothing.
    package init() {}
}
