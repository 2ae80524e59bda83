// SPDX-License-Identifier: Apache-2.0
internal import Serving

/// The keys of the server's certificates, and the rules that stand between them.
extension ConfigurationKey {
    static let pairServerNames = ConfigurationKey(
        "tls.certificates.<name>.server_names",
        .serverNames,
        nil,
        "The names, separated by spaces, whose clients get this certificate; *. at the beginning"
            + " stands for one label. Pairs without names are for everybody else, and there must be"
            + " one."
    )
    /// What each pair has.
    static let ofPairs: [ConfigurationKey] = [.pairCertificate, .pairKey, .pairServerNames]
}

extension ConfigurationLoader {
    mutating func buildPairs() -> [ServerConfiguration.CertificatePair] {
        var pairs: [ServerConfiguration.CertificatePair] = []
        for name in names().pairs {
            let certificateKey = ConfigurationKey.pairCertificate.named(name)
            let keyKey = ConfigurationKey.pairKey.named(name)
            for key in [certificateKey, keyKey] where text(key) == nil && !isBroken(key) {
                problem(
                    key.name,
                    "is missing: a pair needs certificate and key",
                    allowed: key.allowed
                )
            }
            guard let certificate = text(certificateKey), let key = text(keyKey) else { continue }
            let serverNames = text(ConfigurationKey.pairServerNames.named(name))
            pairs.append(
                ServerConfiguration.CertificatePair(
                    name: name,
                    certificate: certificate,
                    key: key,
                    serverNames: serverNames.flatMap { try? ValueList.serverNames($0) } ?? []
                )
            )
        }
        // Without one, clients that send no name would get nothing.
        if !pairs.isEmpty, pairs.allSatisfy({ !$0.serverNames.isEmpty }) {
            problem(
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
        _ tls: ServerConfiguration.TLS
    ) {
        guard tls.certificates.isEmpty, names().pairs.isEmpty else { return }
        for listener in listeners where listener.profile.needsRSA(tls) {
            problem(
                ConfigurationKey.listenerProfile.named(listener.name).name,
                value: listener.profile.rawValue,
                "needs an RSA certificate in tls.certificates, for TLS 1.2"
            )
        }
    }
}

/// What keeps pairs from being served together, found when their files have been read.
struct CertificatePairConflict: Error, Equatable, CustomStringConvertible {
    let key: String
    let value: String
    let reason: String

    var description: String { "\(key): \"\(value)\" \(reason)" }
}

extension ServerConfiguration {
    /// The first conflict between pairs with these kinds of keys, which stand in the pairs' order;
    /// nil where there is none.
    ///
    /// OpenSSL holds one certificate for each kind of key: a second one would silently take the
    /// place of the first.
    func firstConflict(_ keyTypes: [String]) -> CertificatePairConflict? {
        var taken: [[String]: String] = [:]
        for (pair, type) in zip(certificatePairs, keyTypes) {
            let name = ConfigurationKey.pairCertificate.named(pair.name).name
            // "" is no name: it stands for the clients that get the default.
            for host in pair.serverNames.isEmpty ? [""] : pair.serverNames.map(\.text) {
                guard let other = taken.updateValue(pair.name, forKey: [host, type]) else {
                    continue
                }
                let place = host.isEmpty ? "has no server_names" : "is for \(host)"
                return CertificatePairConflict(
                    key: name,
                    value: pair.certificate,
                    reason: "\(place) and has a key of the kind \(type), as \(other) does too"
                )
            }
        }
        if keyTypes.contains(ListenerProfile.rsaKeyType) { return nil }
        return listeners.first { $0.profile.needsRSA(tls) }.map { listener in
            CertificatePairConflict(
                key: ConfigurationKey.listenerProfile.named(listener.name).name,
                value: listener.profile.rawValue,
                reason: "needs an RSA certificate in tls.certificates, for TLS 1.2"
            )
        }
    }
}

extension ListenerProfile {
    /// What OpenSSL calls a key with which the suites of FAPI 1 can be used.
    static let rsaKeyType = "RSA"

    /// FAPI 1.0 Advanced §8.5: its four suites of TLS 1.2 are all of RSA.
    func needsRSA(_ tls: ServerConfiguration.TLS) -> Bool {
        self == .fapi1 && tls.minimumVersion == .tls12
    }
}
