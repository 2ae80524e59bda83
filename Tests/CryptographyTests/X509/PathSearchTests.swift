// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Which path is found among what a client sends, and what looking for it costs.
@Suite struct PathSearchTests {
    let openssl: OpenSSLCommand

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/CN=Root")
    }

    /// Leaf `a` under `int` under the root, without key identifiers that would tell namesakes.
    private func chainWithoutIdentifiers() throws {
        try openssl.key("int")
        let extensions =
            "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=none\n"
            + "authorityKeyIdentifier=none\n"
        try openssl.sign("int", subject: "/CN=Int", by: "root", extensions: extensions)
        try openssl.leaf("a", by: "int", extensions: Self.bare + OpenSSLCommand.forClient)
    }

    private static let bare = "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"

    /// `count` certificates called Int that another key has signed in the root's name.
    private func forged(_ count: Int, algorithm: String = "ED25519") throws -> [[UInt8]] {
        try openssl.ca("false", subject: "/CN=Root")
        try openssl.key("forged", algorithm)
        return try (0..<count).map { number in
            try openssl.sign(
                "forged",
                subject: "/CN=Int",
                by: "false",
                extensions: "basicConstraints=critical,CA:true\n" + Self.bare,
                options: ["-set_serial", "\(number + 1)"]
            )
            return try openssl.certificate("forged").der
        }
    }

    // MARK: more than one path

    @Test func `another path is tried where one breaks a rule`() throws {
        try openssl.ca(
            "bad",
            subject: "/CN=Int",
            parent: "root",
            extra: "nameConstraints=critical,excluded;DNS:a.example\n"
        )
        try openssl.again("bad", as: "good", subject: "/CN=Int", by: "root")
        try openssl.leaf(
            "a",
            by: "bad",
            extensions: OpenSSLCommand.forClient + "subjectAltName=DNS:a.example\n"
        )
        #expect(try openssl.examine("a", through: ["bad", "good"]).error == nil)
        #expect(try openssl.examine("a", through: ["good", "bad"]).error == nil)
        let refused = try openssl.examine("a", through: ["bad"])
        #expect(refused.error?.code == .nameConstraints)
        #expect(refused.refusedBy == .nameConstraints)
    }

    @Test func `a cross-signed CA leads to the root that is registered`() throws {
        try openssl.ca("other", subject: "/CN=Other")
        try openssl.ca("int", subject: "/CN=Int", parent: "other")
        try openssl.again("int", as: "cross", subject: "/CN=Int", by: "root")
        try openssl.leaf("a", by: "int")
        for sent in [["int", "cross"], ["cross", "int"], ["int", "other", "cross"]] {
            let found = try openssl.examine("a", through: sent)
            #expect(found.error == nil)
            #expect(found.path == (try ["a", "cross", "root"].map(openssl.certificate)))
        }
        #expect(
            try openssl.examine("a", through: ["int", "other"]).error?.code
                == .unknownCA
        )
    }

    @Test func `the result ends with the path that was used`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.again(
            "int",
            as: "brief",
            subject: "/CN=Int",
            by: "root",
            options: ["-days", "2"]
        )
        try openssl.leaf("a", by: "int")
        let brief = try openssl.certificate("brief").notAfter
        let short = try openssl.examine("a", through: ["brief", "int"])
        #expect(short.result == .accepted(validUntil: brief))
        let start = try openssl.certificate("root").notBefore
        let later = try openssl.examine(
            "a",
            through: ["brief", "int"],
            at: brief - start + 1
        )
        guard case .accepted(let until) = later.result else {
            Issue.record("refused: \(later.result)")
            return
        }
        #expect(until > brief)
        #expect(
            try openssl.examine("a", through: ["brief"], at: brief - start + 1).error?.code
                == .expired
        )
    }

    @Test func `a root's new key is reached through what the old one signed`() throws {
        try openssl.key("new")
        try openssl.sign(
            "new",
            subject: "/CN=Root",
            by: "root",
            extensions: OpenSSLCommand.forCA + "authorityKeyIdentifier=keyid:always\n"
        )
        try openssl.leaf("a", by: "new", extensions: Self.bare + OpenSSLCommand.forClient)
        #expect(try openssl.examine("a", through: ["new"]).error == nil)
        #expect(try openssl.examine("a").error?.code == .signature)
    }

    @Test func `a path may come to the last second of a certificate, and not further`() throws {
        try openssl.leaf("a", by: "root", options: ["-days", "1"])
        let start = try openssl.certificate("root").notBefore
        let end = try openssl.certificate("a").notAfter - start
        #expect(try openssl.examine("a", at: end).error == nil)
        #expect(try openssl.examine("a", at: end + 1).error?.code == .expired)
    }

    // MARK: what is not needed

    @Test func `needless and broken certificates do no harm`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.leaf("a", by: "int")
        var needless: [[UInt8]] = [
            [], [0x30, 0x00], [0xFF, 0xFF, 0xFF], Array(repeating: 48, count: 99),
        ]
        for (number, algorithm) in [
            "RSA -pkeyopt rsa_keygen_bits:1024", "EC -pkeyopt ec_paramgen_curve:secp256k1",
            "EC -pkeyopt ec_paramgen_curve:sect571r1", "ED448",
        ].enumerated() {
            try openssl.ca("n\(number)", subject: "/CN=Int", algorithm: algorithm)
            needless.append(try openssl.certificate("n\(number)").der)
        }
        #expect(needless.count == 8)
        let found = try openssl.examine("a", through: ["int"], and: needless)
        #expect(found.error == nil)
        // The leaf, the intermediate and the root.
        #expect(found.effort.keysDecoded == 3)
        // Two, and once more by OpenSSL, since five of one name are more than a path needs.
        #expect(found.effort.signaturesChecked == 4)
        let alone = try openssl.examine("a", and: needless)
        #expect(alone.error != nil)
        #expect(alone.effort.keysDecoded == 0)
    }

    @Test func `certificates of other names are not even read`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.leaf("a", by: "int")
        for name in ["x", "y", "z"] {
            try openssl.ca(name, subject: "/CN=\(name)", parent: "root")
        }
        let found = try openssl.examine("a", through: ["x", "y", "int", "z", "root"])
        #expect(found.error == nil)
        #expect(found.effort.certificatesRead == 1)
        let lost = try openssl.examine("a", through: ["x", "y", "z"])
        #expect(lost.error?.code == .unknownCA)
        #expect(lost.effort.certificatesRead == 0)
        #expect(lost.effort.keysDecoded == 0)
        #expect(lost.effort.signaturesChecked == 0)
    }

    @Test func `a name in another spelling is the same name`() throws {
        try openssl.key("int")
        try openssl.sign(
            "int",
            subject: "/CN=An  Intermediate",
            by: "root",
            extensions: OpenSSLCommand.forCA
        )
        try openssl.leaf("a", by: "int")
        try openssl.again("int", as: "spelt", subject: "/CN=an intermediate", by: "root")
        #expect(try openssl.examine("a", through: ["spelt"]).error == nil)
        try openssl.again("int", as: "another", subject: "/CN=an intermediates", by: "root")
        #expect(try openssl.examine("a", through: ["another"]).error?.code == .unknownCA)
    }

    // MARK: what hostile chains cost

    @Test(arguments: [
        "ED25519", "RSA -pkeyopt rsa_keygen_bits:4096",
        "EC -pkeyopt ec_paramgen_curve:P-521 -pkeyopt point-format:compressed",
    ])
    func `forged namesakes cost a bounded number of signatures and no key`(
        algorithm: String
    ) throws {
        try chainWithoutIdentifiers()
        let forged = try forged(16, algorithm: algorithm)
        let found = try openssl.examine("a", and: forged)
        #expect(found.error?.code == .signature)
        // The key of the root alone.
        #expect(found.effort.keysDecoded == 1)
        #expect(found.effort.signaturesChecked <= 12)
        #expect(found.effort.pathsTried == 0)
    }

    @Test func `eight forged namesakes do not hide the real one`() throws {
        try chainWithoutIdentifiers()
        let forged = try forged(8)
        let real = try openssl.certificate("int").der
        for place in [0, 4, 8] {
            var sent = forged
            sent.insert(real, at: place)
            let found = try openssl.examine("a", and: sent)
            #expect(found.error == nil, "at \(place)")
            #expect(found.effort.keysDecoded == 3)
            #expect(found.effort.signaturesChecked <= 8 + 4)
        }
    }

    @Test func `key identifiers find the real one at once`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.leaf(
            "a",
            by: "int",
            extensions: OpenSSLCommand.forClient + "authorityKeyIdentifier=keyid:always\n"
        )
        let sent = try forged(2) + [try openssl.certificate("int").der]
        let found = try openssl.examine("a", and: sent)
        #expect(found.error == nil)
        #expect(found.effort.signaturesChecked == 2)
        #expect(found.effort.pathsTried == 1)
    }

    @Test func `a circle of CAs ends`() throws {
        try openssl.ca("x", subject: "/CN=X")
        try openssl.ca("y", subject: "/CN=Y", parent: "x")
        try openssl.again("x", as: "x2", subject: "/CN=X", by: "y")
        try openssl.leaf("a", by: "x")
        let found = try openssl.examine("a", through: ["x", "y", "x2"])
        #expect(found.error?.code == .unknownCA)
        #expect(found.effort.signaturesChecked == 0)
        try openssl.again("x", as: "x3", subject: "/CN=X", by: "root")
        #expect(try openssl.examine("a", through: ["x", "y", "x2", "x3"]).error == nil)
    }

    @Test func `a name that is longer than any has use for is refused`() throws {
        let long = String(repeating: "ς", count: 1_100)
        #expect(throws: CertificateError.self) { try SyntheticCertificate.subject("CN=u:\(long)") }
        let good = try SyntheticCertificate.subject("CN=u:\(long.prefix(900))")
        #expect(good.subject.matches(good.subject))
    }

    // MARK: revocation

    @Test func `a revoked leaf stays refused whatever other path there is`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.again("int", as: "int2", subject: "/CN=Int", by: "root")
        try openssl.leaf("a", by: "int")
        try openssl.leaf("b", by: "int")
        let start = try openssl.certificate("root").notBefore
        let list = try RevocationList.one(
            try openssl.revocationList(
                "list",
                by: "int",
                revoked: [try openssl.revoked("a")],
                from: start,
                until: start + 86_400
            )
        )
        let soft = Revocation(mode: .soft, lists: [list])
        for sent in [["int", "int2"], ["int2", "int"]] {
            let found = try openssl.examine("a", through: sent, revocation: soft)
            #expect(found.error?.code == .revoked)
            #expect(found.effort.pathsTried == 1)
            #expect(try openssl.examine("b", through: sent, revocation: soft).error == nil)
        }
    }

    @Test func `another certificate of the same CA stands in for a revoked one`() throws {
        try openssl.ca("int", subject: "/CN=Int", parent: "root")
        try openssl.again("int", as: "int2", subject: "/CN=Int", by: "root")
        try openssl.leaf("a", by: "int")
        let start = try openssl.certificate("root").notBefore
        let list = try RevocationList.one(
            try openssl.revocationList(
                "list",
                by: "root",
                revoked: [try openssl.revoked("int")],
                from: start,
                until: start + 86_400
            )
        )
        let soft = Revocation(mode: .soft, lists: [list])
        let found = try openssl.examine("a", through: ["int", "int2"], revocation: soft)
        #expect(found.error == nil)
        #expect(found.path.contains(try openssl.certificate("int2")))
        let alone = try openssl.examine("a", through: ["int"], revocation: soft)
        #expect(alone.error?.code == .revoked)
        #expect(alone.error?.certificate?.subject == "CN=Int")
    }
}
