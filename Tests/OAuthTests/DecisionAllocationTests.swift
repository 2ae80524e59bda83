// SPDX-License-Identifier: Apache-2.0
import Cryptography
import HTTP
import OAuthTesting
import Reactor
import Testing

@testable import OAuth

/// How much memory one decision takes from the allocator, once everything is warm.
///
/// Bytes do not depend on how busy the machine is, so a bound can be tight enough to show a copy
/// that slipped into the way of every request. They are those of a debug build: a release build
/// stays below.
struct DecisionAllocationTests {
    private struct Decisions {
        let bytes: UInt64
        let issued: Int
    }

    /// Under a sanitizer the allocator is another one, and cannot tell.
    private static var isCounted: Bool { ProcessSettings.allocatedBytes > 0 }

    private let body = "grant_type=client_credentials&client_id=app"

    /// The bytes that one decision allocates for a client with this policy and certificate.
    private func bytesPerDecision(_ policy: ClientPolicy, _ peer: StubPeer) throws -> Decisions {
        let registry = try registry(client("app", policy))
        let keys = TokenKeys(
            signing: SigningKeys([try signingKey()]),
            sealing: SealingKeys([try sealingKey()])
        )
        var endpoint = TokenEndpoint(settings, keys: keys, dummyPasswordHash: "none")
        let form = try form(body)
        var out: [UInt8] = []
        var issued = 0
        func decide(_ count: Int) {
            for _ in 0..<count {
                out.removeAll(keepingCapacity: true)
                let result = endpoint.respond(
                    to: form,
                    authorization: .none,
                    peer: peer,
                    DecisionContext(registry: registry, now: noon),
                    into: &out
                )
                if case .issued = result { issued += 1 }
            }
        }
        decide(1_000)
        let before = ProcessSettings.threadAllocatedBytes
        decide(1_000)
        let taken = ProcessSettings.threadAllocatedBytes - before
        return Decisions(bytes: taken / 1_000, issued: issued)
    }

    private static let absent: Comment = "the allocator cannot tell (a sanitizer's own is in use)"

    @Test(.enabled(if: isCounted, absent))
    func `the count sees what is allocated, and nothing else`() {
        func taken(_ work: () -> Int) -> UInt64 {
            let before = ProcessSettings.threadAllocatedBytes
            #expect(work() >= 0)
            return ProcessSettings.threadAllocatedBytes - before
        }
        let little = taken { 0 }
        let much = taken {
            (0..<10).reduce(0) { $0 + [UInt8](repeating: 1, count: 10_000 + $1).count }
        }
        #expect(much >= little + 100_000)
    }

    // About a sixth above what was measured: room for another release of the compiler or of
    // OpenSSL, and none for one more copy of a token.
    @Test(
        .enabled(if: isCounted, absent),
        arguments: [
            ("JWT", policy(), 4_400), ("sealed", policy(format: .sealed), 7_000),
            ("handed out again", policy(reuseWindow: 60), 1_450),
        ] as [(String, ClientPolicy, UInt64)]
    )
    func `a token takes no more memory than it is known to need`(
        name: String,
        policy: ClientPolicy,
        bytesMax: UInt64
    ) throws {
        let decisions = try bytesPerDecision(policy, StubPeer(thumbprint(1)))
        print("\(name): \(decisions.bytes) bytes a decision")
        #expect(decisions.issued == 2_000)
        #expect(decisions.bytes <= bytesMax, "\(name)")
    }

    @Test(.enabled(if: isCounted, absent))
    func `a refusal takes less than any token`() throws {
        let decisions = try bytesPerDecision(policy(), StubPeer(thumbprint(9)))
        print("refused: \(decisions.bytes) bytes a decision")
        #expect(decisions.issued == 0)
        #expect(decisions.bytes <= 500)
    }
}
