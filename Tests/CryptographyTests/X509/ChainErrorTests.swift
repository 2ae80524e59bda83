// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// A refusal names the check that failed and the certificate at which it did.
@Suite struct ChainErrorTests {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root")
    }

    /// An intermediate with these extensions, and what is said of a leaf under it.
    private func error(
        under extensions: String,
        algorithm: String = "EC -pkeyopt ec_paramgen_curve:P-256",
        options: [String] = []
    ) throws -> (check: ChainCheck?, error: ChainError?) {
        try openssl.key("int", algorithm)
        try openssl.sign(
            "int",
            subject: "/CN=Int",
            by: "root",
            extensions: extensions,
            options: options
        )
        try openssl.leaf("a", by: "int")
        let found = try openssl.examine("a", through: ["int"])
        return (found.refusedBy, found.error)
    }

    @Test(
        arguments: [
            ("basicConstraints=critical,CA:true\n", nil, ""),
            ("basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n", nil, ""),
            (
                "basicConstraints=critical,CA:true\nkeyUsage=cRLSign\n", .intermediates,
                "keyCertSign"
            ),
            ("basicConstraints=critical,CA:false\n", .intermediates, "CA:TRUE"),
            ("subjectKeyIdentifier=hash\n", .intermediates, "CA:TRUE"),
            (
                "basicConstraints=critical,CA:true\n1.2.3.4=critical,DER:0500\n", .path,
                "critical extension that is not known: 1.2.3.4"
            ),
            ("basicConstraints=critical,CA:true\n1.2.3.4=DER:0500\n", nil, ""),
            (
                "basicConstraints=critical,CA:true\nextendedKeyUsage=serverAuth\n", .path,
                "extended key usage"
            ),
            ("basicConstraints=critical,CA:true\nextendedKeyUsage=clientAuth\n", nil, ""),
            (
                "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=critical,hash\n", .path,
                "critical subject key identifier"
            ),
        ] as [(String, ChainCheck?, String)]
    )
    func `a CA that breaks a rule is named with the rule`(
        extensions: String,
        check: ChainCheck?,
        words: String
    ) throws {
        let found = try error(under: extensions)
        #expect(found.check == check)
        guard let error = found.error else { return }
        let int = try openssl.certificate("int")
        #expect(error.certificate?.subject == "CN=Int")
        #expect(error.certificate?.issuer == "CN=Root")
        #expect(error.certificate?.serial == int.serialHexadecimal)
        #expect(error.description.contains(words))
        #expect(
            error.description.hasPrefix(
                "The intermediate `CN=Int` (serial \(int.serialHexadecimal)) "
            )
        )
    }

    @Test func `weak keys, old signatures and dates of a CA are named`() throws {
        let weak = try error(
            under: OpenSSLCommand.forCA,
            algorithm: "RSA -pkeyopt rsa_keygen_bits:1024"
        )
        #expect(weak.check == .intermediates && weak.error?.code == .key)
        let sha1 = try error(under: OpenSSLCommand.forCA, options: ["-sha1"])
        #expect(sha1.check == .path && sha1.error?.code == .weakSignature)
        #expect(sha1.error?.certificate?.subject == "CN=Int")
        let start = try openssl.certificate("root").notBefore
        try openssl.again(
            "int",
            as: "brief",
            subject: "/CN=Int",
            by: "root",
            options: ["-days", "1"]
        )
        let late = try openssl.examine("a", through: ["brief"], at: 2 * 86_400)
        #expect(late.error?.code == .expired && late.refusedBy == .path)
        #expect(late.error?.certificate?.subject == "CN=Int")
        #expect(start > 0)
    }

    @Test func `a key identifier of another key is no broken signature`() throws {
        try openssl.ca("namesake", subject: "/CN=Root")
        try openssl.leaf(
            "a",
            by: "namesake",
            extensions: OpenSSLCommand.forClient + "authorityKeyIdentifier=keyid:always\n"
        )
        let error = try #require(try openssl.examine("a").error)
        #expect(error.code == .unknownCA)
        #expect(error.description.contains("authority key identifier"))
        #expect(error.certificate?.subject == "CN=client,O=WSO2")
        try openssl.leaf(
            "b",
            by: "root",
            extensions: OpenSSLCommand.forClient + "authorityKeyIdentifier=keyid:always\n"
        )
        #expect(try openssl.examine("b").error == nil)
    }

    @Test func `an issuer and serial number of another certificate are told`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.again("int", as: "int2", subject: "/CN=Int", by: "root")
        let extensions = OpenSSLCommand.forClient + "authorityKeyIdentifier=issuer:always\n"
        try openssl.leaf("a", by: "int", extensions: extensions)
        #expect(try openssl.examine("a", through: ["int2", "int"]).error == nil)
        let error = try #require(try openssl.examine("a", through: ["int2"]).error)
        #expect(error.code == .unknownCA)
        #expect(error.description.contains("serial number"))
    }

    @Test func `a forged signature names the CA whose key it is not of`() throws {
        try openssl.ca("namesake", subject: "/CN=Root")
        let bare = "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"
        try openssl.leaf("a", by: "namesake", extensions: bare + OpenSSLCommand.forClient)
        let error = try #require(try openssl.examine("a").error)
        #expect(error.code == .signature)
        #expect(error.description.contains("not signed with the key of the registered CA"))
        // A signature of another kind than the CA's key is no less forged.
        try openssl.ca(
            "rsa",
            subject: "/CN=Root",
            algorithm: "RSA -pkeyopt rsa_keygen_bits:2048"
        )
        try openssl.leaf("b", by: "rsa", extensions: bare + OpenSSLCommand.forClient)
        #expect(try openssl.examine("b").error?.code == .signature)
    }

    @Test func `the end of a broken path is named`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.ca("below", subject: "/CN=Below", parent: "int")
        try openssl.leaf("a", by: "below")
        let alone = try #require(try openssl.examine("a").error)
        #expect(alone.certificate?.subject == "CN=client,O=WSO2")
        #expect(alone.description.contains("`CN=Below`"))
        let further = try #require(try openssl.examine("a", through: ["below"]).error)
        #expect(further.certificate?.subject == "CN=Below")
        #expect(further.description.contains("`CN=Int`"))
        let broken = try openssl.examine("a", through: ["below"], and: [[0x30, 0x01]])
        #expect(broken.error?.description.contains("cannot be read") == true)
        #expect(try openssl.examine("a", through: ["below", "int"]).error == nil)
    }

    @Test func `long names are cut in sentences, and whole as values`() throws {
        let long = String(repeating: "x", count: 60)
        let subject = (0..<8).map { "/OU=\($0)\(long)" }.joined()
        try openssl.leaf(
            "a",
            by: "root",
            subject: subject,
            extensions: OpenSSLCommand.forClient + "1.2.3.4=critical,DER:0500\n"
        )
        let error = try #require(try openssl.examine("a").error)
        #expect(error.code == .chain)
        #expect(error.description.count < 400)
        #expect(error.certificate?.subject.count ?? 0 > 480)
    }
}
