// SPDX-License-Identifier: Apache-2.0
package import LoadTarget
package import OAuth
package import TLS
package import Telemetry

/// A message of another thread to a reactor.
package enum ReactorMessage: Sendable {
    /// The registry has changed.
    case registry(Registry)
    /// The keys of tokens have changed; with them the JWK Set.
    case keys(TokenKeys, jwks: PublicDocument)
    /// The JWK Set alone has changed.
    case jwks(PublicDocument)
    /// The rules of a load target have changed.
    case faults(FaultPlan)
    /// The ticket keys of the listeners, in their order, have rotated.
    case ticketKeys([TicketKeys])
    /// The configuration has been reloaded; with it the listeners' ticket keys.
    case settings(ReactorSettings, ticketKeys: [TicketKeys])
    /// The need of a parked request is met, or cannot be.
    case met(ExchangeID, Met)
    /// Say that the loop turns.
    case pulse(ReactorPulses.Pulse)
    /// Tell balancers to send nobody here any more; go on otherwise.
    case leave
    /// Accept nothing more; finish what is in flight.
    case drain
    /// Close everything now.
    case stop
}
