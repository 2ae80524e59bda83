// SPDX-License-Identifier: Apache-2.0
internal import Text

extension DistinguishedName: CustomStringConvertible {
    /// RFC 4514 text, the most specific name first: `CN=playground2,O=WSO2,C=LK`.
    ///
    /// Parsing it gives a name that matches this one, unless this one matches nothing.
    public var canonical: String {
        relativeNames.reversed().map(\.text).joined(separator: ",")
    }

    /// The same with the most general name first: `C=LK,O=WSO2,CN=playground2`.
    public var canonicalReversed: String {
        relativeNames.map(\.text).joined(separator: ",")
    }

    /// The same as `canonical`.
    public var description: String { canonical }
}

extension DistinguishedName.RelativeName {
    fileprivate var text: String {
        attributes.map(\.canonical).joined(separator: "+")
    }
}

extension DistinguishedName.Attribute {
    fileprivate var canonical: String {
        if let keyword = AttributeType.keyword(type), let text {
            return "\(keyword)=\(Self.escape(text))"
        }
        let keyword = AttributeType.keyword(type) ?? type.dotted
        return "\(keyword)=#\(Hexadecimal.text(encoding))"
    }

    /// The value's DER; text of a type without a keyword is a UTF8String.
    private var encoding: [UInt8] {
        let (tag, content) =
            switch value {
            case .text(let text): (DERTag.utf8String, Array(text.utf8))
            case .der(let tag, let content): (tag, content)
            }
        return [tag] + Self.length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        var octets: [UInt8] = []
        var rest = count
        while rest != 0 {
            octets.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(octets.count)] + octets
    }

    /// Escapes as RFC 4514 §2.4 wants, and controls as hexadecimal pairs, so that printing a
    /// name cannot move a terminal's cursor or forge a log line.
    private static func escape(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let isEdge = index == 0 || index == scalars.count - 1
            switch scalar {
            case "\"", "+", ",", ";", "<", ">", "\\":
                out.append("\\")
                out.append(scalar)
            case " " where isEdge, "#" where index == 0:
                out.append("\\")
                out.append(scalar)
            case _ where isHidden(scalar):
                for octet in String(scalar).utf8 {
                    out.append(contentsOf: "\\\(Hexadecimal.text([octet]))".unicodeScalars)
                }
            default:
                out.append(scalar)
            }
        }
        return String(out)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
