// SPDX-License-Identifier: Apache-2.0
/// The authentication methods of the server, whatever clients are registered for.
package struct AuthenticationSettings: Sendable, Equatable {
    /// The enabled methods: all but `none`, which has to be enabled explicitly because public
    /// clients do not authenticate, and `spiffe_x509`, whose specification is a draft.
    package var methods = ClientAuthenticationMethods.all.subtracting(
        ClientAuthenticationMethods([.publicClient, .spiffeX509])
    )

    /// The defaults.
    package init() {}
}
