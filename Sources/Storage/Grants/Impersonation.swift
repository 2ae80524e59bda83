// SPDX-License-Identifier: Apache-2.0
/// A token by which a client acts as another party, without a word of itself but its `client_id`
/// (RFC 8693 §1.1): the audit has a row of each.
public struct Impersonation: Sendable, Equatable {
    /// The client that gets the token.
    public var clientID: String
    /// `sub` of the token: the user or client as whom it acts.
    public var subject: String
    /// The scope tokens.
    public var scopes: [String]
    /// The audiences.
    public var audiences: [String]

    /// An impersonation from its parts.
    public init(
        clientID: String,
        subject: String,
        scopes: [String],
        audiences: [String]
    ) {
        self.clientID = clientID
        self.subject = subject
        self.scopes = scopes
        self.audiences = audiences
    }
}
