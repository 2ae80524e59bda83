// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
package import Storage

/// The files that somebody on this machine names for a registration, read to values; blocks.
///
/// Read before the store is touched, so that a bad file leaves nothing half registered. All
/// findings are gathered, each about its file, and thrown at once by `finish`.
package struct RegistrationFiles {
    private let now: Int64
    private let folder: String
    private(set) var findings: [RegistrationFinding] = []
    /// Warnings about the files, in their order.
    package private(set) var warnings: [RegistrationWarning] = []

    /// Reads as of `now`; a path without a leading slash begins in `folder`, without one in the
    /// working directory.
    package init(now: Int64, in folder: String? = nil) {
        (self.now, self.folder) = (now, folder ?? Folder.current)
    }

    /// Throws what was wrong with any of the files.
    package func finish() throws(RegistrationError) {
        try RegistrationError.refuse(findings)
    }

    /// A certificate that a client may register.
    package mutating func clientCertificate(_ path: String) -> CertificateRecord? {
        read(path, .certificates) { bytes, now throws(RegistrationError) in
            [try CertificateRegistration.client(bytes, now: now)]
        }.first
    }

    /// The certificates in a file that may sign those of clients.
    package mutating func caCertificates(_ path: String) -> [CertificateRecord] {
        read(path, .caCertificates) { bytes, now throws(RegistrationError) in
            try CertificateRegistration.caCertificates(bytes, now: now)
        }
    }

    private mutating func read(
        _ path: String,
        _ field: RegistrationField,
        _ register: ([UInt8], Int64) throws(RegistrationError) ->
            [CertificateRegistration.Accepted]
    ) -> [CertificateRecord] {
        guard let bytes = content(path, field) else { return [] }
        do throws(RegistrationError) {
            let accepted = try register(bytes, now)
            warnings += accepted.flatMap(\.warnings).map { $0.inFile(path) }
            return accepted.map(\.record)
        } catch {
            findings += error.findings.map { $0.inFile(path) }
            return []
        }
    }

    /// A JWK Set.
    package mutating func keySet(_ path: String) -> KeySetRegistration? {
        guard let bytes = content(path, .jwks) else { return nil }
        do throws(RegistrationError) {
            return try KeySetRegistration(bytes)
        } catch {
            findings += error.findings.map { $0.inFile(path) }
            return nil
        }
    }

    private mutating func content(_ path: String, _ field: RegistrationField) -> [UInt8]? {
        do throws(CertificateError) {
            return try CertificateFile.read(path)
        } catch {
            findings.append(.unusable(field, about: path, error.description))
            return nil
        }
    }

    /// A place that a revocation list comes from, and what is in it if it is a file that is there.
    package mutating func revocationSource(
        _ text: String
    ) -> (source: String?, file: RevocationFile?) {
        let source: String
        do throws(RegistrationError) {
            source = try RevocationSource.parse(text, in: folder)
        } catch {
            findings += error.findings
            return (nil, nil)
        }
        guard RevocationSource.isFile(source) else { return (source, nil) }
        let shown = PrintableText.escaped(source)
        switch try? DataFile.kind(source) {
        case .file:
            do throws(RevocationSourceError) {
                return (source, try RevocationFile(reading: source))
            } catch {
                findings.append(.unusable(.revocationSources, about: source, error.advice))
            }
        case nil where text.hasPrefix("/"):
            // A list's file may appear later; a missing file with a relative path is a typing
            // error.
            let named = PrintableText.escaped(text)
            warnings.append(.init(.revocationSources, "there is no file \(named) yet"))
            return (source, nil)
        case nil:
            findings.append(
                .unusable(
                    .revocationSources,
                    "There is no file \(shown). Give the path from / on if the revocation list"
                        + " comes later, or a URL with http:// or https://."
                )
            )
        case .directory, .other:
            findings.append(
                .unusable(
                    .revocationSources,
                    "\(shown) is not a file. Name the revocation list."
                )
            )
        }
        return (nil, nil)
    }
}
