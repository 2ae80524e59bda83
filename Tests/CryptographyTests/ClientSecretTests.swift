// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing
import Text

struct ClientSecretTests {
    private let digester = Digester()

    private func matches(_ hash: ClientSecretHash, _ secret: String) -> Bool {
        hash.matches(Array(secret.utf8).span, digester: digester)
    }

    private func hash(_ secret: String) -> ClientSecretHash {
        ClientSecretHash(of: Array(secret.utf8).span)
    }

    @Test func `a generated secret is 32 bytes in base64url`() throws {
        let secret = try ClientSecretHash.generate()
        #expect(secret.utf8.count == 43)
        #expect(Base64URL.decode(Array(secret.utf8).span)?.count == 32)
    }

    @Test func `no secret is generated twice`() throws {
        var secrets: Set<String> = []
        for _ in 0..<500 { secrets.insert(try ClientSecretHash.generate()) }
        #expect(secrets.count == 500)
    }

    @Test func `the stored form is the digest of the secret's text`() {
        let stored = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        #expect(hash("abc").stored == stored)
        #expect(ClientSecretHash(stored: stored) == hash("abc"))
    }

    @Test func `a secret matches after storing, and nothing else does`() throws {
        let secret = try ClientSecretHash.generate()
        let hash = try #require(ClientSecretHash(stored: hash(secret).stored))
        #expect(matches(hash, secret))
        let other = try ClientSecretHash.generate()
        let wrong = [
            "", other, String(secret.dropLast()), secret + "\n", secret + secret,
            secret.lowercased() + "-", hash.stored, String(secret.reversed()) + "x",
        ]
        for text in wrong { #expect(!matches(hash, text), "\(text)") }
    }

    @Test func `two secrets have two hashes`() {
        #expect(hash("a") != hash("b"))
        #expect(hash("a") == hash("a"))
    }

    @Test func `the secret is not in its stored form`() throws {
        let secret = try ClientSecretHash.generate()
        #expect(!hash(secret).stored.contains(secret))
    }

    @Test(arguments: [
        "", "sha256:", "sha256", "abc",
        "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        "SHA256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        "sha512:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
        "sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa",
        "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1",
        "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0AA",
        "sha256: ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
        " sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
    ])
    func `what is not a stored form is refused`(text: String) {
        #expect(ClientSecretHash(stored: text) == nil)
    }
}
