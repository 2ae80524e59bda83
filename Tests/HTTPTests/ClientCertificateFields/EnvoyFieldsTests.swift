// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTP

struct EnvoyFieldsTests {
    private static let name = "X-Forwarded-Client-Cert"
    private static let safe = "-"
    private static let leaf = Sample.escaped(Sample.pem(Sample.leaf), safe: safe)
    private static let other = Sample.escaped(Sample.pem(Sample.other), safe: safe)
    private static let ca = Sample.escaped(Sample.pem(Sample.ca), safe: safe)
    private static let hash = "Hash=\(Sample.leafDigest)"
    private static let by = "By=spiffe://cluster.local/ns/default/sa/httpbin"
    private static let subject = #"Subject="CN=leaf,O=Example\, Inc.""#
    private static let digest = stride(from: 0, to: 64, by: 2).map { start in
        UInt8(Sample.leafDigest.dropFirst(start).prefix(2), radix: 16) ?? 0
    }

    private func read(_ value: String) -> Reading { reading(.envoy, [(Self.name, value)]) }

    @Test func `what Envoy writes is read`() {
        let value =
            "\(Self.by);\(Self.hash);Cert=\"\(Self.leaf)\";Chain=\"\(Self.leaf)\(Self.ca)\";"
            + "\(Self.subject);URI=spiffe://example.org/a;DNS=a.example.org"
        let chain = [Sample.ca]
        #expect(read(value) == .leaf(.notGiven, chain: chain, digest: Self.digest))
    }

    static let good: [(String, Int, Bool)] = [
        ("Cert=\"\(leaf)\"", 0, false), ("Cert=\(leaf)", 0, false), ("cERT=\"\(leaf)\"", 0, false),
        ("Chain=\"\(leaf)\"", 0, false), ("Chain=\"\(leaf)\(ca)\"", 1, false),
        ("\(hash);Cert=\"\(leaf)\"", 0, true), ("Cert=\"\(leaf)\";\(hash)", 0, true),
        ("Subject=\"\";Cert=\"\(leaf)\";URI=", 0, false), ("By=;Cert=\"\(leaf)\"", 0, false),
        (#"Subject="a\";Cert=\"b\\";Cert="\#(leaf)""#, 0, false),
        ("Subject=\"a,b;c=d\";Cert=\"\(leaf)\"", 0, false),
        ("By=a;By=b;Cert=\"\(leaf)\";URI=a=b;URI=c;DNS=d;DNS=e", 0, false),
        ("Cert=\"\(leaf)\";Later=new", 0, false),
    ]

    @Test(arguments: good)
    func `other good elements are read`(value: String, chainCount: Int, hasDigest: Bool) {
        let chain = Array([Sample.ca].prefix(chainCount))
        #expect(
            read(value) == .leaf(.notGiven, chain: chain, digest: hasDigest ? Self.digest : nil)
        )
    }

    @Test func `no field and an empty one are no certificate`() {
        #expect(reading(.envoy, []) == .noCertificate)
        #expect(read("") == .noCertificate)
    }

    static let refused: [(String, ClientCertificateFieldError)] = [
        ("Cert=\"\(leaf)\",Cert=\"\(leaf)\"", .severalProxies),
        ("Cert=\"\(leaf)\",\(by)", .severalProxies), ("Cert=\"\(leaf)\",", .severalProxies),
        ("\(by),Cert=\"\(leaf)\"", .severalProxies), ("URI=a,b;Cert=\"\(leaf)\"", .severalProxies),
        (",Cert=\"\(leaf)\"", .malformedField), ("Cert=\"\(leaf)\";", .malformedField),
        (";Cert=\"\(leaf)\"", .malformedField), ("\(by);;Cert=\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)\";Cert=\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)\";cert=\"\(other)\"", .malformedField),
        ("Chain=\"\(leaf)\";Chain=\"\(leaf)\"", .malformedField),
        ("\(hash);\(hash);Cert=\"\(leaf)\"", .malformedField),
        ("URI=spiffe://a;Cert=\"\(leaf)\"", .malformedField),
        ("\(hash);URI=spiffe://a;Chain=\"\(leaf)\"", .malformedField),
        ("DNS=a;\(hash);Cert=\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)\";URI=x;Cert=\"\(other)\"", .malformedField),
        ("Cert=\"\(leaf)\";Chain=\"\(other)\(ca)\"", .contradiction),
        ("Cert=\"\(leaf)\"x", .malformedField), ("Cert=x\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)", .malformedField), ("Cert=\"\(leaf)\\\"", .malformedField),
        ("Cert=\(leaf)\"", .malformedField), ("Cert= \"\(leaf)\"", .malformedField),
        ("Cert =\"\(leaf)\"", .malformedField), (" Cert=\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)\" ;\(by)", .malformedField), ("Cert", .malformedField),
        ("Cert:\"\(leaf)\"", .malformedField), ("=\"\(leaf)\"", .malformedField),
        ("Cert='\(leaf)'", .malformedEscape), ("Cert=\"\"", .malformedPEM),
        ("Cert=", .malformedPEM), ("By=\u{e9};Cert=\"\(leaf)\"", .malformedField),
        ("Cert=\"\(leaf)\(other)\"", .severalCertificates),
        ("Cert=\"\(Sample.pem(Sample.leaf))\"", .malformedEscape),
        ("Cert=\"\(leaf.replacing("%2F", with: "/"))\"", .malformedEscape),
        ("Cert=\"\(leaf)\\n\"", .malformedEscape),
        ("Hash=abc;Cert=\"\(leaf)\"", .malformedField), ("Hash=;Cert=\"\(leaf)\"", .malformedField),
        ("\(hash)00;Cert=\"\(leaf)\"", .malformedField),
        ("Hash=\(String(repeating: "x", count: 64));Cert=\"\(leaf)\"", .malformedField),
        (hash, .certificateNotForwarded), (by, .certificateNotForwarded),
        ("\(by);\(hash);\(subject);URI=spiffe://a", .certificateNotForwarded),
        ("Subject=\"x;Cert=\(leaf)\"", .certificateNotForwarded), ("-", .malformedField),
    ]

    @Test(arguments: refused)
    func `anything else is refused`(value: String, error: ClientCertificateFieldError) {
        #expect(read(value) == .refused(error))
    }

    // Envoy writes names of kind URI as they are.
    @Test func `a name cannot smuggle another certificate in`() {
        for key in ["URI", "DNS"] {
            for name in ["a;Cert=\"\(Self.other)\"", "a;Chain=\"\(Self.other)\"", "a;\(Self.hash)"]
            {
                for start in ["", "\(Self.hash);", "Cert=\"\(Self.leaf)\";"] {
                    #expect(read("\(start)\(key)=\(name)").error != nil)
                }
            }
            let appended = "Cert=\"\(Self.leaf)\";\(key)=a,Cert=\"\(Self.other)\""
            #expect(read(appended) == .refused(.severalProxies))
        }
    }

    @Test func `no part of an element is a certificate, but for whole lines and pairs`() {
        let value = "\(Self.by);\(Self.hash);Cert=\"\(Self.leaf)\""
        expectTruncationsRefused(.envoy, Self.name, value)
        let plain = "Cert=\(Self.leaf)"
        expectTruncationsRefused(.envoy, Self.name, plain, whole: [plain.utf8.count - 3])
    }

    @Test func `a chain has at most eight certificates besides the leaf`() {
        let chain = (0..<8).map { _ in Self.ca }.joined()
        let eight = Reading.leaf(.notGiven, chain: .init(repeating: Sample.ca, count: 8))
        #expect(read("Chain=\"\(Self.leaf)\(chain)\"") == eight)
        let nine = "Chain=\"\(Self.leaf)\(chain)\(Self.ca)\""
        #expect(read(nine) == .refused(.chainTooLong))
    }
}
