// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct DigestTests {
    /// FIPS 180-4's examples, and lengths around SHA-256's block of 64 bytes as hashlib digests
    /// them.
    static let vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "x", count: 55),
            "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"
        ),
        (
            String(repeating: "x", count: 56),
            "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"
        ),
        (
            String(repeating: "x", count: 63),
            "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"
        ),
        (
            String(repeating: "x", count: 64),
            "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"
        ),
        (
            String(repeating: "x", count: 65),
            "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: vectors)
    func `known texts have their known digests`(text: String, digest: String) {
        #expect(Digest256.of(Array(text.utf8)).hexadecimal == digest)
        #expect(Digest256.of(Array(text.utf8).span).hexadecimal == digest)
    }

    @Test func `a digester forgets each text before the next`() {
        let digester = Digester()
        for round in 0..<3 {
            for (text, digest) in Self.vectors {
                let found = digester.digest(Array(text.utf8).span)
                #expect(found.hexadecimal == digest, "round \(round)")
            }
        }
    }

    private let counting = (0..<32).map { UInt8($0 * 8 + 1) }

    @Test func `32 bytes go in and come out in their order`() throws {
        let digest = try #require(Digest256(counting))
        #expect(digest.bytes == counting)
        #expect((0..<32).map { digest[$0] } == counting)
        var appended: [UInt8] = [7]
        digest.appendBytes(to: &appended)
        #expect(appended == [7] + counting)
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func `any other count is no digest`(count: Int) {
        #expect(Digest256([UInt8](repeating: 0, count: count)) == nil)
    }

    @Test func `a digest is equal to itself only`() throws {
        let digest = try #require(Digest256(counting))
        #expect(digest == Digest256(counting))
        #expect(digest.hashValue == Digest256(counting)?.hashValue)
        for index in 0..<32 {
            for bit in 0..<8 {
                var changed = counting
                changed[index] ^= 1 << UInt8(bit)
                #expect(digest != Digest256(changed), "bit \(bit) of byte \(index)")
            }
        }
    }

    @Test func `a set tells digests apart that share a word`() throws {
        var digests: Set<Digest256> = []
        for index in 0..<32 {
            var bytes = counting
            bytes[index] ^= 0xFF
            digests.insert(try #require(Digest256(bytes)))
        }
        #expect(digests.count == 32)
    }

    @Test func `base64url is 43 characters without padding`() {
        let digest = Digest256.of(Array("abc".utf8))
        #expect(digest.base64URL == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        var out = Array("kid=".utf8)
        digest.appendBase64URL(to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "kid=" + digest.base64URL)
    }

    @Test(arguments: [-1, 32])
    func `there is no byte outside`(index: Int) async {
        await #expect(processExitsWith: .failure) { [index = index as Int] in
            _ = Digest256.of([UInt8]())[index]
        }
    }
}
