// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import HTTP

/// Client authentication without caches and replay memory, for explaining it.
package enum AuthenticationTrial {
    /// Authenticates the client of this id with a peer's certificates; returns the refusal, or nil.
    ///
    /// The observer receives each step. Allocates; not for the hot path.
    package static func refusedRequest(
        of clientID: String,
        presenting peer: some Peer,
        _ context: DecisionContext,
        _ observer: inout some AuthenticationObserver
    ) -> RefusedRequest? {
        var authentication = ClientAuthentication(
            digester: Digester(),
            replays: ForgetfulMemory(),
            audiences: AssertionAudiences(issuer: "", endpoints: [])
        )
        do throws(AuthenticationError) {
            let form = try form(clientID)
            _ = try authentication.authenticate(form, .none, peer, context, &observer)
            return nil
        } catch {
            return error.refused
        }
    }

    private static func form(_ clientID: String) throws(AuthenticationError) -> FormFields {
        var encoded = Array("client_id=".utf8)
        for byte in clientID.utf8 {
            encoded.append(UInt8(ascii: "%"))
            for digit in [byte >> 4, byte & 0xf] {
                encoded.append(digit < 10 ? 0x30 + digit : 0x41 + digit - 10)
            }
        }
        var fields = FormFields()
        do throws(FormError) {
            try fields.parse(encoded.span)
        } catch {
            // A name that no form can have belongs to no client.
            throw AuthenticationError(.invalidClient(.clientUnknown), .inForm)
        }
        return fields
    }
}
