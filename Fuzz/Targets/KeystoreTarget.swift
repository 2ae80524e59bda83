// SPDX-License-Identifier: Apache-2.0
@testable import Cryptography

/// The first byte chooses the password, the rest is a file with a keystore.
///
/// Promises: what is found stands in the file, or was decrypted; without a password a keystore of
/// Java's is unchecked, with one no byte of it can be changed; nothing is read behind its end.
enum KeystoreTarget {
    static func test(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let password: String? = [nil, "changeit", ""][Int(first) % 3]
        let file = Array(input.dropFirst())
        guard let content = try? Keystore.content(of: file, password: password) else { return }
        claim(!content.entries.isEmpty, "a keystore has a certificate")
        for certificate in content.certificates {
            claim((try? Certificate(der: certificate.der)) == certificate, "each is in DER")
        }
        guard JavaKeystore.Format(file) != nil else {
            return claim(!content.isUnchecked, "nothing else has such a digest")
        }
        claim(content.isUnchecked == (password == nil), "a password checks")
        let countMax = JavaKeystore.entriesMax * JavaKeystore.chainMax
        claim(content.entries.count <= countMax, "the bounds are kept")
        for certificate in content.certificates {
            let size = certificate.der.count
            let isThere = file.indices.contains { at in
                at + size <= file.count && file[at..<at + size].elementsEqual(certificate.der)
            }
            claim(isThere, "each certificate stands in the file")
        }
        for other in [file + [0], Array(file.dropLast())] {
            let read = try? Keystore.content(of: other, password: password)
            claim(read == nil, "a keystore ends where it ends")
        }
        guard password != nil else { return }
        // One place is enough here: libFuzzer knows the file and tries the others.
        for place in [file.count / 2, file.count - 1] {
            var changed = file
            changed[place] ^= 1
            let read = try? Keystore.content(of: changed, password: password)
            claim(read == nil, "a changed keystore is refused")
        }
    }
}
