// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Network
package import Reactor

/// How keys and revocation lists are fetched from other servers, and which ones may be reached.
package struct FetchSettings: Sendable, Equatable {
    /// Milliseconds between two fetches of the same URL; the range in seconds.
    ///
    /// As long as most CAs let pass between two lists, and keys change less often still. Below five
    /// seconds the fetches would burden the other server.
    package var refresh: UInt64 = 3_600_000
    package static let refreshSecondsRange = 5...86_400

    /// Private networks that a `jwks_uri` may be in; the URL of a revocation list may be in any.
    package var networks: [AddressBlock] = []

    /// The path of the CAs in PEM; nil for the system's.
    package var caFile: String?

    /// The defaults of the configuration.
    package init() {}

    /// The CAs of the bundle at `path`, of which there is at least one.
    ///
    /// libcurl reads the file at each fetch, and would refuse it only then.
    package static func caCertificates(in path: String) throws(FileError) -> [Certificate] {
        let bytes = try DataFile.contents(of: path)
        do {
            return try CertificateFile.bundle(in: bytes)
        } catch {
            throw FileError(path, error.description)
        }
    }
}
