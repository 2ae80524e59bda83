// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct ClientCertificateReaderTests {
    /// A good set of fields for each format.
    static func good(_ format: ClientCertificateFormat) -> [(String, String)] {
        let names = format.names
        let base64 = Sample.base64(Sample.leaf)
        let escaped = Sample.escaped(Sample.pem(Sample.leaf))
        var fields = [("Host", "a"), ("User-Agent", "b")]
        let value =
            switch format {
            case .rfc9440: ":\(base64):"
            case .nginx, .awsALB: escaped
            case .envoy: "Hash=\(Sample.leafDigest);Cert=\"\(escaped)\""
            case .haproxy, .traefik, .cloudflare: base64
            case .apache: Sample.pem(Sample.leaf, lineEnd: " ")
            }
        fields.append((names.certificate.description, value))
        let verification = [.haproxy: "0", .cloudflare: "true"][format] ?? "SUCCESS"
        if let name = names.verification { fields.append((name.description, verification)) }
        return fields
    }

    static let formats = ClientCertificateFormat.allCases

    @Test(arguments: formats)
    func `good fields are read under names of any case, and verified only with a verification`(
        format: ClientCertificateFormat
    ) {
        let fields = Self.good(format)
        let found = reading(format, fields)
        guard case .certificate(let certificate) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(certificate.leaf == Sample.leaf && certificate.chain.isEmpty)
        #expect(certificate.verification == (format.hasVerification ? .accepted : .notGiven))
        #expect(reading(format, fields.map { ($0.0.uppercased(), $0.1) }) == found)
        #expect(reading(format, fields.reversed()) == found)
        #expect(reading(format, []) == .noCertificate)
    }

    @Test(arguments: formats)
    func `a field twice is refused, equal or empty as the second may be`(
        format: ClientCertificateFormat
    ) {
        let fields = Self.good(format)
        let names = format.names.all.map(\.description)
        for field in fields where names.contains(field.0) {
            for value in [field.1, "", "x"] {
                let more = (field.0.uppercased(), value)
                let error = Reading.refused(.repeated(FieldName(known: field.0)))
                #expect(reading(format, fields + [more]) == error)
                #expect(reading(format, [more] + fields) == error)
            }
        }
    }

    @Test(arguments: formats)
    func `a field under an alias is refused, beside the right one and without it`(
        format: ClientCertificateFormat
    ) {
        let fields = Self.good(format)
        for name in format.names.all {
            let text = name.description
            let marks = text.indices.filter { text[$0] == "-" || text[$0] == "_" }
            for mark in marks {
                for other in ["-", "_", ".", "~"] where other != String(text[mark]) {
                    let alias = text.replacingCharacters(in: mark, with: other)
                    let list = [(alias, "x")]
                    #expect(reading(format, list) == .refused(.alias(name)))
                    #expect(reading(format, fields + list) == .refused(.alias(name)))
                }
            }
        }
    }

    @Test(arguments: formats)
    func `the fields of other formats are not read`(format: ClientCertificateFormat) {
        let own = format.names.all
        for other in Self.formats where other != format {
            let strangers = Self.good(other).filter { name, _ in
                !own.contains { $0.isAlias(of: FieldName(known: name)) }
            }
            #expect(reading(format, strangers) == .noCertificate)
        }
    }

    @Test(arguments: formats)
    func `fields are bounded`(format: ClientCertificateFormat) {
        let name = format.names.certificate.description
        let most = String(repeating: "A", count: ClientCertificateReader.bytesMax)
        #expect(reading(format, [(name, most + "A")]) == .refused(.tooLarge))
        let within = reading(format, [(name, most)])
        #expect(within.error != nil && within.error != .tooLarge)
        guard let chain = format.names.chain?.description else { return }
        #expect(reading(format, [(name, "A"), (chain, most)]) == .refused(.tooLarge))
    }

    @Test func `names are checked`() throws {
        let certificate = try #require(FieldName("X-My-Cert"))
        let verification = try #require(FieldName("X-My-Verify"))
        let alias = try #require(FieldName("x_my_cert"))
        #expect(ClientCertificateFieldNames(certificate: certificate, verification: alias) == nil)
        #expect(
            ClientCertificateFieldNames(certificate: certificate, verification: certificate) == nil
        )
        let names = try #require(
            ClientCertificateFieldNames(certificate: certificate, verification: verification)
        )
        for format in Self.formats {
            let reader = ClientCertificateReader(format, names: names)
            #expect((reader != nil) == format.hasVerification)
        }
        for bad in ["", "a b", "a:b", "a\u{e9}", "(a)", String(repeating: "a", count: 64)] {
            #expect(FieldName(bad) == nil)
        }
        #expect(FieldName("X-A")?.description == "x-a")
        for name in Self.formats.flatMap(\.names.all) {
            #expect(FieldName(name.description) == name)
        }
    }

    @Test func `a request's fields are read as they stand in it`() throws {
        for format in Self.formats {
            let lines = Self.good(format).map { "\($0.0):  \($0.1) \r\n" }.joined()
            let bytes = octets("GET / HTTP/1.1\r\n\(lines)\r\n")
            var parser = RequestParser(limits: HTTPLimits())
            _ = try parser.advance(bytes.span)
            let list = parser.request.fields
            let found = try ClientCertificateReader(format).read(list, bytes.span)
            #expect(found?.leaf == Sample.leaf)
        }
    }
}

extension String {
    /// The text with something else in the place of one character.
    func replacingCharacters(in index: Index, with other: String) -> String {
        String(self[..<index]) + other + String(self[self.index(after: index)...])
    }
}
