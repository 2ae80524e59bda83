// SPDX-License-Identifier: Apache-2.0
package import Text

/// A value of a YAML document, with its place.
///
/// Scalars stay text: no schema decides here whether `off` is a word or a boolean.
package struct YAMLNode: Sendable, Equatable {
    /// The content of a node, by its kind.
    package indirect enum Content: Sendable, Equatable {
        case scalar(String)
        case list([YAMLNode])
        case map([YAMLMember])
    }

    /// The content.
    package let content: Content
    /// The position of the node's beginning; of an alias, the alias's own.
    package let position: TextPosition
    /// Whether it is a scalar without quotation marks, and without a tag that makes it a text.
    package var isPlain = false

    /// Reads the one document of a text; nil where there is none.
    ///
    /// Aliases are replaced by what they stand for. Refused are a key that stands twice in one map,
    /// a second document, a tag of one's own, and more than is in any configuration.
    package static func document(_ text: Span<UInt8>) throws(YAMLError) -> YAMLNode? {
        var composer = try YAMLComposer(text)
        return try composer.document()
    }

    /// Reads a document that is a map of lists, and hands each list's name to `list`, then each of
    /// its entries to `body`: for documents that are too long to be kept whole.
    ///
    /// An entry is bounded as a whole document otherwise is. Throws a `YAMLError`, and what the two
    /// throw.
    package static func forEachEntry(
        of text: Span<UInt8>,
        list: (_ name: YAMLMember) throws -> Void,
        _ body: (_ list: YAMLMember, _ entry: YAMLNode) throws -> Void
    ) throws {
        var composer = try YAMLComposer(text)
        try composer.entries(list, body)
    }
}

/// A key and its value.
package struct YAMLMember: Sendable, Equatable {
    /// The key.
    package let name: String
    /// The position of the key.
    package let position: TextPosition
    /// The value.
    package let value: YAMLNode
}

/// The error of a text that is no YAML, or that uses parts of YAML that are not supported.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The position of the error.
    package let position: TextPosition
    /// The problem there.
    package let reason: String
    /// The key that stands twice in one map, where that is what is wrong.
    package let repeatedKey: String?

    init(_ position: TextPosition, _ reason: String, repeatedKey: String? = nil) {
        self.position = position
        self.reason = reason
        self.repeatedKey = repeatedKey
    }

    /// `line:column: problem`.
    package var description: String { "\(position): \(reason)" }
}
