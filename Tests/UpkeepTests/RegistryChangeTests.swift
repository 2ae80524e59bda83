// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Upkeep

struct RegistryChangeTests {
    @Test func `what became of something is told by whether it was there and enabled`() {
        let effects: [(Bool?, Bool?, RegistryChange.Effect)] = [
            (nil, true, .added), (nil, false, .added), (true, nil, .removed), (nil, nil, .removed),
            (true, true, .changed), (false, false, .changed), (true, false, .disabled),
            (false, true, .enabled),
        ]
        for (before, after, effect) in effects {
            #expect(RegistryChange.effect(from: before, to: after) == effect)
        }
    }
}
