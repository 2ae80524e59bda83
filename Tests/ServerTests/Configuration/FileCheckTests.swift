import Testing

@testable import Server

/// What `handfast check` says of `text`, in which `@` stands for the folder of `files`.
private func check(_ text: String, _ files: [String: String]) async throws
    -> ConfigurationCheck.Report
{
    let scratch = try Scratch()
    for (name, content) in files { _ = try scratch.file(name, content) }
    return await ConfigurationCheck(pairs: { _ in CertificatePairReport() }).run(
        file: try scratch.file("h.yaml", text.replacing("@", with: scratch.path)),
        environment: [:],
        overrides: ConfigurationOverrides(),
        verbose: false
    )
}

@Suite struct FileCheckTests {
    private static let fetch = "fetch: {authorities: @/ca.pem}"

    @Test(arguments: [certificate, certificate + certificate, "# Ours\n" + certificate])
    func `a file of authorities is taken`(_ content: String) async throws {
        let report = try await check(Self.fetch, ["ca.pem": content])
        #expect(report.isGood && report.errors.isEmpty, "\(report)")
    }

    @Test(arguments: [
        (nil, "cannot be read: No such file"), ("", "The file is empty"), ("\n \n", "is empty"),
        ("nothing", "neither PEM nor DER"), (String(certificate.prefix(400)), "does not end"),
        (certificate.replacing("CERTIFICATE", with: "PRIVATE KEY"), "private key"),
    ])
    func `another file in its place is a problem of its key`(
        _ content: String?,
        _ reason: String
    ) async throws {
        let report = try await check(Self.fetch, content.map { ["ca.pem": $0] } ?? [:])
        #expect(!report.isGood)
        #expect(report.errors.hasPrefix("fetch.authorities: \"/"), "\(report)")
        #expect(report.errors.contains("/ca.pem\" "))
        #expect(report.errors.contains(reason))
        #expect(report.errors.split(separator: "\n").count == 1)
    }
}
