// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Text

/// An origin as browsers send it (RFC 6454 §6.2): scheme, host, and a port that is not the scheme's
/// own.
package struct WebOrigin: Sendable, Hashable {
    /// Byte for byte what stands in the field Origin.
    package let text: String

    /// The form of a list of origins, for messages.
    package static let form =
        "origins as browsers send them, separated by spaces, such as https://app.example.com or"
        + " http://localhost:3000"

    /// Takes one origin.
    package init(_ word: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError("has the origin \(word), which \(reason)", allowed: Self.form)
        }
        guard word != "null" else {
            throw refused("is sent by every page in a sandbox, whoever wrote it")
        }
        guard !word.utf8.contains(UInt8(ascii: "*")) else {
            throw refused("has a wildcard; name each origin")
        }
        guard word.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw refused("is not ASCII; write international names with xn--")
        }
        guard word == word.lowercased() else {
            throw refused("is not in lower case, as browsers send it")
        }
        let isSecure = word.hasPrefix("https://")
        guard isSecure || word.hasPrefix("http://") else {
            throw refused("begins neither with https:// nor with http://")
        }
        let authority = String(word.dropFirst(isSecure ? 8 : 7))
        guard !authority.utf8.contains(UInt8(ascii: "/")) else {
            throw refused("has a path; an origin ends with its host or its port")
        }
        do throws(ValueError) {
            let address = try Self.address(authority)
            guard isSecure || address.isLoopback else {
                throw ValueError("is not https: on the way, anybody could change its pages")
            }
            guard authority.hasSuffix(":\(isSecure ? 443 : 80)") == false else {
                throw ValueError("has the port of its scheme, which browsers leave out")
            }
        } catch {
            throw refused(error.reason)
        }
        text = word
    }

    /// The host, with a port of no meaning where there is none.
    private static func address(_ authority: String) throws(ValueError) -> ListenAddress {
        let hasPort = authority.utf8.contains(UInt8(ascii: ":")) && !authority.hasSuffix("]")
        guard hasPort else {
            return ListenAddress(host: try ListenAddress.host(authority), port: 1)
        }
        let address = try ListenAddress(authority)
        guard address.path == nil, authority.hasSuffix(":\(address.port)") else {
            throw ValueError("has a bad port")
        }
        return address
    }
}
