// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS
internal import Upkeep

/// From resolved keys to the configuration, with the rules that stand between keys.
extension ConfigurationLoader {
    /// Builds the configuration.
    ///
    /// With problems noted, what it returns is not to be used.
    mutating func build() -> ServerConfiguration {
        checkNumbers()
        let listeners = buildListeners()
        let issuer = buildIssuer(listeners)
        let workers =
            integer(.workerThreads) == 0
            ? max(1, ProcessSettings.processors) : integer(.workerThreads)
        let audience = text(.audience) ?? issuer
        let tls = buildTLS()
        checkProfiles(listeners, tls)
        let configuration = ServerConfiguration(
            dataDirectory: text(.data) ?? "",
            issuer: issuer,
            reactors: integer(.reactors),
            listeners: listeners,
            tls: tls,
            tokens: ServerConfiguration.Tokens(
                lifetime: integer(.tokenLifetime),
                audience: audience,
                format: choice(.tokenFormat),
                realm: text(.realm) ?? ""
            ),
            scopesSupported: text(.scopesSupported).flatMap { try? ScopeList.parse($0) } ?? [],
            methods: Set(
                ClientAuthenticationMethod.allCases.map(\.rawValue).filter {
                    boolean(ConfigurationKey.method($0))
                }
            ),
            connections: buildConnections(),
            workers: ServerConfiguration.Workers(threads: workers, queue: integer(.workerQueue)),
            fetching: buildFetching(),
            expiry: buildExpiry(),
            administration: buildAdministration(listeners),
            log: ServerConfiguration.Log(
                level: choice(.logLevel, Logger.Level.self),
                format: choice(.logFormat),
                requests: boolean(.logRequests)
            )
        )
        noteSettings(configuration)
        return configuration
    }

    /// What a key may not exceed because of another: a value given is refused, a default gives way.
    private mutating func checkNumbers() {
        // A deadline inside a request that is longer than the request's can never be reached.
        for inner in [ConfigurationKey.headerSeconds, .bodySeconds] {
            keep(inner, atMost: integer(.requestSeconds), because: .requestSeconds)
        }
        keep(.halfOpenHandshakes, atMost: integer(.connections), because: .connections)
        keep(
            .sessionLifetime,
            atMost: integer(.ticketKeyRotation) * Limits.ticketKeysKeptMax,
            because: .ticketKeyRotation
        )
        if integer(.reactors) == 0 {
            let cores = max(1, ProcessSettings.processors)
            set(.reactors, .integer(min(cores, integer(.connections))), origin(.reactors))
        }
        keep(.reactors, atMost: integer(.connections), because: .connections)
    }

    private mutating func keep(
        _ key: ConfigurationKey,
        atMost most: Int,
        because other: ConfigurationKey
    ) {
        guard integer(key) > most, !isBroken(key, other) else { return }
        if case .standard = origin(key) {
            set(key, .integer(most), .derived(from: other.name))
        } else {
            problem(
                key.name,
                value: String(integer(key)),
                "does not fit \(other.name)",
                allowed: "at most \(most)"
            )
        }
    }

    private mutating func buildIssuer(_ listeners: [ListenerSettings]) -> String {
        if let issuer = text(.issuer) { return issuer }
        guard let address = listeners.first?.address else { return "" }
        if address.path != nil, !isBroken(.issuer) {
            problem(
                ConfigurationKey.issuer.name,
                "is missing: it does not follow from a Unix socket",
                allowed: ConfigurationKey.issuer.allowed
            )
        }
        guard address.isLoopback || address.isUnspecified else { return "https://\(address)" }
        return "https://localhost:\(address.port)"
    }

    // MARK: Sections

    private mutating func buildTLS() -> ServerConfiguration.TLS {
        ServerConfiguration.TLS(
            certificates: buildPairs(),
            resumption: choice(.resumption),
            sessionLifetime: integer(.sessionLifetime),
            ticketKeyRotation: milliseconds(.ticketKeyRotation),
            sessionStoreMax: integer(.sessionStoreMax),
            slimProvider: boolean(.slimProvider),
            minimumVersion: choice(.minimumVersion)
        )
    }

    private func buildConnections() -> ConnectionSettings {
        var section = ConnectionSettings()
        section.connections = integer(.connections)
        section.halfOpenHandshakes = integer(.halfOpenHandshakes)
        section.headerBytes = integer(.headerBytes)
        section.bodyBytes = integer(.bodyBytes)
        section.pipelineDepth = integer(.pipelineDepth)
        section.handshake = milliseconds(.handshakeSeconds)
        section.header = milliseconds(.headerSeconds)
        section.body = milliseconds(.bodySeconds)
        section.idle = milliseconds(.idleSeconds)
        section.request = milliseconds(.requestSeconds)
        section.drain = milliseconds(.drainSeconds)
        section.passwordFailures = integer(.passwordFailures)
        return section
    }

    private mutating func buildFetching() -> FetchSettings {
        var section = FetchSettings()
        section.refresh = milliseconds(.fetchRefresh)
        section.networks = blocks(.fetchNetworks)
        section.authorities = text(.fetchAuthorities)
        return section
    }

    private func buildExpiry() -> ExpirySettings {
        var section = ExpirySettings()
        section.warningDays = integer(.expiryWarning)
        return section
    }

    // MARK: What is in effect

    private mutating func noteSettings(_ configuration: ServerConfiguration) {
        for key in ServerConfiguration.keys {
            switch key {
            case .issuer where text(.issuer) == nil:
                let first = configuration.listeners.first?.name ?? "main"
                note(
                    key,
                    configuration.issuer,
                    .derived(from: ConfigurationKey.listenerAddress.named(first).name)
                )
            case .audience where text(.audience) == nil:
                note(
                    key,
                    configuration.tokens.audience,
                    .derived(from: ConfigurationKey.issuer.name)
                )
            case .administration where text(key) == nil && address(key) == nil:
                note(
                    key,
                    configuration.administration?.description,
                    .derived(from: ConfigurationKey.data.name)
                )
            case .reactors: note(key, String(configuration.reactors))
            case .workerThreads: note(key, String(configuration.workers.threads))
            case .listenerClientCertificate:
                for listener in configuration.listeners {
                    note(
                        key.named(listener.name),
                        listener.clientCertificate.rawValue,
                        listenFlag ? .flag("--listen") : nil
                    )
                }
            case _ where ConfigurationKey.ofListeners.contains(key):
                for listener in configuration.listeners { note(key.named(listener.name)) }
            case _ where ConfigurationKey.ofPairs.contains(key):
                for pair in configuration.tls.certificates { note(key.named(pair.name)) }
            default: note(key)
            }
        }
    }
}
