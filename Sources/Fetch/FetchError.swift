// SPDX-License-Identifier: Apache-2.0
/// Why a fetch failed.
public struct FetchError: Error, CustomStringConvertible, Sendable {
    /// The kinds of failure, under names that do not change.
    public enum Reason: String, Sendable, CaseIterable {
        /// The URL, or that of a redirect, may not be fetched.
        case url
        /// The scheme of the URL, or of a redirect, is not allowed.
        case scheme
        /// Every address of the host is private or special.
        case address
        /// The name has no address, or no DNS server answered.
        case resolve
        /// No connection to any address of the host.
        case connect
        /// The TLS handshake failed; the certificate is one reason for that.
        case tls
        /// The deadline passed.
        case timeout
        /// The body is larger than the limit.
        case tooLarge
        /// There were too many redirects.
        case redirects
        /// The answer's status is not 200.
        case status
        /// libcurl is not available.
        case library
        /// Anything else.
        case other
    }

    /// The kind of failure.
    public let reason: Reason
    /// The failure for people, in one line.
    ///
    /// Of the URL and the answer it contains a status, an address, or libcurl's text about a
    /// handshake, host and port at most; printable ASCII only.
    public let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = Self.printable(description)
    }

    /// Printable ASCII, 200 characters of it at most.
    private static func printable(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(200).map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "?") },
            as: UTF8.self
        )
    }
}
