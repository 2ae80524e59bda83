// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

struct LibraryTests {
    @Test func `the library in use is OpenSSL 3`() {
        #expect(CryptographyLibrary.version.hasPrefix("OpenSSL 3."))
    }

    @Test func `an error says what was being done and why it failed`() {
        let error = CryptographyError("reading", reason: "no bytes")
        #expect(error.description == "reading failed: no bytes")
        #expect(CryptographyError("reading", reason: "").description == "reading failed")
    }

    @Test func `OpenSSL's reason is taken once`() {
        #expect(throws: CryptographyError.self) { try SigningKey(pkcs8: [1, 2, 3]) }
        // The queue is empty now: what fails next is not blamed on the key.
        #expect(CryptographyError.last("signing").reason == "")
    }

    @Test func `a process starts with the provider that it asks for`() async {
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: true) == .slim)
        }
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: false) == .plain)
        }
    }

    @Test(arguments: [true, false])
    func `keys, digests and signatures need neither provider`(slim: Bool) async {
        await #expect(processExitsWith: .success) { [slim = slim as Bool] in
            _ = CryptographyLibrary.start(slim: slim)
            let key = try SigningKey(pkcs8: try SigningKey.generate().pkcs8())
            let signer = try Signer(key, digester: Digester())
            let signature = try signer.signature(over: [1, 2, 3].span)
            let bytes = signature.indices.map { signature[$0] }
            #expect(VerificationKey(of: key).verifies(bytes, over: [1, 2, 3], by: .es256))
        }
    }
}
