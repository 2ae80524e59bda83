// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import TLS

/// The server's own pair where none is configured: made at the first start and kept in the data
/// directory.
enum GeneratedPair {
    /// Ten years, because no program renews a generated certificate.
    private static let days = 3650

    /// The paths of the pair in a data directory.
    static func pair(in directory: String) -> CertificatePair {
        let path = directory.hasSuffix("/") ? directory : directory + "/"
        return CertificatePair(
            name: "generated",
            certificate: path + "server.pem",
            key: path + "server.key"
        )
    }

    /// The certificate is there without its key.
    struct KeyMissingError: Error, CustomStringConvertible {
        let pair: CertificatePair

        var description: String {
            "\(pair.key) is missing, the key of \(pair.certificate). Restore it from a backup; or"
                + " remove that certificate too, and the next start makes both, which clients must"
                + " trust anew."
        }
    }

    /// Makes it where its certificate is missing; throws where its key alone is.
    static func ensure(in directory: String, now: Int64) throws {
        let pair = Self.pair(in: directory)
        if DataFile.exists(pair.certificate) {
            guard !DataFile.exists(pair.key) else { return }
            throw KeyMissingError(pair: pair)
        }
        // A key alone is what an interrupted first start leaves; it gets its certificate now.
        let key = DataFile.exists(pair.key) ? try DataFile.read(pair.key) : nil
        let made = try ServerIdentity.generate(days: days, key: key, now: now)
        for path in [pair.key, pair.certificate] { Folder.removeLeftovers(of: path) }
        // The key first: a certificate without its key would be mistaken for a configured pair.
        if key == nil { try DataFile.write(made.keyPEM, to: pair.key, isPrivate: true) }
        try DataFile.write(made.certificatePEM, to: pair.certificate, isPrivate: false)
    }
}
