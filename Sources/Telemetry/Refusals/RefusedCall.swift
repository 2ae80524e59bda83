// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Reactor

/// A request that was answered with an OAuth error: the part of it that administrators may see.
///
/// No secret, token, password or code is in it. Texts of strangers are cut by whoever makes it.
package struct RefusedCall: Sendable {
    /// In milliseconds since 1970.
    package let time: Int64
    /// The listener's position in the configuration.
    package let listener: Int
    package let peer: PeerAddress
    /// The client as the request named it, unverified; nil where it named none.
    package let clientID: String?
    /// The path of the endpoint; empty where there is none.
    package let endpoint: String
    /// The check that decided.
    package let check: String
    /// The `error` and the `error_description` of the answer.
    package let error: String
    package let description: StaticString
    /// Of a refused chain: the reason, as its check names it.
    package var reason: String?
    /// Of a refused chain: the sentence that explains the reason.
    package var detail: String?
    /// SHA-256 of the client's certificate; nil without one.
    package let thumbprint: Digest256?
    /// Whether the certificate was registered for that client.
    package let isRegistered: Bool
    /// The certificate in DER; nil without one, and for one that is too long to be kept.
    package fileprivate(set) var certificate: [UInt8]?

    /// A refusal from its parts; `RefusalMemory` adds the certificate.
    package init(
        time: Int64,
        listener: Int,
        peer: PeerAddress,
        clientID: String?,
        endpoint: String,
        check: String,
        error: String,
        description: StaticString,
        thumbprint: Digest256?,
        isRegistered: Bool
    ) {
        self.time = time
        self.listener = listener
        self.peer = peer
        self.clientID = clientID
        self.endpoint = endpoint
        self.check = check
        self.error = error
        self.description = description
        self.thumbprint = thumbprint
        self.isRegistered = isRegistered
    }

    /// The same with its certificate.
    func with(certificate: [UInt8]?) -> RefusedCall {
        var copy = self
        copy.certificate = certificate
        return copy
    }
}
