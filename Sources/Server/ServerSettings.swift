// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import OAuth
internal import Reactor
internal import Registration
internal import Serving
internal import Storage
internal import TLS
internal import Upkeep

/// Derives the reactors' settings from the configuration.
extension Server {
    /// Derives the settings, and reads the files besides those of `pairs`; throws where they cannot
    /// be served.
    static func settings(
        _ configuration: ServerConfiguration,
        _ pairs: [ServedPair],
        dummyPasswordHash: String,
        sessions: SessionStore?,
        isTest: Bool
    ) throws -> ReactorSettings {
        _ = try configuration.fetching.caFile.map(FetchSettings.caCertificates(in:))
        let certificates = ListenerCertificates(configuration.certificatePairs, pairs)
        let issuer = IssuerSettings(
            issuer: configuration.issuer,
            tokens: configuration.tokens,
            endpoints: endpoints(configuration),
            isTest: isTest
        )
        let listeners = try listeners(configuration, certificates, sessions)
        let metadata = ServerMetadata(
            issuer: configuration.issuer,
            profiles: listeners.map(\.profile),
            scopes: configuration.metadata.scopesSupported,
            mutualTLS: mutualTLSURL(configuration),
            offersRevocation: !configuration.isReader
        )
        return ReactorSettings(
            listeners: listeners,
            issuer: issuer,
            limits: configuration.connections.share(of: configuration.reactors),
            realm: configuration.tokens.realm,
            logsRequests: configuration.log.requests,
            endpoints: EndpointTable(
                issuer: configuration.issuer,
                others: [mutualTLSURL(configuration)].compactMap { $0 }
            ),
            metadata: PublicDocument(metadata.json()),
            dummyPasswordHash: dummyPasswordHash
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
        let resumption = configuration.tls.resumptionMode(sessions)
        var renewed = current
        for (index, listener) in configuration.listeners.enumerated() {
            let tls = tls(listener, configuration, certificates, resumption)
            renewed.listeners[index].tls = tls
        }
        return renewed
    }

    /// The server's certificates, for the warnings about their ends.
    static func certificates(
        _ configuration: ServerConfiguration,
        _ pairs: [ServedPair]
    ) -> [ServerCertificate] {
        ListenerCertificates(configuration.certificatePairs, pairs).all
    }

    private static func listeners(
        _ configuration: ServerConfiguration,
        _ certificates: ListenerCertificates,
        _ sessions: SessionStore?
    ) throws -> [ReactorListener] {
        let resumption = configuration.tls.resumptionMode(sessions)
        return try configuration.listeners.map { listener in
            ReactorListener(
                name: listener.name,
                tls: tls(listener, configuration, certificates, resumption),
                profile: configuration.profile(of: listener),
                proxies: listener.proxies,
                trustedProxy: try listener.forwarding.map { try TrustedProxy($0) },
                corsOrigins: listener.corsOrigins.map { Array($0.text.utf8) }
            )
        }
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
            versions: configuration.tls.versions,
            groups: configuration.tls.groups,
            resumption: resumption,
            sessionLifetime: configuration.tls.sessionLifetime,
            sessionContext: sessionContext(listener, configuration, certificates)
        )
    }

    /// The base URL for clients with certificates, where the first listener asks for none (RFC 8705
    /// §5).
    private static func mutualTLSURL(_ configuration: ServerConfiguration) -> String? {
        guard
            let first = configuration.listeners.first, !first.takesCertificates
        else { return nil }
        return configuration.listeners.first { $0.takesCertificates && $0.url != nil }?.url
    }

    /// The URLs that an assertion may name in place of the issuer.
    private static func endpoints(_ configuration: ServerConfiguration) -> [String] {
        let bases = [configuration.issuer] + [mutualTLSURL(configuration)].compactMap { $0 }
        return bases.flatMap { base in
            ServerMetadata.endpointPaths.map { ServerMetadata.url(base, $0) }
        }
    }

    /// A session is resumed only where it was opened: same listener, same policy, same server
    /// certificates (CVE-2025-23419).
    ///
    /// Nodes that share sessions have addresses and certificates of their own, so there the
    /// listener's name and its policy alone count; ticket keys follow from them too. The lifetime
    /// is one of them, because a ticket brings its own. Where names have certificates of their
    /// own, TLS adds the name.
    private static func sessionContext(
        _ listener: ListenerSettings,
        _ configuration: ServerConfiguration,
        _ certificates: ListenerCertificates
    ) -> Digest256 {
        let isShared = configuration.sharesSessions
        let parts = [
            listener.name, listener.clientCertificate.rawValue, listener.profile.rawValue,
            configuration.issuer,
            isShared ? "\(configuration.tls.sessionLifetime)" : "\(listener.address)", "",
        ]
        let bytes = Array(parts.joined(separator: "\0").utf8)
        return Digest256.of(isShared ? bytes : bytes + certificates.digest.bytes)
    }

    /// The pairs to serve, which come to a handshake each and can be served together; the generated
    /// one is made where it is missing.
    static func pairs(_ configuration: ServerConfiguration, now: Int64) throws -> [ServedPair] {
        if configuration.tls.certificates.isEmpty {
            try GeneratedPair.ensure(in: configuration.dataDirectory, now: now)
        }
        let served = try configuration.certificatePairs.map {
            try ServedPair.read($0, versions: configuration.tls.versions)
        }
        if let conflict = configuration.firstConflict(served.map(\.identity.keyType)) {
            throw StartError("\(conflict)")
        }
        return served
    }

    /// Looks after the pairs of `configuration`, of which `served` are the files.
    static func watch(
        _ configuration: ServerConfiguration,
        _ served: [ServedPair]
    ) -> ServerPairWatch {
        ServerPairWatch(
            configuration.certificatePairs,
            served,
            versions: configuration.tls.versions
        ) {
            configuration.firstConflict($0)?.description
        }
    }

    /// Starts OpenSSL as `configuration` has it; the log warns where that cannot be.
    static func startCryptography(_ configuration: ServerConfiguration, _ log: Logger) {
        let provider = CryptographyLibrary.start(slim: configuration.tls.slimProvider)
        guard CryptographyLibrary.isTested else {
            return log.warning(
                "this version of OpenSSL is not tested: nothing of it is replaced",
                metadata: ["openssl": "\(CryptographyLibrary.version)"]
            )
        }
        guard configuration.tls.slimProvider, provider == .plain else { return }
        log.warning(
            "the slim provider could not be loaded; handshakes cost about twice as much",
            metadata: ["openssl": "\(CryptographyLibrary.version)"]
        )
    }

    /// Resolves a name to its first address, and claims that.
    static func claim(_ address: ListenAddress) throws -> SocketAddress {
        if let path = address.path {
            do {
                return try Listener.claim(.local(path: path, descriptor: nil))
            } catch {
                throw StartError(cannotListen: error)
            }
        }
        let numeric = HostName.addresses(address.host)
        guard let host = numeric.first else {
            throw StartError("The host \(address.host) cannot be resolved.")
        }
        do {
            return try Listener.claim(SocketAddress(host: host, port: address.port))
        } catch {
            guard error.isAddressInUse else {
                throw StartError(cannotListen: error, port: address.port)
            }
            throw StartError(
                "\(address) is in use by another program. Stop it, or choose another --listen."
            )
        }
    }

    /// Logs warnings about values that are accepted and may surprise.
    static func reportWarnings(_ configuration: ServerConfiguration, _ log: Logger) {
        for warning in configuration.warnings {
            log.warning(
                "a setting may not do what its value suggests",
                metadata: [
                    "key": "\(warning.key ?? "")", "value": "\(warning.value ?? "")",
                    "reason": "\(warning.reason)",
                ]
            )
        }
    }

    /// Warns at the start where the machine's limits are below the configured ones.
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
