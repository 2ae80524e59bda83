// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// The names to which a configuration file gives no value: null, or a section without keys.
///
/// The configuration library passes over most of them without a word, so that a misspelt one would
/// be accepted.
struct ValuelessKeys {
    /// Dotted names of sections that hold no key, such as `log: {}`.
    private(set) var emptySections: Set<String> = []
    /// Dotted names with null, such as `log:`.
    private(set) var nulls: Set<String> = []

    /// How a scalar looks that stands for no value (YAML 1.2 §10.3.2, and an empty text).
    static let nullTexts = ["", "~", "null"]

    /// Both kinds.
    var all: Set<String> { emptySections.union(nulls) }

    /// Reads YAML, or JSON, which YAML's parser reads too.
    ///
    /// Throws for a key that stands twice in one section, of which Foundation's JSON parser keeps
    /// the last. Finds nothing in what is otherwise no YAML: the library tells of that.
    init(in content: [UInt8]) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: String(decoding: content, as: UTF8.self))
        } catch {
            guard "\(error)".contains(FileRefusal.repeatedKeys) else { return }
            throw error
        }
        var open: [(prefix: String, section: Node.Mapping)] = []
        if let mapping = root?.mapping { open.append(("", mapping)) }
        while let (prefix, section) = open.popLast() {
            for (key, value) in section {
                guard let key = key.string else { continue }
                let name = prefix + key
                if let mapping = value.mapping {
                    if mapping.isEmpty { emptySections.insert(name) }
                    open.append((name + ".", mapping))
                } else if let scalar = value.scalar, Self.nullTexts.contains(scalar.string) {
                    nulls.insert(name)
                }
            }
        }
    }
}
