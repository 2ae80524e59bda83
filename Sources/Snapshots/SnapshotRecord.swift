// SPDX-License-Identifier: Apache-2.0
package import Storage

/// One entry of a snapshot; the last one about a thing counts.
package enum SnapshotRecord: Sendable, Equatable {
    /// A client; of its own certificates without bytes and subject, as `forEachClient` gives them.
    case client(ClientRecord)
    /// There is no client with this `client_id` any more.
    case noClient(String)
    case user(UserRecord)
    /// There is no user of this name any more.
    case noUser(String)
    /// Every trust set.
    case trustSets([TrustSetRecord])
    /// Every trusted issuer.
    case issuers([IssuerRecord])
    /// Every key of the server, its material in clear: the file is sealed as a whole.
    case keys([KeyRecord])
    /// A secret of the store that nodes share, by its name.
    case secret(String, [UInt8])
    /// A revoked access token.
    case revoked(RevokedToken)
}
