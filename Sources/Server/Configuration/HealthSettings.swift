// SPDX-License-Identifier: Apache-2.0
package import Administration
internal import Reactor

extension ServerConfiguration {
    /// The place at which a server with this file and these variables says whether it lives: its
    /// probes' listener, else its administrative one; nil where it has neither.
    ///
    /// The rest of the configuration is not checked: a mistake that was made since a server started
    /// must not have it taken for a dead one.
    package static func healthPlace(
        file: String?,
        environment: [String: String],
        flags: ConfigurationOverrides
    ) throws(ConfigurationError) -> HealthPlace? {
        let wanted: [ConfigurationKey] = [
            .data, .administration, .probeAddress, .probeCertificate, .probeKey,
        ]
        var findings: [ConfigurationFinding] = []
        var fromFile = ConfigurationSource()
        if let file { fromFile = .file(file, keys: keys, findings: &findings) }
        var others: [ConfigurationFinding] = []
        var loader = ConfigurationLoader(
            flags: .flags(flags),
            environment: .environment(environment, keys: wanted, findings: &others),
            file: fromFile
        )
        loader.resolve()
        let probe = loader.buildProbe()
        let administration = loader.buildAdministration([]).address
        findings = (findings + loader.findings).filter { finding in
            finding.key == nil || wanted.contains { $0.name == finding.key }
        }
        guard findings.isEmpty else { throw ConfigurationError(findings) }
        if let address = probe.address { return HealthPlace(address, isSecured: probe.pair != nil) }
        return administration.map { HealthPlace($0) }
    }
}
