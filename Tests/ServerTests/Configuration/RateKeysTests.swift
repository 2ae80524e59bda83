// SPDX-License-Identifier: Apache-2.0
import OAuth
import Serving
import Testing

@testable import Server

/// Rates in the configuration, from which the reactors' limits follow.
struct RateKeysTests {
    @Test func `without a rate nothing is counted`() throws {
        for text in ["", "limits: {client_rate: none, address_rate: none}"] {
            let limits = try load("issuer: https://a.example\n" + text).connections
            #expect(limits.clientRate == nil && limits.addressRate == nil)
        }
    }

    @Test func `a rate is that of each client and each address, on each reactor`() throws {
        let limits = try load(
            "issuer: https://a.example\nlimits: {client_rate: 100/60, address_rate: '5/1'}"
        ).connections.share(of: 4)
        #expect(limits.clientRate == RequestRate("100/60"))
        #expect(limits.addressRate == RequestRate("5/1"))
    }
}
