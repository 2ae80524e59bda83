// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import Telemetry

struct ServerReadinessTests {
    private func state(unread: Int, max: Int = 60) -> StoreState {
        let gauges = Gauges()
        gauges.storeUnreadSeconds.store(unread, ordering: .relaxed)
        gauges.storeUnreadSecondsMax.store(max, ordering: .relaxed)
        return gauges.storeState
    }

    private func text(_ readiness: ServerReadiness) -> String {
        String(decoding: readiness.json, as: UTF8.self)
    }

    @Test func `a server without a shared store, or with one at hand, is ready in full`() {
        for store in [nil, state(unread: 0)] {
            let readiness = ServerReadiness(isDraining: false, store)
            #expect(readiness.isReady)
            #expect(text(readiness) == #"{"state":"full"}"#)
        }
    }

    @Test func `a store that is away leaves its age and what is refused`() {
        let readiness = ServerReadiness(isDraining: false, state(unread: 42))
        #expect(readiness.isReady)
        #expect(
            text(readiness)
                == #"{"state":"snapshot","age":42,"refused":["impersonation","#
                + #""client_assertions","authorization_code","refresh_token","#
                + #""revocation","registration"]}"#
        )
    }

    @Test func `a registry that is too old, or a drain, is not ready`() {
        let stale = ServerReadiness(isDraining: false, state(unread: 61))
        #expect(!stale.isReady && text(stale) == #"{"state":"stale"}"#)
        for store in [nil, state(unread: 0), state(unread: 61)] {
            let draining = ServerReadiness(isDraining: true, store)
            #expect(!draining.isReady && text(draining) == #"{"state":"draining"}"#)
        }
    }
}
