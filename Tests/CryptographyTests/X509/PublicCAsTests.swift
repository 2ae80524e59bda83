// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Cryptography

/// Which registered CAs count as public.
@Suite struct `Public CAs` {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("public", subject: "/O=Public/CN=Root")
        try openssl.ca("private", subject: "/O=Private/CN=Root")
    }

    private func load(_ name: String) throws -> Certificate {
        try CertificateFile.certificate(in: try openssl.bytes("\(name).pem"))
    }

    private func known(_ names: String...) throws -> PublicCAs {
        var known = PublicCAs()
        for name in names { try known.add(pem: openssl.bytes("\(name).pem")) }
        return known
    }

    @Test func `a key among them counts, whatever certificate it is in`() throws {
        let known = try known("public")
        #expect(try known.reason(load("public")) == .key)
        #expect(try known.reason(load("private")) == nil)
        // The same key under another name, signed by somebody else.
        try openssl.run("pkey -in public-key.pem -out cross-key.pem")
        try openssl.sign(
            "cross",
            subject: "/O=Cross/CN=Signed",
            by: "private",
            extensions: "basicConstraints=critical,CA:true\n"
        )
        #expect(try known.reason(load("cross")) == .key)
    }

    @Test func `the same name with another key does not count`() throws {
        try openssl.ca("namesake", subject: "/O=Public/CN=Root")
        #expect(try known("public").reason(load("namesake")) == nil)
    }

    @Test func `a CA that one of them has signed counts, and one that only says so does not`()
        throws
    {
        try openssl.ca("between", subject: "/CN=Between", parent: "public")
        #expect(try known("public").reason(load("between")) == .issuer)
        #expect(try known("private").reason(load("between")) == nil)
        try openssl.ca("namesake", subject: "/O=Public/CN=Root")
        try openssl.ca("false", subject: "/CN=Between", parent: "namesake")
        #expect(try known("public").reason(load("false")) == nil)
        // Two keys of one name, as after a renewal.
        #expect(try known("public", "namesake").reason(load("false")) == .issuer)
        try openssl.ca("deep", subject: "/CN=Deep", parent: "between")
        #expect(try known("public").reason(load("deep")) == nil)
    }

    @Test(
        arguments: [
            ("", nil), ("extendedKeyUsage=serverAuth\n", .extendedKeyUsage),
            ("extendedKeyUsage=emailProtection\n", .extendedKeyUsage),
            ("extendedKeyUsage=serverAuth,clientAuth\n", nil),
            ("extendedKeyUsage=clientAuth\n", nil),
            ("extendedKeyUsage=anyExtendedKeyUsage\n", nil),
        ] as [(String, PublicCAs.Reason?)]
    )
    func `an extended key usage without clientAuth counts by itself`(
        usage: String,
        reason: PublicCAs.Reason?
    ) throws {
        try openssl.ca("ca", subject: "/CN=CA", extra: usage)
        #expect(PublicCAs().reason(try load("ca")) == reason)
    }

    @Test func `a file of many is read, with what is broken left out and counted`() throws {
        let good = try openssl.bytes("public.pem")
        let broken =
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            + "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
            + "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n"
        var known = PublicCAs()
        try known.add(pem: Array(broken.utf8) + good + openssl.bytes("private.pem") + good)
        #expect(known.count == 2 && known.unreadable == 2)
        #expect(try known.reason(load("private")) == .key)
        // More than other files may have.
        var large = PublicCAs()
        try large.add(pem: Array((0..<300).flatMap { _ in good }))
        #expect(large.count == 1)
        #expect(throws: CertificateError.self) {
            var cut = PublicCAs()
            try cut.add(pem: Array("-----BEGIN CERTIFICATE-----\nAAAA\n".utf8))
        }
        try large.add(pem: [])
        #expect(large.count == 1)
    }
}
