// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Cryptography
internal import Logging
internal import Reactor
internal import Serving
internal import TLS
internal import Telemetry

/// The probes' listener as the server puts it together: its address, its certificate, and who may
/// read the metrics.
final class RunningProbe {
    /// The configured address, for the log.
    private let name: String
    private let address: SocketAddress
    private let log: Logger
    private let access = ProbeAccess()
    private var files: ProbeFiles
    private var watch: ServerPairWatch?
    private var listener: ProbeListener?

    /// Claims the address and reads the files.
    init(_ address: ListenAddress, _ configuration: ServerConfiguration, _ log: Logger) throws {
        name = address.description
        self.log = log
        files = try ProbeFiles(configuration)
        let key = ConfigurationKey.probeAddress.name
        do {
            self.address = try Server.claim(address)
        } catch {
            throw StartError("\(key): \(error)")
        }
        adopt(files, configuration)
    }

    /// The certificate that it shows, for the warnings about its end.
    var certificates: [ServerCertificate] {
        guard let pair = files.pair, let served = files.served else { return [] }
        return ListenerCertificates([pair], [served]).all
    }

    /// Answers from here on.
    func start(_ health: ServerHealth, _ metrics: Metrics, clock: WallClock) throws {
        listener = try ProbeListener(
            address,
            tls: files.tls,
            health,
            metrics,
            access,
            clock: clock,
            log: log
        )
        log.info(
            "probe",
            metadata: ["address": "\(name)", "tls": "\(files.tls == nil ? "no" : "yes")"]
        )
    }

    /// Goes by the files of a configuration that was read again.
    func use(_ files: ProbeFiles, _ configuration: ServerConfiguration) {
        adopt(files, configuration)
        listener?.use(files.tls)
    }

    private func adopt(_ files: ProbeFiles, _ configuration: ServerConfiguration) {
        self.files = files
        access.metrics = files.metrics
        guard let pair = files.pair, let served = files.served else { return watch = nil }
        let versions = configuration.tls.versions
        watch = ServerPairWatch([pair], [served], versions: versions) { _ in nil }
    }

    /// Serves a pair that was renewed in place; whether it was.
    func reloadRenewed(now: UInt64) -> Bool {
        guard let served = watch?.renewed(now: now, log: log)?.first else { return false }
        files.served = served
        listener?.use(files.tls)
        return true
    }

    /// Ends the listener.
    func stop() {
        listener?.stop()
    }
}

extension ServerHealth {
    /// The health of a server with this configuration, whose reactors have these mailboxes.
    init(
        _ configuration: ServerConfiguration,
        _ gauges: Gauges,
        _ mailboxes: [Mailbox<ReactorMessage>],
        _ log: Logger
    ) {
        self.init(
            gauges,
            ReactorPulses(mailboxes.map { mailbox in { mailbox.post(.pulse($0)) } }),
            sharesStore: configuration.sharedStore != nil,
            log: log
        )
    }
}

/// The content of the files that a probes' listener goes by.
struct ProbeFiles {
    /// nil for plain HTTP.
    let pair: CertificatePair?
    var served: ServedPair?
    let metrics: ProbeAccess.Metrics
    private let tlsSettings: TLSSettings

    /// Reads the files that `configuration` names, and tries the pair.
    init(_ configuration: ServerConfiguration) throws {
        let settings = configuration.probe
        tlsSettings = configuration.tls
        pair = settings.pair
        served = try settings.pair.map {
            try ServedPair.read($0, versions: configuration.tls.versions)
        }
        if let path = settings.metricsClients, settings.hasMetrics {
            metrics = .pinned(Set(try TrustedProxy.keys(path)))
        } else {
            metrics = settings.hasMetrics ? .open : .absent
        }
    }

    /// The TLS of the listener; nil for plain HTTP.
    ///
    /// Sessions are not resumed: probes come seldom, and a resumed one would not prove its key.
    var tls: TLSConfiguration? {
        served.map { served in
            var mode = ClientCertificateMode.none
            if case .pinned = metrics { mode = .want }
            return TLSConfiguration(
                identities: [served.identity],
                clientCertificate: mode,
                versions: tlsSettings.versions,
                groups: tlsSettings.groups,
                resumption: .off,
                sessionLifetime: 1,
                sessionContext: Digest256.of(Array(ProbeSettings.pairName.utf8))
            )
        }
    }
}
