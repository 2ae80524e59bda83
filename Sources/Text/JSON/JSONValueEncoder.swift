// SPDX-License-Identifier: Apache-2.0
/// The tree that an encodable value is encoded into.
private final class JSONNode {
    enum Content {
        /// No value was encoded, which is an object without members.
        case nothing
        case value(JSONValue)
        case array([JSONNode])
        case object([String: JSONNode])
    }

    var content = Content.nothing

    var value: JSONValue {
        switch content {
        case .nothing: .object([:])
        case .value(let value): value
        case .array(let nodes): .array(nodes.map(\.value))
        case .object(let members): .object(members.mapValues(\.value))
        }
    }

    /// A new last element.
    func appendElement() -> JSONNode {
        let node = JSONNode()
        if case .array(var nodes) = content {
            // Releases the stored array, which would otherwise be copied for each element.
            content = .nothing
            nodes.append(node)
            content = .array(nodes)
        } else {
            content = .array([node])
        }
        return node
    }

    /// A new member, in place of an older one of that name.
    func setMember(_ name: String) -> JSONNode {
        let node = JSONNode()
        if case .object(var members) = content {
            content = .nothing
            members[name] = node
            content = .object(members)
        } else {
            content = .object([name: node])
        }
        return node
    }

    func encode(_ value: some Encodable, _ path: [any CodingKey]) throws {
        try value.encode(to: JSONValueEncoder(node: self, codingPath: path))
    }
}

/// Encodes an `Encodable` value as a JSONValue, with the names and forms of Foundation's
/// JSONEncoder.
///
/// Foundation's own types, such as Date and Data, are not supported. Allocates for each value.
private struct JSONValueEncoder: Encoder {
    let node: JSONNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .nothing = node.content { node.content = .object([:]) }
        return KeyedEncodingContainer(Members<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .nothing = node.content { node.content = .array([]) }
        return Elements(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(node: node, codingPath: codingPath)
    }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: JSONNode
    let codingPath: [any CodingKey]

    private func member(_ key: some CodingKey) -> JSONValueEncoder {
        JSONValueEncoder(node: node.setMember(key.stringValue), codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { member(key).node.content = .value(.null) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        let member = member(key)
        try member.node.encode(value, member.codingPath)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { member(SuperKey()) }
    func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

private struct Elements: UnkeyedEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]

    var count: Int {
        if case .array(let nodes) = node.content { nodes.count } else { 0 }
    }

    private func element() -> JSONValueEncoder {
        JSONValueEncoder(node: node.appendElement(), codingPath: codingPath)
    }

    func encodeNil() { element().node.content = .value(.null) }
    func encode(_ value: some Encodable) throws { try element().node.encode(value, codingPath) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        element().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    func superEncoder() -> any Encoder { element() }
}

private struct Single: SingleValueEncodingContainer {
    let node: JSONNode
    let codingPath: [any CodingKey]

    private func set(_ value: JSONValue) { node.content = .value(value) }

    private func set(integer value: some FixedWidthInteger) {
        set(Int64(exactly: value).map { .integer($0) } ?? .number(String(value)))
    }

    /// Digits that read back as the same number; a whole one without its `.0`.
    private func set(real value: some BinaryFloatingPoint & LosslessStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(codingPath: codingPath, debugDescription: "no JSON number")
            )
        }
        let text = String(value)
        set(.number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text))
    }

    func encodeNil() { set(.null) }
    func encode(_ value: Bool) { set(.boolean(value)) }
    func encode(_ value: String) { set(.string(value)) }
    func encode(_ value: Double) throws { try set(real: value) }
    func encode(_ value: Float) throws { try set(real: value) }
    func encode(_ value: Int) { set(integer: value) }
    func encode(_ value: Int8) { set(integer: value) }
    func encode(_ value: Int16) { set(integer: value) }
    func encode(_ value: Int32) { set(integer: value) }
    func encode(_ value: Int64) { set(integer: value) }
    func encode(_ value: UInt) { set(integer: value) }
    func encode(_ value: UInt8) { set(integer: value) }
    func encode(_ value: UInt16) { set(integer: value) }
    func encode(_ value: UInt32) { set(integer: value) }
    func encode(_ value: UInt64) { set(integer: value) }
    func encode(_ value: some Encodable) throws { try node.encode(value, codingPath) }
}

private struct SuperKey: CodingKey {
    var stringValue: String { "super" }
    var intValue: Int? { nil }

    init() {}
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
}

extension JSONValue {
    /// The JSON that `value` encodes to.
    package init(encoding value: some Encodable) throws {
        let node = JSONNode()
        try node.encode(value, [])
        self = node.value
    }
}

extension JSONValue: Encodable {
    /// Sets itself into the tree that `init(encoding:)` builds.
    ///
    /// Other encoders are refused: none of them keeps the digits of a number.
    package func encode(to encoder: any Encoder) throws {
        guard let own = encoder as? JSONValueEncoder else {
            throw EncodingError.invalidValue(
                self,
                EncodingError.Context(
                    codingPath: encoder.codingPath,
                    debugDescription: "a JSONValue is encoded by JSONValue(encoding:)"
                )
            )
        }
        own.node.content = .value(self)
    }
}
