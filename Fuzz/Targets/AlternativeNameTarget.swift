// SPDX-License-Identifier: Apache-2.0
internal import Network

@testable import Cryptography

/// The first byte chooses the kind of name, the rest is its text.
///
/// Promises: the canonical form is read as itself; it has nothing in it that its kind does not
/// have; a certificate for it is found by `matches` alone where it is named.
enum AlternativeNameTarget {
    private static let kinds: [CertificateSubject.Kind] = [.dns, .uri, .ip, .email]
    private static let leaf = try? Certificate(der: Fixtures.leaf)

    static func test(_ input: [UInt8]) {
        guard let first = input.first,
            let text = String(validating: input.dropFirst(), as: UTF8.self)
        else { return }
        let kind = kinds[Int(first &- 1) % kinds.count]
        guard let subject = try? CertificateSubject(kind, parsing: text) else { return }
        let canonical = subject.canonical
        guard let again = try? CertificateSubject(kind, parsing: canonical) else {
            return claim(false, "the canonical form can be read: \(canonical)")
        }
        claim(again.canonical.utf8.elementsEqual(canonical.utf8), "\(canonical) is canonical")
        claim(canonical.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "\(canonical) is plain text")
        switch kind {
        case .dns: checkHost(canonical.utf8)
        case .email:
            let parts = canonical.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
            claim(parts.count == 2 && !parts[0].isEmpty, "a mailbox has one @")
            checkHost(parts[1])
        case .ip: checkAddress(canonical)
        default: claim(canonical.utf8.contains(UInt8(ascii: ":")), "a URI has a scheme")
        }
        if let leaf {
            let isNamed = subject.candidates(in: leaf).contains { $0.hasSuffix(":\(canonical)") }
            claim(subject.matches(leaf) == isNamed, "a match is one of the certificate's names")
        }
    }

    private static func checkHost(_ host: some Collection<UInt8>) {
        claim((1...253).contains(host.count), "a host name has 1 to 253 characters")
        for label in host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            claim((1...63).contains(label.count), "a label has 1 to 63 characters")
            claim(
                label.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                        UInt8(ascii: "_"):
                        true
                    default: false
                    }
                },
                "a label has letters, digits and hyphens, in lower case"
            )
        }
    }

    private static func checkAddress(_ text: String) {
        let address = InternetAddress(text)
        claim(address?.description == text, "an address is written in one way")
    }
}
