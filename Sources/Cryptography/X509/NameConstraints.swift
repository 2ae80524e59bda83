// SPDX-License-Identifier: Apache-2.0
/// The name constraints of a CA (RFC 5280 §4.2.1.10), read strictly.
///
/// OpenSSL compares names with them. Malformed ones are found here first, because OpenSSL reads
/// them leniently, each in a way of its own.
struct NameConstraints: Sendable {
    /// The base of one subtree: a GeneralName, as it stands there.
    struct Base: Sendable {
        let tag: UInt8
        let content: [UInt8]
    }

    /// Names that certificates below may have, by type; a type without any may have all.
    private(set) var permitted: [Base] = []
    /// Names that they must not have.
    private(set) var excluded: [Base] = []
    /// The violation of RFC 5280, as the end of a sentence; nil if there is none.
    private(set) var malformation: String?

    /// More than any CA has; looking at the form of one costs about a microsecond.
    static let countMax = 512

    /// The number of constraints; OpenSSL compares each with every name below.
    var count: Int { permitted.count + excluded.count }

    /// Takes the extension's SEQUENCE; throws only for what is not DER.
    init(_ reader: inout DERReader) throws(DERError) {
        var sets = try reader.sequence("the name constraints")
        if sets.isAtEnd { malformation = "are empty" }
        var last: UInt8 = 0
        while !sets.isAtEnd {
            let set = try sets.next()
            let isKnown = set.tag == DERTag.constructed(0) || set.tag == DERTag.constructed(1)
            if !isKnown || set.tag <= last {
                malformation = malformation ?? "have a part that is not known"
            }
            last = set.tag
            var subtrees = sets.inside(set)
            if subtrees.isAtEnd { malformation = malformation ?? "have an empty list" }
            while !subtrees.isAtEnd {
                let isPermitted = set.tag == DERTag.constructed(0)
                let base = try take(&subtrees, isPermitted)
                if isPermitted { permitted.append(base) } else { excluded.append(base) }
            }
        }
    }

    private mutating func take(
        _ subtrees: inout DERReader,
        _ isPermitted: Bool
    ) throws(DERError) -> Base {
        var subtree = subtrees.inside(try subtrees.next())
        let element = try subtree.next()
        let base = Base(tag: element.tag, content: Array(subtree.content(of: element)))
        // RFC 5280 §4.2.1.10: the minimum is zero, which DER leaves out, and there is no maximum.
        if !subtree.isAtEnd { malformation = malformation ?? "have a minimum or a maximum" }
        if count >= Self.countMax {
            malformation = malformation ?? "are more than \(Self.countMax)"
        }
        if malformation == nil { malformation = base.malformation(isPermitted) }
        return base
    }

    /// All subtrees of one type.
    func bases(_ tag: UInt8) -> [Base] { (permitted + excluded).filter { $0.tag == tag } }
}

extension NameConstraints.Base {
    /// The malformed part, as the end of a sentence; nil if there is none.
    fileprivate func malformation(_ isPermitted: Bool) -> String? {
        let text = String(decoding: content, as: UTF8.self)
        switch tag {
        case SubjectAlternativeName.dnsTag:
            // A CA without host names excludes the empty one, which covers all.
            if content.isEmpty, !isPermitted { return nil }
            return Self.isHost(text) ? nil : "have a malformed DNS name"
        case SubjectAlternativeName.rfc822Tag:
            let hasLocalPart = text.contains("@")
            let isGood = hasLocalPart ? Self.isMailbox(text) : Self.isDomain(text)
            return isGood ? nil : "have a malformed mailbox or mail domain"
        case SubjectAlternativeName.uriTag:
            return Self.isDomain(text) ? nil : "have a malformed URI domain"
        case SubjectAlternativeName.ipTag:
            return Self.isNetwork(content) ? nil : "have a malformed IP network"
        case SubjectAlternativeName.directoryTag:
            var reader = DERReader(content)
            let isName = (try? DistinguishedName(&reader, "a name")) != nil && reader.isAtEnd
            return isName ? nil : "have a malformed directory name"
        // Other types bind where such a name stands below; then nothing can compare it.
        case _ where tag & 0xC0 == 0x80: return nil
        default: return "have a name of no type"
        }
    }

    /// A host name without a final dot, in ASCII; `*` is no part of one.
    static func isHost(_ text: String) -> Bool {
        text.utf8.last != UInt8(ascii: ".") && (try? AlternativeNameSyntax.dns(text)) != nil
    }

    /// Whether the text is a well-formed mailbox: local part, `@` and domain.
    static func isMailbox(_ text: String) -> Bool {
        (try? AlternativeNameSyntax.email(text)) != nil
    }

    /// A host, or all hosts below one where a dot comes first.
    private static func isDomain(_ text: String) -> Bool {
        isHost(text.hasPrefix(".") ? String(text.dropFirst()) : text)
    }

    /// Address and mask of one length, the mask's ones first (RFC 4632 §3.1).
    private static func isNetwork(_ octets: [UInt8]) -> Bool {
        guard octets.count == 8 || octets.count == 32 else { return false }
        let mask = octets[(octets.count / 2)...]
        let partial = mask.drop { $0 == 0xFF }
        guard let first = partial.first else { return true }
        return (~first & (~first &+ 1)) == 0 && partial.dropFirst().allSatisfy { $0 == 0 }
    }
}

/// Names that OpenSSL would compare with constraints although their form does not allow it.
struct ConstrainedNames {
    private let constraints: [NameConstraints]

    /// `constraints` are those of all CAs above a certificate.
    init(under constraints: [NameConstraints]) {
        self.constraints = constraints
    }

    /// Why a name of `certificate` cannot be within the constraints, for the end of a sentence
    /// about the certificate; nil if that is for OpenSSL to decide.
    func violation(in certificate: Certificate) -> String? {
        guard !constraints.isEmpty else { return nil }
        for name in certificate.extensions.subjectAlternativeNames {
            if let violation = violation(name) { return violation }
        }
        return nil
    }

    private func violation(_ name: SubjectAlternativeName) -> String? {
        switch name {
        case .dns(let host):
            let bases = bases(SubjectAlternativeName.dnsTag)
            guard !bases.isEmpty else { return nil }
            let isWildcard = host.hasPrefix("*.")
            let domain = isWildcard ? String(host.dropFirst(2)) : host
            guard NameConstraints.Base.isHost(domain) else {
                return "has a malformed DNS name, which name constraints cannot allow."
            }
            guard isWildcard, mayStandForExcluded(domain) else { return nil }
            return "has a wildcard that may stand for a name which name constraints exclude."
        case .email(let mailbox):
            guard !bases(SubjectAlternativeName.rfc822Tag).isEmpty,
                !NameConstraints.Base.isMailbox(mailbox)
            else { return nil }
            return "has a malformed mailbox, which name constraints cannot allow."
        case .uri(let uri): return violation(uri: uri)
        case .invalid(let tag, _):
            return bases(tag).isEmpty
                ? nil : "has a malformed name, which name constraints cannot allow."
        case .other(let tag, _):
            return bases(tag).isEmpty
                ? nil : "has a name of a type whose name constraints are not understood."
        case .ip, .directory: return nil
        }
    }

    private func bases(_ tag: UInt8) -> [NameConstraints.Base] {
        constraints.flatMap { $0.bases(tag) }
    }

    /// Whether a name that is excluded is below `domain`, for which a wildcard stands.
    private func mayStandForExcluded(_ domain: String) -> Bool {
        let suffix = "." + AlternativeNameSyntax.lowercased(domain)
        return constraints.flatMap(\.excluded).contains {
            guard $0.tag == SubjectAlternativeName.dnsTag else { return false }
            let text = String(decoding: $0.content, as: UTF8.self)
            return AlternativeNameSyntax.lowercased(text).hasSuffix(suffix)
        }
    }

    /// OpenSSL takes what is before the first colon for the host, be it of the path, so that URIs
    /// are compared here too (RFC 5280 §4.2.1.10).
    private func violation(uri: String) -> String? {
        guard !bases(SubjectAlternativeName.uriTag).isEmpty else { return nil }
        guard let host = Self.host(of: uri) else {
            return "has a URI without a host name, which name constraints cannot allow."
        }
        for constraint in constraints {
            let permitted = constraint.permitted.filter { $0.tag == SubjectAlternativeName.uriTag }
            let excluded = constraint.excluded.filter { $0.tag == SubjectAlternativeName.uriTag }
            if excluded.contains(where: { Self.covers($0, host) }) {
                return "has a URI that name constraints above it exclude."
            }
            if !permitted.isEmpty, !permitted.contains(where: { Self.covers($0, host) }) {
                return "has a URI that name constraints above it do not permit."
            }
        }
        return nil
    }

    private static func covers(_ base: NameConstraints.Base, _ host: String) -> Bool {
        let text = AlternativeNameSyntax.lowercased(String(decoding: base.content, as: UTF8.self))
        return text.hasPrefix(".") ? host.hasSuffix(text) : host == text
    }

    /// The host behind `//`, in lower case; nil where there is none, or an address.
    private static func host(of uri: String) -> String? {
        guard let start = uri.firstRange(of: "://")?.upperBound else { return nil }
        var host = uri[start...].prefix { !"/?#".contains($0) }
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        let name = String(host.prefix { $0 != ":" })
        return NameConstraints.Base.isHost(name) ? AlternativeNameSyntax.lowercased(name) : nil
    }
}
