// SPDX-License-Identifier: Apache-2.0
import Reactor
import Storage
import StorageTesting
import Testing

@testable import Serving

struct RevokedTokensTests {
    private func sweepAll(_ tokens: RevokedTokens, before now: Int64) {
        for turn in 0..<64 { tokens.sweep(turn, before: now) }
    }

    @Test func `what was added is revoked until it ends, and nothing else is`() {
        let tokens = RevokedTokens()
        let (grant, token) = (SampleGrant.identifier(1), SampleGrant.digest(1))
        #expect(!tokens.isRevoked(grant) && tokens.count == 0)
        tokens.add(RevokedToken(id: grant, until: 100))
        tokens.add(RevokedToken(id: token, until: 200))
        #expect(tokens.isRevoked(grant) && tokens.isRevoked(token) && tokens.count == 2)
        #expect(!tokens.isRevoked(SampleGrant.identifier(2)))
        #expect(!tokens.isRevoked(SampleGrant.digest(2)) && !tokens.isRevoked([]))
        // The id of a grant is no beginning of another one's.
        #expect(!tokens.isRevoked(grant + [0]) && !tokens.isRevoked(Array(token.prefix(16))))
        sweepAll(tokens, before: 100)
        #expect(tokens.isRevoked(grant))
        sweepAll(tokens, before: 101)
        #expect(!tokens.isRevoked(grant) && tokens.isRevoked(token) && tokens.count == 1)
        sweepAll(tokens, before: 201)
        #expect(!tokens.isRevoked(token) && tokens.count == 0)
    }

    @Test func `the later of two ends counts`() {
        let tokens = RevokedTokens()
        for end in [100, 300, 200] as [Int64] {
            tokens.add(RevokedToken(id: SampleGrant.digest(1), until: end))
        }
        #expect(tokens.count == 1)
        sweepAll(tokens, before: 300)
        #expect(tokens.isRevoked(SampleGrant.digest(1)))
        sweepAll(tokens, before: 301)
        #expect(!tokens.isRevoked(SampleGrant.digest(1)))
    }

    @Test func `threads that ask while others add and sweep miss nothing that lives`() throws {
        let tokens = RevokedTokens()
        for number in 0..<500 {
            tokens.add(RevokedToken(id: SampleGrant.digest(number, 1), until: 1_000))
        }
        let missed = Lock(0)
        let threads = try (0..<4).map { index in
            try Thread.start("revoked-\(index)") {
                for number in 0..<2_000 {
                    if index < 2 {
                        let id = SampleGrant.digest(number * 2 + index, 2)
                        tokens.add(RevokedToken(id: id, until: 10))
                        tokens.sweep(number, before: 11)
                    } else if !tokens.isRevoked(SampleGrant.digest(number % 500, 1)) {
                        missed.withLock { $0 += 1 }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(missed.withLock { $0 } == 0)
        sweepAll(tokens, before: 11)
        #expect(tokens.count == 500)
    }
}
