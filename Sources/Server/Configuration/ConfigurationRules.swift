// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import OAuth
internal import Reactor
internal import Serving
internal import TLS

/// From resolved keys to the configuration, with the rules that stand between keys.
extension ConfigurationLoader {
    /// Builds the configuration.
    ///
    /// With problems noted, the result must not be used.
    mutating func build() -> ServerConfiguration {
        checkNumbers()
        let listeners = buildListeners()
        let issuer = text(.issuer) ?? deriveIssuer(listeners)
        let tls = buildTLS()
        checkProfiles(listeners, tls)
        var configuration = ServerConfiguration(
            dataDirectory: text(.data) ?? "",
            issuer: issuer,
            reactors: integer(.reactors),
            listeners: listeners,
            tls: tls,
            tokens: buildTokens(issuer: issuer),
            metadata: buildMetadata(),
            authentication: buildAuthentication(),
            connections: buildConnections(),
            workers: buildWorkers(),
            fetching: buildFetching(),
            expiry: buildExpiry(),
            administration: buildAdministration(listeners),
            log: buildLog()
        )
        configuration.probe = buildProbe(listeners, configuration.administration.address)
        configuration.sharedStore = buildSharedStore()
        configuration.assertionReplay = choice(.assertionReplay)
        configuration.tokenKeys = buildTokenKeys()
        configuration.derivesIssuer = text(.issuer) == nil
        configuration.derivesAudience = text(.audience) == nil
        warnOfShortGrace()
        noteSettings(configuration)
        return configuration
    }

    /// Limits between keys: a given value above the limit is refused, a default is lowered to it.
    private mutating func checkNumbers() {
        // A deadline inside a request that is longer than the request's can never be reached.
        for inner in [ConfigurationKey.headerSeconds, .bodySeconds] {
            keep(inner, limit: integer(.requestSeconds), because: .requestSeconds)
        }
        keep(.halfOpenHandshakes, limit: integer(.connections), because: .connections)
        keep(
            .sessionLifetime,
            limit: integer(.ticketKeyRotation) * TicketKeys.keptMax,
            because: .ticketKeyRotation
        )
        // Sessions in memory are resumed where they were opened, and clients come to any node.
        if storeURL(.storeURL) != nil, case .standard = origin(.resumption) {
            let tickets = TLSSettings.Resumption.tickets.rawValue
            set(.resumption, .text(tickets), .derived(from: ConfigurationKey.storeURL.name))
        }
        if integer(.reactors) == 0 {
            let cores = max(1, ProcessSettings.processors)
            set(.reactors, .integer(min(cores, integer(.connections))), origin(.reactors))
        }
        keep(.reactors, limit: integer(.connections), because: .connections)
    }

    /// A client that repeats a request whose answer was lost may have waited for it that long.
    private mutating func warnOfShortGrace() {
        let (grace, request) = (integer(.refreshGrace), integer(.requestSeconds))
        guard grace > 0, grace < request, !isBroken(.refreshGrace, .requestSeconds) else { return }
        // The defaults are ours: every server would be warned of them.
        guard
            String(grace) != ConfigurationKey.refreshGrace.standard
                || String(request) != ConfigurationKey.requestSeconds.standard
        else { return }
        warn(
            ConfigurationKey.refreshGrace.name,
            value: String(grace),
            "is shorter than a request may take (\(ConfigurationKey.requestSeconds.name)"
                + " \(request)): a client that repeats one after that ends its grant, for its token"
                + " counts as stolen"
        )
    }

    private mutating func keep(
        _ key: ConfigurationKey,
        limit: Int,
        because other: ConfigurationKey
    ) {
        guard integer(key) > limit, !isBroken(key, other) else { return }
        if case .standard = origin(key) {
            set(key, .integer(limit), .derived(from: other.name))
        } else {
            addFinding(
                key.name,
                value: String(integer(key)),
                "does not fit \(other.name)",
                allowed: "at most \(limit)"
            )
        }
    }

    // MARK: values in effect

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
                    configuration.administration.address?.description,
                    .derived(from: ConfigurationKey.data.name)
                )
            case .reactors: note(key, String(configuration.reactors))
            case .groups: note(key, ValueList.text(configuration.tls.groups))
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
