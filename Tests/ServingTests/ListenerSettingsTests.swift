// SPDX-License-Identifier: Apache-2.0
import OAuth
import Testing

@testable import Serving

/// Settings of listeners and connections, as reactors and endpoints get them.
struct ListenerSettingsTests {
    private func authentication(
        _ methods: [ClientAuthenticationMethod]
    ) -> AuthenticationSettings {
        var settings = AuthenticationSettings()
        settings.methods = ClientAuthenticationMethods(methods)
        return settings
    }

    @Test func `a profile has its own methods, of which only those that are switched on remain`() {
        let defaults = ListenerProfile.standard.endpoint(AuthenticationSettings())
        #expect(!defaults.methods.contains(.publicClient) && defaults.methods.contains(.secretPost))
        let all = authentication(ClientAuthenticationMethod.allCases)
        #expect(ListenerProfile.standard.endpoint(all) == .standard)
        #expect(ListenerProfile.fapi1.endpoint(all) == .fapi1)
        #expect(ListenerProfile.fapi2.endpoint(all) == .fapi2)
        let two = authentication([.tls, .secretBasic])
        #expect(ListenerProfile.standard.endpoint(two).methods.methods == [.tls, .secretBasic])
        #expect(ListenerProfile.fapi2.endpoint(two).methods.methods == [.tls])
    }

    @Test func `a method that is switched on is none of a profile that leaves it out`() {
        let secrets = authentication([.secretBasic, .secretPost, .publicClient])
        for profile in [ListenerProfile.fapi1, .fapi2] {
            #expect(profile.endpoint(secrets).methods.methods.isEmpty)
        }
    }

    @Test func `limits of the whole server are divided, and the others hold for each reactor`() {
        var whole = ConnectionSettings()
        (whole.connections, whole.halfOpenHandshakes) = (10, 7)
        var expected = whole
        (expected.connections, expected.halfOpenHandshakes) = (3, 2)
        #expect(whole.share(of: 3) == expected)
        #expect(whole.share(of: 1) == whole)
    }

    @Test func `a reactor has one connection and one handshake at least`() {
        var whole = ConnectionSettings()
        (whole.connections, whole.halfOpenHandshakes) = (3, 1)
        let share = whole.share(of: 4)
        #expect(share.connections == 1 && share.halfOpenHandshakes == 1)
    }
}
