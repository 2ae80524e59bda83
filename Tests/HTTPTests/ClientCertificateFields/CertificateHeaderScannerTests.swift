// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct CertificateHeaderScannerTests {
    private let scanner = CertificateHeaderScanner(everyFormatAnd: [])

    private func present(_ names: [String]) -> [String] {
        let list = FieldList(names.map { ($0, "x") })
        return scanner.present(in: list.fields, list.bytes.span).map(\.description)
    }

    private func check(
        _ names: [String],
        _ scanner: CertificateHeaderScanner? = nil
    ) -> ClientCertificateFieldError? {
        let list = FieldList(names.map { ($0, "x") })
        do throws(ClientCertificateFieldError) {
            try (scanner ?? self.scanner).check(list.fields, list.bytes.span)
            return nil
        } catch {
            return error
        }
    }

    @Test func `an ordinary request has none of the fields`() {
        let names = [
            "Host", "User-Agent", "Accept", "Content-Type", "Content-Length", "Authorization",
            "Connection", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
            "X-Request-Id", "X-Real-Ip", "Cookie", "Origin", "Client-Certs", "Client", "Cert",
            "ClientCert", "X-Client-Certified", "Cf-Ray", "Cf-Connecting-Ip", "Clientxcert",
        ]
        #expect(present(names).isEmpty)
        #expect(check(names + names) == nil)
    }

    @Test func `every name of every format is found, under any spelling`() {
        for name in ClientCertificateFormat.allCases.flatMap(\.names.all) {
            let text = name.description
            for spelling in [text, text.uppercased(), text.capitalized] {
                #expect(present(["Host", spelling, "Accept"]) == [text])
                #expect(check([spelling]) == nil)
            }
            let dotted = text.replacing("-", with: ".").replacing("_", with: ".")
            let found = present([dotted])
            #expect(found.count == 1 && check([dotted]) == .alias(FieldName(known: found[0])))
        }
    }

    static let aliases = [
        ("client_cert", "client-cert"), ("Client_Cert_Chain", "client-cert-chain"),
        ("Client-Cert_Chain", "client-cert-chain"), ("CLIENT.CERT", "client-cert"),
        ("X_Forwarded_Client_Cert", "x-forwarded-client-cert"),
        ("X-Forwarded_Client-Cert", "x-forwarded-client-cert"),
        ("x_forwarded_tls_client_cert", "x-forwarded-tls-client-cert"),
        ("X_Amzn_Mtls_Clientcert_Leaf", "x-amzn-mtls-clientcert-leaf"),
        ("cf_cert_verified", "cf-cert-verified"), ("x_client_cert", "x-client-cert"),
    ]

    @Test(arguments: aliases)
    func `an alias is refused, beside the name and alone`(alias: String, name: String) {
        let known = FieldName(known: name)
        #expect(present([alias]) == [name])
        #expect(present([alias, name, alias]) == [name])
        #expect(check([alias]) == .alias(known))
        #expect(check([name, alias]) == .repeated(known))
        #expect(check([alias, name]) == .alias(known))
        #expect(check([name]) == nil)
    }

    @Test func `a field twice is refused, and under names that are both known`() {
        #expect(
            check(["Client-Cert", "client-cert"]) == .repeated(FieldName(known: "client-cert"))
        )
        #expect(check(["ssl-client-cert", "ssl_client_cert"]) != nil)
        #expect(check(["ssl_client_cert", "ssl-client-cert"]) != nil)
        #expect(check(["ssl-client-cert"]) == nil && check(["SSL_CLIENT_CERT"]) == nil)
        #expect(check(["client-cert", "client-cert-chain", "ssl-client-cert"]) == nil)
    }

    @Test func `names that were configured are found too`() throws {
        let own = try #require(FieldName("X-My-Cert"))
        let scanner = CertificateHeaderScanner(everyFormatAnd: [own])
        #expect(check(["x_my_cert"], scanner) == .alias(own))
        #expect(check(["X-My-Cert", "x-my-cert"], scanner) == .repeated(own))
        #expect(check(["x_my_cert"]) == nil)
        #expect(check(["client_cert"], CertificateHeaderScanner([own])) == nil)
        #expect(scanner.names.count == self.scanner.names.count + 1)
    }

    @Test func `lengths beyond those of names do no harm`() {
        for count in 1...200 { #expect(present([String(repeating: "-", count: count)]).isEmpty) }
    }
}

extension String {
    /// `Client-Cert` of `client-cert`.
    fileprivate var capitalized: String {
        var isFirst = true
        return String(
            map { character in
                defer { isFirst = !character.isLetter }
                return isFirst ? Character(character.uppercased()) : character
            }
        )
    }
}
