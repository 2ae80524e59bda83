// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

/// Chains and keys of servers as `openssl` makes them: `root` signs `between`, which signs `leaf`.
@Suite struct ServerChainTests {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.write(
            "ext.cnf",
            "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[leaf]\n"
                + "basicConstraints=CA:FALSE\n[client]\nextendedKeyUsage=clientAuth\n"
        )
        try issue("root", by: nil, "ca")
        try issue("between", by: "root", "ca")
        try issue("leaf", by: "between", "leaf")
    }

    /// Makes `NAME.pem` with a key of its own.
    private func issue(
        _ name: String,
        by issuer: String?,
        _ section: String,
        key: String = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        digest: String = "sha256"
    ) throws {
        try openssl.run("\(key) -out \(name)-key.pem")
        try openssl.run("req -new -key \(name)-key.pem -subj /CN=\(name) -out \(name).csr")
        let signer =
            issuer.map { "-CA \($0).pem -CAkey \($0)-key.pem -CAcreateserial" }
            ?? "-signkey \(name)-key.pem"
        try openssl.run(
            "x509 -req -in \(name).csr \(signer) -\(digest) -days 30 -extfile ext.cnf"
                + " -extensions \(section) -out \(name).pem"
        )
    }

    private func pem(_ names: String...) throws -> [UInt8] {
        try names.flatMap { try openssl.bytes("\($0).pem") }
    }

    private func chain(_ names: String...) throws -> ServerChain {
        try ServerChain(in: try names.flatMap { try openssl.bytes("\($0).pem") })
    }

    private func reason(_ bytes: [UInt8]) -> String {
        do {
            _ = try ServerChain(in: bytes)
            return "taken"
        } catch { return error.description }
    }

    private func keyReason(_ bytes: [UInt8]) -> String {
        do {
            _ = try ServerKey.pem(in: bytes)
            return "taken"
        } catch { return error.description }
    }

    @Test func `a chain in order is taken whole, and nothing is said of it`() throws {
        let chain = try chain("leaf", "between", "root")
        #expect(
            chain.certificates.map(\.subject.canonical) == ["CN=leaf", "CN=between", "CN=root"]
        )
        #expect(chain.error == nil && chain.warnings == [])
        #expect(try ServerChain(in: chain.pem).certificates == chain.certificates)
        #expect(try self.chain("leaf").warnings == [])
    }

    @Test func `what does not lead up is warned of, with its block`() throws {
        let swapped = try chain("leaf", "root", "between").warnings
        try #require(swapped.count == 2)
        #expect(
            swapped[0].hasPrefix("Block 2, line") && swapped[0].contains("`CN=root` is not the")
        )
        #expect(swapped[1].hasPrefix("Block 3, line"))
        #expect(try chain("leaf", "leaf").warnings.first?.contains("the same") == true)
        // A CA with the right name and another key.
        try issue("between", by: "root", "ca")
        #expect(try chain("leaf", "between").warnings.first?.contains("did not sign") == true)
        try issue("plain", by: "root", "leaf")
        try issue("under", by: "plain", "leaf")
        #expect(try chain("under", "plain").warnings.first?.contains("is not a CA") == true)
    }

    @Test func `a certificate for clients alone is warned of`() throws {
        try issue("client", by: "root", "client")
        #expect(try chain("client").warnings.first?.contains("server authentication") == true)
    }

    @Test(arguments: [
        ("EC -pkeyopt ec_paramgen_curve:P-224", "curve"),
        ("EC -pkeyopt ec_paramgen_curve:secp256k1", "curve"),
        ("EC -pkeyopt ec_paramgen_curve:brainpoolP256r1", "curve"), ("ED448", "Ed448"),
        ("RSA -pkeyopt rsa_keygen_bits:1024", "1024 bits"),
    ])
    func `keys that clients of TLS do not know are refused`(key: String, word: String) throws {
        try issue("odd", by: "root", "leaf", key: "genpkey -algorithm \(key)")
        let error = try #require(try chain("odd", "root").error)
        #expect(error.description.hasPrefix("Block 1, line 1: "), "\(error)")
        #expect(error.description.contains(word), "\(error)")
    }

    @Test(arguments: [
        "EC -pkeyopt ec_paramgen_curve:P-384", "EC -pkeyopt ec_paramgen_curve:P-521", "ED25519",
        "RSA -pkeyopt rsa_keygen_bits:2048", "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
    ])
    func `keys that they know are not`(key: String) throws {
        try issue("good", by: "root", "leaf", key: "genpkey -algorithm \(key)")
        #expect(try chain("good", "root").error == nil)
    }

    @Test func `SHA-1 is refused on the leaf and between, and not on a root`() throws {
        try issue("weak", by: "between", "leaf", digest: "sha1")
        let leaf = try #require(try chain("weak", "between").error).description
        #expect(leaf.hasPrefix("Block 1, line 1: ") && leaf.contains("ecdsa-with-SHA1"), "\(leaf)")
        try issue("middle", by: "root", "ca", digest: "sha1")
        try issue("good", by: "middle", "leaf")
        let middle = try #require(try chain("good", "middle").error).description
        #expect(middle.hasPrefix("Block 2, line ") && middle.contains("SHA1"), "\(middle)")
        try issue("old", by: nil, "ca", digest: "sha1")
        try issue("young", by: "old", "leaf")
        #expect(try chain("young", "old").error == nil)
        try issue(
            "small",
            by: "root",
            "ca",
            key: "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024"
        )
        try issue("over", by: "small", "leaf")
        #expect(try chain("over", "small").error?.description.contains("1024 bits") == true)
    }

    @Test func `a chain is PEM, and nothing is left out of it`() throws {
        try openssl.run("x509 -in leaf.pem -outform DER -out leaf.der")
        #expect(reason(try openssl.bytes("leaf.der")).contains("openssl x509 -inform DER"))
        #expect(reason([]).contains("empty") && reason(Array("x".utf8)).contains("not PEM"))
        #expect(reason(try pem("leaf-key")).contains("no certificate"))
        try openssl.run("x509 -in between.pem -trustout -addtrust serverAuth -out t.pem")
        #expect(reason(try pem("leaf", "t")).hasPrefix("Block 2, line"))
        try openssl.run("req -in leaf.csr -out r.pem")
        #expect(reason(try pem("leaf", "r")).contains("signing request"))
    }

    @Test func `certificate and key may be one file, of one key`() throws {
        let parameters = Array(try openssl.run("ecparam -name prime256v1").utf8)
        let whole = try pem("leaf-key", "leaf", "between") + parameters
        #expect(try ServerChain(in: whole).certificates.count == 2)
        #expect(try ServerKey.pem(in: whole) == (try openssl.bytes("leaf-key.pem")))
        for text in [
            reason(whole + (try pem("root-key"))), keyReason(whole + (try pem("root-key"))),
        ] {
            #expect(
                text.contains("second private key") && text.contains("block 1, line 1"),
                "\(text)"
            )
        }
    }

    @Test func `keys in the old forms are taken as they are`() throws {
        try openssl.run("ecparam -name prime256v1 -genkey -out old-key.pem")
        #expect(
            String(decoding: try openssl.bytes("old-key.pem"), as: UTF8.self).contains("EC PARAM")
        )
        #expect(keyReason(try pem("old-key")) == "taken")
        try openssl.run("genrsa -traditional -out rsa-key.pem 2048")
        #expect(keyReason(try pem("rsa-key")) == "taken")
    }

    @Test func `keys that cannot be read are refused with the way to make them so`() throws {
        try openssl.run("pkcs8 -topk8 -in leaf-key.pem -out e.pem -passout pass:x")
        #expect(keyReason(try pem("e")).contains("encrypted"))
        try openssl.run("genrsa -traditional -aes128 -passout pass:x -out f.pem 2048")
        #expect(keyReason(try pem("f")).hasPrefix("Block 1, line 1: The key is encrypted"))
        let key = String(decoding: try openssl.bytes("leaf-key.pem"), as: UTF8.self)
        #expect(keyReason(Array(key.dropLast(40).utf8)).contains("does not end"))
        #expect(
            keyReason(Array(key.replacing("PRIVATE", with: "OPENSSH PRIVATE").utf8))
                .contains("ssh-keygen")
        )
        try openssl.run("pkey -in leaf-key.pem -outform DER -out k.der")
        let der = try openssl.bytes("k.der")
        #expect(keyReason(der).contains("openssl pkey -inform DER"))
        let long = PEMText.block("PRIVATE KEY", der + [0])
        #expect(keyReason(Array(long.utf8)).contains("Bytes follow after the key's end"))
        let short = PEMText.block("PRIVATE KEY", der.dropLast(9))
        #expect(keyReason(Array(short.utf8)).contains("cut short"))
        #expect(keyReason(try pem("leaf")).contains("no private key"))
    }
}
