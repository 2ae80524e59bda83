// SPDX-License-Identifier: Apache-2.0
/// The certificates that a client sent along, as far as names lead from its own to a CA.
///
/// Parsed lazily: a certificate stays bytes until its subject is wanted as an issuer, and its key
/// is described but not decoded. An unreadable one is left out.
struct SentCertificates {
    /// The certificates on chains of names, in the order in which they were sent.
    private(set) var wanted: [Certificate] = []
    /// The least number of certificates between each of them and the leaf.
    private(set) var distances: [Int] = []
    /// The number of unreadable certificates among those that were parsed.
    private(set) var unreadableCount = 0

    private var unread: [(der: [UInt8], subject: ArraySlice<UInt8>)] = []
    private var names = NameMatching()

    /// `anchors` are known already, and never taken from what was sent.
    init(_ sent: [[UInt8]], above leaf: Certificate, anchors: [Certificate]) {
        for der in sent {
            if let subject = try? Self.subject(of: der) {
                unread.append((der, subject))
            } else {
                unreadableCount += 1
            }
        }
        var known = Set(anchors.map(\.thumbprint) + [leaf.thumbprint])
        var children = [leaf]
        var distance = 0
        while !children.isEmpty, !unread.isEmpty {
            let found = take(above: children, &known)
            wanted += found
            distances += Array(repeating: distance, count: found.count)
            children = found
            distance += 1
        }
    }

    /// Whether the names say that `issuer` has issued `child`.
    mutating func isIssuer(_ issuer: Certificate, of child: Certificate) -> Bool {
        names.isSame(issuer.subjectBytes, child.issuerBytes)
    }

    private mutating func take(
        above children: [Certificate],
        _ known: inout Set<Digest256>
    ) -> [Certificate] {
        var found: [Certificate] = []
        var rest: [(der: [UInt8], subject: ArraySlice<UInt8>)] = []
        for item in unread {
            var isWanted = false
            for child in children where !isWanted {
                isWanted = names.isSame(item.subject, child.issuerBytes)
            }
            guard isWanted else {
                rest.append(item)
                continue
            }
            guard let certificate = try? Certificate(der: item.der) else {
                unreadableCount += 1
                continue
            }
            if known.insert(certificate.thumbprint).inserted { found.append(certificate) }
        }
        unread = rest
        // Of several with one name, those come first whose key identifier is asked for.
        let named = found.filter { issuer in
            children.contains { $0.match(issuer) == .byKeyIdentifier }
        }
        return named + found.filter { !named.contains($0) }
    }

    /// The subject's name in DER, found without reading the rest.
    private static func subject(of der: [UInt8]) throws(DERError) -> ArraySlice<UInt8> {
        var file = DERReader(der)
        var outer = try file.sequence("the certificate")
        var fields = try outer.sequence("the certificate's body")
        _ = try fields.nextIfPresent(DERTag.constructed(0))
        // Serial number, signature algorithm, issuer, validity.
        for _ in 0..<4 { _ = try fields.next() }
        let subject = try fields.next(DERTag.sequence, "the subject")
        guard subject.whole.count <= DistinguishedName.derBytesMax else {
            throw .malformed("the subject is too long")
        }
        return fields.whole(subject)
    }
}

/// Compares names in DER: the same bytes are the same name, and so are names of the same text.
///
/// The text of a name is prepared once, and only a bounded number of bytes altogether: a chain of
/// long names in several spellings would cost more than it is worth.
struct NameMatching {
    private var prepared: [ArraySlice<UInt8>: PreparedName] = [:]
    private var bytesLeft = bytesMax

    /// Sixteen names of ordinary length; preparing so many costs about a millisecond at most.
    static let bytesMax = 4096

    mutating func isSame(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
        if a == b { return true }
        guard let first = prepare(a), let second = prepare(b) else { return false }
        return first.matches(second)
    }

    private mutating func prepare(_ bytes: ArraySlice<UInt8>) -> PreparedName? {
        if let known = prepared[bytes] { return known }
        guard bytes.count <= bytesLeft else { return nil }
        bytesLeft -= bytes.count
        var reader = DERReader(Array(bytes))
        guard let name = try? DistinguishedName(&reader, "a name") else { return nil }
        let made = PreparedName(name)
        prepared[bytes] = made
        return made
    }
}

/// A name whose values are prepared for comparison.
private struct PreparedName {
    private typealias Item = (type: ASN1ObjectIdentifier, value: DistinguishedName.Comparison)

    private let sets: [[Item]]

    init(_ name: DistinguishedName) {
        sets = name.relativeNames.map { relative in
            relative.attributes.map { ($0.type, $0.comparison) }
        }
    }

    /// As `DistinguishedName.matches`.
    func matches(_ other: PreparedName) -> Bool {
        sets.count == other.sets.count
            && zip(sets, other.sets).allSatisfy { Self.matches($0, $1) }
    }

    private static func matches(_ a: [Item], _ b: [Item]) -> Bool {
        guard a.count == b.count else { return false }
        var unmatched = b
        for item in a {
            let found = unmatched.firstIndex {
                $0.type == item.type && $0.value.matches(item.value)
            }
            guard let found else { return false }
            unmatched.remove(at: found)
        }
        return true
    }
}
