// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TLS

/// TLS 1.2 sends a client's certificate and its signature in the clear, so a test can change them.
struct ProofOfPossessionTests {
    /// The content of the first handshake message of a type, by its place in the records.
    private func message(_ type: UInt8, in bytes: [UInt8]) -> Range<Int>? {
        var at = 0
        while at + 9 <= bytes.count {
            let length = Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
            let end = min(at + 5 + length, bytes.count)
            if bytes[at] == 22, bytes[at + 5] == type { return at + 9..<end }
            at = end
        }
        return nil
    }

    /// The server's error when byte `index` of such a message is changed; negative from its end.
    private func reason(changing type: UInt8, at index: Int) throws -> String? {
        let identity = try ClientIdentity(.rsa2048)
        let line = try Line(try Listener.context(), try Client(identity, version: .v12))
        var changes = 0
        line.tamper = { bytes in
            guard let place = message(type, in: bytes) else { return bytes }
            var changed = bytes
            changed[(index < 0 ? place.upperBound : place.lowerBound) + index] ^= 1
            changes += 1
            return changed
        }
        let reason = TLSTests.error(line)?.reason
        #expect(changes == 1)
        return reason
    }

    @Test func `a signature that was changed on the way is refused`() throws {
        #expect(try reason(changing: 15, at: -1) != nil)
    }

    @Test func `a certificate that was changed on the way is refused`() throws {
        #expect(try reason(changing: 11, at: -1) != nil)
    }

    @Test func `a client that does not sign is refused`() throws {
        let identity = try ClientIdentity(.rsa2048)
        let line = try Line(try Listener.context(), try Client(identity, version: .v12))
        var changes = 0
        line.tamper = { bytes in
            guard let place = message(15, in: bytes) else { return bytes }
            changes += 1
            return Array(bytes[..<(place.lowerBound - 9)] + bytes[place.upperBound...])
        }
        #expect(TLSTests.error(line)?.reason == "unexpected message")
        #expect(changes == 1)
    }

    @Test func `nothing changed is nothing refused`() throws {
        let line = try Line(
            try Listener.context(),
            try Client(try ClientIdentity(.rsa2048), version: .v12)
        )
        #expect(TLSTests.error(line) == nil)
    }
}
