// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import TLS

/// The server's own keys: what is made at the first start and kept in the data directory.
enum ServerKeys {
    /// Ten years: nobody checks a generated certificate's date, and nobody renews it either.
    private static let generatedCertificateDays = 3650

    /// What is served: the configured pairs, or the generated one, made when it is missing.
    static func pairs(
        _ configuration: ServerConfiguration,
        now: Int64
    ) throws -> [ServedPair] {
        let pairs = configuration.certificatePairs
        if configuration.tls.certificates.isEmpty, let pair = pairs.first,
            !DataFile.exists(pair.certificate)
        {
            // A key alone is what an interrupted first start leaves; it gets its certificate now.
            let key = DataFile.exists(pair.key) ? try DataFile.read(pair.key) : nil
            let made = try ServerIdentity.generate(
                days: generatedCertificateDays,
                key: key,
                now: now
            )
            // The key first: a certificate without its key would be mistaken for a configured pair.
            if key == nil { try DataFile.write(made.keyPEM, to: pair.key, isPrivate: true) }
            try DataFile.write(made.certificatePEM, to: pair.certificate, isPrivate: false)
        }
        let served = try pairs.map {
            try ServedPair.read($0, allowsTLS12: configuration.tls.allowsTLS12)
        }
        try refuseConflict(configuration, served)
        return served
    }

    /// Throws where pairs cannot be served together.
    static func refuseConflict(
        _ configuration: ServerConfiguration,
        _ pairs: [ServedPair]
    ) throws(StartError) {
        if let conflict = configuration.firstConflict(pairs.map(\.identity.keyType)) {
            throw StartError("\(conflict)")
        }
    }
}

/// Reads a configured pair as the server would, and tells what it found.
@Sendable public func certificatePairReport(
    _ pair: ServerConfiguration.CertificatePair,
    allowsTLS12: Bool
) -> CertificatePairReport {
    let problems = PairFiles.problems(pair)
    guard problems.isEmpty else {
        return CertificatePairReport(problems: problems.map(CertificatePairProblem.init))
    }
    do throws(PairRefusal) {
        let served = try ServedPair.read(pair, allowsTLS12: allowsTLS12)
        return CertificatePairReport(
            keyType: served.identity.keyType,
            uncovered: pair.serverNames.map(\.text).filter { !served.identity.covers($0) },
            dates: CertificateDates(served.identity),
            warnings: served.warnings
        )
    } catch {
        return CertificatePairReport(problems: [CertificatePairProblem(error)])
    }
}

extension CertificatePairProblem {
    fileprivate init(_ refusal: PairRefusal) {
        self.init(refusal.part, refusal.problem.reason)
    }
}

extension ServerConfiguration.TLS {
    /// Whether TLS 1.2 is spoken besides TLS 1.3.
    var allowsTLS12: Bool { minimumVersion == .tls12 }
}

/// Why the server cannot start, in words for people.
public struct StartError: Error, CustomStringConvertible {
    /// What is wrong and what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
