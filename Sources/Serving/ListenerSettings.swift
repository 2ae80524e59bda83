// SPDX-License-Identifier: Apache-2.0
package import HTTP
package import Network
package import OAuth
package import Reactor
package import TLS

/// The address of a listener, and the peers and methods that it takes.
package struct ListenerSettings: Sendable, Equatable {
    /// One name for each network that a server stands in; each costs a socket per reactor.
    package static let listenersMax = 16
    /// Each is compared with the source of every new connection.
    package static let proxiesMax = 32
    /// Each is compared with the Origin of every request that has one.
    package static let corsOriginsMax = 32

    /// Lower-case letters, digits and hyphens; unique.
    package var name: String
    /// A host, resolved at start if it is a name, and a port.
    package var address: ListenAddress
    /// Whether a client certificate is asked for.
    package var clientCertificate = ClientCertificateMode.want
    /// The security profile of the listener; the standard one takes every method.
    package var profile = ListenerProfile.standard
    /// The base URL by which clients reach the listener; nil where none is configured.
    package var url: String?
    /// Load balancers whose connections begin with a PROXY protocol header.
    package var proxies: [AddressBlock] = []
    /// Origins whose pages may use the token endpoint.
    package var corsOrigins: [WebOrigin] = []
    /// The trusted proxy that ends TLS and forwards clients' certificates; nil without one.
    package var forwarding: ForwardingSettings?

    /// A listener at `address` that is like the default in everything else.
    package init(name: String, address: ListenAddress) {
        self.name = name
        self.address = address
    }

    /// Whether clients can show certificates here, to this server or to a proxy before it.
    package var takesCertificates: Bool { clientCertificate != .none || forwarding != nil }
}

/// The security profile of a listener.
package enum ListenerProfile: String, Sendable, CaseIterable {
    /// Every method that clients are registered for.
    case standard
    /// FAPI 1.0 Advanced.
    case fapi1
    /// FAPI 2.0 Security Profile.
    case fapi2

    /// The security profile of the listener's endpoints, limited to the methods that are switched
    /// on.
    package func endpoint(_ authentication: AuthenticationSettings) -> SecurityProfile {
        var profile: SecurityProfile =
            switch self {
            case .standard: .standard
            case .fapi1: .fapi1
            case .fapi2: .fapi2
            }
        profile.methods.formIntersection(authentication.methods)
        return profile
    }
}

/// A proxy that ends TLS: what it says, and how it proves to be the one.
package struct ForwardingSettings: Sendable, Equatable {
    /// Reads its header fields.
    package let reader: ClientCertificateReader
    /// The path of its certificates in PEM; nil where its key is not asked.
    package let keys: String?
    /// The proxy's networks, which count only with the secret; empty where it proves itself
    /// otherwise.
    package let networks: [AddressBlock]
    /// The path of the shared secret; nil where there is none.
    package let secret: String?

    package init(
        reader: ClientCertificateReader,
        keys: String?,
        networks: [AddressBlock],
        secret: String?
    ) {
        self.reader = reader
        self.keys = keys
        self.networks = networks
        self.secret = secret
    }
}
