// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

/// Certificates in another form than DER, which a client puts in place of its own on the way.
///
/// In TLS 1.2 they go in the clear. The change breaks the client's signature over the handshake, so
/// that a form that is taken ends with that reason.
struct CertificateFormTests {
    private static let refused = "a certificate is not in DER"

    private static func length(_ count: Int) -> [UInt8] {
        [UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    /// A flight whose Certificate message has these certificates; other records stay as they are.
    private static func flight(_ bytes: [UInt8], sending sent: [[UInt8]]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes[...]
        while rest.count > 5 {
            let count = 5 + Int(rest[rest.startIndex + 3]) << 8 + Int(rest[rest.startIndex + 4])
            let record = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
            guard record[0] == 22, record[5] == 11 else {
                out += record
                continue
            }
            let list = sent.flatMap { length($0.count) + $0 }
            let body = length(list.count) + list
            let message = [11] + length(body.count) + body
            out += [22, 3, 3, UInt8(message.count >> 8), UInt8(message.count & 255)] + message
        }
        return out
    }

    /// Why the server refuses a client that sends these; nil where it does not.
    private func reason(_ identity: ClientIdentity, sending sent: [[UInt8]]) throws -> String? {
        let context = try Listener.context()
        let line = try Line(context, try Client(identity, version: .v12))
        line.tamper = { Self.flight($0, sending: sent) }
        return error(line)?.reason
    }

    /// An element with a length of four octets after its first one.
    private static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag, 0x83] + length(content.count) + content
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] {
        [0x30, 0x82] + length(content.count).dropFirst() + content
    }

    /// A certificate's parts: body, algorithm and signature, whole.
    private static func parts(_ der: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var rest = der.dropFirst(4)
        while rest.count > 2 {
            let first = Int(rest[rest.startIndex + 1])
            let header = 2 + (first < 0x80 ? 0 : first & 0x7F)
            let octets = rest.dropFirst(2).prefix(header - 2)
            let count = first < 0x80 ? first : octets.reduce(0) { $0 << 8 + Int($1) }
            parts.append(Array(rest.prefix(header + count)))
            rest = rest.dropFirst(header + count)
        }
        return parts
    }

    /// The same certificate in forms that are not its DER.
    private static func others(_ der: [UInt8]) -> [(name: String, bytes: [UInt8])] {
        let content = Array(der.dropFirst(4))
        let parts = parts(der)
        let (body, algorithm, signature) = (parts[0], parts[1], parts[2])
        let bits = Array(signature.dropFirst(2))
        let inside = Array(body.dropFirst(body[1] == 0x81 ? 3 : 4))
        var forms: [(name: String, bytes: [UInt8])] = []
        func add(_ name: String, _ parts: [UInt8]...) {
            forms.append((name, parts.flatMap { $0 }))
        }
        func addCertificate(_ name: String, _ parts: [UInt8]...) {
            forms.append((name, sequence(parts.flatMap { $0 })))
        }
        let ninth = [UInt8](repeating: 0, count: 7) + Array(length(content.count).dropFirst())
        add("a long outer length", tagged(0x30, content))
        add("an indefinite outer length", [0x30, 0x80], content, [0, 0])
        add("a negative length", [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], content)
        add("a length of nine octets", [0x30, 0x89], ninth, content)
        add("a byte behind it", der, [0])
        add("a byte too few", Array(der.dropLast()))
        add("one byte", [0x30])
        addCertificate("a byte behind its parts", content, [0])
        addCertificate("a byte too few inside", Array(content.dropLast()))
        addCertificate("a long length inside", tagged(0x30, inside), algorithm, signature)
        let open = [0x30, 0x80] + inside + [0, 0]
        addCertificate("an indefinite length inside", open, algorithm, signature)
        let long = tagged(0x30, Array(algorithm.dropFirst(2)))
        addCertificate("a long length of the algorithm", body, long, signature)
        let pieces = [0x23, UInt8(signature.count)] + signature
        addCertificate("a signature in pieces", body, algorithm, pieces)
        addCertificate("a signature with a long length", body, algorithm, tagged(3, bits))
        let odd = [3, signature[1], 1] + bits.dropFirst()
        addCertificate("a signature of other bits", body, algorithm, odd)
        addCertificate("two algorithms", body, [0x30, 3, 0x06, 1, 0x2A], signature)
        addCertificate("another structure", [0x02, 1, 5])
        return forms
    }

    @Test func `a client's own certificate counts in DER only`() throws {
        let identity = try ClientIdentity()
        #expect(try reason(identity, sending: [identity.der]) == nil)
        for (name, bytes) in Self.others(identity.der) {
            #expect(try reason(identity, sending: [bytes]) == Self.refused, "\(name)")
        }
        #expect(try reason(identity, sending: [[]]) != nil)
    }

    @Test func `what is sent along counts in DER only, whether it matters or not`() throws {
        let issuer = try ClientIdentity(name: "issuer")
        let identity = try ClientIdentity(issuer: issuer)
        identity.chain = [issuer]
        #expect(try reason(identity, sending: [identity.der, issuer.der]) == nil)
        for along in [issuer, try ClientIdentity(name: "junk")] {
            for (name, bytes) in Self.others(along.der) {
                let sent = [identity.der, bytes]
                #expect(try reason(identity, sending: sent) == Self.refused, "\(name)")
            }
        }
    }

    @Test func `another certificate in DER fails by its proof alone`() throws {
        let identity = try ClientIdentity()
        let other = try ClientIdentity(key: identity.key, name: "other")
        let reason = try #require(try reason(identity, sending: [other.der]))
        #expect(reason != Self.refused)
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max)])
    func `a damaged certificate never gets through`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let issuer = try ClientIdentity(name: "issuer")
        let identity = try ClientIdentity(issuer: issuer)
        identity.chain = [issuer]
        let sound = [identity.der, issuer.der]
        for round in 0..<150 {
            var sent = sound
            let which = round % 2
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<sent[which].count, using: &random)
                sent[which][at] = UInt8.random(in: 0...255, using: &random)
            }
            guard sent != sound else { continue }
            #expect(try reason(identity, sending: sent) != nil, "seed \(seed), round \(round)")
        }
    }

    /// X25519 signs nothing, so such a certificate is put in the place of another.
    @Test func `a key of a kind that no client may have is not decoded`() throws {
        let identity = try ClientIdentity()
        let issuer = try ClientIdentity(name: "issuer")
        let before = ThreadCounts.certificates
        let odd = try ClientIdentity(key: try Key.x25519(), name: "odd", issuer: issuer)
        #expect(try reason(identity, sending: [odd.der]) == "certificate verify failed")
        #expect(ThreadCounts.certificates == before)
    }
}
