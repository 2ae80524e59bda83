// SPDX-License-Identifier: Apache-2.0
import Cryptography
import TLS
import TestSupport
import Testing

@testable import Server

/// A file with these pairs; each is what stands in the braces besides its two paths.
private func file(_ pairs: [String], _ rest: String = "") -> String {
    let texts = pairs.enumerated().map { index, more in
        "p\(index): {certificate: /c\(index), key: /k\(index)\(more.isEmpty ? "" : ", ")\(more)}"
    }
    return "tls: {certificates: {\(texts.joined(separator: ", "))}}\n" + rest
}

private func names(_ text: String) -> String { "server_names: '\(text)'" }

private let strict = "listeners: {main: {address: '127.0.0.1:9', profile: fapi1}}"

@Suite struct CertificatePairTests {
    @Test(arguments: [
        ("bücher.example", "is not ASCII"), ("a.*.example", "has a wildcard that is not"),
        ("w*.example.com", "has a wildcard that is not"), ("*", "has a wildcard that is not"),
        ("*.*.example.com", "has a wildcard that is not"), ("*.com", "top-level domain"),
        ("127.0.0.1", "is an address"), ("*.0.0.1", "is an address"), ("::1", "is no host name"),
        ("[::1]", "is no host name"), ("a..example", "is no host name"),
        ("*..example.com", "is no host name"),
        ("example.com.", "ends with a dot"), ("*.", "ends with a dot"), (".", "ends with a dot"),
        (".example.com", "is no host name"), ("a_b.example", "is no host name"),
        ("-a.example", "is no host name"), ("a-.example", "is no host name"),
        ("a.example:443", "is no host name"), ("a/b.example", "is no host name"),
        ("https://a.example", "is no host name"), ("a,b.example", "is no host name"),
        (String(repeating: "a", count: 64) + ".example", "is no host name"),
        (String(repeating: "a.", count: 126) + "example", "is too long"),
    ])
    func `a bad name is refused with a reason`(_ name: String, _ reason: String) throws {
        let found = try findings(file(["", names("good.example \(name)")]))
        #expect(found.map(\.key) == ["tls.certificates.p1.server_names"])
        #expect(found.first?.reason.contains(reason) == true, "\(found)")
        #expect(found.first?.reason.contains("the name \(name),") == true)
    }

    @Test func `names are kept in lower case, from file and environment`() throws {
        let some = try load(file(["", names("ID.Example.com  *.Edge.example.com")]))
        let wanted = ["id.example.com", "*.edge.example.com"]
        #expect(some.tls.certificates.map { $0.serverNames.map(\.text) } == [[], wanted])
        let other = try load(
            file(["", names("a.example")]),
            environment: ["HANDFAST_TLS_CERTIFICATES_P1_SERVER_NAMES": "b.example"]
        )
        #expect(other.tls.certificates.last?.serverNames.map(\.text) == ["b.example"])
    }

    @Test(arguments: [
        ("' '", "has no name"), ("[a.example]", "is a list"), ("17", "is an address"),
        ("'a.example A.example'", "has the name a.example twice"), ("{a: b}", "unknown key"),
    ])
    func `a list that is none is refused`(_ value: String, _ reason: String) throws {
        let found = try findings(file(["", "server_names: \(value)"]))
        #expect(found.contains { $0.reason.contains(reason) }, "\(found)")
    }

    @Test func `there are bounds for names and for pairs`() throws {
        let many = (0..<CertificatePair.serverNamesMax).map { "n\($0).example" }.joined(
            separator: " "
        )
        #expect(try findings(file(["", names(many)])).isEmpty)
        let more = try findings(file(["", names(many + " one.more.example")]))
        #expect(more.map(\.reason) == ["has 101 names"])
        let pairs = [""] + (1..<TLSSettings.certificatesMax).map { names("n\($0).example") }
        #expect(try load(file(pairs)).tls.certificates.count == 32)
        let tooMany = try findings(file(pairs + [names("n.example")]))
        #expect(tooMany.map(\.reason) == ["has 33 entries"])
    }

    @Test func `one pair must be for everybody else`() throws {
        let found = try findings(file([names("a.example"), names("b.example")]))
        #expect(found.map(\.key) == ["tls.certificates"])
        #expect(found.first?.reason == "has server_names in every pair")
        #expect(try findings(file([names("a.example"), ""])).isEmpty)
        // A name that is no good is no second mistake.
        let one = try findings(file([names("a_.example")]))
        #expect(one.map(\.key) == ["tls.certificates.p0.server_names"])
    }

    @Test func `pairs may share a name where their keys are of different kinds`() throws {
        let texts = ["", "", names("a.example b.example"), names("b.example *.example.com")]
        let configuration = try load(file(texts))
        #expect(configuration.firstConflict(["RSA", "EC", "RSA", "EC"]) == nil)
        #expect(configuration.firstConflict(["RSA", "ED25519", "RSA", "RSA-PSS"]) == nil)
        let conflict = try #require(configuration.firstConflict(["RSA", "EC", "EC", "EC"]))
        #expect(conflict.key == "tls.certificates.p3.certificate")
        #expect(
            conflict.description.hasSuffix(
                "\"/c3\" is for b.example and has a key of the kind EC, as p2 does too"
            )
        )
        let standard = try #require(configuration.firstConflict(["RSA", "RSA", "EC", "RSA"]))
        #expect(standard.key == "tls.certificates.p1.certificate")
        #expect(standard.reason.hasPrefix("has no server_names and has a key of the kind RSA"))
    }

    @Test func `FAPI 1 needs an RSA key for TLS 1.2`() throws {
        let none = try findings(strict)
        #expect(none.map(\.key) == ["listeners.main.profile"])
        #expect(none.first?.reason.hasPrefix("needs an RSA certificate") == true)
        let one = try load(file([""], strict))
        #expect(one.firstConflict(["EC"])?.key == "listeners.main.profile")
        #expect(one.firstConflict(["RSA-PSS"])?.key == "listeners.main.profile")
        #expect(one.firstConflict(["RSA"]) == nil)
        let two = try load(file(["", names("a.example")], strict))
        #expect(two.firstConflict(["EC", "RSA"]) == nil)
        // TLS 1.3 has the same suites for all keys.
        let newest = "tls: {minimum_version: '1.3'}\n" + strict
        #expect(try findings(newest).isEmpty)
        #expect(try load(newest).firstConflict(["EC"]) == nil)
        // The other profiles have suites for both kinds.
        let other = strict.replacing("fapi1", with: "fapi2")
        #expect(try load(other).firstConflict(["EC"]) == nil)
    }

    /// 2027-01-15.
    private static let now: Int64 = 1_800_000_000

    private func check(_ text: String, _ pairs: @escaping ConfigurationCheck.PairCheck) throws
        -> ConfigurationCheck.Report
    {
        let scratch = try Scratch()
        return ConfigurationCheck(pairs: pairs).run(
            file: try scratch.file("h.yaml", text),
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: Self.now
        )
    }

    @Test func `check warns of names that a certificate is not for`() throws {
        let text = file(["", names("a.example b.example")])
        let warned = try check(text) { pair, _ in
            CertificatePairReport(keyType: "EC", uncovered: pair.name == "p1" ? ["b.example"] : [])
        }
        #expect(warned.isGood)
        let start = "warning: tls.certificates.p1.server_names: \"b.example\" is not among the"
        #expect(warned.errors.hasPrefix(start))
        #expect(warned.errors.split(separator: "\n").count == 1)
        let quiet = try check(text) { _, _ in CertificatePairReport(keyType: "EC") }
        #expect(quiet.isGood && quiet.errors.isEmpty)
    }

    @Test func `check warns of certificates by their dates, and of a good one not`() throws {
        let (now, day) = (Self.now, CertificateDates.secondsOfDay)
        let dates = [
            CertificateDates(notBefore: now - 9 * day, notAfter: now - day),
            CertificateDates(notBefore: now + day, notAfter: now + 400 * day),
            CertificateDates(notBefore: now - day, notAfter: now + 9 * day),
            CertificateDates(notBefore: now - day, notAfter: now + 11 * day),
        ]
        let text =
            file(["", names("a.example"), names("b.example"), names("c.example")])
            + "certificates: {expiry_warning_days: 10}"
        let report = try check(text) { pair, _ in
            let place = Int(pair.name.dropFirst()) ?? 0
            return CertificatePairReport(keyType: "EC", dates: dates[place])
        }
        #expect(report.isGood)
        let lines = report.errors.split(separator: "\n")
        try #require(lines.count == 3)
        let key = "warning: tls.certificates"
        #expect(lines[0].hasPrefix("\(key).p0.certificate: \"/c0\" ended at "))
        #expect(lines[1].hasPrefix("\(key).p1.certificate: \"/c1\" is not valid before "))
        #expect(lines[2].hasPrefix("\(key).p2.certificate: \"/c2\" ends at "))
        #expect(lines[2].contains(", days left: 9; "))
    }

    @Test func `check finds two keys of a kind, once all can be read`() throws {
        let text = file(["", ""])
        let found = try check(text) { _, _ in CertificatePairReport(keyType: "EC") }
        #expect(!found.isGood)
        let start = "tls.certificates.p1.certificate: \"/c1\" has no server_names"
        #expect(found.errors.hasPrefix(start))
        let unread = try check(text) { pair, _ in
            let finding = CertificatePairFinding(.key, "no such file")
            return pair.name == "p0"
                ? CertificatePairReport(findings: [finding]) : CertificatePairReport(keyType: "EC")
        }
        #expect(unread.errors.split(separator: "\n").count == 1)
        #expect(unread.errors.contains("no such file"))
    }
}
