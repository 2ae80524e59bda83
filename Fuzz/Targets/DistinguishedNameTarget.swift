// SPDX-License-Identifier: Apache-2.0
@testable import Cryptography

/// The input is a name as text.
///
/// Promises: what is printed is read as the same name, is printed the same again and moves no
/// terminal's cursor; the reverse is the reverse; registration takes what can match, and nothing
/// else.
enum DistinguishedNameTarget {
    static func test(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        guard let name = try? DistinguishedName(parsing: text) else {
            let subject = try? CertificateSubject(.distinguishedName, parsing: text)
            claim(subject == nil, "no name is no subject")
            return
        }
        claim(!name.isEmpty, "a name that was read is not empty")
        checkPrinting(name)
        let canMatch = name.matches(name)
        guard let subject = try? CertificateSubject(.distinguishedName, parsing: text) else {
            claim(!canMatch || input.contains(0), "a name that can match may be registered")
            return
        }
        claim(canMatch, "a name that never matches is not registered")
        claim(isSame(subject.canonical, name.canonical), "a subject is shown as its name is")
        claim(name.matches(registered: name), "a name is the one that was registered")
        claim(name.reversed.matches(registered: name), "either order is taken")
    }

    /// Also for names that came from DER.
    static func checkPrinting(_ name: DistinguishedName) {
        let printed = name.canonical
        // Escapes are three times as long as what they stand for.
        guard printed.utf8.count <= DistinguishedName.textBytesMax, !name.isEmpty else { return }
        claim(printed.unicodeScalars.allSatisfy(isVisible), "no control character is printed")
        guard let again = try? DistinguishedName(parsing: printed) else {
            // One with a NUL, for example.
            return claim(!name.matches(name), "what can match can be read: \(printed)")
        }
        claim(again.matches(again) == name.matches(name), "printing keeps what can match")
        claim(again.matches(name) == name.matches(name), "what is printed is the same name")
        claim(name.matches(again) == name.matches(name), "and the other way round")
        claim(isSame(again.canonical, printed), "\(again.canonical) is printed as \(printed)")
        guard let reverse = try? DistinguishedName(parsing: name.canonicalReversed) else {
            return claim(false, "the reverse can be read")
        }
        claim(reverse.reversed.matches(name) == name.matches(name), "reversed twice is the same")
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory != .control
    }

    private static func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}
