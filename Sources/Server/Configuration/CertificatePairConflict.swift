// SPDX-License-Identifier: Apache-2.0
internal import Serving
internal import TLS

/// A conflict between pairs that cannot be served together, found when their files have been read.
struct CertificatePairConflict: Equatable, CustomStringConvertible {
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
    /// OpenSSL's name of the key type that FAPI 1's cipher suites need.
    static let rsaKeyType = "RSA"

    /// FAPI 1.0 Advanced §8.5: its four suites of TLS 1.2 are all of RSA.
    func needsRSA(_ tls: TLSSettings) -> Bool {
        self == .fapi1 && tls.versions.contains(.tls12)
    }
}
