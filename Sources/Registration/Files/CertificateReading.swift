// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// Files with certificates that are looked at and not registered; blocks.
///
/// Every finding is about its file.
package enum CertificateReading {
    /// The one certificate in the file at `path`: PEM, DER or PKCS#7.
    package static func certificate(_ path: String) throws(RegistrationError) -> Certificate {
        try read(path) { bytes throws(CertificateError) in
            try CertificateFile.certificate(in: CertificateContainer.plain(bytes))
        }
    }

    /// All certificates in the file at `path`, at least one, in their order.
    package static func certificates(_ path: String) throws(RegistrationError) -> [Certificate] {
        try read(path) { bytes throws(CertificateError) in
            try CertificateFile.certificates(in: CertificateContainer.plain(bytes))
        }
    }

    /// All certificates in `bytes`, at least one, in their order; findings are about `name`.
    static func certificates(
        in bytes: [UInt8],
        _ name: String
    ) throws(RegistrationError) -> [Certificate] {
        do throws(CertificateError) {
            return try CertificateFile.certificates(in: CertificateContainer.plain(bytes))
        } catch {
            throw RegistrationError(.unusable(.certificates, about: name, error.description))
        }
    }

    /// Parses the file at `path`, which has at most `limit` bytes, with `parse`.
    static func read<Value>(
        _ path: String,
        upTo limit: Int = CertificateFile.bytesMax,
        _ parse: ([UInt8]) throws(CertificateError) -> Value
    ) throws(RegistrationError) -> Value {
        do throws(CertificateError) {
            return try parse(try CertificateFile.read(path, upTo: limit))
        } catch {
            throw RegistrationError(.unusable(.certificates, about: path, error.description))
        }
    }
}

/// The certificates that a client sends in a handshake: its own, and others beside it.
package struct HandshakeCertificates: Sendable {
    /// The client's own.
    package let leaf: Certificate
    /// The other certificates.
    package let others: [Certificate]

    /// Reads the client's own certificate, the first in `file`, the certificates after it, and all
    /// in the files of `chain`.
    package init(reading file: String, chain: [String]) throws(RegistrationError) {
        let first = try CertificateReading.certificates(file)
        var others = Array(first.dropFirst())
        for file in chain { others += try CertificateReading.certificates(file) }
        (leaf, self.others) = (first[0], others)
    }

    /// The same of contents: the certificates in `first`, and all in `chain`, PEM, DER or PKCS#7.
    package init(_ first: [UInt8], chain: [UInt8]?) throws(RegistrationError) {
        let own = try CertificateReading.certificates(in: first, "certificate")
        let others = try chain.map { bytes throws(RegistrationError) in
            try CertificateReading.certificates(in: bytes, "chain")
        }
        (leaf, self.others) = (own[0], Array(own.dropFirst()) + (others ?? []))
    }
}
