// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Server

/// The report of `handfast check` on `text`, in which `@` stands for the folder of `files`.
private func check(_ text: String, _ files: [String: String]) throws
    -> ConfigurationCheck.Report
{
    let scratch = try Scratch()
    for (name, content) in files { _ = try scratch.file(name, content) }
    return ConfigurationCheck(pairs: { _, _ in CertificatePairReport() }).run(
        file: try scratch.file("h.yaml", text.replacing("@", with: scratch.path)),
        environment: [:],
        overrides: ConfigurationOverrides(),
        verbose: false,
        now: 1_800_000_000
    )
}

@Suite struct FileCheckTests {
    private static let fetch = "fetch: {authorities: @/ca.pem}"

    @Test(arguments: [
        proxyCertificate, proxyCertificate + proxyCertificate, "# Ours\n" + proxyCertificate,
    ])
    func `a file of CA certificates is taken`(_ content: String) throws {
        let report = try check(Self.fetch, ["ca.pem": content])
        #expect(report.isGood && report.errors.isEmpty, "\(report)")
    }

    @Test(arguments: [
        (nil, "cannot be read: No such file"), ("", "The file is empty"), ("\n \n", "is empty"),
        ("nothing", "neither PEM nor DER"), (String(proxyCertificate.prefix(400)), "does not end"),
        (proxyCertificate.replacing("CERTIFICATE", with: "PRIVATE KEY"), "private key"),
    ])
    func `another file in its place is a problem of its key`(
        _ content: String?,
        _ reason: String
    ) throws {
        let report = try check(Self.fetch, content.map { ["ca.pem": $0] } ?? [:])
        #expect(!report.isGood)
        #expect(report.errors.hasPrefix("fetch.authorities: \"/"), "\(report)")
        #expect(report.errors.contains("/ca.pem\" "))
        #expect(report.errors.contains(reason))
        #expect(report.errors.split(separator: "\n").count == 1)
    }

    @Test func `a data directory is one, or is to be made in one`() throws {
        for good in ["data: @", "data: @/", "data: @/new", "data: @/new/er/"] {
            let report = try check(good, ["f": "x"])
            #expect(report.isGood && report.errors.isEmpty, "\(good): \(report)")
        }
        for (bad, reason) in [
            ("data: @/f", "/f\" is not a directory"), ("data: @/f/", "is not a directory"),
            ("data: @/f/under/it", "it\" cannot be made: /"),
            ("data: /dev/null", "is not a directory"),
        ] {
            let report = try check(bad, ["f": "x"])
            #expect(!report.isGood && report.errors.hasPrefix("data: \"/"), "\(bad): \(report)")
            #expect(report.errors.contains(reason), "\(bad): \(report)")
            #expect(report.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func `that no client could authenticate is warned of, and one method is enough`() throws {
        let names = ConfigurationKey.methods.compactMap { $0.components.last }
        let off = "authentication:\n" + names.map { "  \($0): false\n" }.joined()
        let report = try check(off, [:])
        #expect(report.isGood && report.errors.split(separator: "\n").count == 1)
        #expect(report.errors.hasPrefix("warning: authentication: has every method switched off"))
        for name in names {
            let one = off.replacing("  \(name): false", with: "  \(name): true")
            #expect(try check(one, [:]).errors.isEmpty, "\(name)")
        }
    }

    private static let proxied = """
        listeners:
          first: {address: '127.0.0.1:9', client_certificate: none}
          main:
            address: '127.0.0.1:10'
            forwarded_certificate: nginx
            forwarder_keys: @/p.pem
            forwarder_networks: '::1'
            forwarder_secret: @/s
        """
    private static let secret = String(repeating: "s", count: 32)

    @Test func `good files of a proxy are taken`() throws {
        let report = try check(Self.proxied, ["p.pem": proxyCertificate, "s": Self.secret])
        #expect(report.isGood && report.errors.isEmpty, "\(report)")
    }

    @Test func `each bad file of a proxy is a problem of its own key`() throws {
        let noKeys = try check(Self.proxied, ["p.pem": "", "s": Self.secret])
        #expect(noKeys.errors.hasPrefix("listeners.main.forwarder_keys: \"/"), "\(noKeys)")
        #expect(noKeys.errors.contains("/p.pem\" The file is empty"))
        let noSecret = try check(Self.proxied, ["p.pem": proxyCertificate, "s": "short"])
        #expect(noSecret.errors.hasPrefix("listeners.main.forwarder_secret: \"/"), "\(noSecret)")
        #expect(noSecret.errors.contains("/s\" a secret is one line"))
        for report in [noKeys, noSecret] {
            #expect(!report.isGood && report.errors.split(separator: "\n").count == 1)
        }
        let nothing = try check(Self.proxied, [:])
        #expect(!nothing.isGood && nothing.errors.split(separator: "\n").count == 2)
        #expect(nothing.errors.split(separator: "cannot be read: No such file").count == 3)
    }
}
