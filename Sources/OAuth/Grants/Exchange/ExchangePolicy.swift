// SPDX-License-Identifier: Apache-2.0
/// The part of a registration that concerns token exchange (RFC 8693).
public struct ExchangePolicy: Sendable, Hashable {
    /// The audiences that are the client itself: tokens for one of them, issued to whichever
    /// client, are meant for it.
    public var ownAudiences: [String]
    /// Whether the tokens name the client as the actor.
    public var mode: ExchangeMode
    /// Whether it may exchange tokens that are bound to the certificate of another party.
    public var takesBoundTokens: Bool

    /// A policy from its parts.
    public init(
        ownAudiences: [String] = [],
        mode: ExchangeMode = .delegate,
        takesBoundTokens: Bool = false
    ) {
        self.ownAudiences = ownAudiences
        self.mode = mode
        self.takesBoundTokens = takesBoundTokens
    }
}

/// The way in which exchanged tokens tell of the client that asked for them (RFC 8693 §1.1).
public enum ExchangeMode: String, Sendable, CaseIterable {
    /// `act` names it: it acts for the subject, and both can be told apart.
    case delegate
    /// Nothing but `client_id`: it acts as the subject.
    case impersonate
}
