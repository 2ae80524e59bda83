// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Reactor
internal import Registration
internal import Server
internal import Storage

/// The files that a command names, read to values; warnings go to standard error.
///
/// Read before the store is touched, so that a bad file leaves nothing half registered.
struct RegistrationFiles {
    private let now: Int64
    private var findings = FileFindings()

    init(now: Int64) {
        self.now = now
    }

    /// Throws what was wrong with any of the files.
    func finish() throws(FileFindings) {
        if !findings.lines.isEmpty { throw findings }
    }

    /// A certificate that a client may register.
    mutating func clientCertificate(_ path: String) -> CertificateRecord? {
        read(path) { bytes, now throws(RegistrationError) in
            [try CertificateRegistration.client(bytes, now: now)]
        }.first
    }

    /// The certificates in a file that may sign those of clients.
    mutating func authorities(_ path: String) -> [CertificateRecord] {
        read(path) { bytes, now throws(RegistrationError) in
            try CertificateRegistration.authorities(bytes, now: now)
        }
    }

    private mutating func read(
        _ path: String,
        _ register: ([UInt8], Int64) throws(RegistrationError) ->
            [CertificateRegistration.Accepted]
    ) -> [CertificateRecord] {
        guard let bytes = content(path) else { return [] }
        do throws(RegistrationError) {
            let accepted = try register(bytes, now)
            for warning in accepted.flatMap(\.warnings) {
                Output.warn("\(Self.named(path, warning.about)): \(warning.text)")
            }
            return accepted.map(\.record)
        } catch {
            refuse(path, error)
            return []
        }
    }

    /// A JWK Set.
    mutating func keySet(_ path: String) -> KeySetRegistration? {
        guard let bytes = content(path) else { return nil }
        do throws(RegistrationError) {
            return try KeySetRegistration(bytes)
        } catch {
            refuse(path, error)
            return nil
        }
    }

    private mutating func content(_ path: String) -> [UInt8]? {
        do throws(CertificateError) {
            return try CertificateFile.read(path)
        } catch {
            findings.add("\(path): \(error.description)")
            return nil
        }
    }

    private mutating func refuse(_ path: String, _ error: RegistrationError) {
        for finding in error.findings {
            findings.add("\(Self.named(path, finding.about)): \(finding.text(FlagVocabulary()))")
        }
    }

    private static func named(_ path: String, _ about: String?) -> String {
        path + (about.map { " (\($0))" } ?? "")
    }
}

extension RegistrationFiles {
    /// A place that a revocation list comes from, and what is in it if it is a file that is there.
    mutating func revocationSource(_ text: String) -> (source: String?, file: RevocationFile?) {
        let source: String
        do throws(RegistrationError) {
            source = try RevocationSource.parse(text, in: Folder.current)
        } catch {
            findings.add(error.lines, isUsage: error.isUsage)
            return (nil, nil)
        }
        guard RevocationSource.isFile(source) else { return (source, nil) }
        switch try? DataFile.kind(source) {
        case .file:
            do throws(RevocationSourceError) {
                return (source, RevocationFile(source, lists: try Self.lists(source)))
            } catch {
                findings.add("\(Output.printable(source)): \(error.advice)")
                return (nil, nil)
            }
        case nil where text.hasPrefix("/"):
            // A list may come later; what is neither there nor a whole path is a typing error.
            Output.warn("there is no file \(Output.printable(text)) yet")
            return (source, nil)
        case nil:
            findings.add(
                "There is no file \(Output.printable(source)). Give the path from / on if the"
                    + " revocation list comes later, or a URL with http:// or https://."
            )
        case .directory, .other:
            findings.add("\(Output.printable(source)) is not a file. Name the revocation list.")
        }
        return (nil, nil)
    }

    /// Those of `sources` that are files, and there; warns of those that cannot be read.
    static func there(_ sources: [String]) -> [RevocationFile] {
        sources.compactMap { source in
            guard RevocationSource.isFile(source), DataFile.exists(source) else { return nil }
            do throws(RevocationSourceError) {
                return RevocationFile(source, lists: try lists(source))
            } catch {
                Output.warn("\(Output.printable(source)): \(error.advice)")
                return nil
            }
        }
    }

    /// The lists that a source has now; a URL has ten seconds.
    static func lists(_ source: String) throws(RevocationSourceError) -> [RevocationList] {
        do {
            return try RevocationListSource.read(source, FetchPolicy(seconds: 10))
        } catch {
            throw RevocationSourceError(
                RevocationListSource.reason(error),
                isContent: error is RevocationListError
            )
        }
    }
}

/// Why files that a command names cannot be used, a line for each reason.
struct FileFindings: Error {
    private(set) var lines: [String] = []
    /// Whether it is the arguments themselves that make no sense (status 64).
    private(set) var isUsage = false

    mutating func add(_ line: String) { lines.append(line) }

    mutating func add(_ lines: [String], isUsage: Bool) {
        self.lines += lines
        self.isUsage = self.isUsage || isUsage
    }
}
