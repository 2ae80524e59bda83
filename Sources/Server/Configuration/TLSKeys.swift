// SPDX-License-Identifier: Apache-2.0
internal import Serving
internal import TLS

/// The keys of TLS, and the rules that stand between them.
extension ConfigurationKey {
    static let pairCertificate = ConfigurationKey(
        "tls.certificates.<name>.certificate",
        .path,
        nil,
        "PEM file of the server's chain, leaf first. Without any pair, server.pem and server.key in"
            + " the data directory are used, and generated on the first start."
    )
    static let pairKey = ConfigurationKey(
        "tls.certificates.<name>.key",
        .path,
        nil,
        "PEM file of the private key of that certificate."
    )
    static let pairServerNames = ConfigurationKey(
        "tls.certificates.<name>.server_names",
        .serverNames,
        nil,
        "The names, separated by spaces, whose clients get this certificate; *. at the beginning"
            + " stands for one label. Pairs without names are for all other clients, and there must"
            + " be one."
    )
    /// The keys of each pair.
    static let ofPairs: [ConfigurationKey] = [.pairCertificate, .pairKey, .pairServerNames]

    static let resumption = ConfigurationKey(
        "tls.resumption",
        TLSSettings().resumption,
        "store keeps sessions in memory for all reactors and costs least, tickets keeps no state,"
            + " off does full handshakes only. With a store that nodes share, the default is"
            + " tickets, which every node resumes."
    ).needingRestart(\.tls.resumption)
    static let sessionLifetime = ConfigurationKey(
        "tls.session_lifetime",
        TLSSettings.sessionLifetimeRange,
        TLSSettings().sessionLifetime,
        "Seconds for which a session can be resumed."
    )
    static let ticketKeyRotation = ConfigurationKey(
        "tls.ticket_key_rotation",
        seconds: TLSSettings.ticketKeyRotationSecondsRange,
        TLSSettings().ticketKeyRotation,
        "Seconds after which a new key encrypts tickets; the same on all nodes that share a store."
    )
    static let sessionStoreMax = ConfigurationKey(
        "tls.session_store_max",
        TLSSettings.sessionStoreMaxRange,
        TLSSettings().sessionStoreMax,
        "Sessions kept where resumption is store."
    ).needingRestart(\.tls.sessionStoreMax)
    static let slimProvider = ConfigurationKey(
        "tls.slim_provider",
        TLSSettings().slimProvider,
        "Whether TLS uses a provider of OpenSSL trimmed to the algorithms that it needs, which"
            + " about halves the cost of a handshake; false is for diagnosis."
    ).needingRestart(\.tls.slimProvider)
    static let minimumVersion = ConfigurationKey(
        "tls.minimum_version",
        TLSSettings().minimumVersion,
        "The lowest TLS version accepted."
    )
    static let maximumVersion = ConfigurationKey(
        "tls.maximum_version",
        TLSSettings().maximumVersion,
        "The highest TLS version accepted; 1.2 is for keys that cannot sign with RSA-PSS."
    )
    static let groups = ConfigurationKey(
        "tls.groups",
        .groups,
        nil,
        "The groups of the key exchange, separated by spaces, the preferred one first; a client's"
            + " key share for any of them is taken before another group is asked for. In TLS 1.2"
            + " EC certificates of clients must be on one of these curves, too. The default has"
            + " X25519MLKEM768 where OpenSSL does, from 3.5 on."
    )
    /// In the order of the example file.
    static let ofTLS: [ConfigurationKey] =
        ofPairs + [
            .resumption, .sessionLifetime, .ticketKeyRotation, .sessionStoreMax, .slimProvider,
            .minimumVersion, .maximumVersion, .groups,
        ]
}

extension ConfigurationLoader {
    mutating func buildTLS() -> TLSSettings {
        var section = TLSSettings()
        section.certificates = buildPairs()
        section.resumption = choice(.resumption)
        section.sessionLifetime = integer(.sessionLifetime)
        section.ticketKeyRotation = milliseconds(.ticketKeyRotation)
        section.sessionStoreMax = integer(.sessionStoreMax)
        section.slimProvider = boolean(.slimProvider)
        section.minimumVersion = choice(.minimumVersion)
        section.maximumVersion = choice(.maximumVersion)
        checkVersions(section)
        if let groups = text(.groups).flatMap({ try? ValueList.groups($0) }) {
            section.groups = groups
        }
        warnOfCurves(section)
        return section
    }

    private mutating func checkVersions(_ tls: TLSSettings) {
        guard tls.maximumVersion < tls.minimumVersion, !isBroken(.maximumVersion, .minimumVersion)
        else { return }
        addFinding(
            ConfigurationKey.maximumVersion.name,
            value: tls.maximumVersion.rawValue,
            "is below \(ConfigurationKey.minimumVersion.name)",
            allowed: "\(tls.minimumVersion.rawValue) or later"
        )
    }

    /// OpenSSL holds a client's EC certificate against the groups in TLS 1.2 (RFC 8422 §5.1).
    private mutating func warnOfCurves(_ tls: TLSSettings) {
        let curves = [TLSGroup.p256, .p384, .p521]
        let missing = curves.filter { !tls.groups.contains($0) }.map(\.rawValue)
        guard !missing.isEmpty, tls.versions.contains(.tls12), !isBroken(.groups) else { return }
        warn(
            ConfigurationKey.groups.name,
            value: ValueList.text(tls.groups),
            "leaves out \(missing.joined(separator: ", ")): clients with certificates on these"
                + " curves are refused in TLS 1.2"
        )
    }

    /// The pairs that are given, `main` first, the others by name.
    mutating func buildPairs() -> [CertificatePair] {
        var pairs: [CertificatePair] = []
        for name in names().pairs {
            let certificateKey = ConfigurationKey.pairCertificate.named(name)
            let keyKey = ConfigurationKey.pairKey.named(name)
            for key in [certificateKey, keyKey] where text(key) == nil && !isBroken(key) {
                addFinding(
                    key.name,
                    "is missing: a pair needs certificate and key",
                    allowed: key.allowed
                )
            }
            guard let certificate = text(certificateKey), let key = text(keyKey) else { continue }
            let serverNames = text(ConfigurationKey.pairServerNames.named(name))
            pairs.append(
                CertificatePair(
                    name: name,
                    certificate: certificate,
                    key: key,
                    serverNames: serverNames.flatMap { try? ValueList.serverNames($0) } ?? []
                )
            )
        }
        // Without one, clients that send no name would get nothing.
        if !pairs.isEmpty, pairs.allSatisfy({ !$0.serverNames.isEmpty }) {
            addFinding(
                "tls.certificates",
                "has server_names in every pair",
                allowed: "at least one pair without, for clients that ask for another name or none"
            )
        }
        return pairs
    }

    /// TLS 1.2 of FAPI 1 is spoken with RSA keys only, and the generated certificate has none.
    mutating func checkProfiles(
        _ listeners: [ListenerSettings],
        _ tls: TLSSettings
    ) {
        guard tls.certificates.isEmpty, names().pairs.isEmpty else { return }
        for listener in listeners where listener.profile.needsRSA(tls) {
            addFinding(
                ConfigurationKey.listenerProfile.named(listener.name).name,
                value: listener.profile.rawValue,
                "needs an RSA certificate in tls.certificates, for TLS 1.2"
            )
        }
    }
}
