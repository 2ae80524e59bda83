// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS
internal import Upkeep

/// From configuration to what reactors work by.
extension Server {
    /// Derives everything, and reads what files there are besides those of `pairs`; throws what
    /// cannot be served.
    static func settings(
        _ configuration: ServerConfiguration,
        _ pairs: [ServedPair],
        decoy: String,
        sessions: SessionStore?
    ) throws -> ReactorSettings {
        _ = try configuration.fetching.authorities.map(FileCheck.authorities)
        let certificates = ListenerCertificates(configuration.certificatePairs, pairs)
        let issuer = IssuerSettings(
            issuer: configuration.issuer,
            audience: configuration.tokens.audience,
            lifetime: configuration.tokens.lifetime,
            format: AccessTokenFormat(rawValue: configuration.tokens.format.rawValue),
            endpoints: endpoints(configuration)
        )
        let profiles = configuration.listeners.map { profile($0, configuration) }
        let metadata = ServerMetadata(
            issuer: configuration.issuer,
            profiles: profiles,
            scopes: configuration.scopesSupported,
            mutualTLS: mutualTLSDoor(configuration)
        )
        return ReactorSettings(
            names: configuration.listeners.map(\.name),
            listeners: listeners(configuration, certificates, sessions),
            certificates: certificates.all,
            profiles: profiles,
            proxies: configuration.listeners.map(\.proxies),
            forwarders: try configuration.listeners.map { listener in
                try listener.forwarding.map { try Forwarder($0) }
            },
            issuer: issuer,
            limits: configuration.connections.share(of: configuration.reactors),
            realm: configuration.tokens.realm,
            logsRequests: configuration.log.requests,
            routes: Routes(
                issuer: configuration.issuer,
                others: [mutualTLSDoor(configuration)].compactMap { $0 }
            ),
            metadata: PublicDocument(metadata.json()),
            corsOrigins: configuration.listeners.map { $0.corsOrigins.map { Array($0.text.utf8) } },
            decoy: decoy
        )
    }

    /// The settings in force with renewed pairs; no other file is read.
    static func settings(
        _ current: ReactorSettings,
        _ configuration: ServerConfiguration,
        renewed pairs: [ServedPair],
        sessions: SessionStore?
    ) -> ReactorSettings {
        let certificates = ListenerCertificates(configuration.certificatePairs, pairs)
        var renewed = current
        renewed.listeners = listeners(configuration, certificates, sessions)
        renewed.certificates = certificates.all
        return renewed
    }

    private static func listeners(
        _ configuration: ServerConfiguration,
        _ certificates: ListenerCertificates,
        _ sessions: SessionStore?
    ) -> [TLSConfiguration] {
        let resumption = resumption(configuration.tls.resumption, sessions)
        return configuration.listeners.map { tls($0, configuration, certificates, resumption) }
    }

    private static func tls(
        _ listener: ListenerSettings,
        _ configuration: ServerConfiguration,
        _ certificates: ListenerCertificates,
        _ resumption: ResumptionMode
    ) -> TLSConfiguration {
        TLSConfiguration(
            identities: certificates.standard,
            named: certificates.named,
            ciphers: listener.profile == .fapi1 ? .fapi1 : .recommended,
            clientCertificate: listener.clientCertificate,
            allowsTLS12: configuration.tls.allowsTLS12,
            resumption: resumption,
            sessionLifetime: configuration.tls.sessionLifetime,
            sessionContext: sessionContext(listener, configuration, certificates)
        )
    }

    private static func resumption(
        _ configured: ServerConfiguration.Resumption,
        _ sessions: SessionStore?
    ) -> ResumptionMode {
        switch configured {
        case .tickets: .tickets
        case .store: sessions.map { .store($0) } ?? .off
        case .off: .off
        }
    }

    private static func profile(
        _ listener: ListenerSettings,
        _ configuration: ServerConfiguration
    ) -> EndpointProfile {
        var profile: EndpointProfile =
            switch listener.profile {
            case .standard: .standard
            case .fapi1: .fapi1
            case .fapi2: .fapi2
            }
        let switchedOn = ClientAuthenticationMethods(
            ClientAuthenticationMethod.allCases.filter {
                configuration.methods.contains($0.rawValue)
            }
        )
        profile.methods.formIntersection(switchedOn)
        return profile
    }

    /// Where clients with certificates go, where the first door asks for none (RFC 8705 §5).
    private static func mutualTLSDoor(_ configuration: ServerConfiguration) -> String? {
        guard
            let first = configuration.listeners.first, !first.takesCertificates
        else { return nil }
        return configuration.listeners.first { $0.takesCertificates && $0.url != nil }?.url
    }

    /// The URLs that an assertion may name in place of the issuer.
    private static func endpoints(_ configuration: ServerConfiguration) -> [String] {
        let bases = [configuration.issuer] + [mutualTLSDoor(configuration)].compactMap { $0 }
        return bases.flatMap { base in
            ServerMetadata.endpointPaths.map { ServerMetadata.url(base, $0) }
        }
    }

    /// A session is resumed only where it was opened: same listener, same policy, same server
    /// certificates (CVE-2025-23419).
    ///
    /// Where names have certificates of their own, TLS adds the name.
    private static func sessionContext(
        _ listener: ListenerSettings,
        _ configuration: ServerConfiguration,
        _ certificates: ListenerCertificates
    ) -> Digest256 {
        var bytes = Array(
            [
                listener.name, "\(listener.address)", listener.clientCertificate.rawValue,
                listener.profile.rawValue, "",
            ].joined(separator: "\0").utf8
        )
        bytes += Array("\(configuration.issuer)\0".utf8)
        return Digest256.of(bytes + certificates.digest.bytes)
    }

    static func makeSessionStore(_ configuration: ServerConfiguration) throws -> SessionStore? {
        guard configuration.tls.resumption == .store else { return nil }
        return try SessionStore(capacity: configuration.tls.sessionStoreMax)
    }

    /// Finds the first address that a name stands for and makes sure that nobody has it.
    static func claim(_ address: ListenAddress) throws -> SocketAddress {
        if let path = address.path {
            do {
                return try Listener.claim(.local(path: path, descriptor: nil))
            } catch {
                throw StartError("Cannot listen: \(error).")
            }
        }
        let numeric = HostName.addresses(address.host)
        guard let host = numeric.first else {
            throw StartError("The host \(address.host) cannot be resolved.")
        }
        do {
            return try Listener.claim(SocketAddress(host: host, port: address.port))
        } catch {
            guard error.isAddressInUse else { throw StartError("Cannot listen: \(error).") }
            throw StartError(
                "\(address) is in use by another program. Stop it, or choose another --listen."
            )
        }
    }

    /// Logs the values that are taken, and mean more than they seem to.
    static func reportWarnings(_ configuration: ServerConfiguration, _ log: Logger) {
        for warning in configuration.warnings {
            log.warning(
                "a setting reaches further than it says",
                metadata: [
                    "key": "\(warning.key ?? "")", "value": "\(warning.value ?? "")",
                    "reason": "\(warning.reason)",
                ]
            )
        }
    }

    /// Says what the machine will not allow, before clients find out.
    static func reportLimits(_ configuration: ServerConfiguration, _ log: Logger) {
        let descriptors = ProcessSettings.raiseDescriptorLimit()
        // Database, log, eventfds, listeners and a few more.
        let needed = configuration.connections.connections + 64 + configuration.reactors * 4
        guard descriptors < UInt64(needed) else { return }
        log.warning(
            "fewer descriptors than connections allowed: accepting will pause",
            metadata: ["descriptors": "\(descriptors)", "needed": "\(needed)"]
        )
    }
}
