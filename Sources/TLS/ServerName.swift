// SPDX-License-Identifier: Apache-2.0
package import Text

/// A name that clients may ask for in TLS (RFC 6066 §3): a host, or `*.` and a domain.
package struct ServerName: Sendable, Hashable {
    /// In lower case.
    package let text: String

    /// The form of a list of names, for messages.
    package static let form =
        "host names in ASCII, separated by spaces, each as it is or with *. in place of its first"
        + " label, such as id.example.com or *.example.com"

    /// Takes a host name as it stands in the DNS, or with a wildcard for its left-most label.
    package init(_ word: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError("has the name \(word), which \(reason)", allowed: Self.form)
        }
        // RFC 6066 §3: A-labels; Unicode in this file would never be equal to what clients send.
        guard word.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw refused("is not ASCII; write international names with xn--")
        }
        let lower = word.lowercased()
        let isWildcard = lower.hasPrefix("*.")
        let host = isWildcard ? lower.dropFirst(2) : lower[...]
        guard lower.utf8.count <= HostNameSyntax.bytesMax else { throw refused("is too long") }
        guard !host.utf8.contains(UInt8(ascii: "*")) else {
            throw refused("has a wildcard that is not its whole first label")
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !last.isEmpty else { throw refused("ends with a dot") }
        guard labels.allSatisfy(HostNameSyntax.isLabel) else { throw refused("is no host name") }
        // RFC 6066 §3: literal addresses are no names, and no client sends one.
        guard !last.utf8.allSatisfy(\.isDigit)
        else { throw refused("is an address") }
        // Clients do not take a certificate for a whole top-level domain either.
        guard !isWildcard || labels.count > 1 else {
            throw refused("is a wildcard for a top-level domain")
        }
        text = lower
    }
}
