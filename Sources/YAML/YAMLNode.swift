// SPDX-License-Identifier: Apache-2.0
package import Text

/// A value of a YAML document, with its place.
///
/// Scalars stay text: no schema decides here whether `off` is a word or a boolean.
package struct YAMLNode: Sendable, Equatable {
    /// What it holds.
    package indirect enum Content: Sendable, Equatable {
        case scalar(String)
        case list([YAMLNode])
        case map([YAMLMember])
    }

    /// What it holds.
    package let content: Content
    /// Where it begins; of an alias, where the alias stands.
    package let position: TextPosition

    /// Reads the one document of a text; nil where there is none.
    ///
    /// Aliases are replaced by what they stand for. Refused are a key that stands twice in one map,
    /// a second document, a tag of one's own, and more than is in any configuration.
    package static func document(_ text: Span<UInt8>) throws(YAMLError) -> YAMLNode? {
        var composer = try YAMLComposer(text)
        return try composer.document()
    }
}

/// A key and its value.
package struct YAMLMember: Sendable, Equatable {
    /// The key.
    package let name: String
    /// Where the key stands.
    package let position: TextPosition
    /// What stands under it.
    package let value: YAMLNode
}

/// Why a text is no YAML, or none that is taken.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where it is wrong.
    package let position: TextPosition
    /// What is wrong there.
    package let problem: String
    /// The key that stands twice in one map, where that is what is wrong.
    package let repeatedKey: String?

    init(_ position: TextPosition, _ problem: String, repeatedKey: String? = nil) {
        self.position = position
        self.problem = problem
        self.repeatedKey = repeatedKey
    }

    /// `line:column: problem`.
    package var description: String { "\(position): \(problem)" }
}
