// SPDX-License-Identifier: Apache-2.0
/// How a host's name is written in the DNS.
package enum HostNameSyntax {
    /// A name's longest text (RFC 1035 §2.3.4), without the final dot.
    package static let bytesMax = 253

    /// Whether `label` can stand between the dots of a host's name (RFC 1123 §2.1).
    package static func isLabel(_ label: Substring) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.utf8.count)
            && label.utf8.first != hyphen && label.utf8.last != hyphen
            && label.utf8.allSatisfy { $0.isLetterOrDigit || $0 == hyphen }
    }
}
