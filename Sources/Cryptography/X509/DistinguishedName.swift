// SPDX-License-Identifier: Apache-2.0
/// An X.501 name: a sequence of relative names, the most general first, as DER has it.
public struct DistinguishedName: Sendable {
    /// One attribute, such as `CN=playground2`.
    public struct Attribute: Sendable {
        /// The attribute's type.
        public let type: ASN1ObjectIdentifier
        /// The value, as it came.
        let value: Value
        /// The normalised form for comparison.
        ///
        /// Computed each time: most names are never compared, and preparing a long one costs more
        /// than the rest of its certificate.
        var comparison: Comparison { Comparison(value) }

        init(type: ASN1ObjectIdentifier, value: Value) {
            self.type = type
            self.value = value
        }

        /// The value as text, nil if it is of no character string type or not valid in its type.
        public var text: String? { value.text }
    }

    /// A set of attributes that stand at one level, nearly always a single one.
    public struct RelativeName: Sendable {
        /// In the order in which they came, which means nothing.
        public let attributes: [Attribute]
    }

    /// A value of an attribute.
    enum Value: Sendable {
        /// From text, of any character string type.
        case text(String)
        /// From DER or `#hex`: the tag and the content.
        case der(tag: UInt8, content: [UInt8])

        var text: String? {
            switch self {
            case .text(let text): text
            case .der(let tag, let content): DirectoryString.decode(tag: tag, content[...])
            }
        }
    }

    /// The normalised form that two matching values share.
    enum Comparison: Sendable {
        case text(String)
        case bytes(tag: UInt8, [UInt8])
        /// A NUL, a prohibited character or bytes that are not of their type.
        case never

        init(_ value: Value) {
            if case .der(let tag, let content) = value, !DirectoryString.isString(tag) {
                self = .bytes(tag: tag, content)
            } else if let text = value.text, let prepared = DirectoryString.prepare(text) {
                self = .text(prepared)
            } else {
                self = .never
            }
        }

        /// Whether it is a string of which preparation leaves nothing.
        var isEmpty: Bool { if case .text(let text) = self { text.isEmpty } else { false } }

        func matches(_ other: Comparison) -> Bool {
            switch (self, other) {
            case (.text(let a), .text(let b)): a == b
            case (.bytes(let tag, let a), .bytes(let otherTag, let b)): tag == otherTag && a == b
            default: false
            }
        }
    }

    /// The most general (the country, say) first.
    public let relativeNames: [RelativeName]

    /// More than a name has use for; each costs a comparison per match.
    static let relativeNamesMax = 64
    /// Comparing sets costs their product.
    static let attributesPerSetMax = 16
    /// The DER of a name; preparing its text for comparison costs up to 0.3 µs a byte.
    static let derBytesMax = 2048

    init(_ relativeNames: [RelativeName]) {
        self.relativeNames = relativeNames
    }

    /// Whether there is nothing in it, as in certificates that are named by SAN alone.
    public var isEmpty: Bool { relativeNames.isEmpty }

    /// Whether a value contains a NUL, by which names have been cut short in the past.
    public var hasEmbeddedNUL: Bool {
        relativeNames.contains { relative in
            relative.attributes.contains { attribute in
                if let text = attribute.text { return text.utf8.contains(0) }
                // Text that cannot be decoded is compared as bytes.
                guard case .der(let tag, let content) = attribute.value else { return false }
                return DirectoryString.isString(tag) && content.contains(0)
            }
        }
    }

    /// The first attribute whose value is a string of nothing but spaces, or of no character.
    ///
    /// X.520 has no such value: a DirectoryString has at least one character (RFC 5280 appendix A).
    var emptyAttribute: Attribute? {
        relativeNames.lazy.flatMap(\.attributes).first { $0.comparison.isEmpty }
    }

    /// Whether both are the same name (RFC 5280 §7.1): the same sequence of sets of attributes.
    ///
    /// Strings match after RFC 4518 preparation, whatever their types; other values byte for
    /// byte. A name with a NUL or an invalid string in it matches nothing, not even itself.
    public func matches(_ other: DistinguishedName) -> Bool {
        relativeNames.count == other.relativeNames.count
            && zip(relativeNames, other.relativeNames).allSatisfy { $0.matches($1) }
    }

    /// Whether this is the name that was registered as text.
    ///
    /// Registered text may have been copied from a tool that prints the other end first, which
    /// cannot be seen from the text. With `orderTolerant` the whole sequence also matches in
    /// reverse; no other permutation does, and no relative name may be missing or added.
    public func matches(registered: DistinguishedName, orderTolerant: Bool = true) -> Bool {
        guard !registered.isEmpty else { return false }
        return matches(registered) || (orderTolerant && matches(registered.reversed))
    }

    /// The same relative names, the other end first.
    var reversed: DistinguishedName { DistinguishedName(relativeNames.reversed()) }
}

extension DistinguishedName.RelativeName {
    /// Whether both are the same set, each attribute counted.
    func matches(_ other: Self) -> Bool {
        guard attributes.count == other.attributes.count else { return false }
        var unmatched = other.attributes
        for attribute in attributes {
            let comparison = attribute.comparison
            let found = unmatched.firstIndex {
                $0.type == attribute.type && $0.comparison.matches(comparison)
            }
            guard let found else { return false }
            unmatched.remove(at: found)
        }
        return true
    }
}

extension DistinguishedName {
    /// Takes a Name at the reader's position (RFC 5280 §4.1.2.4).
    init(_ reader: inout DERReader, _ part: String) throws(DERError) {
        let element = try reader.next(DERTag.sequence, part)
        guard element.whole.count <= Self.derBytesMax else {
            throw .malformed("\(part) has more than \(Self.derBytesMax) bytes")
        }
        var names = reader.inside(element)
        var relativeNames: [RelativeName] = []
        while !names.isAtEnd {
            var set = names.inside(try names.next(DERTag.set, "a relative name in \(part)"))
            var attributes: [Attribute] = []
            repeat {
                guard attributes.count < Self.attributesPerSetMax,
                    relativeNames.count < Self.relativeNamesMax
                else { throw .malformed("\(part) has too many attributes") }
                attributes.append(try Self.attribute(&set, part))
            } while !set.isAtEnd
            relativeNames.append(RelativeName(attributes: attributes))
        }
        self.init(relativeNames)
    }

    private static func attribute(
        _ set: inout DERReader,
        _ part: String
    ) throws(DERError) -> Attribute {
        var pair = try set.sequence("an attribute in \(part)")
        let type = try pair.objectIdentifier("an attribute's type in \(part)")
        let value = try pair.next()
        try pair.finish()
        let content = Array(pair.content(of: value))
        return Attribute(type: type, value: .der(tag: value.tag, content: content))
    }
}
