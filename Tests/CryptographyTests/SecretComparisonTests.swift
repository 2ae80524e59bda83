// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct SecretComparisonTests {
    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        SecretComparison.equal(a.span, b.span)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 32, 1000])
    func `the same bytes are equal`(count: Int) {
        let secret = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(equal(secret, secret.map { $0 }))
    }

    @Test(arguments: [1, 7, 8, 9, 32, 100])
    func `one bit anywhere makes them unequal`(count: Int) {
        let secret = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for index in 0..<count {
            for bit in 0..<8 {
                var changed = secret
                changed[index] ^= 1 << UInt8(bit)
                #expect(!equal(secret, changed), "bit \(bit) of byte \(index)")
                #expect(!equal(changed, secret), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test func `a part is not the whole`() {
        let secret = Array("a secret".utf8)
        for count in 0..<secret.count {
            #expect(!equal(secret, Array(secret.prefix(count))))
            #expect(!equal(Array(secret.prefix(count)), secret))
        }
        #expect(!equal(secret, secret + [0]))
        #expect(!equal(secret + [0], secret))
    }

    @Test func `a zero byte ends nothing`() {
        #expect(!equal([1, 0, 2], [1, 0, 3]))
        #expect(!equal([0], []))
        #expect(equal([0, 0], [0, 0]))
    }
}
