// SPDX-License-Identifier: Apache-2.0
package import OAuth
package import TLS

/// What other threads tell a reactor.
package enum ReactorMessage: Sendable {
    /// The registry has changed.
    case registry(Registry)
    /// The keys of tokens have changed; with them the JWK Set.
    case keys(TokenKeys, jwks: PublicDocument)
    /// The JWK Set alone has changed.
    case jwks(PublicDocument)
    /// The ticket keys have rotated.
    case ticketKeys(TicketKeys)
    /// The configuration has been reloaded.
    case settings(ReactorSettings)
    /// What a request waits for is found out or done, or cannot be.
    case met(ExchangeID, Met)
    /// Accept nothing more; finish what is in flight.
    case drain
    /// Close everything now.
    case stop
}
