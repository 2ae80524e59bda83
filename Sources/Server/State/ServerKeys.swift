internal import Cryptography
internal import Reactor
internal import Store
internal import TLS

/// The server's own keys: what is made at the first start and kept in the data directory.
enum ServerKeys {
    /// Ten years: nobody checks a generated certificate's date, and nobody renews it either.
    private static let generatedCertificateDays = 3650

    /// Makes sure that there is a key of each kind.
    static func ensure(_ store: Store) throws {
        try ensureSigningKey(store)
        _ = try store.ensureKey(kind: KeyRecord.sealing) {
            let now = Clock.epochSeconds
            return KeyRecord(
                keyID: try RandomBytes.alphanumeric(28),
                kind: KeyRecord.sealing,
                material: try RandomBytes.make(32),
                createdAt: now,
                activeFrom: now,
                retiredAt: nil
            )
        }
    }

    private static func ensureSigningKey(_ store: Store) throws {
        _ = try store.ensureKey(kind: KeyRecord.signing) {
            let key = try SigningKey.generate()
            let now = Clock.epochSeconds
            return KeyRecord(
                keyID: try key.thumbprint(),
                kind: KeyRecord.signing,
                material: try key.pkcs8(),
                createdAt: now,
                activeFrom: now,
                retiredAt: nil
            )
        }
    }

    /// The identities to serve: the configured pairs, or the generated one, made when it is
    /// missing.
    static func identities(_ configuration: ServerConfiguration) throws -> [ServerIdentity] {
        let pairs = configuration.certificatePairs
        if configuration.tls.certificates.isEmpty, let pair = pairs.first,
            !DataFile.exists(pair.certificate)
        {
            // A key alone is what an interrupted first start leaves; it gets its certificate now.
            let key = DataFile.exists(pair.key) ? try DataFile.read(pair.key) : nil
            let made = try ServerIdentity.generate(days: generatedCertificateDays, key: key)
            // The key first: a certificate without its key would be mistaken for a configured pair.
            if key == nil { try DataFile.write(made.keyPEM, to: pair.key, isPrivate: true) }
            try DataFile.write(made.certificatePEM, to: pair.certificate, isPrivate: false)
        }
        let identities = try pairs.map(identity)
        if let conflict = configuration.firstConflict(identities.map(\.keyType)) {
            throw StartError("\(conflict)")
        }
        return identities
    }

    /// Reads one pair and makes sure that it matches.
    static func identity(_ pair: ServerConfiguration.CertificatePair) throws -> ServerIdentity {
        let certificate = try DataFile.read(pair.certificate)
        let key = try DataFile.read(pair.key)
        do {
            return try ServerIdentity(certificatePEM: certificate, keyPEM: key)
        } catch {
            throw StartError("\(pair.certificate) and \(pair.key): \(error.reason)")
        }
    }
}

/// Reads a configured pair as the server would, and tells what it found.
@Sendable public func certificatePairReport(
    _ pair: ServerConfiguration.CertificatePair
) -> CertificatePairReport {
    var problems: [CertificatePairProblem] = []
    for (part, path) in [
        (CertificatePairProblem.Part.certificate, pair.certificate), (.key, pair.key),
    ] {
        do throws(SystemError) {
            _ = try DataFile.read(path)
        } catch {
            problems.append(CertificatePairProblem(part, "\(error)"))
        }
    }
    guard problems.isEmpty else { return CertificatePairReport(problems: problems) }
    do {
        let identity = try ServerKeys.identity(pair)
        return CertificatePairReport(
            keyType: identity.keyType,
            uncovered: pair.serverNames.map(\.text).filter { !identity.covers($0) },
            dates: CertificateDates(identity)
        )
    } catch {
        return CertificatePairReport(problems: [CertificatePairProblem(.key, "\(error)")])
    }
}

/// Why the server cannot start, in words for people.
public struct StartError: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
