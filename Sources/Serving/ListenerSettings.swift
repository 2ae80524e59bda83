// SPDX-License-Identifier: Apache-2.0
package import HTTP
package import Network
package import OAuth
package import Reactor
package import TLS

/// Where connections are accepted, and of whom.
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
    /// What it takes, where that is less than everything.
    package var profile = ListenerProfile.standard
    /// The base URL by which clients reach it; nil where nobody said.
    package var url: String?
    /// Whose connections begin with a PROXY protocol header.
    package var proxies: [AddressBlock] = []
    /// Origins whose pages may use the token endpoint.
    package var corsOrigins: [WebOrigin] = []
    /// Where a proxy ends TLS and tells of its clients' certificates; nil where none does.
    package var forwarding: ForwardingSettings?

    /// A listener at `address` that is like the default in everything else.
    package init(name: String, address: ListenAddress) {
        self.name = name
        self.address = address
    }

    /// Whether clients can show certificates here, to this server or to a proxy before it.
    package var takesCertificates: Bool { clientCertificate != .none || forwarding != nil }
}

/// How strict a listener is.
package enum ListenerProfile: String, Sendable, CaseIterable {
    /// Whatever clients are registered for.
    case standard
    /// FAPI 1.0 Advanced.
    case fapi1
    /// FAPI 2.0 Security Profile.
    case fapi2

    /// What the endpoints of the listener take, of the methods that are switched on.
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
    /// Where it may come from, if it has the secret; empty where that does not count.
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
