// SPDX-License-Identifier: Apache-2.0
/// A client as lists show it.
public struct ClientSummary: Sendable, Equatable {
    /// The `client_id`.
    public let clientID: String
    /// The `client_name`.
    public let name: String
    /// The `token_endpoint_auth_method`.
    public let authenticationMethod: String
    /// Whether this client may authenticate at all.
    public let enabled: Bool

    /// A summary from its parts.
    public init(clientID: String, name: String, authenticationMethod: String, enabled: Bool) {
        self.clientID = clientID
        self.name = name
        self.authenticationMethod = authenticationMethod
        self.enabled = enabled
    }
}
