// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Which check of a chain decides, and which names a subject is compared with.
@Suite struct ChainVerificationTests {
    let openssl: OpenSSLCommand
    let root: Certificate

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        root = try CertificateFile.certificate(in: try openssl.bytes("root.pem"))
    }

    private func load(_ name: String) throws -> Certificate {
        try CertificateFile.certificate(in: try openssl.bytes("\(name).pem"))
    }

    private func examine(
        _ leaf: String,
        through sent: some Collection<[UInt8]> = [] as [[UInt8]],
        at offset: Int64 = 60
    ) throws -> ChainVerification {
        let verifier = try ChainVerifier(anchors: [root])
        let now = root.notBefore + offset
        let sent = Array(sent)
        let found = verifier.examine(leaf: try load(leaf), intermediates: sent, now: now)
        #expect(
            found.result == verifier.verify(leaf: try load(leaf), intermediates: sent, now: now)
        )
        return found
    }

    @Test func `nothing decides where all is well, and the CA is named`() throws {
        try openssl.leaf("a", by: "root")
        let found = try examine("a")
        #expect(found.refusedBy == nil)
        #expect(found.anchor == root)
        #expect(try examine("a", through: [root.der]).anchor == root)
    }

    @Test(
        arguments: [
            ("", .version),
            ("basicConstraints=CA:true\n", .endEntity),
            ("keyUsage=digitalSignature,keyCertSign\n", .endEntity),
            ("extendedKeyUsage=serverAuth\n", .purpose),
            ("keyUsage=keyEncipherment\n", .purpose),
            ("subjectAltName=DER:30:05:82:03:61:00:62\n", .names),
        ] as [(String, ChainCheck)]
    )
    func `a rule for the leaf decides by its own name`(
        extensions: String,
        check: ChainCheck
    ) throws {
        try openssl.leaf("bad", by: "root", extensions: extensions)
        #expect(try examine("bad").refusedBy == check)
    }

    @Test func `key, serial number and time decide by their own names`() throws {
        try openssl.leaf("weak", by: "root", algorithm: "RSA -pkeyopt rsa_keygen_bits:1024")
        #expect(try examine("weak").refusedBy == .key)
        try openssl.leaf("zero", by: "root", options: ["-set_serial", "0"])
        #expect(try examine("zero").refusedBy == .serial)
        #expect(try examine("weak", at: -60).refusedBy == .validity)
        #expect(try examine("zero", at: 20 * 86_400).refusedBy == .validity)
    }

    @Test func `what is sent along decides before the leaf, or after it`() throws {
        try openssl.leaf("a", by: "root")
        #expect(try examine("a", through: [[0x30, 0x00]]).refusedBy == nil)
        let many = Array(repeating: root.der, count: 17)
        #expect(try examine("a", through: many).refusedBy == .sent)
        #expect(try examine("a", through: many.dropLast()).refusedBy == nil)
        #expect(
            try examine("a", through: [root.der + Array(repeating: 0, count: 32_768)])
                .refusedBy == .sent
        )
        try openssl.ca(
            "weak",
            subject: "/CN=Weak",
            parent: "root",
            algorithm: "RSA -pkeyopt rsa_keygen_bits:1024"
        )
        try openssl.leaf("b", by: "weak")
        #expect(try examine("b", through: [try load("weak").der]).refusedBy == .intermediates)
        try openssl.leaf("server", by: "weak", extensions: "extendedKeyUsage=serverAuth\n")
        #expect(try examine("server", through: [try load("weak").der]).refusedBy == .purpose)
    }

    @Test func `a path that does not end at the CA decides last`() throws {
        try openssl.ca("namesake", subject: "/O=Handfast/CN=Root")
        try openssl.leaf("stranger", by: "namesake")
        let found = try examine("stranger", through: [try load("namesake").der])
        #expect(found.refusedBy == .path)
        #expect(found.anchor == nil)
        #expect(found.refusedBy == ChainCheck.allCases.dropLast().last)
    }

    // MARK: subjects

    @Test(
        arguments: [
            (.distinguishedName, "CN=x", ["CN=client,O=WSO2"]),
            (.dns, "x.example", ["dns:a.example", "dns:b.example"]),
            (.uri, "urn:x", ["uri:urn:example:a"]),
            (.ip, "192.0.2.9", ["ip:192.0.2.1"]),
            (.email, "x@a.example", []),
        ] as [(CertificateSubject.Kind, String, [String])]
    )
    func `a subject is compared with the names of its kind`(
        kind: CertificateSubject.Kind,
        text: String,
        names: [String]
    ) throws {
        let extensions =
            "subjectAltName=DNS:a.example,URI:urn:example:a,DNS:b.example,IP:192.0.2.1,"
            + "dirName:section\n[section]\nCN=x\n"
        try openssl.leaf("named", by: "root", extensions: extensions)
        let subject = try CertificateSubject(kind, parsing: text)
        #expect(subject.candidates(in: try load("named")) == names)
        #expect(!subject.matches(try load("named")))
    }
}
