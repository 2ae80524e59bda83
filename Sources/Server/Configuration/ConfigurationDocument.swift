// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Text
internal import YAML

/// The content of a configuration file, YAML or JSON: dotted names, in the file's order.
struct ConfigurationDocument {
    /// The value of a name.
    enum Content: Equatable {
        case value(RawValue)
        /// Null: the name without a value.
        case nothing
        /// A section that holds no name, such as `log: {}`.
        case emptySection
    }

    /// A name and its value; never a section that holds names.
    struct Item: Equatable {
        let name: String
        let content: Content
        /// The line of the name.
        let line: Int
    }

    /// Why a file cannot be used as a whole.
    struct DocumentError: Error {
        let reason: String
        let line: Int?

        init(_ reason: String, line: Int? = nil) {
            self.reason = reason
            self.line = line
        }
    }

    private(set) var items: [Item] = []

    /// YAML scalars that stand for no value (YAML 1.2 §10.3.2, and an empty text).
    private static let nullTexts = ["", "~", "null"]

    /// Reads the file at `path`, whose name says which language it is in.
    init(contentsOf path: String) throws(DocumentError) {
        let isJSON = path.hasSuffix(".json")
        guard isJSON || path.hasSuffix(".yaml") || path.hasSuffix(".yml") else {
            throw DocumentError("the file's name must end in .yaml, .yml or .json")
        }
        let bytes = try Self.bytes(path)
        if isJSON {
            try add(json: bytes)
        } else {
            try add(yaml: bytes)
        }
    }

    private static func bytes(_ path: String) throws(DocumentError) -> [UInt8] {
        do throws(SystemError) {
            return try DataFile.read(path)
        } catch {
            switch error.code {
            case ENOENT: throw DocumentError("no such file")
            case ENOTDIR: throw DocumentError("no such file: a part of its path is a file")
            case EISDIR: throw DocumentError("is a directory, not a file")
            case EACCES: throw DocumentError("cannot be read: permission denied")
            default: throw DocumentError("cannot be read: \(error.reason)")
            }
        }
    }

    private static let holdsNoKeys = DocumentError("holds no keys at its top level")

    private static func repeated(_ name: String, _ position: TextPosition) -> DocumentError {
        DocumentError("a key is given twice: '\(name)'", line: position.line)
    }

    // MARK: YAML

    private mutating func add(yaml bytes: [UInt8]) throws(DocumentError) {
        let root: YAMLNode?
        do throws(YAMLError) {
            root = try YAMLNode.document(bytes.span)
        } catch {
            if let name = error.repeatedKey { throw Self.repeated(name, error.position) }
            throw DocumentError("is not YAML: \(error)", line: error.position.line)
        }
        guard case .map(let members)? = root?.content else { throw Self.holdsNoKeys }
        add(members, under: "")
    }

    private mutating func add(_ members: [YAMLMember], under prefix: String) {
        for member in members {
            let name = prefix + member.name
            let line = member.position.line
            switch member.value.content {
            case .map(let inner) where !inner.isEmpty: add(inner, under: name + ".")
            case .map: items.append(Item(name: name, content: .emptySection, line: line))
            case .list: items.append(Item(name: name, content: .value(.list), line: line))
            case .scalar(let text):
                let isNull = Self.nullTexts.contains(text)
                let content: Content = isNull ? .nothing : .value(.untyped(text))
                items.append(Item(name: name, content: content, line: line))
            }
        }
    }

    // MARK: JSON

    private mutating func add(json bytes: [UInt8]) throws(DocumentError) {
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(bytes)
        } catch {
            if let name = error.repeatedName { throw Self.repeated(name, error.position) }
            throw DocumentError("is not JSON: \(error)", line: error.position.line)
        }
        guard case .object(let members) = document.value else { throw Self.holdsNoKeys }
        add(members, under: [], document)
        items.sort { ($0.line, $0.name) < ($1.line, $1.name) }
    }

    private mutating func add(
        _ members: [String: JSONValue],
        under path: [String],
        _ document: JSONDocument
    ) {
        for (name, value) in members {
            let path = path + [name]
            let content: Content
            switch value {
            case .object(let inner) where !inner.isEmpty:
                add(inner, under: path, document)
                continue
            case .object: content = .emptySection
            case .array: content = .value(.list)
            case .null: content = .nothing
            case .boolean(let value): content = .value(.boolean(value))
            case .integer(let value): content = .value(.number(String(value)))
            case .number(let digits): content = .value(.number(digits))
            case .string(let text): content = .value(.text(text))
            }
            items.append(
                Item(
                    name: path.joined(separator: "."),
                    content: content,
                    line: document.position(of: path)?.line ?? 1
                )
            )
        }
    }
}
