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
