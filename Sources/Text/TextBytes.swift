// SPDX-License-Identifier: Apache-2.0
/// For rows of databases, whose texts are compared where they are.
extension Span<UInt8> {
    /// Whether these bytes are `text` in UTF-8.
    public func isText(_ text: String) -> Bool {
        let other = text.utf8Span.span
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}

/// For texts of protocols, which are compared byte for byte (RFC 7519 §2, RFC 3986 §6.2.1): `==` of
/// Swift takes canonically equivalent strings for equal, such as `K` and the Kelvin sign.
extension String {
    /// Whether both are the same bytes in UTF-8.
    public func isSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// For lists of such texts: audiences, resources, endpoints.
extension Sequence<String> {
    /// Whether one of them is the same bytes as `text`.
    public func containsBytes(of text: String) -> Bool { contains { $0.isSameBytes(as: text) } }
}
