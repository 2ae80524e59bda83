// SPDX-License-Identifier: Apache-2.0
internal import Serving

/// The keys of the limits of connections and requests.
extension ConfigurationKey {
    static let connections = ConfigurationKey(
        "limits.connections",
        ConnectionSettings.connectionsRange,
        ConnectionSettings().connections,
        "Open connections of the whole server."
    ).needingRestart(\.connections.connections)
    static let halfOpenHandshakes = ConfigurationKey(
        "limits.half_open_handshakes",
        ConnectionSettings.halfOpenHandshakesRange,
        ConnectionSettings().halfOpenHandshakes,
        "Open connections that may be in their handshake at once; beyond it an old one is ended."
    )
    static let headerBytes = ConfigurationKey(
        "limits.header_bytes",
        ConnectionSettings.headerBytesRange,
        ConnectionSettings().headerBytes,
        "Bytes of request line and header fields."
    )
    static let bodyBytes = ConfigurationKey(
        "limits.body_bytes",
        ConnectionSettings.bodyBytesRange,
        ConnectionSettings().bodyBytes,
        "Bytes of a request's content."
    )
    static let pipelineDepth = ConfigurationKey(
        "limits.pipeline_depth",
        ConnectionSettings.pipelineDepthRange,
        ConnectionSettings().pipelineDepth,
        "Requests of one connection that may wait for answers."
    )
    static let handshakeSeconds = ConfigurationKey(
        "limits.handshake_seconds",
        seconds: ConnectionSettings.handshakeSecondsRange,
        ConnectionSettings().handshake,
        "Seconds for a handshake."
    )
    static let headerSeconds = ConfigurationKey(
        "limits.header_seconds",
        seconds: ConnectionSettings.headerSecondsRange,
        ConnectionSettings().header,
        "Seconds for a request's header."
    )
    static let bodySeconds = ConfigurationKey(
        "limits.body_seconds",
        seconds: ConnectionSettings.bodySecondsRange,
        ConnectionSettings().body,
        "Seconds for a request's content."
    )
    static let idleSeconds = ConfigurationKey(
        "limits.idle_seconds",
        seconds: ConnectionSettings.idleSecondsRange,
        ConnectionSettings().idle,
        "Seconds that a connection may wait for a request."
    )
    static let requestSeconds = ConfigurationKey(
        "limits.request_seconds",
        seconds: ConnectionSettings.requestSecondsRange,
        ConnectionSettings().request,
        "Seconds from a request's first byte to its answer's last."
    )
    static let drainSeconds = ConfigurationKey(
        "limits.drain_seconds",
        seconds: ConnectionSettings.drainSecondsRange,
        ConnectionSettings().drain,
        "Seconds to finish what is in flight after a stop; 0 closes at once."
    )
    static let drainDelaySeconds = ConfigurationKey(
        "limits.drain_delay_seconds",
        seconds: ConnectionSettings.drainSecondsRange,
        ConnectionSettings().drainDelay,
        "Seconds after a stop for which the server still accepts, while GET /ready and GET /health"
            + " are 503: a balancer that checks them has sent everybody elsewhere then."
    )
    static let passwordFailures = ConfigurationKey(
        "limits.password_failures",
        ConnectionSettings.passwordFailuresRange,
        ConnectionSettings().passwordFailures,
        "Wrong passwords for one user through one client, after which one in ten seconds is"
            + " checked; 0 checks all."
    )

    static let clientRate = ConfigurationKey(
        "limits.client_rate",
        .rate,
        ConfigurationKey.noRate,
        "How often a client without a rate of its own may ask, N requests in SECONDS; public"
            + " clients are not counted."
    )
    static let addressRate = ConfigurationKey(
        "limits.address_rate",
        .rate,
        ConfigurationKey.noRate,
        "How many requests of one address may fail client authentication, N in SECONDS; beyond it"
            + " they are answered with 429."
    )

    /// In the order of the example file.
    static let ofConnections: [ConfigurationKey] = [
        .connections, .halfOpenHandshakes, .headerBytes, .bodyBytes, .pipelineDepth,
        .handshakeSeconds, .headerSeconds, .bodySeconds, .idleSeconds, .requestSeconds,
        .drainSeconds, .drainDelaySeconds, .passwordFailures, .clientRate,
        .addressRate,
    ]
}

extension ConfigurationLoader {
    func buildConnections() -> ConnectionSettings {
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
        section.drainDelay = milliseconds(.drainDelaySeconds)
        section.passwordFailures = integer(.passwordFailures)
        section.clientRate = rate(.clientRate)
        section.addressRate = rate(.addressRate)
        return section
    }
}
