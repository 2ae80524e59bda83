// SPDX-License-Identifier: Apache-2.0
/// Why a fetch brought nothing.
public struct FetchError: Error, CustomStringConvertible, Sendable {
    /// What went wrong, under a name that stays.
    public enum Reason: String, Sendable, CaseIterable {
        /// The URL is not one that may be fetched; or a redirect's URL is none.
        case url
        /// The scheme is not allowed, the URL's or a redirect's.
        case scheme
        /// Every address is a private or a special one.
        case address
        /// The name has no address, or nobody could be asked.
        case resolve
        /// Nobody answered at the address.
        case connect
        /// The TLS handshake failed; the certificate is one reason for that.
        case tls
        /// It took too long.
        case timeout
        /// The body is larger than it may be.
        case tooLarge
        /// There were too many redirects.
        case redirects
        /// The answer's status is not 200.
        case status
        /// libcurl is not there.
        case library
        /// Anything else.
        case other
    }

    /// What went wrong.
    public let reason: Reason
    /// The same for people, in one line.
    ///
    /// Of the URL and the answer it has a status, an address, or what libcurl said of a handshake,
    /// host and port at most; printable ASCII only.
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
