// SPDX-License-Identifier: Apache-2.0
@testable import Cryptography

/// The input is a file with revocation lists.
///
/// Promises: the bounds are kept, DER has one end, and only what the CA has signed is taken
/// for its list.
enum RevocationListTarget {
    private static let ca = try? Certificate(der: Fixtures.ca)
    private static let known = Digest256.of(Fixtures.list)

    static func test(_ input: [UInt8]) {
        guard let ca else { return claim(false, "the CA can be read") }
        guard let found = try? RevocationList.read(input) else { return }
        claim((1...RevocationList.countMax).contains(found.count), "the bounds are kept")
        for list in found {
            claim(list.thisUpdate <= list.nextUpdate, "a list ends after it begins")
            claim(list.entryCount <= input.count, "every entry has a byte")
            claim(!list.issuerName.isEmpty, "somebody has issued it")
            DistinguishedNameTarget.checkPrinting(list.issuerName)
            let isSigned = list.isSigned(by: ca)
            claim(isSigned == (list.digest == known), "nobody else's list is signed")
            claim(list.isSigned(by: ca) == isSigned, "what was found out is remembered")
            if isSigned { claim(list.names([8]) && !list.names([7]), "its entries are found") }
            let revocation = Revocation(mode: .hard, lists: [list])
            claim(revocation.lists.count == 1, "the list is kept")
        }
        guard found.count == 1, input.first == DERTag.sequence, input.dropFirst().first ?? 0 >= 0x80
        else { return }
        claim((try? RevocationList.read(input + [0])) == nil, "nothing may follow")
        claim((try? RevocationList.read(Array(input.dropLast()))) == nil, "nothing may be missing")
    }
}
