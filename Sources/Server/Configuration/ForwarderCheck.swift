internal import HTTP

/// What is wrong with the files by which the proxies before listeners are known.
enum ForwarderCheck {
    /// Reads them all, as a server would at its start.
    static func problems(
        _ configuration: ServerConfiguration,
        _ settings: [EffectiveSetting]
    ) -> [ConfigurationProblem] {
        configuration.listeners.compactMap { listener in
            guard let forwarding = listener.forwarding else { return nil }
            do throws(StartError) {
                _ = try Forwarder(forwarding)
                return nil
            } catch {
                let key = ConfigurationKey.listenerForwardedCertificate.named(listener.name).name
                return ConfigurationProblem(
                    key,
                    settings.first { $0.key == key }?.origin ?? .standard,
                    value: forwarding.reader.format.rawValue,
                    error.description
                )
            }
        }
    }
}
