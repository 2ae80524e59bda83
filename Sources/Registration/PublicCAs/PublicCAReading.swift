// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// Why a file or a folder of public CAs says nothing, without its name.
private struct PublicCAError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A file of public CAs as it was read, with its state before.
private struct ReadFile: Sendable {
    let path: String
    let stamp: FileStamp
    let publicCAs: PublicCAs
}

/// Reads the machine's CA-certificates.
extension KnownPublicCAs {
    /// The environment variables that replace OpenSSL's default file and folder.
    private static let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
    /// Where Debian has them.
    static let file = "/etc/ssl/certs/ca-certificates.crt"
    private static let folder = "/etc/ssl/certs"
    private static let filesMax = 4_096
    /// The file that was read last: each change that names CAs asks for it, and it has some hundred
    /// certificates.
    private static let last = Lock<ReadFile?>(nil)
    /// The page that tells more.
    package static let page = "Documentation/public-ca-cliff.md"

    /// Reads what the machine has; nothing that is missing or broken is an error.
    package static func machine() -> KnownPublicCAs {
        let named = variables.compactMap(ProcessSettings.variable).filter { !$0.isEmpty }
        var reason: String?
        for place in named.isEmpty ? [file, folder] : named where DataFile.exists(place) {
            do {
                return KnownPublicCAs(try current(place), source: place, reason: reason)
            } catch {
                reason = "\(PrintableText.escaped(place)): \(error)"
            }
        }
        return KnownPublicCAs(PublicCAs(), source: nil, reason: reason)
    }

    /// Reads `path`, a PEM file or a folder of such.
    package static func named(_ path: String) throws(RegistrationError) -> KnownPublicCAs {
        do {
            // Named on the command line, perhaps after the data directory was opened.
            let publicCAs = try FileRights.asInvoker { try read(path) }
            return KnownPublicCAs(publicCAs, source: path, reason: nil)
        } catch {
            let reason = "\(error)"
            throw RegistrationError(
                .invalid(.caCertificates, about: path, "\(reason)", remedy: "")
            )
        }
    }

    /// As `read`, which it calls once for each state of a file; a folder is read each time.
    static func current(_ path: String) throws -> PublicCAs {
        guard let stamp = try? DataFile.stamp(path), stamp.isRegular else { return try read(path) }
        if let known = last.withLock({ $0 }), known.path == path, known.stamp == stamp {
            return known.publicCAs
        }
        let publicCAs = try read(path)
        // The stamp is from before: a file that was written meanwhile has another one.
        last.withLock { $0 = ReadFile(path: path, stamp: stamp, publicCAs: publicCAs) }
        return publicCAs
    }

    /// Its errors do not name the path.
    private static func read(_ path: String) throws -> PublicCAs {
        var publicCAs = PublicCAs()
        switch try? DataFile.kind(path) {
        case nil: throw PublicCAError("There is no such file or folder.")
        case .directory:
            for name in try Folder.names(in: path).sorted().prefix(filesMax) {
                // A folder of OpenSSL has other files, too.
                try? add(path + "/" + name, to: &publicCAs)
            }
        case .file, .other: try add(path, to: &publicCAs)
        }
        guard publicCAs.count > 0 else {
            throw PublicCAError("There is no PEM certificate in it.")
        }
        return publicCAs
    }

    private static func add(_ path: String, to publicCAs: inout PublicCAs) throws {
        // Opening a pipe would wait for whoever writes to it.
        guard try DataFile.kind(path) == .file else {
            throw PublicCAError("It is not a file.")
        }
        try publicCAs.add(
            pem: try CertificateFile.read(path, upTo: PublicCAs.bytesMax)
        )
    }
}
