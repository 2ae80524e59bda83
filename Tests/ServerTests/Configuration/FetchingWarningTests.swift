// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Server

@Suite struct FetchingWarningTests {
    private func report(_ error: String?) throws -> ConfigurationCheck.Report {
        let scratch = try Scratch()
        let check = ConfigurationCheck(
            pairs: { _, _ in CertificatePairReport() },
            libraryError: { error }
        )
        return check.run(
            file: try scratch.file("h.yaml", "reactors: 1"),
            environment: [:],
            overrides: ConfigurationOverrides(),
            verbose: false,
            now: 1_800_000_000
        )
    }

    @Test func `check warns where nothing can be fetched, and takes the configuration`() throws {
        let report = try report("libcurl is not there; install it")
        #expect(report.isGood)
        #expect(
            report.errors == "warning: neither a jwks_uri nor the URL of a revocation list can be"
                + " fetched: libcurl is not there; install it\n"
        )
        #expect(try self.report(nil).errors.isEmpty)
    }
}
