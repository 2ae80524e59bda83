// SPDX-License-Identifier: Apache-2.0
package import Network

/// A scheme that is fetched from.
public enum Scheme: String, Sendable, CaseIterable {
    /// HTTP over TLS.
    case https
    /// HTTP in the clear.
    case http
}

/// What a fetch may do, and how much it may take.
public struct FetchPolicy: Sendable {
    /// The schemes that are spoken; a redirect may not leave them.
    public var schemes: Set<Scheme>
    /// The most bytes of a body, decoded; at least one.
    public var bytesMax: Int
    /// The seconds for all of it: resolving, connecting, redirects, body.
    public var seconds: Int
    /// The most redirects that are followed, 0 to 5.
    public var redirectsMax: Int
    /// Whether any address is good, private and local ones too.
    ///
    /// Whoever chooses the URL can then reach everything that this machine can reach, the metadata
    /// service of a cloud included.
    public var allowsPrivateAddresses: Bool
    /// Networks that are good although they are private.
    package var allowed: [AddressBlock]
    /// The path of a PEM file with the authorities to trust in place of the system's.
    public var authorities: String?

    /// The defaults: https to public addresses, 64 KiB, five seconds, no redirect.
    package init(
        schemes: Set<Scheme> = [.https],
        bytesMax: Int = 65_536,
        seconds: Int = 5,
        redirectsMax: Int = 0,
        allowsPrivateAddresses: Bool = false,
        allowed: [AddressBlock] = [],
        authorities: String? = nil
    ) {
        self.schemes = schemes
        self.bytesMax = bytesMax
        self.seconds = seconds
        self.redirectsMax = redirectsMax
        self.allowsPrivateAddresses = allowsPrivateAddresses
        self.allowed = allowed
        self.authorities = authorities
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
