// SPDX-License-Identifier: Apache-2.0
/// How clients may authenticate, whatever they are registered for.
package struct AuthenticationSettings: Sendable, Equatable {
    /// The methods that are switched on: all but `none`.
    ///
    /// Whoever wants clients that prove nothing has to say so.
    package var methods = ClientAuthenticationMethods.all.subtracting(
        ClientAuthenticationMethods([.publicClient])
    )

    /// What holds where configuration says nothing.
    package init() {}
}
