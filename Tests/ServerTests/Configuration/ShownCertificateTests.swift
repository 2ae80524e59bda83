// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Server

/// The certificate of a configuration that commands hand to clients.
struct ShownCertificateTests {
    private func shown(
        _ text: String,
        environment: [String: String] = [:],
        data: String? = nil
    ) throws -> ServerConfiguration.ShownCertificate {
        let scratch = try Scratch()
        return try ServerConfiguration.shownCertificate(
            file: try scratch.file("h.yaml", text),
            environment: environment,
            flags: ConfigurationOverrides(data: data)
        )
    }

    @Test func `without a pair it is the generated one of the data directory`() throws {
        let own = try shown("data: /own")
        #expect(own.path == "/own/server.pem" && own.isGenerated)
        #expect(try shown("data: /own", data: "/flag/").path == "/flag/server.pem")
    }

    @Test func `a configured pair is shown in its place, and of several main's`() throws {
        let pairs = """
            tls:
              certificates:
                api: {certificate: /api.pem, key: /api.key}
                main: {certificate: /main.pem, key: /main.key}
            """
        let main = try shown("data: /own\n" + pairs)
        #expect(main.path == "/main.pem" && !main.isGenerated)
        // Those with names are for clients that ask for these names.
        let named = pairs.replacing("/main.key}", with: "/main.key, server_names: a.example}")
        #expect(try shown(named).path == "/api.pem")
    }

    @Test func `variables and other mistakes count as for the server and its store`() throws {
        let variables = [
            "HANDFAST_TLS_CERTIFICATES_MAIN_CERTIFICATE": "/env.pem",
            "HANDFAST_TLS_CERTIFICATES_MAIN_KEY": "/env.key",
        ]
        #expect(try shown("data: /own", environment: variables).path == "/env.pem")
        #expect(try shown("data: /own\nlog: {level: loud}").isGenerated)
    }

    @Test(arguments: [
        "tls: {certificates: {main: {certificate: /a.pem}}}", "tls: 5", "tls: {certificates: x}",
        "tls: {certificates: {main: {certificate: /a, key: /b, server_names: a.example}}}",
    ])
    func `a mistake in the pairs themselves is one`(_ text: String) {
        #expect(throws: ConfigurationError.self) { try shown(text) }
    }
}
