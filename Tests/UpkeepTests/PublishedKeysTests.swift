// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Reactor
import Testing

@testable import Upkeep

/// The JWK Set under a clock that is turned.
struct PublishedKeysTests {
    private let clock = WallClock()

    private func key(_ name: String, retiredAt: Int64? = nil) throws -> SigningKeyMaterial {
        try SigningKeyMaterial(
            keyID: name,
            pkcs8: try SigningKey.generate().pkcs8(),
            activeFrom: 0,
            retiredAt: retiredAt
        )
    }

    /// Which of the keys `old` and `new` are in the document.
    private func names(_ document: [UInt8]) -> [String] {
        let text = String(decoding: document, as: UTF8.self)
        return ["old", "new"].filter { text.contains("\"kid\":\"\($0)\"") }
    }

    @Test func `a retired key leaves the set with its last token, and comes back with the clock`()
        throws
    {
        let keys = SigningKeys([try key("old", retiredAt: clock.seconds), try key("new")])
        var published = PublishedKeys()
        #expect(published.areDue(now: clock.seconds))
        #expect(names(published.document(of: keys, now: clock.seconds)) == ["old", "new"])
        // A token lives for a year at most.
        clock.turn(seconds: 31_536_000 - 60)
        #expect(names(published.document(of: keys, now: clock.seconds)) == ["old", "new"])
        clock.turn(seconds: 60)
        #expect(names(published.document(of: keys, now: clock.seconds)) == ["new"])
        clock.turn(seconds: -60)
        #expect(published.areDue(now: clock.seconds))
        #expect(names(published.document(of: keys, now: clock.seconds)) == ["old", "new"])
    }

    @Test func `it is due after an hour, and where the clock was set back`() throws {
        let keys = SigningKeys([try key("new")])
        var published = PublishedKeys()
        for turn in [3_600, 31_536_000, -60, -31_536_000] as [Int64] {
            _ = published.document(of: keys, now: clock.seconds)
            #expect(!published.areDue(now: clock.seconds))
            clock.turn(seconds: turn)
            #expect(published.areDue(now: clock.seconds), "\(turn)")
        }
        // The twins: within the hour.
        _ = published.document(of: keys, now: clock.seconds)
        clock.turn(seconds: 3_500)
        #expect(!published.areDue(now: clock.seconds))
    }
}
