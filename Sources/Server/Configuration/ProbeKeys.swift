// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import Reactor
internal import Serving
internal import TLS

/// The keys of the probes' listener.
extension ConfigurationKey {
    static let probeAddress = ConfigurationKey(
        "probe.address",
        .optionalAddress,
        ListenAddress.nowhere,
        "The address of a listener for probes, which answers GET /health and GET /ready without a"
            + " credential; plain HTTP unless it has a certificate. none has no such listener."
    ).needingRestart(.probe)
    static let probeCertificate = ConfigurationKey(
        "probe.certificate",
        .path,
        nil,
        "PEM file of the chain with which the probes' listener speaks TLS, leaf first."
    )
    static let probeKey = ConfigurationKey(
        "probe.key",
        .path,
        nil,
        "PEM file of the private key of that certificate."
    )
    static let probeMetrics = ConfigurationKey(
        "probe.metrics",
        ProbeSettings().hasMetrics,
        "Whether the probes' listener answers GET /metrics too."
    )
    static let probeMetricsClients = ConfigurationKey(
        "probe.metrics_clients",
        .path,
        nil,
        "PEM file of the certificates whose keys open /metrics of a probes' listener with TLS, and"
            + " nothing else."
    )
    /// In the order of the example file.
    static let ofProbe: [ConfigurationKey] = [
        .probeAddress, .probeCertificate, .probeKey, .probeMetrics, .probeMetricsClients,
    ]
}

extension ConfigurationLoader {
    /// The section of the probes' listener.
    mutating func buildProbe(
        _ listeners: [ListenerSettings] = [],
        _ administration: ListenAddress? = nil
    ) -> ProbeSettings {
        var section = ProbeSettings(address: address(.probeAddress))
        section.pair = probePair()
        section.hasMetrics = boolean(.probeMetrics)
        section.metricsClients = text(.probeMetricsClients)
        checkProbeAddress(section, listeners, administration)
        checkMetricsClients(section)
        warnOfOpenMetrics(section)
        return section
    }

    private mutating func probePair() -> CertificatePair? {
        let certificate = text(.probeCertificate)
        let key = text(.probeKey)
        guard let certificate, let key else {
            let missing: ConfigurationKey = certificate == nil ? .probeCertificate : .probeKey
            if certificate ?? key != nil, !isBroken(.probeCertificate, .probeKey) {
                addFinding(
                    missing.name,
                    "is missing: TLS needs certificate and key",
                    allowed: missing.allowed
                )
            }
            return nil
        }
        return CertificatePair(
            name: ProbeSettings.pairName,
            certificate: certificate,
            key: key,
            serverNames: []
        )
    }

    private mutating func checkProbeAddress(
        _ section: ProbeSettings,
        _ listeners: [ListenerSettings],
        _ administration: ListenAddress?
    ) {
        let key = ConfigurationKey.probeAddress
        guard let address = section.address else {
            guard !isBroken(key), case .standard = origin(key) else { return }
            let others = ConfigurationKey.ofProbe.filter { $0 != key }
            for other in others where text(other) != nil || other == .probeMetrics {
                if other == .probeMetrics, !section.hasMetrics { continue }
                addFinding(other.name, "means nothing without \(key.name)")
            }
            return
        }
        if let other = listeners.first(where: { $0.address.identity == address.identity }) {
            addFinding(
                key.name,
                value: address.description,
                "is the address of listener \(other.name) too"
            )
        } else if administration?.identity == address.identity {
            addFinding(
                key.name,
                value: address.description,
                "is \(ConfigurationKey.administration.name) too"
            )
        }
    }

    private mutating func checkMetricsClients(_ section: ProbeSettings) {
        let key = ConfigurationKey.probeMetricsClients
        guard let clients = section.metricsClients, section.address != nil else { return }
        if text(.probeCertificate) == nil, text(.probeKey) == nil,
            !isBroken(.probeCertificate, .probeKey)
        {
            addFinding(
                key.name,
                value: clients,
                "needs TLS: without \(ConfigurationKey.probeCertificate.name) no client shows a"
                    + " certificate"
            )
        }
        guard !section.hasMetrics, !isBroken(.probeMetrics) else { return }
        addFinding(
            key.name,
            value: clients,
            "means nothing without \(ConfigurationKey.probeMetrics.name): true"
        )
    }

    /// The metrics name no client and no user, but they say how busy the server is, and how it
    /// refuses.
    private mutating func warnOfOpenMetrics(_ section: ProbeSettings) {
        guard section.hasMetrics, section.metricsClients == nil, let address = section.address,
            address.path == nil, !address.isLoopback
        else { return }
        warn(
            ConfigurationKey.probeMetrics.name,
            value: "true",
            "shows the metrics to everybody who reaches \(address): choose a loopback"
                + " \(ConfigurationKey.probeAddress.name), or TLS with"
                + " \(ConfigurationKey.probeMetricsClients.name)"
        )
    }
}
