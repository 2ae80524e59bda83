// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import TLS

/// A configured pair as it was read, with its warnings.
struct ServedPair: Sendable {
    let identity: ServerIdentity
    /// Faults that some clients may not tolerate.
    let warnings: [String]
    /// The digest of both files.
    let digest: Digest256

    /// Reads both files and proves them by a handshake.
    ///
    /// Costs some milliseconds, for a handshake in each version of TLS.
    static func read(
        _ pair: CertificatePair,
        versions: ClosedRange<TLSVersion>
    ) throws(CertificatePairError) -> ServedPair {
        try judge(pair, try PairFiles(pair), versions: versions)
    }

    /// The same for files that were read.
    static func judge(
        _ pair: CertificatePair,
        _ files: PairFiles,
        versions: ClosedRange<TLSVersion>
    ) throws(CertificatePairError) -> ServedPair {
        let chain = try files.chain(pair)
        let key = try files.key(pair)
        if let error = chain.error {
            throw CertificatePairError(.certificate, pair, error.description)
        }
        let identity = try identity(pair, chain, key)
        if let reason = HandshakeTrial.failure(identity, versions: versions) {
            throw CertificatePairError(.certificate, pair, reason)
        }
        return ServedPair(identity: identity, warnings: chain.warnings, digest: files.digest)
    }

    private static func identity(
        _ pair: CertificatePair,
        _ chain: ServerChain,
        _ key: [UInt8]
    ) throws(CertificatePairError) -> ServerIdentity {
        do throws(CryptographyError) {
            return try ServerIdentity(certificatePEM: chain.pem, keyPEM: key)
        } catch {
            // All certificates were read by OpenSSL before, so that the key alone can be wrong.
            guard ServerIdentity.canRead(keyPEM: key) else {
                throw CertificatePairError(
                    .key,
                    pair,
                    "the private key cannot be read; write it again"
                )
            }
            var reason =
                "the private key is not this certificate's: \(pair.certificate), \(chain.place(0))"
            let owner = chain.certificates.indices.dropFirst().first { index in
                let pem = Array(chain.certificates[index].pem.utf8)
                return (try? ServerIdentity(certificatePEM: pem, keyPEM: key)) != nil
            }
            if let owner {
                reason += "; it is that of \(chain.place(owner)), and the server's own comes first"
            }
            throw CertificatePairError(.key, pair, reason, isHalfDone: owner == nil)
        }
    }
}

/// The content of a pair's files, not yet parsed.
struct PairFiles {
    private let certificateFile: [UInt8]
    private let keyFile: [UInt8]

    init(_ pair: CertificatePair) throws(CertificatePairError) {
        certificateFile = try Self.bytes(.certificate, pair)
        keyFile = try Self.bytes(.key, pair)
    }

    /// The digest of both files' bytes.
    var digest: Digest256 {
        Digest256.of(Digest256.of(certificateFile).bytes + Digest256.of(keyFile).bytes)
    }

    func chain(_ pair: CertificatePair) throws(CertificatePairError) -> ServerChain {
        try Self.chain(certificateFile, pair)
    }

    func key(_ pair: CertificatePair) throws(CertificatePairError) -> [UInt8] {
        try Self.key(keyFile, pair)
    }

    /// The problems of each file by itself.
    static func errors(_ pair: CertificatePair) -> [CertificatePairError] {
        var found: [CertificatePairError] = []
        do throws(CertificatePairError) {
            _ = try chain(try bytes(.certificate, pair), pair)
        } catch {
            found.append(error)
        }
        do throws(CertificatePairError) {
            _ = try key(try bytes(.key, pair), pair)
        } catch {
            found.append(error)
        }
        return found
    }

    private static func chain(
        _ file: [UInt8],
        _ pair: CertificatePair
    ) throws(CertificatePairError) -> ServerChain {
        do {
            return try ServerChain(in: file)
        } catch {
            throw CertificatePairError(.certificate, pair, error.description)
        }
    }

    private static func key(
        _ file: [UInt8],
        _ pair: CertificatePair
    ) throws(CertificatePairError) -> [UInt8] {
        do {
            return try ServerKey.pem(in: file)
        } catch {
            throw CertificatePairError(.key, pair, error.description)
        }
    }

    private static func bytes(
        _ part: CertificatePairFinding.Part,
        _ pair: CertificatePair
    ) throws(CertificatePairError) -> [UInt8] {
        do {
            return try DataFile.contents(of: part == .certificate ? pair.certificate : pair.key)
        } catch {
            throw CertificatePairError(part, pair, error.reason)
        }
    }
}

/// Why a pair cannot be served.
struct CertificatePairError: Error, CustomStringConvertible {
    /// The file at fault.
    let part: CertificatePairFinding.Part
    let fileError: FileError
    /// Whether the pair may be in the middle of a renewal: each file is good, and the other one's
    /// counterpart is missing.
    let isHalfDone: Bool

    init(
        _ part: CertificatePairFinding.Part,
        _ pair: CertificatePair,
        _ reason: String,
        isHalfDone: Bool = false
    ) {
        self.part = part
        self.isHalfDone = isHalfDone
        fileError = FileError(part == .certificate ? pair.certificate : pair.key, reason)
    }

    var description: String { fileError.description }
}
