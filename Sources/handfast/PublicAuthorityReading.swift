// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import Registration
internal import Storage

/// The machine's ca-certificates, read to tell public CAs from private ones; never for trust.
enum PublicAuthorityReading {
    /// What OpenSSL lets name another file, or folder, than its own.
    private static let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
    /// Where Debian has them.
    static let file = "/etc/ssl/certs/ca-certificates.crt"
    private static let folder = "/etc/ssl/certs"
    private static let filesMax = 4_096
    /// The page that tells more.
    static let page = "Documentation/public-ca-cliff.md"

    /// Reads what the machine has; nothing that is missing or broken is an error.
    static func machine() -> KnownPublicAuthorities {
        let named = variables.compactMap(ProcessSettings.variable).filter { !$0.isEmpty }
        var problem: String?
        for place in named.isEmpty ? [file, folder] : named where DataFile.exists(place) {
            do {
                return KnownPublicAuthorities(try read(place), source: place, problem: problem)
            } catch {
                problem = "\(Output.printable(place)): \(error)"
            }
        }
        return KnownPublicAuthorities(PublicAuthorities(), source: nil, problem: problem)
    }

    /// Reads `path`, a PEM file or a folder of such; throws where it cannot be read.
    static func named(_ path: String) throws -> KnownPublicAuthorities {
        do {
            return KnownPublicAuthorities(try read(path), source: path, problem: nil)
        } catch {
            throw Output.usage("\(Output.printable(path)): \(error)")
        }
    }

    /// Its errors do not name the path.
    private static func read(_ path: String) throws -> PublicAuthorities {
        var authorities = PublicAuthorities()
        switch try? DataFile.kind(path) {
        case nil: throw Refusal("There is no such file or folder.")
        case .directory:
            for name in try Folder.names(in: path).sorted().prefix(filesMax) {
                // A folder of OpenSSL has other files, too.
                try? add(path + "/" + name, to: &authorities)
            }
        case .file, .other: try add(path, to: &authorities)
        }
        guard authorities.count > 0 else {
            throw Refusal("There is no PEM certificate in it.")
        }
        return authorities
    }

    private static func add(_ path: String, to authorities: inout PublicAuthorities) throws {
        // Opening a pipe would wait for whoever writes to it.
        guard try DataFile.kind(path) == .file else { throw Refusal("It is not a file.") }
        try authorities.add(
            pem: try CertificateFile.read(path, upTo: PublicAuthorities.bytesMax)
        )
    }

    // MARK: at registration

    /// Warns of those of `authorities` that are public CAs; for a client's own unless `trustSet`
    /// has them.
    static func warn(of authorities: [CertificateRecord], trustSet: String? = nil) {
        guard !authorities.isEmpty else { return }
        let bridge =
            trustSet.map {
                "`handfast trust-set update \($0) --allow-server-auth-until YYYY-MM-DD`"
                    + " accepts those for a time."
            } ?? "A trust set can accept those for a time; a client's own CAs cannot."
        for found in machine().found(in: authorities) {
            Output.warn(
                "\(Output.printable(found.subject)) is a public CA: \(found.reason)."
                    + " Public CAs stop issuing certificates for clients: renewed ones are for"
                    + " servers only (serverAuth), and are refused. \(bridge) See \(page), and"
                    + " `handfast certificate cliff` for the clients concerned."
            )
        }
    }

    /// Warns of the public CAs in a trust set.
    static func warn(of set: TrustSetRecord) {
        warn(of: CertificateRegistration.records(of: set), trustSet: set.name)
    }

    /// Warns of what a client is registered under, where that was said.
    static func warn(
        own: [CertificateRecord],
        trustSet: String?,
        in store: any RegistrationStore
    ) throws {
        guard let trustSet else { return warn(of: own) }
        if let set = try store.trustSet(trustSet) { warn(of: set) }
    }
}
