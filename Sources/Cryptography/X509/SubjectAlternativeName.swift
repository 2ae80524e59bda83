// SPDX-License-Identifier: Apache-2.0
internal import Network
internal import Text

/// One entry of a certificate's subject alternative names (RFC 5280 §4.2.1.6).
public enum SubjectAlternativeName: Sendable {
    /// A host name, as it stands in the certificate.
    case dns(String)
    /// A URI, as it stands in the certificate.
    case uri(String)
    /// A mailbox, as it stands in the certificate.
    case email(String)
    /// An address: 4 octets, or 16.
    case ip([UInt8])
    /// A name in the form of a subject.
    case directory(DistinguishedName)
    /// A type that nothing here compares, with its tag octet and content.
    case other(tag: UInt8, content: [UInt8])
    /// A name that is not valid in its type, or has a NUL in it; it never matches.
    case invalid(tag: UInt8, content: [UInt8])

    static let rfc822Tag = DERTag.primitive(1)
    static let dnsTag = DERTag.primitive(2)
    static let directoryTag = DERTag.constructed(4)
    static let uriTag = DERTag.primitive(6)
    static let ipTag = DERTag.primitive(7)

    /// Takes one GeneralName.
    init(_ reader: inout DERReader) throws(DERError) {
        let element = try reader.next()
        guard element.tag & 0xC0 == 0x80 else {
            throw .malformed("an alternative name has the wrong type")
        }
        let content = Array(reader.content(of: element))
        switch element.tag {
        case Self.rfc822Tag, Self.dnsTag, Self.uriTag:
            // IA5String; a control or a NUL in it has no business in any of the three.
            guard !content.isEmpty, content.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                self = .invalid(tag: element.tag, content: content)
                return
            }
            let text = String(decoding: content, as: UTF8.self)
            switch element.tag {
            case Self.dnsTag: self = .dns(text)
            case Self.uriTag: self = .uri(text)
            default: self = .email(text)
            }
        case Self.ipTag:
            let isAddress = content.count == 4 || content.count == 16
            self = isAddress ? .ip(content) : .invalid(tag: element.tag, content: content)
        case Self.directoryTag:
            var inner = reader.inside(element)
            self = .directory(try DistinguishedName(&inner, "an alternative name"))
            try inner.finish()
        default:
            self = .other(tag: element.tag, content: content)
        }
    }

    /// Whether it is a textual name with a NUL in it.
    var hasEmbeddedNUL: Bool {
        switch self {
        case .invalid(let tag, let content): tag != Self.ipTag && content.contains(0)
        case .directory(let name): name.hasEmbeddedNUL
        default: false
        }
    }
}

extension SubjectAlternativeName: CustomStringConvertible {
    /// Such as `dns:client.example` or `ip:192.0.2.1`.
    public var description: String {
        switch self {
        case .dns(let name): "dns:\(name)"
        case .uri(let uri): "uri:\(uri)"
        case .email(let mailbox): "email:\(mailbox)"
        case .ip(let octets):
            "ip:\(InternetAddress(octets: octets)?.description ?? Hexadecimal.text(octets))"
        case .directory(let name): "dn:\(name.canonical)"
        case .other(let tag, let content): "other[\(tag & 0x1F)]:\(Hexadecimal.text(content))"
        case .invalid(let tag, let content): "invalid[\(tag & 0x1F)]:\(Hexadecimal.text(content))"
        }
    }
}
