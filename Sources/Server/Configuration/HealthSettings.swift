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
        let (probe, administration) = try part(
            of: [.data, .administration, .probeAddress, .probeCertificate, .probeKey],
            file: file,
            environment: environment,
            flags: flags
        ) { loader in
            (loader.buildProbe(), loader.buildAdministration([]).address)
        }
        if let address = probe.address { return HealthPlace(address, isSecured: probe.pair != nil) }
        return administration.map { HealthPlace($0) }
    }
}
