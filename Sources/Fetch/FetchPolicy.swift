// SPDX-License-Identifier: Apache-2.0
package import Network

/// The schemes of URLs that can be fetched.
public enum Scheme: String, Sendable, CaseIterable {
    /// HTTP over TLS.
    case https
    /// HTTP in the clear.
    case http
}

/// The limits and permissions of a fetch.
public struct FetchPolicy: Sendable {
    /// The allowed schemes, for redirects too.
    public var schemes: Set<Scheme>
    /// The most bytes of a body, decoded; at least one.
    public var bytesMax: Int
    /// The seconds for all of it: resolving, connecting, redirects, body.
    public var seconds: Int
    /// The most redirects that are followed, 0 to 5.
    public var redirectsMax: Int
    /// Whether private, local and special addresses are allowed too.
    ///
    /// The URL's author can then reach everything that this machine can reach, the metadata service
    /// of a cloud included (SSRF).
    public var allowsPrivateAddresses: Bool
    /// Private networks that are allowed all the same.
    package var allowed: [AddressBlock]
    /// The path of a PEM file with the CAs to trust in place of the system's.
    public var caFile: String?

    /// The defaults: https to public addresses, 64 KiB, five seconds, no redirect.
    package init(
        schemes: Set<Scheme> = [.https],
        bytesMax: Int = 65_536,
        seconds: Int = 5,
        redirectsMax: Int = 0,
        allowsPrivateAddresses: Bool = false,
        allowed: [AddressBlock] = [],
        caFile: String? = nil
    ) {
        self.schemes = schemes
        self.bytesMax = bytesMax
        self.seconds = seconds
        self.redirectsMax = redirectsMax
        self.allowsPrivateAddresses = allowsPrivateAddresses
        self.allowed = allowed
        self.caFile = caFile
    }

    /// The bounds as libcurl takes them, where 0 means none: never less than one, nor so much that
    /// a number overflows.
    var bounds: (bytes: Int, milliseconds: Int, redirects: Int) {
        (
            min(max(bytesMax, 1), 1 << 30),
            min(max(seconds, 1), 3600) * 1000,
            min(max(redirectsMax, 0), 5)
        )
    }
}
